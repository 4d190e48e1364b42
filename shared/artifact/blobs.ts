import { sha256Hex } from '../core/digests.ts';
import { Fault, isFault } from '../core/failures.ts';
import type { ObjectStore, StoredObject } from '../ports.ts';

// Blobs unreferenced for 24 h are swept: one that is older than half of that is written again when it is used again.
const REFRESH_AFTER_MILLISECONDS = 12 * 3_600_000;

/** The bytes of a digest. Faults: `not-found`, `malformed` (they are other bytes). */
export async function loadBlob(store: ObjectStore, digest: string): Promise<StoredObject> {
  const stored = await store.get(blobKey(digest));
  if (stored === undefined) throw new Fault('not-found', `artifact ${digest} is not stored`, { digest });
  if (`sha256:${sha256Hex(stored.body)}` !== digest)
    throw new Fault('malformed', `computed digest doesn't match '${digest}'`, { digest });
  return stored;
}

/** Writes the blob unless it is there, whole and young enough. */
export async function keepBlob(
  store: ObjectStore,
  digest: string,
  body: Uint8Array,
  now: Date,
): Promise<void> {
  const key = blobKey(digest);
  const present = await store.head(key);
  const fresh = present && now.getTime() - present.lastModified.getTime() < REFRESH_AFTER_MILLISECONDS;
  // Equal length is not enough: what is stored again may be the cure of bytes that went bad.
  if (fresh && present.size === body.length && (await isIntact(store, digest))) return;
  try {
    await store.put(key, body, present ? { ifMatch: present.etag } : { ifAbsent: true });
  } catch (error) {
    // somebody else stored the same bytes, or swept them, in between: either way they are put as they are
    if (!isFault(error, 'precondition-failed')) throw error;
    await store.put(key, body);
  }
}

/** Whether the blob is there, and young enough not to be swept before its pointer is written. */
export async function holdsBlob(
  store: ObjectStore,
  { digest, size }: { readonly digest: string; readonly size: number },
  now: Date,
): Promise<boolean> {
  const present = await store.head(blobKey(digest));
  const age = now.getTime() - (present?.lastModified.getTime() ?? 0);
  return present?.size === size && age < REFRESH_AFTER_MILLISECONDS;
}

async function isIntact(store: ObjectStore, digest: string): Promise<boolean> {
  const stored = await store.get(blobKey(digest));
  return stored !== undefined && `sha256:${sha256Hex(stored.body)}` === digest;
}

/** Where the bytes of a digest lie; Fault `invalid` when it is not `sha256:<hex>`. */
export function blobKey(digest: string): string {
  if (!isDigest(digest)) throw new Fault('invalid', `'${digest}' is not a sha256 digest`, { digest });
  return `blobs/${digest.slice('sha256:'.length)}`;
}

/** Whether it is one of ours: `sha256:<hex>`. */
export function isDigest(digest: string): boolean {
  return /^sha256:[0-9a-f]{64}$/.test(digest);
}
