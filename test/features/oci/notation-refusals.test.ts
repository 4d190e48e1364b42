import type { X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { contextTag, der, readOne, TAG } from '../../../shared/oci/notation/asn1/der.ts';
import { algorithmIn } from '../../../shared/oci/notation/asn1/signatures.ts';
import { factsOf } from '../../../shared/oci/notation/certificate-facts.ts';
import { chainProblem } from '../../../shared/oci/notation/chain.ts';
import { readList } from '../../../shared/oci/notation/revocation/list.ts';
import { readOcspAnswer } from '../../../shared/oci/notation/revocation/ocsp.ts';
import { stampChain } from '../../../shared/oci/notation/stamps/chain.ts';
import type { Token } from '../../../shared/oci/notation/stamps/token.ts';
import {
  authority,
  extension,
  makeAnswer,
  makeList,
  makeParty,
  NOW,
  oidOf,
  type Party,
  purpose,
  revoked,
  timeOf,
  usage,
} from './certificates.ts';

const root = makeParty({ name: 'root', extensions: [authority, usage(0x06)] });
const leafOf = (issuer: Party, ...extensions: readonly Buffer[]): Party =>
  makeParty({ name: 'signer', issuer, extensions: [usage(0x80), ...extensions] });
const leaf = leafOf(root);

describe('lists that say nothing of a certificate', () => {
  const nothing = Buffer.alloc(0);
  const read = (list: Buffer, issuer = root) => readList(list, leaf.certificate, issuer.certificate, NOW);

  test('[OCI-14 revocation] because of what they are', () => {
    expect(read(makeList(root, nothing)).entries).toEqual([]);
    expect(() => read(makeList(root, nothing, { next: nothing }))).toThrow('it does not say until when');
    expect(() => read(makeList(root, nothing, { version: 0 }))).toThrow('it is of an unknown version');
    const algorithm = der(TAG.sequence, oidOf('1.2.840.10045.4.3.3'));
    expect(() => read(makeList(root, nothing, { algorithm }))).toThrow('it names two algorithms');
    const scope = (field: number, value: number) =>
      extension('2.5.29.28', der(TAG.sequence, der(0x80 | field, Buffer.from([value]))), true);
    for (const [field, value] of [
      [2, 0xff],
      [3, 0x40],
      [4, 0xff],
      [5, 0xff],
    ] as const)
      expect(() => read(makeList(root, nothing, { extensions: [scope(field, value)] }))).toThrow(
        'it is not about such certificates',
      );
    expect(read(makeList(root, nothing, { extensions: [scope(1, 0xff)] })).entries).toEqual([]);
  });

  test('[OCI-14 revocation] because of who signs them', () => {
    const noAuthority = makeParty({ name: 'root', key: root.key, extensions: [usage(0x06)] });
    const signsNoLists = makeParty({ name: 'root', key: root.key, extensions: [authority, usage(0x04)] });
    for (const issuer of [noAuthority, signsNoLists])
      expect(() => read(makeList(root, nothing), issuer)).toThrow('the issuer may not sign lists');
  });

  test('[OCI-14 revocation] because a number is written longer than it is', () => {
    const long = der(TAG.sequence, der(TAG.integer, Buffer.from([0, 7])), timeOf(NOW));
    expect(() => read(makeList(root, long))).toThrow('a number is not in DER');
  });

  test('[OCI-14 revocation] but for what is understood of an entry', () => {
    const since = der(TAG.generalizedTime, Buffer.from('20261119000000Z'));
    const dated = revoked(leaf, extension('2.5.29.24', since, true));
    expect(read(makeList(root, dated)).entries).toMatchObject([
      { isUnclear: false, invalidSince: Date.UTC(2026, 10, 19) },
    ]);
    const elsewhere = revoked(leaf, extension('2.5.29.29', der(TAG.sequence), true));
    expect(read(makeList(root, elsewhere)).entries).toMatchObject([{ isUnclear: true }]);
  });
});

describe('who answers for an authority', () => {
  const answered = (by: Party) =>
    readOcspAnswer(makeAnswer(leaf, root, { by }), leaf.certificate, root.certificate, NOW);
  const extensions = [usage(0x80), purpose(9)];

  test('[OCI-14 revocation] has a certificate that is valid now', () => {
    const wishes = { name: 'responder', issuer: root, extensions };
    expect(answered(makeParty(wishes)).status).toBe('good');
    const [from, until] = [new Date('2026-12-01'), new Date('2026-11-01')];
    for (const one of [makeParty({ ...wishes, from }), makeParty({ ...wishes, until })])
      expect(() => answered(one)).toThrow('the certificate of who answers is not valid now');
  });

  test('[OCI-14 revocation] has one that is not signed with SHA-1', () => {
    const responder = makeParty({ name: 'responder', issuer: root, extensions, hash: 'sha1' });
    expect(() => answered(responder)).toThrow('who answers has no certificate of the issuer');
  });

  test('[OCI-14 revocation] says revoked, and since when only where it can be read', () => {
    const read = (since: Buffer) => {
      const answer = makeAnswer(leaf, root, { extensions: [extension('2.5.29.24', since)] });
      return readOcspAnswer(answer, leaf.certificate, root.certificate, NOW);
    };
    const since = der(TAG.generalizedTime, Buffer.from('20261119000000Z'));
    expect(read(since)).toEqual({ status: 'revoked', invalidSince: Date.UTC(2026, 10, 19) });
    expect(read(Buffer.from('no'))).toEqual({ status: 'revoked', invalidSince: undefined });
  });
});

test('certificates with a number below zero are refused, as by Go', () => {
  const { certificate } = makeParty({
    name: 'signer',
    issuer: root,
    serial: Buffer.from([0x85]),
    extensions: [usage(0x80)],
  });
  expect(chainProblem([certificate, root.certificate])).toMatch(/cannot be read/);
});

test('an authority whose key is short vouches for nobody, as in Go', () => {
  const weak = makeParty({ name: 'weak', rsaBits: 1008, extensions: [authority, usage(0x06)] });
  const enough = makeParty({ name: 'enough', rsaBits: 1024, extensions: [authority, usage(0x06)] });
  expect(chainProblem([leafOf(enough).certificate, enough.certificate])).toBeUndefined();
  expect(chainProblem([leafOf(weak).certificate, weak.certificate])).toMatch(/is not issued by "CN=weak"/);
});

test('[OCI-14 time-stamps] a root that was renewed counts beside the one that has expired', () => {
  const until = new Date('2026-01-01');
  const extensions = [authority, usage(0x06)];
  const old = makeParty({ name: 'stamps root', until, extensions });
  const renewed = makeParty({ name: 'stamps root', key: old.key, extensions });
  const stamper = makeParty({
    name: 'stamper',
    issuer: old,
    extensions: [usage(0x80), purpose(8)],
  }).certificate;
  const token = { certificates: [] as readonly X509Certificate[], time: NOW.getTime() } as Token;
  const chain = [stamper, renewed.certificate];
  expect(stampChain(stamper, token, [old.certificate, renewed.certificate])).toEqual(chain);
  expect(stampChain(stamper, token, [renewed.certificate, old.certificate])).toEqual(chain);
  expect(() => stampChain(stamper, token, [old.certificate])).toThrow(
    'was not valid at the time of the stamp',
  );
});

test('a certificate that says something twice is not read', () => {
  const { certificate } = leafOf(root, usage(0x80));
  expect(factsOf(certificate)).toBeUndefined();
});

test('a key that may only decipher signs nothing', () => {
  const { certificate } = makeParty({ name: 'signer', issuer: root, extensions: [usage(0x80, 0x80)] });
  expect(chainProblem([certificate, root.certificate])).toMatch(/must be "Digital Signature" only/);
});

test('RSA-PSS has one hash for all, and a salt as long as it is', () => {
  const [sha256, sha384] = ['2.16.840.1.101.3.4.2.1', '2.16.840.1.101.3.4.2.2'].map((id) =>
    der(TAG.sequence, oidOf(id)),
  ) as [Buffer, Buffer];
  const pss = (hash: Buffer, masked: Buffer, salt: number) => {
    const mask = der(TAG.sequence, oidOf('1.2.840.113549.1.1.8'), masked);
    const fields = [hash, mask, der(TAG.integer, Buffer.from([salt]))];
    const parameters = der(TAG.sequence, ...fields.map((field, index) => der(contextTag(index), field)));
    const identifier = der(TAG.sequence, oidOf('1.2.840.113549.1.1.10'), parameters);
    return algorithmIn(readOne(identifier, TAG.sequence));
  };
  expect(pss(sha256, sha256, 32)).toEqual({ kind: 'rsa-pss', hash: 'sha256' });
  expect(pss(sha384, sha384, 48)).toEqual({ kind: 'rsa-pss', hash: 'sha384' });
  expect(pss(sha256, sha384, 32)).toBeUndefined();
  expect(pss(sha256, sha256, 20)).toBeUndefined();
});

test('nothing follows what is read as one', () => {
  expect(() => readOne(Buffer.from('30003000', 'hex'), TAG.sequence)).toThrow('something follows the end');
});
