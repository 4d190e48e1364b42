// Makes signatures with time stamps and certificates that can be revoked, has notation's own verifier judge them, and
// prints all of it; the artifact's digest and size are its arguments.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/notaryproject/notation-core-go/revocation"
	"github.com/notaryproject/notation-core-go/revocation/crl"
	"github.com/notaryproject/notation-core-go/revocation/purpose"
	"github.com/notaryproject/notation-core-go/signature"
	"github.com/notaryproject/notation-core-go/signature/cose"
	"github.com/notaryproject/notation-core-go/signature/jws"
	"github.com/notaryproject/notation-go"
	"github.com/notaryproject/notation-go/verifier"
	"github.com/notaryproject/notation-go/verifier/trustpolicy"
	"github.com/notaryproject/notation-go/verifier/truststore"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

var artifact = ocispec.Descriptor{
	MediaType: "application/vnd.oci.image.manifest.v1+json",
	Digest:    digest.Digest(os.Args[1]),
	Size:      must(strconv.ParseInt(os.Args[2], 10, 64)),
}

// answer is what a server says; the body is a blob's name.
type answer struct {
	Status int    `json:"status"`
	Body   string `json:"body"`
}

// testCase is one signature, under one policy, in a world where some servers answer.
type testCase struct {
	Name      string            `json:"name"`
	Policy    any               `json:"policy"`
	Roots     []string          `json:"roots"`
	MediaType string            `json:"mediaType"`
	Envelope  string            `json:"envelope"`
	Answers   map[string]answer `json:"answers"`
	Asked     []string          `json:"asked"`
	Verdict   string            `json:"verdict"`
	Message   string            `json:"message,omitempty"`
}

var (
	blobs = map[string]string{}
	cases []testCase
)

func blob(data []byte) string {
	sum := sha256.Sum256(data)
	name := hex.EncodeToString(sum[:6])
	blobs[name] = base64.StdEncoding.EncodeToString(data)
	return name
}

// policy is a statement for all; options: level, override check=action, verifyTimestamp, stores.
type policy struct {
	level    string
	override map[string]string
	stamped  string
	stores   []string
}

func (p policy) document() map[string]any {
	verification := map[string]any{"level": p.level}
	if p.level == "" {
		verification["level"] = "strict"
	}
	if p.override != nil {
		verification["override"] = p.override
	}
	if p.stamped != "" {
		verification["verifyTimestamp"] = p.stamped
	}
	stores := p.stores
	if stores == nil {
		stores = []string{"ca:test", "signingAuthority:test"}
	}
	return map[string]any{"version": "1.0", "trustPolicies": []any{map[string]any{
		"name": "test", "registryScopes": []string{"*"}, "signatureVerification": verification,
		"trustStores": stores, "trustedIdentities": []string{"*"},
	}}}
}

// world has the servers that answer, by the beginnings of their URLs.
type world map[string]answer

func at(url string, body []byte) world { return world{url: {200, blob(body)}} }

func (w world) and(others ...world) world {
	all := world{}
	for _, one := range append([]world{w}, others...) {
		for url, answer := range one {
			all[url] = answer
		}
	}
	return all
}

// add has a case judged and keeps it.
func add(name string, p policy, roots []party, envelope []byte, w world) {
	mediaType := jws.MediaTypeEnvelope
	if envelope[0] != '{' {
		mediaType = cose.MediaTypeEnvelope
	}
	one := testCase{Name: name, Policy: p.document(), MediaType: mediaType, Envelope: blob(envelope), Answers: w, Asked: []string{}}
	if one.Answers == nil {
		one.Answers = world{}
	}
	var trusted store
	for _, root := range roots {
		one.Roots = append(one.Roots, blob(root.cert.Raw))
		trusted = append(trusted, root.cert)
	}
	one.Verdict, one.Message, one.Asked = judge(one, trusted, envelope)
	cases = append(cases, one)
}

