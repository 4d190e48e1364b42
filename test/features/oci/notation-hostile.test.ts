import { type KeyObject, sign, X509Certificate } from 'node:crypto';
import { expect, test } from 'vitest';
import { makeCertificate } from '../../../infra/local/cluster/access/certificate.ts';
import { der, oid, readAll, TAG } from '../../../shared/oci/notation/asn1/der.ts';
import { timeOf } from '../../../shared/oci/notation/asn1/times.ts';
import { factsOf } from '../../../shared/oci/notation/certificate-facts.ts';
import { readList } from '../../../shared/oci/notation/revocation/list.ts';
import { readOcspAnswer } from '../../../shared/oci/notation/revocation/ocsp.ts';
import { readToken } from '../../../shared/oci/notation/stamps/token.ts';
import { stampProblem } from '../../../shared/oci/notation/stamps/verify.ts';
import { type NotationCase, notationVectors, serversOf } from './vectors.ts';

const { blobs, cases, now } = notationVectors();
const NOW = new Date(now);

function bytesOf(name: string): Buffer {
  return Buffer.from(blobs[name] ?? '', 'base64');
}

function caseOf(name: string): NotationCase {
  return cases.find((one) => one.name === name) as NotationCase;
}

interface Read {
  readonly chain: readonly [X509Certificate, X509Certificate];
  readonly answer: Buffer;
  readonly timeStamp: Buffer;
  readonly signature: Buffer;
}

/** What stands in a case whose signature is a JWS. */
function read(name: string): Read {
  const one = caseOf(name);
  const { header, signature } = JSON.parse(String(bytesOf(one.envelope))) as {
    readonly header: Readonly<Record<string, unknown>>;
    readonly signature: string;
  };
  const [leaf, root] = (header.x5c as string[]).map(
    (text) => new X509Certificate(Buffer.from(text, 'base64')),
  );
  return {
    chain: [leaf as X509Certificate, root as X509Certificate],
    answer: bytesOf(Object.values(one.answers)[0]?.body ?? ''),
    timeStamp: Buffer.from(String(header['io.cncf.notary.timestampSignature'] ?? ''), 'base64'),
    signature: Buffer.from(signature, 'base64url'),
  };
}

/** The bytes with one of them changed, for each of them. */
function* changed(bytes: Buffer): Generator<Buffer> {
  for (const [index, byte] of bytes.entries()) {
    const copy = Buffer.from(bytes);
    copy[index] = byte ^ 0x01;
    yield copy;
  }
}

test('[OCI-14 revocation] no byte of an answer or of a list can be changed', () => {
  const ocsp = read('ocsp: good');
  const list = read('list: of others');
  const [leaf, root] = ocsp.chain;
  expect(readOcspAnswer(ocsp.answer, leaf, root, NOW)).toMatchObject({ status: 'good' });
  expect(readList(list.answer, ...list.chain, NOW)).toMatchObject({ entries: [] });

  for (const answer of changed(ocsp.answer))
    expect(() => readOcspAnswer(answer, leaf, root, NOW)).toThrow(Error);
  for (const answer of changed(list.answer))
    expect(() => readList(answer, ...list.chain, NOW)).toThrow(Error);
});

test('[OCI-14 revocation] a good answer is not good for another certificate, nor later than it says', () => {
  const { answer, chain } = read('ocsp: good');
  const other = read('list: empty');
  const late = new Date(NOW.getTime() + 10 * 366 * 86_400_000);
  expect(() => readOcspAnswer(answer, other.chain[0], chain[1], NOW)).toThrow(
    'it is not about this certificate',
  );
  expect(() => readOcspAnswer(answer, ...chain, late)).toThrow('it has expired');
  expect(() => readList(other.answer, ...other.chain, late)).toThrow('it has expired');
});

