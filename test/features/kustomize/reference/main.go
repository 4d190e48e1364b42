// Asks the package that Flux 2.9 substitutes with what it makes of texts, for envsubst.json:
//
//	go mod init reference && go get github.com/fluxcd/pkg/envsubst@v1.7.0 && go mod tidy
//	go run . < questions.json > answers.json
//
// with questions {"values": {...}, "texts": [...]}. Each answer is the text, what strict mode makes of it, and what becomes of it otherwise.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/fluxcd/pkg/envsubst"
)

func eval(text string, mapping func(string) (string, bool)) (res string, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%v", r)
		}
	}()
	return envsubst.Eval(text, mapping)
}

func main() {
	var in struct {
		Values map[string]string `json:"values"`
		Texts  []string          `json:"texts"`
	}
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		panic(err)
	}
	out := [][]string{}
	for _, text := range in.Texts {
		row := []string{text}
		for _, strict := range []bool{true, false} {
			res, err := eval(text, func(s string) (string, bool) {
				v, ok := in.Values[s]
				if strict {
					return v, ok
				}
				return v, true
			})
			if err != nil {
				row = append(row, "error: "+err.Error())
			} else {
				row = append(row, "= "+res)
			}
		}
		out = append(out, row)
	}
	enc := json.NewEncoder(os.Stdout)
	enc.SetEscapeHTML(false)
	enc.Encode(out)
}
