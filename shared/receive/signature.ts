import { createHmac, timingSafeEqual } from 'node:crypto';

/** The hash functions a signature can be made with (RC-23, RC-26). */
export type Algorithm = 'sha1' | 'sha256' | 'sha512';

/** A signature as a header states it. */
export interface Signature {
  readonly algorithm: Algorithm;
  readonly mac: Uint8Array;
}

/** Reads `sha256=<hex>` and its kin; undefined for anything else. */
export function parseSignature(header: string | undefined): Signature | undefined {
  const [, algorithm, hex] = /^(sha1|sha256|sha512)=((?:[0-9a-f]{2})+)$/i.exec(header ?? '') ?? [];
  if (algorithm === undefined || hex === undefined || !isAlgorithm(algorithm)) return undefined;
  return { algorithm, mac: Buffer.from(hex, 'hex') };
}

/** The HMAC of `body` keyed by `token`. */
export function macOf(algorithm: Algorithm, token: Uint8Array, body: Uint8Array): Uint8Array {
  return createHmac(algorithm, token).update(body).digest();
}

/** Whether two secrets are equal, in a time that tells nothing but their length. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

/** Go compares the prefix with case. */
function isAlgorithm(text: string): text is Algorithm {
  return text === 'sha1' || text === 'sha256' || text === 'sha512';
}
