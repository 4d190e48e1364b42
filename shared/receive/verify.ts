import { createHash } from 'node:crypto';
import type { HookRequest } from './hook-request.ts';
import type { ReceiverType } from './receiver-type.ts';
import { receiverType, receiverTypes } from './receiver-types.ts';
import { macOf, type Signature, sameBytes } from './signature.ts';

/** What a delivery is held against. */
export interface Verifier {
  readonly type: string;
  readonly token: Uint8Array;
}

/** What deliveries to an unknown path are held against: nobody knows such a token, and none is empty. */
const NOBODY: Verifier = { type: 'github', token: Buffer.from('nobody') };

/**
 * Those of `known` that the delivery proves itself to. Whatever the path, its type and the headers are, one HMAC over
 * the body is computed for each distinct token: an unknown path costs what a bad signature does.
 */
export function proven<T extends Verifier>(
  known: readonly T[],
  request: HookRequest,
  compute: typeof macOf = macOf,
): readonly T[] {
  const macs = new Map<string, Uint8Array>();
  const once: typeof macOf = (algorithm, token, body) => {
    const key = `${algorithm} ${Buffer.from(token).toString('base64')}`;
    const mac = macs.get(key) ?? compute(algorithm, token, body);
    macs.set(key, mac);
    return mac;
  };
  if (known.length === 0) isProven(NOBODY, request, once);
  return known.filter((verifier) => isProven(verifier, request, once));
}

function isProven({ type, token }: Verifier, request: HookRequest, compute: typeof macOf): boolean {
  const known = receiverType(type);
  const given = known && signatureOf(known, request.headers);
  const algorithm = given?.algorithm ?? anySignature(request.headers)?.algorithm ?? 'sha256';
  const mac = compute(algorithm, token, request.body);
  switch (known?.proof.by) {
    case 'signature':
      return given !== undefined && sameBytes(given.mac, mac);
    case 'token':
      return carries(request.headers[known.proof.header], token);
    case 'path':
      return true;
    case undefined:
      return false;
  }
}

function signatureOf({ proof }: ReceiverType, headers: HookRequest['headers']): Signature | undefined {
  return proof.by === 'signature' ? proof.signature(headers) : undefined;
}

/** A signature that some type would read: what it costs to check is the sender's choice at any path. */
function anySignature(headers: HookRequest['headers']): Signature | undefined {
  for (const type of receiverTypes()) {
    const signature = signatureOf(type, headers);
    if (signature !== undefined) return signature;
  }
  return undefined;
}

/** Node reads a header's bytes as Latin-1, API Gateway as UTF-8. Digests are compared, so that the length does not tell either. */
function carries(header: string | undefined, token: Uint8Array): boolean {
  if (header === undefined || token.length === 0) return false;
  const wanted = digestOf(token);
  const asLatin1 = sameBytes(digestOf(Buffer.from(header, 'latin1')), wanted);
  const asUtf8 = sameBytes(digestOf(Buffer.from(header, 'utf8')), wanted);
  return asLatin1 || asUtf8;
}

function digestOf(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}
