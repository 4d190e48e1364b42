package main

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"time"
)

var (
	idScope   = asn1.ObjectIdentifier{2, 5, 29, 28}
	idDelta   = asn1.ObjectIdentifier{2, 5, 29, 27}
	idChanges = asn1.ObjectIdentifier{2, 5, 29, 46}
)

func entry(of party, changes ...func(*x509.RevocationListEntry)) listWish {
	return func(list *x509.RevocationList) {
		one := x509.RevocationListEntry{SerialNumber: of.cert.SerialNumber, RevocationTime: now.Add(-day)}
		for _, change := range changes {
			change(&one)
		}
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries, one)
	}
}

func because(reason int, since time.Duration) func(*x509.RevocationListEntry) {
	return func(e *x509.RevocationListEntry) { e.ReasonCode, e.RevocationTime = reason, now.Add(since) }
}

func with(id asn1.ObjectIdentifier, critical bool, value []byte) listWish {
	return func(list *x509.RevocationList) {
		list.ExtraExtensions = append(list.ExtraExtensions, pkix.Extension{Id: id, Critical: critical, Value: value})
	}
}

func numbered(number int64) listWish {
	return func(list *x509.RevocationList) { list.Number = big.NewInt(number) }
}

func changesSince(number int64) listWish {
	return with(idDelta, true, must(asn1.Marshal(number)))
}

type point struct {
	Name pointName `asn1:"optional,tag:0"`
}
type pointName struct {
	Full []asn1.RawValue `asn1:"optional,tag:0"`
}
type scope struct {
	Name       pointName `asn1:"optional,tag:0"`
	OnlyUsers  bool      `asn1:"optional,tag:1"`
	OnlyCAs    bool      `asn1:"optional,tag:2"`
	Indirect   bool      `asn1:"optional,tag:4"`
	Attributes bool      `asn1:"optional,tag:5"`
}

func named(urls ...string) (name pointName) {
	for _, url := range urls {
		name.Full = append(name.Full, asn1.RawValue{Class: 2, Tag: 6, Bytes: []byte(url)})
	}
	return name
}

func changesAt(url string) []byte {
	return must(asn1.Marshal([]point{{Name: named(url)}}))
}

func scoped(one scope) listWish {
	return with(idScope, true, must(asn1.Marshal(one)))
}

func addLists() {
	strict, roots := policy{}, []party{codeRoot}
	signer := newSigner(codeRoot, listsAt(listURL))
	signed := signing{by: signer}.envelope()
	other := newSigner(codeRoot)
	check := func(name string, wishes ...listWish) {
		add("list: "+name, strict, roots, signed, at(listURL, makeList(codeRoot, wishes...)))
	}
	check("empty")
	check("of others", entry(other), entry(other))
	check("has it", entry(other), entry(signer), entry(other))
	check("on hold", entry(signer, because(6, -day)))
	check("was on hold", entry(signer, because(6, -2*day)), entry(signer, because(8, -day)))
	check("was on hold, in another order", entry(signer, because(8, -day)), entry(signer, because(6, -2*day)))
	check("on hold again, in another order", entry(signer, because(6, -day)), entry(signer, because(8, -2*day)))
	check("taken off, then on hold", entry(signer, because(8, -2*day)), entry(signer, because(6, -day)))
	check("on hold, then for ever", entry(signer, because(6, -2*day)), entry(signer, because(1, -day)))
	for _, reason := range []int{1, 2, 3, 4, 5, 9, 10} {
		check("for reason "+string(rune('0'+reason%10)), entry(signer, because(reason, -day)))
	}
	check("expired", func(l *x509.RevocationList) { l.ThisUpdate, l.NextUpdate = now.Add(-2*day), now.Add(-day) })
	check("from the future", func(l *x509.RevocationList) { l.ThisUpdate = now.Add(day) })
	check("signed with SHA-512", func(l *x509.RevocationList) { l.SignatureAlgorithm = x509.ECDSAWithSHA512 })
	check("many", func(l *x509.RevocationList) {
		for range 500 {
			entry(other)(l)
		}
	})
	check("unknown critical extension", with(asn1.ObjectIdentifier{1, 2, 3}, true, []byte{5, 0}))
	check("unknown extension", with(asn1.ObjectIdentifier{1, 2, 3}, false, []byte{5, 0}))
	odd := func(e *x509.RevocationListEntry) {
		e.ExtraExtensions = []pkix.Extension{{Id: asn1.ObjectIdentifier{1, 2, 3}, Critical: true, Value: []byte{5, 0}}}
	}
	check("unknown critical extension of its entry", entry(signer, odd))
	check("unknown critical extension of another's entry", entry(other, odd))
	check("of this place", scoped(scope{Name: named(listURL)}))
	check("of these places", scoped(scope{Name: named("http://other.example", listURL)}))
	check("of another place", scoped(scope{Name: named("http://lists.example/other.crl")}))
	check("of signers", scoped(scope{OnlyUsers: true}))
	check("of authorities", scoped(scope{OnlyCAs: true}))
	check("of attributes", scoped(scope{Attributes: true}))
	check("of others' certificates", scoped(scope{Indirect: true}))
	check("of changes only", changesSince(9))
	add("list: by a stranger", strict, roots, signed, at(listURL, makeList(stranger)))
	add("list: in PEM", strict, roots, signed, at(listURL, asPEM(makeList(codeRoot))))
	add("list: nonsense", strict, roots, signed, at(listURL, []byte("<html>")))
	add("list: status 404", strict, roots, signed, world{listURL: {404, blob(makeList(codeRoot))}})
	forged := makeList(codeRoot)
	forged[len(forged)-3] ^= 1
	add("list: forged", strict, roots, signed, at(listURL, forged))
	cut := makeList(codeRoot, entry(signer))
	add("list: cut", strict, roots, signed, at(listURL, cut[:len(cut)-40]))

	early, late := now.Add(-30*day), now.Add(-5*day)
	dated := at(listURL, makeList(codeRoot, entry(signer, func(e *x509.RevocationListEntry) {
		e.ExtraExtensions = []pkix.Extension{invalidSince(now.Add(-10 * day))}
	})))
	add("list: revoked since, signed before by the word of an authority", strict, roots, signing{by: signer, at: early, authority: true}.envelope(), dated)
	add("list: revoked since, signed after by the word of an authority", strict, roots, signing{by: signer, at: late, authority: true}.envelope(), dated)
	add("list: revoked since, signed before by the signer's word", strict, roots, signing{by: signer, at: early}.envelope(), dated)

	noLists := newRoot("Signs no lists", func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCertSign })
	add("list: the issuer may not sign lists", strict, []party{noLists}, signing{by: newSigner(noLists, listsAt(listURL))}.envelope(), at(listURL, forcedList(noLists)))

	pss := newParty(nil, "rsa", authorityOf("PSS", signedWith(x509.SHA256WithRSAPSS)))
	byPSS := newSigner(pss, listsAt(listURL), signedWith(x509.SHA256WithRSAPSS))
	add("list: signed with RSA-PSS", strict, []party{pss}, signing{by: byPSS}.envelope(), at(listURL, makeList(pss, func(l *x509.RevocationList) { l.SignatureAlgorithm = x509.SHA512WithRSAPSS })))
	add("list: signed with RSA-PSS, has it", strict, []party{pss}, signing{by: byPSS}.envelope(), at(listURL, makeList(pss, entry(byPSS), func(l *x509.RevocationList) { l.SignatureAlgorithm = x509.SHA256WithRSAPSS })))
	addDeltas(signer, signed)
	addPlaces()
}

