package main

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"time"

	"github.com/digitorus/timestamp"
	"github.com/notaryproject/tspclient-go"
)

var (
	idStamp       = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 1, 4}
	idSignedData  = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 7, 2}
	idContentType = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 3}
	idDigest      = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 4}
	idTime        = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 5}
	idCertificate = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 16, 2, 47}
	idBaseline    = asn1.ObjectIdentifier{0, 4, 0, 2023, 1, 1}
	idECDSA       = map[crypto.Hash]asn1.ObjectIdentifier{
		crypto.SHA1:   {1, 2, 840, 10045, 4, 1},
		crypto.SHA256: {1, 2, 840, 10045, 4, 3, 2}, crypto.SHA384: {1, 2, 840, 10045, 4, 3, 3}, crypto.SHA512: {1, 2, 840, 10045, 4, 3, 4},
	}
	idHash = map[crypto.Hash]asn1.ObjectIdentifier{
		crypto.SHA1:   {1, 3, 14, 3, 2, 26},
		crypto.SHA256: {2, 16, 840, 1, 101, 3, 4, 2, 1}, crypto.SHA384: {2, 16, 840, 1, 101, 3, 4, 2, 2}, crypto.SHA512: {2, 16, 840, 1, 101, 3, 4, 2, 3},
	}
	idRSA = asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 1}
)

type accuracy struct {
	Seconds      int `asn1:"optional"`
	Milliseconds int `asn1:"optional,tag:0"`
	Microseconds int `asn1:"optional,tag:1"`
}

type imprint struct {
	Algorithm pkix.AlgorithmIdentifier
	Digest    []byte
}

type stampInfo struct {
	Version  int
	Policy   asn1.ObjectIdentifier
	Imprint  imprint
	Serial   *big.Int
	Time     asn1.RawValue
	Accuracy accuracy `asn1:"optional"`
	Nonce    *big.Int `asn1:"optional"`
}

type attribute struct {
	Type   asn1.ObjectIdentifier
	Values []asn1.RawValue `asn1:"set"`
}

type signerInfo struct {
	Version    int
	Who        asn1.RawValue
	Digest     pkix.AlgorithmIdentifier
	Attributes asn1.RawValue `asn1:"optional"`
	Algorithm  pkix.AlgorithmIdentifier
	Signature  []byte
}

type content struct {
	Type    asn1.ObjectIdentifier
	Content asn1.RawValue
}

type signedData struct {
	Version      int
	Digests      []pkix.AlgorithmIdentifier `asn1:"set"`
	Content      content
	Certificates asn1.RawValue `asn1:"optional"`
	Signers      []signerInfo  `asn1:"set"`
}

// stampWish says how a stamp is made; the zero value is a good one.
type stampWish struct {
	by       party
	at       time.Time
	fraction string
	policy   asn1.ObjectIdentifier
	accuracy accuracy
	imprint  crypto.Hash
	of       []byte
	digest   crypto.Hash
	version  int
	told     time.Time
	without  asn1.ObjectIdentifier
	names    *x509.Certificate
	byNumber bool
	bare     bool
	change   func(*stampInfo)
	forge    func(*signedData)
}

func sum(hash crypto.Hash, data []byte) []byte {
	hasher := hash.New()
	hasher.Write(data)
	return hasher.Sum(nil)
}

func explicit(tag int, value []byte) asn1.RawValue {
	return asn1.RawValue{Class: 2, Tag: tag, IsCompound: true, Bytes: value}
}

func algorithm(id asn1.ObjectIdentifier) pkix.AlgorithmIdentifier {
	return pkix.AlgorithmIdentifier{Algorithm: id}
}

// token makes a stamp of a signature.
func (w stampWish) token(signature []byte) []byte {
	w = w.filled(signature)
	info := stampInfo{
		Version: 1, Policy: w.policy, Serial: big.NewInt(77), Accuracy: w.accuracy, Nonce: big.NewInt(5),
		Imprint: imprint{algorithm(idHash[w.imprint]), sum(w.imprint, w.of)},
		Time:    asn1.RawValue{Tag: asn1.TagGeneralizedTime, Bytes: []byte(w.at.UTC().Format("20060102150405") + w.fraction + "Z")},
	}
	if w.change != nil {
		w.change(&info)
	}
	written := must(asn1.Marshal(info))
	all := signedData{
		Version: 3, Digests: []pkix.AlgorithmIdentifier{algorithm(idHash[w.digest])},
		Content: content{idStamp, explicit(0, must(asn1.Marshal(written)))},
		Signers: []signerInfo{w.signer(written)},
	}
	if !w.bare {
		var certificates []byte
		for _, one := range w.by.chain() {
			certificates = append(certificates, one.Raw...)
		}
		all.Certificates = explicit(0, certificates)
	}
	if w.forge != nil {
		w.forge(&all)
	}
	return must(asn1.Marshal(content{idSignedData, explicit(0, must(asn1.Marshal(all)))}))
}

func (w stampWish) filled(signature []byte) stampWish {
	if w.by.cert == nil {
		w.by = goodStamper
	}
	if w.at.IsZero() {
		w.at = now
	}
	if w.policy == nil {
		w.policy = asn1.ObjectIdentifier{1, 2, 3, 4}
	}
	if w.imprint == 0 {
		w.imprint = crypto.SHA256
	}
	if w.digest == 0 {
		w.digest = crypto.SHA256
	}
	if w.of == nil {
		w.of = signature
	}
	if w.version == 0 {
		w.version = 1
	}
	if w.names == nil {
		w.names = w.by.cert
	}
	return w
}