test('[OCI-14 time-stamps] no byte of what a stamp says can be changed', async () => {
  const { timeStamp, signature, chain } = read('stamp: fresh, stamped');
  const trusted = caseOf('stamp: fresh, stamped').roots.map((root) => new X509Certificate(bytesOf(root)));
  const { http } = serversOf({ answers: {} }, blobs);
  const { signal } = new AbortController();
  const inquiry = { http, clock: { now: () => NOW, timeout: () => signal }, signal };
  const problem = (stamp: Buffer) => stampProblem({ timeStamp: stamp, signature, chain }, trusted, inquiry);
  expect(await problem(timeStamp)).toBeUndefined();

  const { content, earliest, latest } = readToken(timeStamp);
  let refused = 0;
  for (const stamp of changed(timeStamp)) {
    if ((await problem(stamp)) !== undefined) refused++;
    // What is left is signed by nobody, such as the root's certificate beside the one that is trusted.
    else expect(readToken(stamp)).toMatchObject({ content, earliest, latest });
  }
  expect(refused).toBeGreaterThan(timeStamp.length / 2);
});

test('[OCI-14 revocation] half a million entries make no half a million objects', () => {
  const authority = makeCertificate({
    ...{
      commonName: 'Lists',
      notBefore: new Date(0),
      notAfter: new Date('2049-01-01'),
      uses: ['authority'] as const,
    },
  });
  const root = new X509Certificate(authority.certificate);
  const leaf = new X509Certificate(
    makeCertificate(
      { commonName: 'signer', notBefore: new Date(0), notAfter: new Date('2049-01-01'), uses: ['client'] },
      authority,
    ).certificate,
  );
  const time = der(TAG.utcTime, Buffer.from('260101000000Z'));
  const entry = (serial: Uint8Array): Buffer => der(TAG.sequence, der(TAG.integer, serial), time);
  const others = Buffer.concat(Array.from({ length: 500_000 }, () => entry(Buffer.alloc(16, 5))));
  const own = entry(factsOf(leaf)?.serial ?? Buffer.alloc(1));
  const list = makeList(authority.key, Buffer.concat([others, own]));
  expect(list.length).toBeGreaterThan(17_000_000);

  const before = process.memoryUsage().heapUsed;
  const { entries } = readList(list, leaf, root, NOW);
  expect(entries).toHaveLength(1);
  expect(process.memoryUsage().heapUsed - before).toBeLessThan(100_000_000);
});

function makeList(key: string | KeyObject, entries: Buffer): Buffer {
  const algorithm = der(TAG.sequence, der(TAG.oid, Buffer.from(oid('1.2.840.10045.4.3.2'), 'hex')));
  const times = ['260101000000Z', '490101000000Z'].map((text) => der(TAG.utcTime, Buffer.from(text)));
  const version = der(TAG.integer, Buffer.from([1]));
  const revoked = der(TAG.sequence, entries);
  const tbs = der(TAG.sequence, version, algorithm, der(TAG.sequence), ...times, revoked);
  const signature = sign('sha256', tbs, key);
  return der(TAG.sequence, tbs, algorithm, der(TAG.bitString, Buffer.from([0]), signature));
}

test('what is no DER is refused', () => {
  const hex = (text: string): Buffer => Buffer.from(text, 'hex');
  for (const text of ['30', '3001', '3080', '308100', '30810500', '3085000000000100', '1f0100', '0204'])
    expect(() => readAll(hex(text)), text).toThrow(Error);
  for (const text of ['30', '3082', '308201', '05003081'])
    expect(() => readAll(hex(text)), text).toThrow('an element is cut off');
});

test('times are real ones', () => {
  const time = (text: string, tag: number = TAG.generalizedTime): number =>
    timeOf(readAll(der(tag, Buffer.from(text)))[0]);
  expect(time('20260102030405Z')).toBe(Date.UTC(2026, 0, 2, 3, 4, 5));
  expect(time('20260102030405.25Z')).toBe(Date.UTC(2026, 0, 2, 3, 4, 5, 250));
  expect(time('500102030405Z', TAG.utcTime)).toBe(Date.UTC(1950, 0, 2, 3, 4, 5));
  expect(time('490102030405Z', TAG.utcTime)).toBe(Date.UTC(2049, 0, 2, 3, 4, 5));
  for (const text of [
    '20260230000000Z',
    '20261301000000Z',
    '20260101240000Z',
    '20260101000060Z',
    '20260101000000',
    '',
  ])
    expect(() => time(text), text).toThrow('a time is none');
});
