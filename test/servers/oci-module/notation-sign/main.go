// Signs an artifact as the notation program does, by its own libraries, and pushes the signature.
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"log"
	"os"
	"time"

	"github.com/notaryproject/notation-core-go/signature/cose"
	"github.com/notaryproject/notation-core-go/signature/jws"
	"github.com/notaryproject/notation-go"
	"github.com/notaryproject/notation-go/registry"
	"github.com/notaryproject/notation-go/signer"
	"oras.land/oras-go/v2/registry/remote"
)

func main() {
	reference := flag.String("reference", "", "host/repository@sha256:<hex>, over plain HTTP")
	certificates := flag.String("certificates", "", "PEM file, leaf first")
	key := flag.String("key", "", "PEM file")
	format := flag.String("format", "jws", "jws or cose")
	expiry := flag.Duration("expiry", 0, "after which the signature counts no more")
	into := flag.String("generate", "", "directory to write new certificates into, instead of signing")
	kind := flag.String("key-type", "ec", "ec or rsa")
	revocations := flag.String("revocations", "", "URL of the list that the leaf is to name")
	flag.Parse()
	if *into != "" {
		if err := generate(*into, *kind, *revocations); err != nil {
			log.Fatal(err)
		}
		return
	}
	if err := sign(*reference, *certificates, *key, *format, *expiry); err != nil {
		log.Fatal(err)
	}
}

func sign(reference, certificates, key, format string, expiry time.Duration) error {
	chain, err := os.ReadFile(certificates)
	if err != nil {
		return err
	}
	private, err := os.ReadFile(key)
	if err != nil {
		return err
	}
	pair, err := tls.X509KeyPair(chain, private)
	if err != nil {
		return err
	}
	var parsed []*x509.Certificate
	for _, der := range pair.Certificate {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return err
		}
		parsed = append(parsed, certificate)
	}
	local, err := signer.NewGenericSigner(pair.PrivateKey, parsed)
	if err != nil {
		return err
	}
	repository, err := remote.NewRepository(reference)
	if err != nil {
		return err
	}
	repository.PlainHTTP = true
	mediaType := jws.MediaTypeEnvelope
	if format == "cose" {
		mediaType = cose.MediaTypeEnvelope
	}
	options := notation.SignOptions{
		SignerSignOptions: notation.SignerSignOptions{
			SignatureMediaType: mediaType,
			ExpiryDuration:     expiry,
		},
		ArtifactReference: reference,
	}
	_, err = notation.Sign(context.Background(), local, registry.NewRepository(repository), options)
	return err
}
