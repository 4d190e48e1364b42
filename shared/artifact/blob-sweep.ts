import { isFault, messageOf } from '../core/failures.ts';
import type { Clock, ObjectStore, StoredEntry } from '../ports.ts';
import { blobKey } from './blobs.ts';
import type { ArtifactPointer } from './store.ts';

/** What a sweep of the blobs did; `refused` says why it deleted nothing more, `leases` why leases of fetches were left. */
export interface BlobSweep {
  readonly deleted: number;
  readonly bytes: number;
  readonly refused?: string;
  readonly leases?: string;
}

/** How old an unreferenced blob has to be, milliseconds: twice the age at which `storeArtifact` writes one again that it uses. */
export const SWEPT_AFTER = 24 * 3_600_000;
/** Blobs that are held in memory at once until it is sure that nobody took them up, bytes. */
const BATCH_BYTES = 64 * 1024 * 1024;
const BLOB_KEY = /^blobs\/[0-9a-f]{64}$/;
/** Pointers read at once. */
const PARALLEL = 16;

/** Which blobs each pointer names, by the etag under which it was read. */
type Pointers = Map<string, { readonly etag: string; readonly blobs: readonly string[] }>;

interface Removed {
  readonly key: string;
  readonly body: Uint8Array;
}

/**
 * Deletes the blobs that no pointer names and that are older than 24 h; none at all when a pointer cannot be read.
 * A blob that is stored again has the same etag, which If-Match cannot tell: each is therefore looked at just before,
 * and after a batch the pointers once more, so that a blob whose pointer was written in between is put back.
 */
export async function sweepBlobs(
  store: ObjectStore,
  clock: Pick<Clock, 'now'>,
  signal?: AbortSignal,
): Promise<BlobSweep> {
  const limit = clock.now().getTime() - SWEPT_AFTER;
  const leases = await sweepLeases(store, limit);
  return { ...(await sweepUnnamed(store, limit, signal)), ...(leases !== undefined && { leases }) };
}

async function sweepUnnamed(
  store: ObjectStore,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<BlobSweep> {
  // The blobs before the pointers: whoever used one of these blobs earlier has written its pointer by now.
  const old: StoredEntry[] = [];
  for await (const entry of store.list('blobs/'))
    if (BLOB_KEY.test(entry.key) && entry.lastModified.getTime() < limit) old.push(entry);
  const pointers: Pointers = new Map();
  let [deleted, bytes] = [0, 0];
  try {
    const used = old.length === 0 ? new Set() : await mark(store, pointers);
    for (const batch of batchesOf(old.filter(({ key }) => !used.has(key)))) {
      if (signal?.aborted) break;
      for (const { body } of await removeBatch(store, batch, limit, pointers)) {
        deleted += 1;
        bytes += body.byteLength;
      }
    }
    return { deleted, bytes };
  } catch (error) {
    return { deleted, bytes, refused: messageOf(error) };
  }
}

/** What a fetch came to is of use for minutes only. Returns why some may be left: the next sweep takes them. */
async function sweepLeases(store: ObjectStore, limit: number): Promise<string | undefined> {
  try {
    for await (const { key, lastModified } of store.list('leases/'))
      if (lastModified.getTime() < limit) await store.delete(key);
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

/** The blobs that pointers name; throws when one cannot be read. Only pointers that changed since are read again. */
async function mark(store: ObjectStore, known: Pointers): Promise<ReadonlySet<string>> {
  const changed: string[] = [];
  const keys = new Set<string>();
  for await (const { key, etag } of store.list('artifacts/')) {
    keys.add(key);
    if (known.get(key)?.etag !== etag) changed.push(key);
  }
  for (const key of known.keys()) if (!keys.has(key)) known.delete(key);
  for (let start = 0; start < changed.length; start += PARALLEL)
    await Promise.all(changed.slice(start, start + PARALLEL).map((key) => readInto(known, store, key)));
  return new Set([...known.values()].flatMap(({ blobs }) => blobs));
}

async function readInto(known: Pointers, store: ObjectStore, key: string): Promise<void> {
  const stored = await store.get(key);
  known.delete(key);
  if (stored === undefined) return;
  try {
    const { digest, frame } = JSON.parse(Buffer.from(stored.body).toString()) as ArtifactPointer;
    const blobs = [blobKey(digest), ...(frame ? [blobKey(frame.digest)] : [])];
    known.set(key, { etag: stored.etag, blobs });
  } catch (error) {
    throw new Error(`pointer ${key} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

/** Returns those that stay deleted. */
async function removeBatch(
  store: ObjectStore,
  batch: readonly StoredEntry[],
  limit: number,
  pointers: Pointers,
): Promise<readonly Removed[]> {
  const removed: Removed[] = [];
  let used: ReadonlySet<string> | undefined;
  try {
    for (const entry of batch) removed.push(...(await remove(store, entry, limit)));
    used = await mark(store, pointers);
  } finally {
    // When the pointers can no longer be read, everything may be in use.
    for (const { key, body } of removed)
      if (used === undefined || used.has(key)) await putBack(store, key, body);
  }
  return removed.filter(({ key }) => used?.has(key) === false);
}

/** The blob as it was when it is deleted; nothing when it is gone, or was stored again since it was listed. */
async function remove(
  store: ObjectStore,
  { key, etag }: StoredEntry,
  limit: number,
): Promise<readonly Removed[]> {
  const present = await store.get(key);
  if (present === undefined || present.etag !== etag || present.lastModified.getTime() >= limit) return [];
  try {
    await store.delete(key, { ifMatch: etag });
    return [{ key, body: present.body }];
  } catch (error) {
    if (isFault(error, 'precondition-failed')) return [];
    throw error;
  }
}

async function putBack(store: ObjectStore, key: string, body: Uint8Array): Promise<void> {
  try {
    await store.put(key, body, { ifAbsent: true });
  } catch (error) {
    if (!isFault(error, 'precondition-failed')) throw error;
  }
}

function batchesOf(entries: readonly StoredEntry[]): readonly (readonly StoredEntry[])[] {
  const batches: StoredEntry[][] = [];
  let room = 0;
  for (const entry of entries) {
    room -= entry.size;
    if (room < 0) {
      batches.push([]);
      room = BATCH_BYTES - entry.size;
    }
    batches.at(-1)?.push(entry);
  }
  return batches;
}
