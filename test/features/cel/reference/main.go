// Asks Flux's own CEL package what it makes of expressions, for cel-go.json:
//
//	go mod init reference && go get github.com/fluxcd/pkg/runtime@v0.110.3 && go mod tidy
//	go run . < questions.json > answers.json
//
// with questions {"data": {...}, "exprs": [...]}. `checked` is what readyExpr gets, `parsed` what healthCheckExprs get.
package main

import (
	"context"
	"encoding/json"
	"os"

	celgo "github.com/google/cel-go/cel"
	"github.com/fluxcd/pkg/runtime/cel"
)

type result struct {
	Expr    string `json:"expr"`
	Checked string `json:"checked"`
	Parsed  string `json:"parsed"`
}

func main() {
	var in struct {
		Data  map[string]any `json:"data"`
		Exprs []string       `json:"exprs"`
	}
	dec := json.NewDecoder(os.Stdin)
	dec.UseNumber()
	if err := dec.Decode(&in); err != nil {
		panic(err)
	}
	data := fix(in.Data).(map[string]any)
	out := []result{}
	for _, e := range in.Exprs {
		r := result{Expr: e}
		if x, err := cel.NewExpression(e, cel.WithCompile(), cel.WithOutputType(celgo.BoolType), cel.WithStructVariables("self", "dep", "status", "metadata")); err != nil {
			r.Checked = "refused: " + err.Error()
		} else {
			r.Checked = eval(x, data)
		}
		if x, err := cel.NewExpression(e); err != nil {
			r.Parsed = "refused: " + err.Error()
		} else {
			r.Parsed = eval(x, data)
		}
		out = append(out, r)
	}
	enc := json.NewEncoder(os.Stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	enc.Encode(out)
}

func eval(x *cel.Expression, data map[string]any) string {
	b, err := x.EvaluateBoolean(context.Background(), data)
	if err != nil {
		return "error: " + err.Error()
	}
	if b {
		return "true"
	}
	return "false"
}

func fix(v any) any {
	switch t := v.(type) {
	case map[string]any:
		for k, e := range t {
			t[k] = fix(e)
		}
		return t
	case []any:
		for i, e := range t {
			t[i] = fix(e)
		}
		return t
	case json.Number:
		if i, err := t.Int64(); err == nil {
			return i
		}
		f, _ := t.Float64()
		return f
	}
	return v
}
