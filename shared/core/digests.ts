import { createHash, createHmac } from 'node:crypto';

/** Lower-case hex sha-256. */
export function sha256Hex(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/** Lower-case hex HMAC-sha-256: for digests of values that must not be guessable. */
export function hmacHex(key: Uint8Array, data: string | Uint8Array): string {
  return createHmac('sha256', key).update(data).digest('hex');
}

/** JSON with sorted keys and no undefined: equal values give equal text. The server's own key order is not stable (custom resources). */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  // Integers beyond 2^53, which the Cluster port reads exactly.
  if (typeof value === 'bigint') return { integer: String(value) };
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, child]) => child !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  // A null prototype keeps a field named __proto__ a field.
  const result: Record<string, unknown> = Object.create(null);
  for (const [key, child] of entries) result[key] = sorted(child);
  return result;
}
