package main

import (
	"crypto"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"time"

	"golang.org/x/crypto/ocsp"
)

const (
	tsaOCSP = "http://ocsp.example/stamps"
	tsaList = "http://lists.example/stamps.crl"
)

var (
	stampRoot   = newRoot("Stamp root")
	goodStamper = newStamper(stampRoot, "")
)

func toPEM(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// stamping is a case in the making.
type stamping struct {
	by     party
	at     time.Time
	roots  []party
	policy policy
	world  world
}

func addStamps() {
	stamped := policy{stores: []string{"ca:test", "tsa:test"}}
	later := stamped
	later.stamped = "afterCertExpiry"
	fresh := newSigner(codeRoot, valid(-20*day, 20*day))
	expired := newSigner(codeRoot, valid(-20*day, -2*day))
	was := now.Add(-10 * day)
	roots := []party{codeRoot, stampRoot}
	check := func(name string, p policy, by party, token func([]byte) []byte) {
		at := was
		if by.cert == fresh.cert {
			at = now
		}
		add("stamp: "+name, p, roots, signing{by: by, at: at, token: token}.envelope(), nil)
	}
	good := stampWish{at: was, told: was}.token

	check("expired, stamped before", stamped, expired, good)
	check("expired, stamped before, after expiry only", later, expired, good)
	check("expired, not stamped", stamped, expired, nil)
	check("expired, not stamped, after expiry only", later, expired, nil)
	check("expired, stamped before, nobody asked for stamps", policy{}, expired, good)
	check("expired, not stamped, permissive", policy{level: "permissive", stores: stamped.stores}, expired, nil)
	check("fresh, stamped", stamped, fresh, stampWish{}.token)
	check("fresh, not stamped", stamped, fresh, nil)
	check("fresh, not stamped, after expiry only", later, fresh, nil)
	check("fresh, a wrong stamp, after expiry only", later, fresh, stampWish{of: []byte("other")}.token)
	check("fresh, not stamped, nobody asked for stamps", policy{}, fresh, nil)
	check("fresh, not stamped, permissive", policy{level: "permissive", stores: stamped.stores}, fresh, nil)
	add("stamp: cose", stamped, roots, signing{by: fresh, cose: true, token: stampWish{}.token}.envelope(), nil)
	add("stamp: cose, none", stamped, roots, signing{by: fresh, cose: true}.envelope(), nil)
	add("stamp: by a stranger", stamped, []party{codeRoot}, signing{by: fresh, token: stampWish{}.token}.envelope(), nil)
	add("stamp: the word of an authority needs none", policy{stores: []string{"signingAuthority:test", "tsa:test"}}, roots, signing{by: expired, at: was, authority: true}.envelope(), nil)
	add("stamp: the word of an authority, after expiry", policy{stores: []string{"signingAuthority:test", "tsa:test"}}, roots, signing{by: newSigner(codeRoot, valid(-20*day, 20*day)), at: now, authority: true, token: stampWish{of: []byte("x")}.token}.envelope(), nil)

	addTimes(stamped)
	addForms(stamped, fresh, roots)
	addStampers(stamped, fresh)
	addStamperRevocations(stamped, fresh, roots)
}

func addTimes(stamped policy) {
	roots := []party{codeRoot, stampRoot}
	from, to := -20*day, -2*day
	signer := newSigner(codeRoot, valid(from, to))
	check := func(name string, wish stampWish) {
		add("stamp: "+name, stamped, roots, signing{by: signer, at: now.Add(-10 * day), token: wish.token}.envelope(), nil)
	}
	check("before the certificate", stampWish{at: now.Add(from - time.Second)})
	check("after the certificate", stampWish{at: now.Add(to + time.Second)})
	check("at its first moment", stampWish{at: now.Add(from)})
	check("at its last moment", stampWish{at: now.Add(to)})
	check("a fraction after its last moment", stampWish{at: now.Add(to), fraction: ".001"})
	check("a fraction before its first moment", stampWish{at: now.Add(from - time.Second), fraction: ".999"})
	check("may be after it", stampWish{at: now.Add(to - time.Second), accuracy: accuracy{Seconds: 2}})
	check("may be before it", stampWish{at: now.Add(from + time.Second), accuracy: accuracy{Seconds: 2}})
	check("may just be within", stampWish{at: now.Add(to - 2*time.Second), accuracy: accuracy{Seconds: 2}})
	check("may be after it by a millisecond", stampWish{at: now.Add(to - 2*time.Second), accuracy: accuracy{Seconds: 2, Milliseconds: 1}})
	check("may be after it by a microsecond", stampWish{at: now.Add(to - 2*time.Second), accuracy: accuracy{Seconds: 2, Microseconds: 1}})
	check("is a second wide by its policy", stampWish{at: now.Add(to), policy: idBaseline})
	check("is told narrow beside its policy", stampWish{at: now.Add(to - time.Second), policy: idBaseline, accuracy: accuracy{Milliseconds: 900}})
	check("signed at another time", stampWish{at: now.Add(-10 * day), told: now.AddDate(-2, 0, 0)})
}

func addForms(stamped policy, fresh party, roots []party) {
	check := func(name string, token func([]byte) []byte) {
		add("stamp: "+name, stamped, roots, signing{by: fresh, token: token}.envelope(), nil)
	}
	rsa := newStamper(stampRoot, "rsa")
	for _, hash := range []crypto.Hash{crypto.SHA384, crypto.SHA512, crypto.SHA1} {
		check("imprint in "+hash.String(), stampWish{imprint: hash}.token)
		check("signed with "+hash.String(), stampWish{digest: hash}.token)
	}
	check("of another signature", stampWish{of: []byte("other")}.token)
	check("by RSA", stampWish{by: rsa}.token)
	check("by digitorus", byDigitorus(goodStamper))
	check("by digitorus, RSA", byDigitorus(rsa))
	check("by openssl", byOpenSSL(goodStamper, "ess_cert_id_alg=sha256\n"))
	check("by openssl, RSA, SHA-512", byOpenSSL(rsa, "ess_cert_id_alg=sha512\nordering=yes\ntsa_name=yes\n"))
	check("by openssl, the old way to name certificates", byOpenSSL(goodStamper, "ess_cert_id_alg=sha1\n"))
	check("by openssl, names its chain", byOpenSSL(newStamper(newIntermediate(stampRoot, "Middle of stamps"), ""), "ess_cert_id_alg=sha256\ness_cert_id_chain=yes\n"))
	check("nonsense", func([]byte) []byte { return []byte("nonsense") })
	check("empty", func([]byte) []byte { return []byte{} })
	check("cut", func(of []byte) []byte { token := stampWish{}.token(of); return token[:len(token)-20] })
	check("in BER", func(of []byte) []byte { return indefinite(stampWish{}.token(of)) })
	check("in BER without an end", func(of []byte) []byte { return indefinite(stampWish{}.token(of))[:500] })
	check("no certificate", stampWish{bare: true}.token)
	for name, id := range map[string]asn1.ObjectIdentifier{"content type": idContentType, "digest": idDigest, "certificate": idCertificate} {
		check("without "+name, stampWish{without: id}.token)
	}
	check("names another certificate", stampWish{names: rsa.cert}.token)
	check("another version of its signer", stampWish{version: 3}.token)
	check("another version of itself", stampWish{change: func(i *stampInfo) { i.Version = 2 }}.token)
	check("another version around it", stampWish{forge: func(s *signedData) { s.Version = 1 }}.token)
	check("changed", stampWish{forge: func(s *signedData) {
		bytes := s.Content.Content.Bytes
		bytes[len(bytes)-1] ^= 1
	}}.token)
	check("forged", stampWish{forge: func(s *signedData) { s.Signers[0].Signature[20] ^= 1 }}.token)
	check("nobody has signed it", stampWish{forge: func(s *signedData) { s.Signers = nil }}.token)
	check("two have signed it, the first is forged", stampWish{forge: func(s *signedData) {
		bad := s.Signers[0]
		bad.Signature = append([]byte{}, bad.Signature...)
		bad.Signature[20] ^= 1
		s.Signers = append(s.Signers, bad)
	}}.token)
	check("other content", stampWish{forge: func(s *signedData) { s.Content.Type = idSignedData }}.token)
}

// indefinite writes the outer elements without their lengths.
func indefinite(der []byte) []byte {
	var outer asn1.RawValue
	must(asn1.Unmarshal(der, &outer))
	made := []byte{der[0], 0x80}
	for rest := outer.Bytes; len(rest) > 0; {
		var one asn1.RawValue
		rest = must(asn1.Unmarshal(rest, &one))
		if one.Class == 2 && one.Tag == 0 {
			made = append(made, indefinite(one.FullBytes)...)
		} else {
			made = append(made, one.FullBytes...)
		}
	}
	return append(made, 0, 0)
}

func addStampers(stamped policy, fresh party) {
	both := []party{codeRoot, stampRoot}
	check := func(name string, roots []party, by party) {
		add("stamper: "+name, stamped, roots, signing{by: fresh, token: stampWish{by: by}.token}.envelope(), nil)
	}
	root := stampRoot
	check("below another", both, newStamper(newIntermediate(root, "Middle of stamps"), ""))
	alone := newStamper(newIntermediate(root, "Middle of stamps"), "")
	alone.above = nil
	check("what is between is missing", both, alone)
	check("P-384", both, newStamper(root, "p384"))
	check("not for stamps", both, newStamper(root, "", purposes(true, 3)))
	check("for stamps and code", both, newStamper(root, "", purposes(true, 8, 3)))
	check("for stamps, not critical", both, newStamper(root, "", purposes(false, 8)))
	check("for nothing told", both, newLeaf(root, "", "stamper"))
	usage := func(usage x509.KeyUsage) wish { return func(c *x509.Certificate) { c.KeyUsage = usage } }
	check("signs certificates", both, newStamper(root, "", usage(x509.KeyUsageDigitalSignature|x509.KeyUsageCertSign)))
	check("signs nothing", both, newStamper(root, "", usage(x509.KeyUsageKeyEncipherment)))
	check("commits to content", both, newStamper(root, "", usage(x509.KeyUsageDigitalSignature|x509.KeyUsageContentCommitment)))
	check("without usage", both, newStamper(root, "", usage(0)))
	check("expired", both, newStamper(root, "", valid(-20*day, -day)))
	check("not yet", both, newStamper(root, "", valid(day, 20*day)))
	check("an authority itself", both, newStamper(root, "", func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = true, true }))
	check("unknown critical extension", both, newStamper(root, "", extension(asn1.ObjectIdentifier{1, 2, 3}, true, []byte{5, 0})))
	check("trusted itself", append(both, goodStamper), goodStamper)
	check("below a trusted one that is no root", []party{codeRoot, newIntermediate(root, "x")}, goodStamper)
	middleForCode := newIntermediate(root, "For code", purposes(false, 3))
	check("below one for code", both, newStamper(middleForCode, ""))
	check("below one for stamps", both, newStamper(newIntermediate(root, "For stamps", purposes(false, 8)), ""))
	check("below one that may not sign", both, newStamper(newIntermediate(root, "No CA", usage(x509.KeyUsageCRLSign)), ""))
	short := newRoot("Short", func(c *x509.Certificate) { c.MaxPathLen, c.MaxPathLenZero = 0, true })
	check("deeper than its root allows", []party{codeRoot, short}, newStamper(newIntermediate(short, "Too deep"), ""))
	pss := newParty(nil, "rsa", authorityOf("PSS", signedWith(x509.SHA384WithRSAPSS)))
	check("signed with RSA-PSS", []party{codeRoot, pss}, newStamper(pss, "", signedWith(x509.SHA512WithRSAPSS)))
	check("signed with SHA-1", both, newStamper(root, "", signedWith(x509.ECDSAWithSHA1)))
	old := newRoot("Old", valid(-30*day, -day))
	check("below an expired root", []party{codeRoot, old}, newStamper(old, ""))
	past := newStamper(root, "", valid(-20*day, -day))
	expired := newSigner(codeRoot, valid(-20*day, -2*day))
	was := now.Add(-10 * day)
	add("stamper: expired since", stamped, both, signing{by: expired, at: was, token: stampWish{by: past, at: was}.token}.envelope(), nil)
}

