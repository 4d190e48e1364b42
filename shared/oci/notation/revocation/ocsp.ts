import { createHash, type KeyObject, X509Certificate } from 'node:crypto';
import {
  bitsOf,
  contextTag,
  type Der,
  der,
  needed,
  oid,
  oidOf,
  readAll,
  readOne,
  TAG,
  within,
} from '../asn1/der.ts';
import { algorithmIn, isSignedBy } from '../asn1/signatures.ts';
import { isTime, timeOf } from '../asn1/times.ts';
import { type CertificateFacts, extensionsIn, factsOf, INVALIDITY_DATE } from '../certificate-facts.ts';

/** What a responder says of a certificate. */
export interface OcspAnswer {
  readonly status: 'good' | 'revoked' | 'unknown';
  /** Since when the key is not trusted, where it is said; milliseconds since 1970. */
  readonly invalidSince: number | undefined;
}

const BASIC = oid('1.3.6.1.5.5.7.48.1.1');
const FOR_OCSP = oid('1.3.6.1.5.5.7.3.9');
const SHA1 = oid('1.3.14.3.2.26');
/** How a question names its issuer: SHA-1 is what every responder knows, and nothing is signed by it. */
const NAMING: Readonly<Record<string, string | undefined>> = {
  [SHA1]: 'sha1',
  [oid('2.16.840.1.101.3.4.2.1')]: 'sha256',
  [oid('2.16.840.1.101.3.4.2.2')]: 'sha384',
  [oid('2.16.840.1.101.3.4.2.3')]: 'sha512',
};
const TROUBLES: Readonly<Record<number, string | undefined>> = {
  1: 'malformed request',
  2: 'internal error',
  3: 'try later',
  5: 'signature required',
  6: 'unauthorized',
};
const STATUSES: Readonly<Record<number, OcspAnswer['status'] | undefined>> = {
  128: 'good',
  161: 'revoked',
  130: 'unknown',
};

/** The question for a certificate's status, without a nonce: answers are made ahead. */
export function ocspQuestion({ serial }: CertificateFacts, issuer: CertificateFacts): Buffer {
  const algorithm = der(TAG.sequence, der(TAG.oid, Buffer.from(SHA1, 'hex')), der(TAG.null));
  const name = der(TAG.octetString, hashOf('sha1', issuer.subject));
  const key = der(TAG.octetString, hashOf('sha1', issuer.keyBits));
  const id = der(TAG.sequence, algorithm, name, key, der(TAG.integer, serial));
  return der(TAG.sequence, der(TAG.sequence, der(TAG.sequence, der(TAG.sequence, id))));
}

/** What an answer says of `certificate` at `now`, once it is its issuer's. Throws an Error that says why it does not count. */
export function readOcspAnswer(
  bytes: Buffer,
  certificate: X509Certificate,
  issuer: X509Certificate,
  now: Date,
): OcspAnswer {
  const [data, algorithm, signature, certificates] = within(basicAnswer(bytes));
  const key = responderKey(certificates, issuer, now);
  const how = algorithmIn(needed(algorithm, TAG.sequence));
  if (how === undefined) throw new Error('it is signed in a way that does not count, such as SHA-1');
  if (!isSignedBy(key, how, needed(data, TAG.sequence).bytes, bitsOf(signature)))
    throw new Error('its signature is not that of who may answer');
  return statusIn(singleAnswer(within(data), certificate, issuer), now);
}

function basicAnswer(bytes: Buffer): Der {
  const [status, holder] = within(readOne(bytes, TAG.sequence));
  const code = needed(status, TAG.enumerated).value[0] ?? 0;
  if (code !== 0) throw new Error(`the responder says: ${TROUBLES[code] ?? `error ${code}`}`);
  const [answer] = within(holder, contextTag(0));
  const [kind, content] = within(answer);
  if (oidOf(kind) !== BASIC) throw new Error('it is of an unknown kind');
  return readOne(needed(content, TAG.octetString).value, TAG.sequence);
}

/** The issuer itself, or whom it has given a certificate for this; upstream takes any certificate of the issuer. */
function responderKey(holder: Der | undefined, issuer: X509Certificate, now: Date): KeyObject {
  const first = holder && within(within(holder, contextTag(0))[0], TAG.sequence).length > 0;
  if (!first) return issuer.publicKey;
  const [responder] = within(within(holder as Der, contextTag(0))[0]);
  const certificate = new X509Certificate((responder as Der).bytes);
  if (certificate.raw.equals(issuer.raw)) return issuer.publicKey;
  const facts = factsOf(certificate);
  if (facts?.signedWith === undefined || !certificate.verify(issuer.publicKey))
    throw new Error('who answers has no certificate of the issuer');
  if (!facts.purposes?.ids.includes(FOR_OCSP)) throw new Error('who answers has no certificate for OCSP');
  if (now < certificate.validFromDate || now > certificate.validToDate)
    throw new Error('the certificate of who answers is not valid now');
  return certificate.publicKey;
}

/** The first that is about the certificate. */
function singleAnswer(
  fields: readonly Der[],
  certificate: X509Certificate,
  issuer: X509Certificate,
): readonly Der[] {
  // A version may stand first, then who answers, and when.
  const list = fields.find(({ tag }) => tag === TAG.sequence);
  const found = within(list).find((single) => isAbout(within(single)[0], certificate, issuer));
  if (found === undefined) throw new Error('it is not about this certificate');
  return within(found);
}

function isAbout(id: Der | undefined, certificate: X509Certificate, issuer: X509Certificate): boolean {
  const [algorithm, name, key, serial] = within(id);
  const [facts, issuerFacts] = [factsOf(certificate), factsOf(issuer)];
  if (facts === undefined || issuerFacts === undefined) return false;
  if (!needed(serial, TAG.integer).value.equals(facts.serial)) return false;
  const hash = NAMING[oidOf(within(algorithm)[0])];
  if (hash === undefined) throw new Error('it names its issuer by an unknown hash');
  return (
    needed(name, TAG.octetString).value.equals(hashOf(hash, issuerFacts.subject)) &&
    needed(key, TAG.octetString).value.equals(hashOf(hash, issuerFacts.keyBits))
  );
}

function statusIn([, state, thisUpdate, ...rest]: readonly Der[], now: Date): OcspAnswer {
  const status = STATUSES[state?.tag ?? 0];
  if (status === undefined || !isTime(thisUpdate)) throw new Error('it says nothing');
  const next = rest.find(({ tag }) => tag === contextTag(0));
  // As upstream, what does not say for how long it holds does not count.
  if (next === undefined) throw new Error('it does not say until when it holds');
  const [until] = readAll(next.value);
  if (now.getTime() > timeOf(until)) throw new Error('it has expired');
  const holder = rest.find(({ tag }) => tag === contextTag(1));
  const extensions = holder === undefined ? [] : extensionsIn(readOne(holder.value, TAG.sequence));
  if (extensions.some(({ isCritical }) => isCritical))
    throw new Error('it has an unknown critical extension');
  const date = extensions.find(({ id }) => id === INVALIDITY_DATE);
  return { status, invalidSince: date && timeIn(date.value) };
}

/** Undefined when it is none: what is revoked stays so. */
function timeIn(value: Buffer): number | undefined {
  try {
    return timeOf(readOne(value, TAG.generalizedTime));
  } catch {
    return undefined;
  }
}

function hashOf(name: string, bytes: Uint8Array): Buffer {
  return createHash(name).update(bytes).digest();
}
