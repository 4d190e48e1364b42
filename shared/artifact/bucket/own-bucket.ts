import { Fault } from '../../core/failures.ts';
import type { ObjectStore } from '../../ports.ts';
import { type BucketReader, bareEtag } from './reader.ts';

/** What of the object store a Bucket may see, and under which names. */
export interface OwnView {
  /** Only keys below it are there. */
  readonly within: string;
  /** What the keys' names begin with that the Bucket does not see; `within` begins with it. */
  readonly hidden: string;
}

/** A part of the deployment's own object store as a bucket: the drop zone that people upload to. */
export function openOwnBucket(store: ObjectStore, { within, hidden }: OwnView): BucketReader {
  return {
    async *list(prefix) {
      const wanted = hidden + prefix;
      if (!wanted.startsWith(within) && !within.startsWith(wanted)) return;
      for await (const { key, etag, size } of store.list(wanted.startsWith(within) ? wanted : within))
        yield { key: key.slice(hidden.length), etag: bareEtag(etag), size };
    },
    async get(key, maxBytes) {
      const whole = hidden + key;
      const stored = whole.startsWith(within) ? await store.get(whole) : undefined;
      if (stored !== undefined && stored.body.byteLength > maxBytes)
        throw new Fault('too-large', `object '${key}' is larger than ${maxBytes} bytes`, {
          key,
          limit: maxBytes,
        });
      return stored && { body: stored.body, etag: bareEtag(stored.etag) };
    },
  };
}
