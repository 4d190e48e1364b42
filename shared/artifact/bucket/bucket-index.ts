import { sha256Hex } from '../../core/digests.ts';
import { Fault } from '../../core/failures.ts';
import { compareKeys } from '../../core/object-keys.ts';
import { IGNORE_FILE, ignoringOnly, readPatterns } from '../ignore.ts';
import type { ArtifactLimits } from '../limits.ts';
import type { BucketReader } from './reader.ts';

/** The objects that make up an artifact, by key. */
export type BucketIndex = ReadonlyMap<string, { readonly etag: string; readonly size?: number }>;

/** What a look at a bucket finds. */
export interface IndexedBucket {
  readonly index: BucketIndex;
  /** The `.sourceignore` at the root, which has its place in the artifact without being in the index (BK-07). */
  readonly ignoreFile: Uint8Array | undefined;
}

/** Ours: bytes of one ignore file; 4096 patterns are far below. */
const MAX_IGNORE_BYTES = 1024 * 1024;

/**
 * Lists the objects below `prefix` that neither the root's `.sourceignore` nor `ignore` leaves out (BK-06, BK-07).
 * Faults: those of the reader, `too-large` before anything is downloaded.
 */
export async function readIndex(
  reader: BucketReader,
  { prefix, ignore }: { readonly prefix: string; readonly ignore: string | undefined },
  limits: ArtifactLimits,
): Promise<IndexedBucket> {
  const listed = new Map<string, { etag: string; size?: number }>();
  for await (const { key, ...rest } of reader.list(prefix)) {
    if (!key.endsWith('/')) listed.set(key, rest);
    if (listed.size > limits.entries) throw tooLarge(`${limits.entries} objects`, 'entries', limits.entries);
  }
  const mayBeThere = listed.has(IGNORE_FILE) || !IGNORE_FILE.startsWith(prefix);
  const ignoreFile = mayBeThere ? (await reader.get(IGNORE_FILE, MAX_IGNORE_BYTES))?.body : undefined;
  const patterns = [
    ...(ignoreFile === undefined ? [] : readPatterns(new TextDecoder().decode(ignoreFile), [])),
    ...(ignore === undefined ? [] : readPatterns(ignore, [])),
  ];
  const ignores = ignoringOnly(patterns);
  listed.delete(IGNORE_FILE);
  for (const key of [...listed.keys()]) if (ignores(key.split('/'), false)) listed.delete(key);
  checkSizes(listed, limits);
  return { index: listed, ignoreFile };
}

/** `sha256:<hex>` over the lines `<key> <etag>` in the order of the keys' bytes (BK-05). */
export function revisionOf(index: BucketIndex): string {
  const keys = [...index.keys()].sort(compareKeys);
  return `sha256:${sha256Hex(keys.map((key) => `${key} ${index.get(key)?.etag}\n`).join(''))}`;
}

function checkSizes(index: BucketIndex, { objectBytes, inflatedBytes }: ArtifactLimits): void {
  let total = 0;
  for (const [key, { size = 0 }] of index) {
    if (size > objectBytes)
      throw new Fault(
        'too-large',
        `object '${key}' is larger than ${objectBytes} bytes; ignore it or make it smaller`,
        {
          key,
          limit: objectBytes,
        },
      );
    total += size;
  }
  if (total > inflatedBytes) throw tooLarge(`${inflatedBytes} bytes`, 'bytes', inflatedBytes);
}

function tooLarge(amount: string, what: string, limit: number): Fault {
  const advice = 'narrow it by spec.prefix or spec.ignore';
  return new Fault('too-large', `the bucket has more than ${amount}; ${advice}`, { what, limit });
}
