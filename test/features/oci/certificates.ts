import { createPublicKey, generateKeyPairSync, type KeyObject, sign, X509Certificate } from 'node:crypto';
import { Fault } from '../../../shared/core/failures.ts';
import { contextTag, der, oid, readOne, TAG } from '../../../shared/oci/notation/asn1/der.ts';
import { factsOf } from '../../../shared/oci/notation/certificate-facts.ts';
import type { Inquiry } from '../../../shared/oci/notation/revocation/ask.ts';
import { ocspQuestion } from '../../../shared/oci/notation/revocation/ocsp.ts';
import type { Http } from '../../../shared/ports.ts';

/** The time of what is made here. */
export const NOW = new Date('2026-11-20T12:00:00Z');
const BEFORE = new Date('2026-11-19T12:00:00Z');
const LATER = new Date('2026-12-20T12:00:00Z');

type Hash = 'sha1' | 'sha256';

/** A certificate, and the key that it is of. */
export interface Party {
  readonly certificate: X509Certificate;
  readonly key: KeyObject;
  readonly name: string;
}

/** What a certificate is to say; one without an issuer signs itself. */
export interface Wishes {
  readonly name: string;
  readonly issuer?: Party;
  /** Of somebody else, for a certificate that is made anew. */
  readonly key?: KeyObject;
  /** An RSA key of that many bits instead of one of P-256. */
  readonly rsaBits?: number;
  readonly from?: Date;
  readonly until?: Date;
  readonly serial?: Buffer;
  readonly extensions?: readonly Buffer[];
  /** SHA-1 with keys of P-256 only. */
  readonly hash?: Hash;
}

/** An extension of a certificate, a list or an answer. */
export function extension(id: string, value: Buffer, isCritical = false): Buffer {
  const flag = isCritical ? [der(TAG.boolean, Buffer.from([0xff]))] : [];
  return der(TAG.sequence, oidOf(id), ...flag, der(TAG.octetString, value));
}

/** Makes a certificate with exactly these extensions. */
export function makeParty(wishes: Wishes): Party {
  const { name, issuer, from = new Date(0), until = new Date('2049-01-01'), extensions = [], hash } = wishes;
  const key = wishes.key ?? newKey(wishes.rsaBits);
  const signer = issuer?.key ?? key;
  const body = der(
    TAG.sequence,
    der(contextTag(0), der(TAG.integer, Buffer.from([2]))),
    der(TAG.integer, wishes.serial ?? Buffer.from([7])),
    algorithmFor(signer, hash),
    nameOf(issuer?.name ?? name),
    der(TAG.sequence, timeOf(from), timeOf(until)),
    nameOf(name),
    publicKeyOf(key),
    der(contextTag(3), der(TAG.sequence, ...extensions)),
  );
  return { name, key, certificate: new X509Certificate(signedBy(signer, body, hash)) };
}

/** What is signed, how, and the signature: the shape of certificates, lists and answers. */
export function signed(body: Buffer, key: KeyObject, ...more: readonly Buffer[]): Buffer {
  return signedBy(key, body, 'sha256', ...more);
}

function signedBy(key: KeyObject, body: Buffer, hash: Hash = 'sha256', ...more: readonly Buffer[]): Buffer {
  const signature = der(TAG.bitString, Buffer.from([0]), sign(hash, body, key));
  return der(TAG.sequence, body, algorithmFor(key, hash), signature, ...more);
}

/** How `signed` signs. */
export function algorithmFor({ asymmetricKeyType }: KeyObject, hash: Hash = 'sha256'): Buffer {
  const id = asymmetricKeyType === 'rsa' ? '1.2.840.113549.1.1.11' : '1.2.840.10045.4.3.2';
  return der(TAG.sequence, oidOf(hash === 'sha1' ? '1.2.840.10045.4.1' : id));
}

/** An extension: that it is an authority's. */
export const authority = extension(
  '2.5.29.19',
  der(TAG.sequence, der(TAG.boolean, Buffer.from([0xff]))),
  true,
);

/** An extension: what the key is used for. */
export function usage(...bits: readonly number[]): Buffer {
  return extension('2.5.29.15', der(TAG.bitString, Buffer.from([0, ...bits])), true);
}

/** An extension: the one purpose `1.3.6.1.5.5.7.3.<number>`. */
export function purpose(number: number): Buffer {
  return extension('2.5.29.37', der(TAG.sequence, oidOf(`1.3.6.1.5.5.7.3.${number}`)), true);
}

/** An extension: where lists are, or those of what has changed since. */
export function listsAt(urls: readonly string[], id = '2.5.29.31'): Buffer {
  const point = (url: string) => der(contextTag(0), der(contextTag(0), der(0x86, Buffer.from(url))));
  return extension(id, der(TAG.sequence, ...urls.map((url) => der(TAG.sequence, point(url)))));
}

