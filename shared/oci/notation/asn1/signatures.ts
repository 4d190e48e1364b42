import { constants, type KeyObject, verify } from 'node:crypto';
import { contextTag, type Der, integerOf, oid, oidOf, within } from './der.ts';

/** Hashes that count, by their identifiers; SHA-1 and MD5 do not. */
export const HASHES: Readonly<Record<string, Hash | undefined>> = {
  [oid('2.16.840.1.101.3.4.2.1')]: 'sha256',
  [oid('2.16.840.1.101.3.4.2.2')]: 'sha384',
  [oid('2.16.840.1.101.3.4.2.3')]: 'sha512',
};

export type Hash = 'sha256' | 'sha384' | 'sha512';

/** How something was signed. */
export type Algorithm =
  | { readonly kind: 'rsa' | 'rsa-pss' | 'ec'; readonly hash: Hash }
  | { readonly kind: 'ed25519' };

const RSA = oid('1.2.840.113549.1.1.1');
const RSA_PSS = oid('1.2.840.113549.1.1.10');
const MGF1 = oid('1.2.840.113549.1.1.8');
const ALGORITHMS: Readonly<Record<string, Algorithm | undefined>> = {
  [oid('1.2.840.113549.1.1.11')]: { kind: 'rsa', hash: 'sha256' },
  [oid('1.2.840.113549.1.1.12')]: { kind: 'rsa', hash: 'sha384' },
  [oid('1.2.840.113549.1.1.13')]: { kind: 'rsa', hash: 'sha512' },
  [oid('1.2.840.10045.4.3.2')]: { kind: 'ec', hash: 'sha256' },
  [oid('1.2.840.10045.4.3.3')]: { kind: 'ec', hash: 'sha384' },
  [oid('1.2.840.10045.4.3.4')]: { kind: 'ec', hash: 'sha512' },
  [oid('1.3.101.112')]: { kind: 'ed25519' },
};
const HASH_BYTES: Readonly<Record<Hash, number>> = { sha256: 32, sha384: 48, sha512: 64 };
/** Go's least size of RSA keys. */
const MIN_RSA_BITS = 1024;

/** The algorithm of an AlgorithmIdentifier; `digest` is the hash where it leaves that to others. Undefined for one that does not count. */
export function algorithmIn(identifier: Der, digest?: Hash): Algorithm | undefined {
  const [name, parameters] = within(identifier);
  const id = oidOf(name);
  if (id === RSA) return digest && { kind: 'rsa', hash: digest };
  if (id !== RSA_PSS) return ALGORITHMS[id];
  const hash = pssHash(parameters);
  return hash && { kind: 'rsa-pss', hash };
}

/** Whether `signature` is the key's, of `bytes`. */
export function isSignedBy(
  key: KeyObject,
  algorithm: Algorithm,
  bytes: Uint8Array,
  signature: Uint8Array,
): boolean {
  const isKeys = key.asymmetricKeyType === (algorithm.kind === 'rsa-pss' ? 'rsa' : algorithm.kind);
  if (!isKeys || isShort(key)) return false;
  const padding = {
    padding: constants.RSA_PKCS1_PSS_PADDING,
    saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
  };
  const hash = algorithm.kind === 'ed25519' ? null : algorithm.hash;
  try {
    return verify(hash, bytes, { key, ...(algorithm.kind === 'rsa-pss' && padding) }, signature);
  } catch {
    return false;
  }
}

/** Whether it is an RSA key that does not count. */
export function isShort({ asymmetricKeyDetails: { modulusLength = MIN_RSA_BITS } = {} }: KeyObject): boolean {
  return modulusLength < MIN_RSA_BITS;
}

/** One hash for all, and a salt as long as it is: what certificates have, and all that Go takes. */
function pssHash(parameters: Der | undefined): Hash | undefined {
  const given = new Map(within(parameters).map((part) => [part.tag, part]));
  const field = (number: number): Der | undefined => {
    const part = given.get(contextTag(number));
    return part && within(part, part.tag)[0];
  };
  const [hash] = field(0) === undefined ? [] : within(field(0));
  const [mask, maskHash] = field(1) === undefined ? [] : within(field(1));
  if (hash === undefined || mask === undefined || oidOf(mask) !== MGF1) return undefined;
  const found = HASHES[oidOf(hash)];
  const [masked] = within(maskHash);
  const salt = field(2) === undefined ? 20n : integerOf(field(2));
  if (found === undefined || HASHES[oidOf(masked)] !== found) return undefined;
  return salt === BigInt(HASH_BYTES[found]) ? found : undefined;
}
