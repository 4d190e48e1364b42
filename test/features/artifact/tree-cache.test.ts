import { expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createMemoryStore } from '../../../shared/adapters/memory/memory-store.ts';
import { blobKey } from '../../../shared/artifact/blobs.ts';
import { loadTree } from '../../../shared/artifact/store.ts';
import { CACHED_BYTES, cachedTree, keepTree } from '../../../shared/artifact/tree-cache.ts';
import { sha256Hex } from '../../../shared/core/digests.ts';
import { writeTarGz } from '../../../shared/core/tar/write-tar-gz.ts';
import type { ObjectStore } from '../../../shared/ports.ts';

const MEBIBYTE = 1024 * 1024;

/** A store that counts what is read. */
function countedStore() {
  const store = createMemoryStore(createManualClock());
  const reads = { get: 0, head: 0 };
  const counted: ObjectStore = {
    ...store,
    get: (key) => {
      reads.get += 1;
      return store.get(key);
    },
    head: (key) => {
      reads.head += 1;
      return store.head(key);
    },
  };
  return { store: counted, reads };
}

async function stored(store: ObjectStore, text: string): Promise<string> {
  const body = await packed(text);
  const digest = `sha256:${sha256Hex(body)}`;
  await store.put(blobKey(digest), body);
  return digest;
}

async function packed(text: string): Promise<Uint8Array> {
  const member = { path: 'a.yaml', kind: 'file', data: Buffer.from(text) } as const;
  return (await writeTarGz([member], MEBIBYTE)).body;
}

test('an artifact is read and unpacked once, by however many at the same time', async () => {
  const { store, reads } = countedStore();
  const digest = await stored(store, 'a: 1');

  const trees = await Promise.all([
    loadTree(store, digest),
    loadTree(store, digest),
    loadTree(store, digest),
  ]);
  const later = await loadTree(store, digest);

  expect(reads.get).toBe(1);
  expect(new Set([...trees, later]).size).toBe(1);
});

test('what is no longer stored is not found, and what was stored anew is read anew', async () => {
  const { store } = countedStore();
  const digest = await stored(store, 'a: 1');
  await loadTree(store, digest);

  await store.put(blobKey(digest), new TextEncoder().encode('rotten'));
  await expect(loadTree(store, digest)).rejects.toMatchObject({ code: 'malformed' });
  await store.delete(blobKey(digest));
  await expect(loadTree(store, digest)).rejects.toMatchObject({ code: 'not-found' });
});

test('a failed load is not kept', async () => {
  const { store } = countedStore();
  const digest = await stored(store, 'a: 1');
  const body = await packed('a: 1');
  await store.delete(blobKey(digest));
  await expect(loadTree(store, digest)).rejects.toMatchObject({ code: 'not-found' });

  await store.put(blobKey(digest), body);

  expect((await loadTree(store, digest)).size).toBe(1);
});

test('what was longest not used makes room, and what is too large is not kept', async () => {
  const { store } = countedStore();
  const keep = (name: string, mebibytes: number) =>
    keepTree(store, name, async () => ({
      etag: name,
      tree: new Map([['f', new Uint8Array(mebibytes * MEBIBYTE)]]),
    }));
  const count = CACHED_BYTES / (8 * MEBIBYTE);
  for (let index = 0; index < count; index++) await keep(`tree-${index}`, 8);
  expect(cachedTree(store, 'tree-0')).toBeDefined();

  await keep('one more', 8);
  await keep('too large', 9);

  expect(cachedTree(store, 'tree-0')).toBeDefined();
  expect(cachedTree(store, 'tree-1')).toBeUndefined();
  expect(cachedTree(store, 'one more')).toBeDefined();
  expect(cachedTree(store, 'too large')).toBeUndefined();
  expect(cachedTree(countedStore().store, 'one more')).toBeUndefined();
});