func (w stampWish) signer(written []byte) signerInfo {
	value := func(id asn1.ObjectIdentifier, value any) attribute {
		return attribute{id, []asn1.RawValue{{FullBytes: must(asn1.Marshal(value))}}}
	}
	type certificateID struct {
		Algorithm pkix.AlgorithmIdentifier `asn1:"optional"`
		Digest    []byte
	}
	type certificateIDs struct{ All []certificateID }
	attributes := []attribute{
		value(idContentType, idStamp),
		value(idDigest, sum(w.digest, written)),
		value(idCertificate, certificateIDs{[]certificateID{{Digest: sum(crypto.SHA256, w.names.Raw)}}}),
	}
	if !w.told.IsZero() {
		attributes = append(attributes, value(idTime, w.told.UTC()))
	}
	var parts [][]byte
	for _, one := range attributes {
		if !one.Type.Equal(w.without) {
			parts = append(parts, must(asn1.Marshal(one)))
		}
	}
	sort.Slice(parts, func(a, b int) bool { return string(parts[a]) < string(parts[b]) })
	var joined []byte
	for _, one := range parts {
		joined = append(joined, one...)
	}
	toSign := must(asn1.Marshal(asn1.RawValue{Tag: asn1.TagSet, IsCompound: true, Bytes: joined}))
	id := idECDSA[w.digest]
	if _, isRSA := w.by.key.(*rsa.PrivateKey); isRSA {
		id = idRSA
	}
	who := must(asn1.Marshal(struct {
		Issuer asn1.RawValue
		Serial *big.Int
	}{asn1.RawValue{FullBytes: w.by.cert.RawIssuer}, w.by.cert.SerialNumber}))
	return signerInfo{
		Version: w.version, Who: asn1.RawValue{FullBytes: who}, Digest: algorithm(idHash[w.digest]),
		Attributes: explicit(0, joined), Algorithm: algorithm(id),
		Signature: must(w.by.key.Sign(rand.Reader, sum(w.digest, toSign), w.digest)),
	}
}

// byDigitorus has another library make it.
func byDigitorus(by party) func([]byte) []byte {
	return func(signature []byte) []byte {
		one := timestamp.Timestamp{
			HashAlgorithm: crypto.SHA256, HashedMessage: sum(crypto.SHA256, signature), Time: now,
			Accuracy: time.Second, Policy: asn1.ObjectIdentifier{1, 2, 3, 4}, AddTSACertificate: true, Certificates: by.above,
		}
		response := must(one.CreateResponseWithOpts(by.cert, by.key, crypto.SHA256))
		return must(timestamp.ParseResponse(response)).RawToken
	}
}

// byOpenSSL has the program openssl make it; more is for its configuration.
func byOpenSSL(by party, more string) func([]byte) []byte {
	return func(signature []byte) []byte {
		place := must(os.MkdirTemp("", "stamps"))
		defer os.RemoveAll(place)
		file := func(name string, data []byte) string {
			path := filepath.Join(place, name)
			if err := os.WriteFile(path, data, 0o600); err != nil {
				panic(err)
			}
			return path
		}
		var above []byte
		for _, one := range by.above {
			above = append(above, toPEM("CERTIFICATE", one.Raw)...)
		}
		config := "[tsa]\ndefault_tsa=t\n[t]\nserial=" + file("serial", []byte("01\n")) +
			"\nsigner_cert=" + file("tsa.crt", toPEM("CERTIFICATE", by.cert.Raw)) + "\ncerts=" + file("chain.crt", above) +
			"\nsigner_key=" + file("tsa.key", toPEM("PRIVATE KEY", must(x509.MarshalPKCS8PrivateKey(by.key)))) +
			"\nsigner_digest=sha256\ndefault_policy=1.2.3.4\ndigests=sha256,sha384,sha512\naccuracy=secs:1,millisecs:500\n" + more
		path := file("tsa.cnf", []byte(config))
		run := func(args ...string) {
			if out, err := exec.Command("openssl", args...).CombinedOutput(); err != nil {
				panic(string(out))
			}
		}
		data, query, token := file("data", signature), filepath.Join(place, "query"), filepath.Join(place, "token")
		run("ts", "-query", "-data", data, "-sha256", "-cert", "-config", path, "-out", query)
		run("ts", "-reply", "-queryfile", query, "-config", path, "-token_out", "-out", token)
		return must(os.ReadFile(token))
	}
}

// stamper is a Timestamper of the signing library.
type stamper func([]byte) []byte

func (s stamper) Timestamp(_ context.Context, request *tspclient.Request) (*tspclient.Response, error) {
	made := stampWish{change: func(info *stampInfo) {
		info.Imprint.Digest = request.MessageImprint.HashedMessage
		info.Imprint.Algorithm = request.MessageImprint.HashAlgorithm
		info.Nonce = request.Nonce
	}}.token(nil)
	return &tspclient.Response{TimestampToken: asn1.RawValue{FullBytes: made}}, nil
}
