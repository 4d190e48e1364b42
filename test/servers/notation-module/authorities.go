package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"time"
)

// now is the moment of all that is made, and of the verdicts; whole seconds, as certificates have.
var now = time.Now().UTC().Truncate(time.Second)

var lastSerial int64 = 0x7f00

// party is somebody with a certificate.
type party struct {
	cert  *x509.Certificate
	key   crypto.Signer
	above []*x509.Certificate
}

// chain is the party's certificate and all above it.
func (p party) chain() []*x509.Certificate {
	return append([]*x509.Certificate{p.cert}, p.above...)
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func newKey(kind string) crypto.Signer {
	switch kind {
	case "rsa":
		return must(rsa.GenerateKey(rand.Reader, 2048))
	case "p384":
		return must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	default:
		return must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	}
}

// wish changes a certificate before it is made.
type wish func(*x509.Certificate)

func template(name string, wishes ...wish) *x509.Certificate {
	lastSerial++
	made := &x509.Certificate{
		SerialNumber: big.NewInt(lastSerial),
		Subject:      pkix.Name{Country: []string{"US"}, Province: []string{"WA"}, Organization: []string{"Acme"}, CommonName: name},
		NotBefore:    now.AddDate(-1, 0, 0),
		NotAfter:     now.AddDate(9, 0, 0),
	}
	for _, wish := range wishes {
		wish(made)
	}
	return made
}

func newRoot(name string, wishes ...wish) party {
	return newParty(nil, "", authorityOf(name, wishes...))
}

func newIntermediate(parent party, name string, wishes ...wish) party {
	return newParty(&parent, "", authorityOf(name, wishes...))
}

func authorityOf(name string, wishes ...wish) *x509.Certificate {
	made := template(name)
	made.IsCA, made.BasicConstraintsValid = true, true
	made.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	for _, wish := range wishes {
		wish(made)
	}
	return made
}

func newLeaf(parent party, kind, name string, wishes ...wish) party {
	made := template(name)
	made.KeyUsage = x509.KeyUsageDigitalSignature
	for _, wish := range wishes {
		wish(made)
	}
	return newParty(&parent, kind, made)
}

func newSigner(parent party, wishes ...wish) party {
	forCode := func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning} }
	return newLeaf(parent, "", "signer", append([]wish{forCode}, wishes...)...)
}

// newStamper makes who stamps; wishes may take the purpose away again.
func newStamper(parent party, kind string, wishes ...wish) party {
	return newLeaf(parent, kind, "stamper", append([]wish{purposes(true, 8)}, wishes...)...)
}

func newParty(parent *party, kind string, made *x509.Certificate) party {
	key := newKey(kind)
	issuer := party{cert: made, key: key}
	var above []*x509.Certificate
	if parent != nil {
		issuer, above = *parent, parent.chain()
	}
	der := must(x509.CreateCertificate(rand.Reader, made, issuer.cert, key.Public(), issuer.key))
	return party{cert: must(x509.ParseCertificate(der)), key: key, above: above}
}

func valid(from, to time.Duration) wish {
	return func(c *x509.Certificate) { c.NotBefore, c.NotAfter = now.Add(from), now.Add(to) }
}

func signedWith(algorithm x509.SignatureAlgorithm) wish {
	return func(c *x509.Certificate) { c.SignatureAlgorithm = algorithm }
}

func ocspAt(urls ...string) wish {
	return func(c *x509.Certificate) { c.OCSPServer = urls }
}

func listsAt(urls ...string) wish {
	return func(c *x509.Certificate) { c.CRLDistributionPoints = urls }
}

// purposes are of the arc 1.3.6.1.5.5.7.3.
func purposes(critical bool, numbers ...int) wish {
	var ids []asn1.ObjectIdentifier
	for _, number := range numbers {
		ids = append(ids, asn1.ObjectIdentifier{1, 3, 6, 1, 5, 5, 7, 3, number})
	}
	return extension(asn1.ObjectIdentifier{2, 5, 29, 37}, critical, must(asn1.Marshal(ids)))
}

func extension(id asn1.ObjectIdentifier, critical bool, value []byte) wish {
	return func(c *x509.Certificate) {
		kept := []pkix.Extension{{Id: id, Critical: critical, Value: value}}
		for _, one := range c.ExtraExtensions {
			if !one.Id.Equal(id) {
				kept = append(kept, one)
			}
		}
		c.ExtraExtensions = kept
	}
}
