package main

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"time"

	"golang.org/x/crypto/ocsp"
)

const (
	ocspURL  = "http://ocsp.example/code"
	ocspURL2 = "http://ocsp2.example"
	listURL  = "http://lists.example/code.crl"
	listURL2 = "http://lists2.example/code.crl"
	deltaURL = "http://lists.example/delta.crl"
	rootURL  = "http://lists.example/root.crl"
)

var (
	codeRoot = newRoot("Code root")
	stranger = newRoot("Stranger")
	day      = 24 * time.Hour
)

var idInvalidityDate = asn1.ObjectIdentifier{2, 5, 29, 24}

// say is an answer of OCSP about a certificate.
func say(about party, status int, changes ...func(*saying)) []byte {
	one := &saying{Response: ocsp.Response{
		Status: status, SerialNumber: about.cert.SerialNumber,
		ThisUpdate: now.Add(-time.Hour), NextUpdate: now.AddDate(9, 0, 0),
	}, issuer: codeRoot.cert, by: codeRoot}
	if status == ocsp.Revoked {
		one.RevokedAt = now.Add(-time.Minute)
	}
	for _, change := range changes {
		change(one)
	}
	return must(ocsp.CreateResponse(one.issuer, one.by.cert, one.Response, one.by.key))
}

type saying struct {
	ocsp.Response
	issuer *x509.Certificate
	by     party
}

func delegatedTo(responder party) func(*saying) {
	return func(s *saying) { s.by, s.Certificate = responder, responder.cert }
}

func invalidSince(moment time.Time) pkix.Extension {
	return pkix.Extension{Id: idInvalidityDate, Value: must(asn1.MarshalWithParams(moment, "generalized"))}
}

