import { createHash } from 'node:crypto';

/** Where Flux's webhook server listens (RC-09). */
const PREFIX = '/hook/';

/** The path of a Receiver: a digest of its token, its name and its namespace, with nothing between them (RC-09). */
export function webhookPath(token: Uint8Array, name: string, namespace: string): string {
  return PREFIX + createHash('sha256').update(token).update(name).update(namespace).digest('hex');
}

/** The digest in a path, by which the index is kept; undefined for any other path. */
export function digestOfPath(path: string): string | undefined {
  return /^\/hook\/([0-9a-f]{64})$/.exec(path)?.[1];
}
