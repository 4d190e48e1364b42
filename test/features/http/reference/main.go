// Asks Go's own package which requests go through a proxy of the environment, for go-proxies.json:
//
//	go mod init reference && go get golang.org/x/net@v0.55.0 && go mod tidy
//	go run . > ../go-proxies.json
package main

import (
	"encoding/json"
	"net/url"
	"os"

	"golang.org/x/net/http/httpproxy"
)

type row struct {
	Except string   `json:"except"`
	Direct []string `json:"direct"`
	Via    []string `json:"via"`
}

var excepts = []string{
	"", "*", "a,*", "example.com", ".example.com", "*.example.com", "EXAMPLE.com", "example.com:8443", ".example.com:443",
	" a.example.com , b.example.com,", "10.0.0.0/8", "10.0.0.1", "10.0.0.1:8443", "10.0.0.0/8:443", "10.0.0.0/33",
	"192.168.1.0/24,fd00::/8", "::1", "[fd00::1]:443", "[fd00::1]", "fd00::1", "2001:db8::/32", "com", ".com", ":443", "bücher.example",
	".svc,.cluster.local", "[::1", "a:b:c", "127.0.0.1", "0.0.0.0/0", "::/0", "::ffff:10.0.0.1", "ample.com", "example.com.",
}

var urls = []string{
	"http://example.com/", "https://example.com/", "https://example.com:8443/", "http://a.example.com/x", "https://b.a.example.com/",
	"https://EXAMPLE.COM/", "https://notexample.com/", "https://example.com.evil.test/", "https://example.org/",
	"https://10.0.0.1/", "https://10.0.0.1:8443/", "http://10.200.0.1/", "https://11.0.0.1/", "https://192.168.1.7/",
	"https://[fd00::1]/", "https://[fd00::1]:8443/", "https://[2001:db8::5]/", "https://[::ffff:10.0.0.1]/",
	"http://localhost/", "https://localhost:6443/", "https://127.0.0.1:6443/", "https://127.9.9.9/", "https://[::1]:6443/",
	"https://xn--bcher-kva.example/", "https://source.flux-system.svc/", "https://a.svc.cluster.local/",
}

func main() {
	out := []row{}
	for _, except := range excepts {
		cfg := &httpproxy.Config{HTTPProxy: "http://proxy:3128", HTTPSProxy: "http://proxy:3128", NoProxy: except}
		choose := cfg.ProxyFunc()
		r := row{Except: except, Direct: []string{}, Via: []string{}}
		for _, text := range urls {
			u, err := url.Parse(text)
			if err != nil {
				panic(err)
			}
			via, err := choose(u)
			if err != nil {
				panic(err)
			}
			if via == nil {
				r.Direct = append(r.Direct, text)
			} else {
				r.Via = append(r.Via, text)
			}
		}
		out = append(out, r)
	}
	enc := json.NewEncoder(os.Stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(out); err != nil {
		panic(err)
	}
}
