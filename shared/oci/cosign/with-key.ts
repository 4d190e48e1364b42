import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { Fault } from '../../core/failures.ts';
import { isRecord } from '../descriptor.ts';
import { claimProblem, preAuthEncoding, statementProblem } from './claims.ts';
import type { Evidence } from './evidence.ts';

/** A signed manifest. */
export interface Signed {
  readonly digest: string;
  /** Reads its bytes: some signatures are of these. */
  readonly bytes: () => Promise<Uint8Array>;
}

/** A public key in PEM. Fault `invalid`. */
export function readPublicKey(pem: string): KeyObject {
  try {
    // A certificate and a private key would be read as well.
    if (/-----BEGIN (?:RSA |EC )?PUBLIC KEY-----/.test(pem)) return createPublicKey(pem);
  } catch (error) {
    throw new Fault('invalid', 'the public key cannot be read', {}, error);
  }
  throw new Fault('invalid', 'there is no public key in PEM');
}

/** Whether any of the signatures is by any of the keys; the transparency log does not count for keys (OCI-11). */
export async function isSignedByAny(
  keys: readonly KeyObject[],
  evidence: Evidence,
  signed: Signed,
): Promise<boolean> {
  if (evidence.kind === 'claims') {
    return evidence.claims.some(({ payload, signature }) => {
      return claimProblem(payload, signed.digest) === undefined && isByAny(keys, payload, signature);
    });
  }
  for (const bundle of evidence.bundles) if (await isBundleBy(keys, bundle, signed)) return true;
  return false;
}

async function isBundleBy(keys: readonly KeyObject[], bundle: unknown, signed: Signed): Promise<boolean> {
  if (!isRecord(bundle)) return false;
  const { dsseEnvelope, messageSignature } = bundle;
  if (isRecord(dsseEnvelope)) {
    const { payloadType, payload, signatures } = dsseEnvelope;
    if (typeof payloadType !== 'string' || typeof payload !== 'string' || !Array.isArray(signatures))
      return false;
    const bytes = Buffer.from(payload, 'base64');
    if (statementProblem(payloadType, bytes, signed.digest) !== undefined) return false;
    const text = preAuthEncoding(payloadType, bytes);
    // More than one signature is none of cosign's, and each costs time.
    const [first] = signatures;
    return isRecord(first) && isByAny(keys, text, first.sig);
  }
  return isRecord(messageSignature) && isByAny(keys, await signed.bytes(), messageSignature.signature);
}

function isByAny(keys: readonly KeyObject[], text: Uint8Array, signature: unknown): boolean {
  if (typeof signature !== 'string') return false;
  const bytes = Buffer.from(signature, 'base64');
  return keys.some((key) => isBy(key, text, bytes));
}

function isBy(key: KeyObject, text: Uint8Array, signature: Buffer): boolean {
  try {
    // ed25519 hashes by itself; RSA is PKCS #1 v1.5, as cosign makes it.
    return verify(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', text, key, signature);
  } catch {
    return false;
  }
}