/** An extension: where OCSP is spoken. */
export function ocspAt(...urls: readonly string[]): Buffer {
  const place = (url: string) => der(TAG.sequence, oidOf('1.3.6.1.5.5.7.48.1'), der(0x86, Buffer.from(url)));
  return extension('1.3.6.1.5.5.7.1.1', der(TAG.sequence, ...urls.map(place)));
}

/** OBJECT IDENTIFIER. */
export function oidOf(dots: string): Buffer {
  return der(TAG.oid, Buffer.from(oid(dots), 'hex'));
}

/** A list of what is revoked, and what is odd in it. */
export function makeList(
  { key }: Party,
  entries: Buffer,
  odd: {
    readonly version?: number;
    readonly algorithm?: Buffer;
    readonly next?: Buffer;
    readonly extensions?: readonly Buffer[];
  } = {},
): Buffer {
  const { version = 1, algorithm = algorithmFor(key), next = timeOf(LATER), extensions = [] } = odd;
  const more = extensions.length === 0 ? [] : [der(contextTag(0), der(TAG.sequence, ...extensions))];
  const number = der(TAG.integer, Buffer.from([version]));
  const times = Buffer.concat([timeOf(BEFORE), next]);
  const revokedOnes = der(TAG.sequence, entries);
  return signed(der(TAG.sequence, number, algorithm, der(TAG.sequence), times, revokedOnes, ...more), key);
}

/** An entry of a list. */
export function revoked({ certificate }: Party, ...extensions: readonly Buffer[]): Buffer {
  const more = extensions.length === 0 ? [] : [der(TAG.sequence, ...extensions)];
  return der(TAG.sequence, der(TAG.integer, factsFor(certificate).serial), timeOf(NOW), ...more);
}

/** An answer of OCSP, about a certificate that `issuer` has made. */
export function makeAnswer(
  about: Party,
  issuer: Party,
  { by = issuer, extensions = [] }: { readonly by?: Party; readonly extensions?: readonly Buffer[] } = {},
): Buffer {
  const general = (date: Date) =>
    der(TAG.generalizedTime, Buffer.from(date.toISOString().replaceAll(/[-:T]|\.\d+(?=Z)/g, '')));
  const isRevoked = extensions.length > 0;
  const single = der(
    TAG.sequence,
    idIn(ocspQuestion(factsFor(about.certificate), factsFor(issuer.certificate))),
    isRevoked ? der(contextTag(1), general(BEFORE)) : der(0x80),
    general(BEFORE),
    der(contextTag(0), general(LATER)),
    ...(isRevoked ? [der(contextTag(1), der(TAG.sequence, ...extensions))] : []),
  );
  const responder = der(contextTag(2), der(TAG.octetString));
  const data = der(TAG.sequence, responder, general(NOW), der(TAG.sequence, single));
  const certificates = by === issuer ? [] : [der(contextTag(0), der(TAG.sequence, by.certificate.raw))];
  const content = der(TAG.octetString, signed(data, by.key, ...certificates));
  const basic = der(TAG.sequence, oidOf('1.3.6.1.5.5.7.48.1.1'), content);
  return der(TAG.sequence, der(TAG.enumerated, Buffer.from([0])), der(contextTag(0), basic));
}

/** Where nothing is answered but this, by URL, and what was asked. */
export function serving(answers: Readonly<Record<string, Buffer>>, more: Partial<Inquiry> = {}) {
  const asked: string[] = [];
  const request: Http['request'] = async ({ url, maxBytes }) => {
    asked.push(`${url} ${maxBytes}`);
    const body = answers[url];
    if (body === undefined) throw new Fault('unreachable', 'nobody is there');
    if (body.length > maxBytes) throw new Fault('too-large', `the answer is larger than ${maxBytes} bytes`);
    return { status: 200, headers: {}, body, url };
  };
  const { signal } = new AbortController();
  const clock = { now: () => NOW, timeout: () => signal };
  return { inquiry: { http: { request }, clock, signal, ...more } satisfies Inquiry, asked };
}

/** UTCTime. */
export function timeOf(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/[-:T]|\.\d+Z/g, '');
  return der(TAG.utcTime, Buffer.from(`${digits.slice(2)}Z`));
}

function factsFor(certificate: X509Certificate) {
  const facts = factsOf(certificate);
  if (facts === undefined) throw new Error('a certificate cannot be read');
  return facts;
}

/** How a question names a certificate. */
function idIn(question: Buffer): Buffer {
  let inner = question;
  for (let level = 0; level < 4; level++) inner = readOne(inner, TAG.sequence).value;
  return inner;
}

function newKey(rsaBits: number | undefined): KeyObject {
  return rsaBits === undefined
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    : generateKeyPairSync('rsa', { modulusLength: rsaBits }).privateKey;
}

function publicKeyOf(key: KeyObject): Buffer {
  return createPublicKey(key).export({ type: 'spki', format: 'der' });
}

function nameOf(name: string): Buffer {
  const part = der(TAG.sequence, oidOf('2.5.4.3'), der(0x0c, Buffer.from(name)));
  return der(TAG.sequence, der(TAG.set, part));
}
