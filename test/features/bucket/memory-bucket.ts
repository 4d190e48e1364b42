import type { BucketReader } from '../../../shared/artifact/bucket/reader.ts';
import { Fault } from '../../../shared/core/failures.ts';

/** A bucket in memory; an object is its text, or its text and etag. */
export function memoryBucket(objects: Readonly<Record<string, string | { body: string; etag: string }>>) {
  const gets: string[] = [];
  const all = new Map(
    Object.entries(objects).map(([key, value]) => [
      key,
      typeof value === 'string' ? { body: value, etag: `etag-${value}` } : value,
    ]),
  );
  const reader: BucketReader = {
    async *list(prefix) {
      for (const [key, { body, etag }] of [...all])
        if (key.startsWith(prefix)) yield { key, etag, size: Buffer.byteLength(body) };
    },
    async get(key, maxBytes) {
      gets.push(key);
      const found = all.get(key);
      if (found && Buffer.byteLength(found.body) > maxBytes) throw new Fault('too-large', key);
      return found && { body: Buffer.from(found.body), etag: found.etag };
    },
  };
  return { reader, gets, all };
}
