import {
  checkKey,
  checkPrecondition,
  checkPutCondition,
  compareKeys,
  etagOf,
} from '../../core/object-keys.ts';
import type { Clock, ObjectStore, StoredObject } from '../../ports.ts';

/** An object store in memory: the same contract as the directory's and S3's. Bodies are copied in and out. */
export function createMemoryStore(clock: Clock): ObjectStore {
  const objects = new Map<string, StoredObject>();
  return {
    async get(key) {
      checkKey(key);
      const stored = objects.get(key);
      return stored && { ...stored, body: stored.body.slice() };
    },
    async head(key) {
      checkKey(key);
      const stored = objects.get(key);
      return stored && entryOf(key, stored);
    },
    async put(key, body, condition) {
      checkKey(key);
      checkPutCondition(condition);
      checkPrecondition(key, objects.get(key)?.etag, condition);
      const etag = etagOf(body);
      objects.set(key, { body: new Uint8Array(body), etag, lastModified: clock.now() });
      return { etag };
    },
    async delete(key, condition) {
      checkKey(key);
      const stored = objects.get(key);
      if (stored === undefined) return;
      checkPrecondition(key, stored.etag, condition);
      objects.delete(key);
    },
    async *list(prefix) {
      const keys = [...objects.keys()].filter((key) => key.startsWith(prefix));
      for (const key of keys.toSorted(compareKeys)) {
        const stored = objects.get(key);
        if (stored !== undefined) yield entryOf(key, stored);
      }
    },
  };
}

function entryOf(key: string, { body, etag, lastModified }: StoredObject) {
  return { key, size: body.byteLength, etag, lastModified };
}