func addRevocations() {
	strict, roots := policy{}, []party{codeRoot}
	both := newSigner(codeRoot, ocspAt(ocspURL), listsAt(listURL))
	only := newSigner(codeRoot, ocspAt(ocspURL))
	signed, signedBoth := signing{by: only}.envelope(), signing{by: both}.envelope()
	good, revoked := say(only, ocsp.Good), say(only, ocsp.Revoked)

	add("ocsp: good", strict, roots, signed, at(ocspURL, good))
	add("ocsp: good, cose", strict, roots, signing{by: only, cose: true}.envelope(), at(ocspURL, good))
	add("ocsp: revoked", strict, roots, signed, at(ocspURL, revoked))
	add("ocsp: on hold", strict, roots, signed, at(ocspURL, say(only, ocsp.Revoked, func(s *saying) { s.RevocationReason = ocsp.CertificateHold })))
	add("ocsp: unknown", strict, roots, signed, at(ocspURL, say(only, ocsp.Unknown)))
	add("ocsp: nobody answers, strict", strict, roots, signed, nil)
	for _, level := range []string{"permissive", "audit"} {
		add("ocsp: nobody answers, "+level, policy{level: level}, roots, signed, nil)
		add("ocsp: revoked, "+level, policy{level: level}, roots, signed, at(ocspURL, revoked))
	}
	for _, action := range []string{"log", "skip"} {
		override := map[string]string{"revocation": action}
		add("ocsp: revoked, strict but "+action, policy{override: override}, roots, signed, at(ocspURL, revoked))
	}
	enforced := policy{level: "permissive", override: map[string]string{"revocation": "enforce"}}
	add("ocsp: revoked, permissive but enforced", enforced, roots, signed, at(ocspURL, revoked))
	enforced.level = "audit"
	add("ocsp: revoked, audit but enforced, signer is a stranger", enforced, []party{stranger}, signed, at(ocspURL, revoked))
	add("ocsp: good, audit but enforced, signer is a stranger", enforced, []party{stranger}, signed, at(ocspURL, good))

	change := func(name string, changes ...func(*saying)) {
		add("ocsp: "+name, strict, roots, signed, at(ocspURL, say(only, ocsp.Good, changes...)))
	}
	change("expired", func(s *saying) { s.ThisUpdate, s.NextUpdate = now.Add(-2*day), now.Add(-time.Hour) })
	change("without an end", func(s *saying) { s.NextUpdate = time.Time{} })
	change("from the future", func(s *saying) { s.ThisUpdate = now.Add(day) })
	change("of another number", func(s *saying) { s.SerialNumber = big.NewInt(7) })
	change("by a stranger", func(s *saying) { s.by = stranger })
	change("by a stranger with its own certificate", delegatedTo(stranger))
	change("about a stranger's certificate of that number", func(s *saying) { s.issuer = stranger.cert })
	namesake := newRoot("Code root")
	renamed := *codeRoot.cert
	renamed.RawSubject = stranger.cert.RawSubject
	change("about a namesake's certificate of that number", func(s *saying) { s.issuer = namesake.cert })
	change("about a certificate of the same key under another name", func(s *saying) { s.issuer = &renamed })
	change("issuer by SHA-256", func(s *saying) { s.IssuerHash = crypto.SHA256 })
	change("issuer by SHA-512", func(s *saying) { s.IssuerHash = crypto.SHA512 })
	change("signed with SHA-512", func(s *saying) { s.SignatureAlgorithm = x509.ECDSAWithSHA512 })
	change("signed with SHA-1", func(s *saying) { s.SignatureAlgorithm = x509.ECDSAWithSHA1 })
	change("unknown critical extension", func(s *saying) {
		s.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: []byte{5, 0}}}
	})
	change("the root's certificate is in it", delegatedTo(codeRoot))
	change("delegated", delegatedTo(newLeaf(codeRoot, "", "responder", purposes(false, 9))))
	change("delegated, RSA", delegatedTo(newLeaf(codeRoot, "rsa", "responder", purposes(false, 9))))
	change("delegated, not for OCSP", delegatedTo(newLeaf(codeRoot, "", "responder")))
	change("delegated to the signer itself", delegatedTo(only))
	change("delegated, expired", delegatedTo(newLeaf(codeRoot, "", "responder", purposes(false, 9), valid(-2*day, -day))))
	change("delegated by a stranger", delegatedTo(newLeaf(stranger, "", "responder", purposes(false, 9))))
	forged := say(only, ocsp.Good)
	forged[len(forged)-3] ^= 1
	add("ocsp: forged", strict, roots, signed, at(ocspURL, forged))

	for name, body := range map[string][]byte{
		"try later": ocsp.TryLaterErrorResponse, "unauthorized": ocsp.UnauthorizedErrorResponse,
		"nothing": {}, "nonsense": []byte("<html>"), "cut": good[:len(good)/2], "more behind it": append(good[:len(good):len(good)], 0),
	} {
		add("ocsp: "+name, strict, roots, signed, at(ocspURL, body))
	}
	add("ocsp: larger than what is read", strict, roots, signed, at(ocspURL, make([]byte, 30_000)))
	add("ocsp: status 500", strict, roots, signed, world{ocspURL: {500, blob(good)}})

	early, late := now.Add(-30*day), now.Add(-day)
	dated := say(only, ocsp.Revoked, func(s *saying) { s.ExtraExtensions = []pkix.Extension{invalidSince(now.Add(-10 * day))} })
	add("ocsp: revoked since, signed before by the word of an authority", strict, roots, signing{by: only, at: early, authority: true}.envelope(), at(ocspURL, dated))
	add("ocsp: revoked since, signed after by the word of an authority", strict, roots, signing{by: only, at: late, authority: true}.envelope(), at(ocspURL, dated))
	add("ocsp: revoked since, signed before by the signer's word", strict, roots, signing{by: only, at: early}.envelope(), at(ocspURL, dated))

	two := newSigner(codeRoot, ocspAt(ocspURL, ocspURL2))
	signedTwo := signing{by: two}.envelope()
	second := at(ocspURL2, say(two, ocsp.Good))
	add("ocsp: the second answers", strict, roots, signedTwo, second)
	add("ocsp: the first does not know, the second would", strict, roots, signedTwo, second.and(at(ocspURL, say(two, ocsp.Unknown))))
	add("ocsp: the first is wrong, the second good", strict, roots, signedTwo, second.and(at(ocspURL, []byte("no"))))
	add("ocsp: https", strict, roots, signing{by: newSigner(codeRoot, ocspAt("https://ocsp.example/code"))}.envelope(), at("https://ocsp.example/code", good))
	slash := newSigner(codeRoot, ocspAt(ocspURL+"/"))
	add("ocsp: a slash at the end", strict, roots, signing{by: slash}.envelope(), at(ocspURL, say(slash, ocsp.Good)))
	long := newSigner(codeRoot, ocspAt(ocspURL), func(c *x509.Certificate) {
		c.SerialNumber = new(big.Int).Lsh(big.NewInt(0x7f0f), 140)
	})
	add("ocsp: a long number", strict, roots, signing{by: long}.envelope(), at(ocspURL, say(long, ocsp.Good)))

	list := makeList(codeRoot)
	full := makeList(codeRoot, entry(both))
	add("both: ocsp good, the list has it", strict, roots, signedBoth, at(ocspURL, say(both, ocsp.Good)).and(at(listURL, full)))
	add("both: ocsp revoked, the list has it not", strict, roots, signedBoth, at(ocspURL, say(both, ocsp.Revoked)).and(at(listURL, list)))
	add("both: ocsp unknown, the list has it not", strict, roots, signedBoth, at(ocspURL, say(both, ocsp.Unknown)).and(at(listURL, list)))
	add("both: ocsp unknown, the list has it", strict, roots, signedBoth, at(ocspURL, say(both, ocsp.Unknown)).and(at(listURL, full)))
	add("both: no ocsp, the list has it not", strict, roots, signedBoth, at(listURL, list))
	add("both: no ocsp, the list has it", strict, roots, signedBoth, at(listURL, full))
	add("both: nobody answers", strict, roots, signedBoth, nil)
	add("neither", strict, roots, signing{by: newSigner(codeRoot)}.envelope(), nil)

	middle := newIntermediate(codeRoot, "Middle", listsAt(rootURL))
	lower := newSigner(middle, listsAt(listURL))
	signedLower := signing{by: lower}.envelope()
	ok := at(listURL, makeList(middle))
	add("chain: good", strict, roots, signedLower, ok.and(at(rootURL, makeList(codeRoot))))
	add("chain: the middle is revoked", strict, roots, signedLower, ok.and(at(rootURL, makeList(codeRoot, entry(middle)))))
	add("chain: nobody knows of the middle", strict, roots, signedLower, ok)
	add("chain: nobody knows of anything", strict, roots, signedLower, nil)
	add("chain: nobody knows of the middle, the signer is revoked", strict, roots, signedLower, at(listURL, makeList(middle, entry(lower))))
	add("chain: a list of the root instead of the middle", strict, roots, signedLower, at(listURL, makeList(codeRoot)).and(at(rootURL, makeList(codeRoot))))
}

func asPEM(der []byte) []byte {
	return toPEM("X509 CRL", der)
}

// change of a list before it is made.
type listWish func(*x509.RevocationList)

func makeList(by party, wishes ...listWish) []byte {
	made := &x509.RevocationList{Number: big.NewInt(10), ThisUpdate: now.Add(-time.Hour), NextUpdate: now.AddDate(9, 0, 0)}
	for _, wish := range wishes {
		wish(made)
	}
	return must(x509.CreateRevocationList(rand.Reader, made, by.cert, by.key))
}
