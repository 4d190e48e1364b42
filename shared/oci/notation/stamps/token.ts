import { createHash, X509Certificate } from 'node:crypto';
import {
  contextTag,
  type Der,
  der,
  integerOf,
  needed,
  oid,
  oidOf,
  readAll,
  readOne,
  TAG,
  unsigned,
  within,
} from '../asn1/der.ts';
import { type Algorithm, algorithmIn, HASHES, type Hash } from '../asn1/signatures.ts';
import { timeOf } from '../asn1/times.ts';

/** A time stamp (RFC 3161): a time, what it is of, and who says so. */
export interface Token {
  /** The earliest and the latest time that it can mean; milliseconds since 1970. */
  readonly earliest: number;
  readonly latest: number;
  /** What is written in it, between these. */
  readonly time: number;
  readonly imprint: { readonly hash: Hash; readonly digest: Buffer };
  /** What is signed is the digest of these. */
  readonly content: Buffer;
  readonly certificates: readonly X509Certificate[];
  readonly signers: readonly Signer[];
}

/** One of those who signed it. */
export interface Signer {
  readonly issuer: Buffer;
  readonly serial: Buffer;
  readonly hash: Hash | undefined;
  readonly algorithm: Algorithm | undefined;
  readonly signature: Buffer;
  /** As they were signed. */
  readonly attributes: Buffer;
  readonly byId: ReadonlyMap<string, Der>;
}

/** Ours: a stamp with its certificates is some 6 KB. */
const MAX_TOKEN_BYTES = 256 * 1024;
const MAX_CERTIFICATES = 20;
const MAX_SIGNERS = 4;
const SIGNED_DATA = oid('1.2.840.113549.1.7.2');
/** The kind of signed data that a time stamp is. */
export const STAMP = oid('1.2.840.113549.1.9.16.1.4');
/** A policy that stands for an accuracy of a second where none is told (ETSI EN 319 421). */
const BASELINE_POLICY = oid('0.4.0.2023.1.1');
const SECOND_MS = 1_000;

/** Reads a time stamp; nothing of it is proven yet. Throws an Error. */
export function readToken(bytes: Uint8Array): Token {
  if (bytes.length > MAX_TOKEN_BYTES) throw new Error(`it is larger than ${MAX_TOKEN_BYTES} bytes`);
  const [kind, holder] = within(readOne(Buffer.from(bytes), TAG.sequence));
  if (oidOf(kind) !== SIGNED_DATA) throw new Error('it is no signed data');
  const [version, , stamp, ...rest] = within(within(holder, contextTag(0))[0]);
  if (integerOf(version) !== 3n) throw new Error('it is of an unknown version');
  const [stampKind, stampHolder] = within(stamp);
  if (oidOf(stampKind) !== STAMP) throw new Error('it is signed data of another kind');
  const content = needed(within(stampHolder, contextTag(0))[0], TAG.octetString).value;
  const certificates = rest.find(({ tag }) => tag === contextTag(0));
  const signers = within(rest.at(-1), TAG.set);
  if (signers.length > MAX_SIGNERS) throw new Error(`more than ${MAX_SIGNERS} have signed it`);
  return {
    ...readContent(content),
    content,
    certificates: certificates === undefined ? [] : readCertificates(readAll(certificates.value)),
    signers: signers.map(readSigner),
  };
}

/** A hash of one of the kinds that count. */
export function digestOf(hash: Hash, bytes: Uint8Array): Buffer {
  return createHash(hash).update(bytes).digest();
}

function readCertificates(found: readonly Der[]): readonly X509Certificate[] {
  if (found.length > MAX_CERTIFICATES) throw new Error(`it has more than ${MAX_CERTIFICATES} certificates`);
  return found.map(({ bytes }) => new X509Certificate(bytes));
}

function readContent(content: Buffer): Pick<Token, 'earliest' | 'latest' | 'time' | 'imprint'> {
  const [version, policy, imprint, serial, made, ...rest] = within(readOne(content, TAG.sequence));
  if (integerOf(version) !== 1n) throw new Error('it is of an unknown version');
  needed(serial, TAG.integer);
  const [algorithm, digest] = within(imprint);
  const hash = HASHES[oidOf(within(algorithm)[0])];
  if (hash === undefined) throw new Error('it is of an unknown hash');
  const time = timeOf(needed(made, TAG.generalizedTime));
  const told = rest[0]?.tag === TAG.sequence ? accuracyOf(within(rest[0])) : 0;
  const accuracy = told === 0 && oidOf(policy) === BASELINE_POLICY ? SECOND_MS : told;
  return {
    ...{ earliest: time - accuracy, latest: time + accuracy, time },
    imprint: { hash, digest: needed(digest, TAG.octetString).value },
  };
}

/** In milliseconds. */
function accuracyOf(parts: readonly Der[]): number {
  const part = (tag: number): number => {
    const found = parts.find((one) => one.tag === tag);
    return found === undefined ? 0 : Number(unsigned(found.value));
  };
  return part(TAG.integer) * SECOND_MS + part(0x80) + part(0x81) / 1_000;
}

function readSigner(signer: Der): Signer {
  const [version, who, digest, ...rest] = within(signer);
  if (integerOf(version) !== 1n) throw new Error('its signer is of an unknown version');
  const [issuer, serial] = within(who);
  const [attributes, algorithm, signature] = rest;
  const hash = HASHES[oidOf(within(digest)[0])];
  const sorted = [...within(attributes, contextTag(0))].sort((one, other) => one.bytes.compare(other.bytes));
  return {
    issuer: needed(issuer, TAG.sequence).bytes,
    serial: needed(serial, TAG.integer).value,
    hash,
    algorithm: algorithmIn(needed(algorithm, TAG.sequence), hash),
    signature: needed(signature, TAG.octetString).value,
    attributes: der(TAG.set, ...sorted.map(({ bytes }) => bytes)),
    byId: new Map(sorted.toReversed().map((one) => attributeOf(one))),
  };
}

function attributeOf(attribute: Der): readonly [string, Der] {
  const [id, values] = within(attribute);
  const [value] = within(values, TAG.set);
  if (value === undefined) throw new Error('an attribute has no value');
  return [oidOf(id), value];
}
