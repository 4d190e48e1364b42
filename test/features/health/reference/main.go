// Asks the packages that Flux 2.9 waits with how objects are, for kstatus.json:
//
//	go mod init reference && go get github.com/fluxcd/pkg/runtime@v0.110.3 && go mod tidy
//	node -e "import('../kstatus-objects.ts').then(({ sampleObjects }) => console.log(JSON.stringify(sampleObjects())))" > objects.json
//	go run . < objects.json > answers.json
//
// Jobs are asked for by Flux's own reader, all others by kstatus. Each answer is a status and its message, or `Unknown`.
package main

import (
	"encoding/json"
	"os"

	"github.com/fluxcd/cli-utils/pkg/kstatus/status"
	"github.com/fluxcd/pkg/runtime/statusreaders"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func main() {
	var objects []json.RawMessage
	if err := json.NewDecoder(os.Stdin).Decode(&objects); err != nil {
		panic(err)
	}
	out := [][]string{}
	for _, raw := range objects {
		u := &unstructured.Unstructured{}
		if err := u.UnmarshalJSON(raw); err != nil {
			panic(err)
		}
		gk := u.GroupVersionKind().GroupKind()
		if gk.Kind == "Job" && gk.Group == "batch" {
			rs, err := statusreaders.NewCustomJobStatusReader(meta.RESTMapper(nil)).ReadStatusForObject(nil, nil, u)
			if err != nil || rs.Error != nil {
				out = append(out, []string{"Unknown", ""})
				continue
			}
			out = append(out, []string{rs.Status.String(), rs.Message})
			continue
		}
		res, err := status.Compute(u)
		if err != nil {
			out = append(out, []string{"Unknown", ""})
			continue
		}
		out = append(out, []string{res.Status.String(), res.Message})
	}
	enc := json.NewEncoder(os.Stdout)
	enc.SetEscapeHTML(false)
	enc.Encode(out)
}