func addStamperRevocations(stamped policy, fresh party, roots []party) {
	revocable := newStamper(stampRoot, "", ocspAt(tsaOCSP), listsAt(tsaList))
	envelope := signing{by: fresh, token: stampWish{by: revocable}.token}.envelope()
	tell := func(status int) world {
		return at(tsaOCSP, say(revocable, status, func(s *saying) { s.issuer, s.by = stampRoot.cert, stampRoot }))
	}
	check := func(name string, p policy, w world) { add("stamper: "+name, p, roots, envelope, w) }
	check("ocsp good", stamped, tell(ocsp.Good))
	check("ocsp revoked", stamped, tell(ocsp.Revoked))
	check("ocsp unknown, list good", stamped, tell(ocsp.Unknown).and(at(tsaList, makeList(stampRoot))))
	check("no ocsp, list revoked", stamped, at(tsaList, makeList(stampRoot, entry(revocable))))
	check("nobody answers", stamped, nil)
	log := stamped
	log.override = map[string]string{"authenticTimestamp": "log"}
	check("ocsp revoked, logged", log, tell(ocsp.Revoked))
	skip := stamped
	skip.override = map[string]string{"revocation": "skip"}
	check("ocsp revoked, revocation of signers skipped", skip, tell(ocsp.Revoked))
	check("nobody answers, revocation of signers skipped", skip, nil)
}
