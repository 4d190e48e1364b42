package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"time"
)

// generate writes a root and a chain for signing code into a directory: root.crt, chain.crt, leaf.key.
func generate(directory, kind, revocations string) error {
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	root := template("Test root", 1)
	root.IsCA, root.BasicConstraintsValid, root.KeyUsage = true, true, x509.KeyUsageCertSign
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, rootKey.Public(), rootKey)
	if err != nil {
		return err
	}
	leafKey, err := newKey(kind)
	if err != nil {
		return err
	}
	leaf := template("signer", 2)
	leaf.KeyUsage = x509.KeyUsageDigitalSignature
	leaf.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning}
	if revocations != "" {
		leaf.CRLDistributionPoints = []string{revocations}
	}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, root, leafKey.Public(), rootKey)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(leafKey)
	if err != nil {
		return err
	}
	encode := func(kind string, der []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	}
	rootPEM := encode("CERTIFICATE", rootDER)
	for name, text := range map[string][]byte{
		"root.crt":  rootPEM,
		"chain.crt": append(encode("CERTIFICATE", leafDER), rootPEM...),
		"leaf.key":  encode("PRIVATE KEY", keyDER),
	} {
		if err := os.WriteFile(filepath.Join(directory, name), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func newKey(kind string) (crypto.Signer, error) {
	if kind == "rsa" {
		return rsa.GenerateKey(rand.Reader, 2048)
	}
	return ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
}

func template(name string, serial int64) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		Subject: pkix.Name{
			Country: []string{"US"}, Province: []string{"WA"},
			Organization: []string{"Acme, Inc."}, CommonName: name,
		},
		NotBefore: time.Now().Add(-time.Hour),
		NotAfter:  time.Now().Add(24 * time.Hour),
	}
}