// judge is what Flux makes of the verifier's outcome.
func judge(one testCase, trusted store, envelope []byte) (string, string, []string) {
	var document trustpolicy.Document
	if err := json.Unmarshal(must(json.Marshal(one.Policy)), &document); err != nil {
		panic(err)
	}
	servers := &servers{answers: one.Answers}
	client := &http.Client{Transport: servers, Timeout: 2 * time.Second}
	validator := func(what purpose.Purpose) revocation.Validator {
		return must(revocation.NewWithOptions(revocation.Options{
			OCSPHTTPClient: client, CRLFetcher: must(crl.NewHTTPFetcher(client)), CertChainPurpose: what,
		}))
	}
	verifying := must(verifier.NewWithOptions(&document, trusted, nil, verifier.VerifierOptions{
		RevocationCodeSigningValidator:  validator(purpose.CodeSigning),
		RevocationTimestampingValidator: validator(purpose.Timestamping),
	}))
	outcome, err := verifying.Verify(context.Background(), artifact, envelope, notation.VerifierVerifyOptions{
		ArtifactReference:  "registry.example/app@" + string(artifact.Digest),
		SignatureMediaType: one.MediaType,
	})
	sort.Strings(servers.asked)
	if servers.asked == nil {
		servers.asked = []string{}
	}
	if err != nil {
		return "failed", err.Error(), servers.asked
	}
	for _, result := range outcome.VerificationResults {
		if result.Error != nil && result.Type == trustpolicy.TypeAuthenticity {
			return "ignored", "", servers.asked
		}
	}
	return "verified", "", servers.asked
}

// store is Flux's trust store: all certificates, whatever is asked for.
type store []*x509.Certificate

func (s store) GetCertificates(context.Context, truststore.Type, string) ([]*x509.Certificate, error) {
	return s, nil
}

type servers struct {
	mutex   sync.Mutex
	answers map[string]answer
	asked   []string
}

func (s *servers) RoundTrip(request *http.Request) (*http.Response, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	url := request.URL.String()
	s.asked = append(s.asked, request.Method+" "+url)
	for begin, one := range s.answers {
		if strings.HasPrefix(url, begin) {
			body := must(base64.StdEncoding.DecodeString(blobs[one.Body]))
			return &http.Response{StatusCode: one.Status, Body: io.NopCloser(bytes.NewReader(body)), Request: request}, nil
		}
	}
	return nil, errors.New("connection refused")
}

// signing says how a signature is made.
type signing struct {
	by        party
	at        time.Time
	authority bool
	cose      bool
	token     func(signature []byte) []byte
}

func (s signing) envelope() []byte {
	mediaType := jws.MediaTypeEnvelope
	if s.cose {
		mediaType = cose.MediaTypeEnvelope
	}
	scheme := signature.SigningSchemeX509
	if s.authority {
		scheme = signature.SigningSchemeX509SigningAuthority
	}
	if s.at.IsZero() {
		s.at = now
	}
	payload := must(json.Marshal(map[string]any{"targetArtifact": artifact}))
	request := &signature.SignRequest{
		Payload:       signature.Payload{ContentType: "application/vnd.cncf.notary.payload.v1+json", Content: payload},
		Signer:        must(signature.NewLocalSigner(s.by.chain(), s.by.key)),
		SigningTime:   s.at,
		SigningScheme: scheme,
	}
	made := must(signature.NewEnvelope(mediaType))
	if s.cose && s.token != nil {
		request.Timestamper, request.TSARootCAs = stamper(s.token), x509.NewCertPool()
		request.TSARootCAs.AddCert(stampRoot.cert)
	}
	signed := must(made.Sign(request))
	if s.token == nil || s.cose {
		return signed
	}
	var envelope map[string]any
	if err := json.Unmarshal(signed, &envelope); err != nil {
		panic(err)
	}
	of := must(base64.RawURLEncoding.DecodeString(envelope["signature"].(string)))
	envelope["header"].(map[string]any)["io.cncf.notary.timestampSignature"] = s.token(of)
	return must(json.Marshal(envelope))
}

func main() {
	addRevocations()
	addLists()
	addStamps()
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", " ")
	if err := encoder.Encode(map[string]any{"now": now, "cases": cases, "blobs": blobs}); err != nil {
		panic(err)
	}
}