// forcedList is one that Go does not make: its authority may not.
func forcedList(by party) []byte {
	cert := *by.cert
	cert.KeyUsage |= x509.KeyUsageCRLSign
	return makeList(party{cert: &cert, key: by.key})
}

func addDeltas(signer party, signed []byte) {
	strict, roots := policy{}, []party{codeRoot}
	points := with(idChanges, false, changesAt(deltaURL))
	base := func(wishes ...listWish) world {
		return at(listURL, makeList(codeRoot, append([]listWish{points}, wishes...)...))
	}
	delta := func(by party, wishes ...listWish) world { return at(deltaURL, makeList(by, wishes...)) }
	add("changes: none", strict, roots, signed, base().and(delta(codeRoot, numbered(11), changesSince(10))))
	add("changes: revoked since", strict, roots, signed, base().and(delta(codeRoot, numbered(11), changesSince(10), entry(signer))))
	add("changes: taken off", strict, roots, signed, base(entry(signer, because(6, -2*day))).and(delta(codeRoot, numbered(11), changesSince(10), entry(signer, because(8, -day)))))
	add("changes: cannot be had", strict, roots, signed, base())
	add("changes: of the same number", strict, roots, signed, base().and(delta(codeRoot, numbered(10), changesSince(10))))
	add("changes: of a newer list", strict, roots, signed, base().and(delta(codeRoot, numbered(12), changesSince(11))))
	add("changes: of an older list", strict, roots, signed, base().and(delta(codeRoot, numbered(12), changesSince(5))))
	add("changes: a whole list instead", strict, roots, signed, base().and(delta(codeRoot, numbered(11))))
	add("changes: by a stranger", strict, roots, signed, base().and(delta(stranger, numbered(11), changesSince(10))))
	add("changes: expired", strict, roots, signed, base().and(delta(codeRoot, numbered(11), changesSince(10), func(l *x509.RevocationList) { l.ThisUpdate, l.NextUpdate = now.Add(-2*day), now.Add(-day) })))
	named := newSigner(codeRoot, listsAt(listURL), extension(idChanges, false, changesAt(deltaURL)))
	add("changes: named by the certificate alone", strict, roots, signing{by: named}.envelope(), at(listURL, makeList(codeRoot)).and(delta(codeRoot, numbered(11), changesSince(10))))
	add("changes: named by both", strict, roots, signing{by: named}.envelope(), base().and(delta(codeRoot, numbered(11), changesSince(10))))
}

func addPlaces() {
	strict, roots := policy{}, []party{codeRoot}
	good := makeList(codeRoot)
	two := newSigner(codeRoot, listsAt(listURL, listURL2))
	signed, full := signing{by: two}.envelope(), makeList(codeRoot, entry(two))
	add("places: both good", strict, roots, signed, at(listURL, good).and(at(listURL2, good)))
	add("places: the second has it", strict, roots, signed, at(listURL, good).and(at(listURL2, full)))
	add("places: the first has it, the second answers not", strict, roots, signed, at(listURL, full))
	add("places: the first answers not, the second is good", strict, roots, signed, at(listURL2, good))
	add("places: the first answers not, the second has it", strict, roots, signed, at(listURL2, full))
	for _, url := range []string{"https://lists.example/code.crl", "ldap://lists.example/code", "HTTP://lists.example/code.crl"} {
		signer := newSigner(codeRoot, listsAt(url))
		add("places: "+url, strict, roots, signing{by: signer}.envelope(), at(url, good).and(at(listURL, good)))
	}
}
