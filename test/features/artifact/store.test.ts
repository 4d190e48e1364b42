import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createMemoryStore } from '../../../shared/adapters/memory/memory-store.ts';
import { DEFAULT_LIMITS } from '../../../shared/artifact/limits.ts';
import {
  type ArtifactOwner,
  collectGarbage,
  loadArtifact,
  loadDirectory,
  loadPacked,
  loadTree,
  removeArtifacts,
  storeArtifact,
  verifyStored,
} from '../../../shared/artifact/store.ts';
import type { ObjectStore } from '../../../shared/ports.ts';
import { collect } from '../../contracts/collect.ts';
import { faultOf } from '../../contracts/fault-of.ts';

const OWNER: ArtifactOwner = { cluster: 'c1', kind: 'GitRepository', namespace: 'apps', name: 'podinfo' };
const BODY = gzipSync(Buffer.alloc(1024));
const DIGEST = digestOf(BODY);
let clock: ReturnType<typeof createManualClock>;
let store: ObjectStore;

beforeEach(() => {
  clock = createManualClock(new Date('2024-05-01T12:00:00.500Z'));
  store = createMemoryStore(clock);
});

describe('stored artifacts', () => {
  test('[COM-14 fields] [COM-14 path] [GR-07 file] what status.artifact says, but for its URL', async () => {
    const artifact = await put('abc.tar.gz');

    expect(artifact).toEqual({
      path: 'gitrepository/apps/podinfo/abc.tar.gz',
      revision: 'main@sha1:abc',
      digest: DIGEST,
      lastUpdateTime: '2024-05-01T12:00:00Z',
      size: BODY.length,
    });
  });

  test('[COM-14 fields] metadata is kept when there is some', async () => {
    const artifact = { ...given('a'), metadata: { 'org.example/x': 'y' } };

    expect((await storeArtifact(store, OWNER, artifact, clock.now())).metadata).toEqual({
      'org.example/x': 'y',
    });
  });

  test('equal bytes are stored once, and again when they are about to be swept', async () => {
    await put('a.tar.gz');
    const first = await store.head(blobKey(DIGEST));
    await clock.advance(11 * 3_600_000);
    await put('b.tar.gz');
    const second = await store.head(blobKey(DIGEST));
    await clock.advance(3_600_000);
    await put('c.tar.gz');
    const third = await store.head(blobKey(DIGEST));

    expect([second?.lastModified, third?.lastModified]).toEqual([first?.lastModified, clock.now()]);
    expect((await keys('blobs/')).length).toBe(1);
  });

  test('[COM-15 missing] a pointer or a blob that is gone is noticed', async () => {
    const artifact = await put('a.tar.gz');
    expect(await verifyStored(store, OWNER, artifact)).toBe('stored');

    await store.delete(blobKey(DIGEST));
    expect([
      await verifyStored(store, OWNER, artifact),
      await verifyStored(store, OWNER, artifact, 1e9),
    ]).toEqual(['missing', 'missing']);
    await put('a.tar.gz');
    await store.delete(`artifacts/c1/${artifact.path}`);
    expect(await verifyStored(store, OWNER, artifact)).toBe('missing');
  });

  test('[COM-15 mismatch] other bytes than advertised are noticed and never unpacked', async () => {
    const artifact = await put('a.tar.gz');
    const other = { ...artifact, digest: `sha256:${'0'.repeat(64)}` };
    expect(await verifyStored(store, OWNER, other)).toBe('mismatch');

    const tampered = Buffer.from(BODY);
    tampered[9] = 7;
    await store.put(blobKey(DIGEST), tampered);

    expect(await verifyStored(store, OWNER, artifact, 1e9)).toBe('mismatch');
    expect((await faultOf(loadTree(store, DIGEST), 'malformed')).message).toBe(
      `computed digest doesn't match '${DIGEST}'`,
    );
  });

  test('loading what is not there is not found, and a digest of another kind is invalid', async () => {
    await faultOf(loadTree(store, DIGEST), 'not-found');
    await faultOf(loadTree(store, 'sha512:abc'), 'invalid');
    await faultOf(loadTree(store, 'sha256:../../clusters/x'), 'invalid');
  });

  test('[COM-15 mismatch] storing again cures bytes that went bad, also those of equal length', async () => {
    const artifact = await put('a.tar.gz');
    const tampered = Buffer.from(BODY);
    tampered[9] = 7;
    await store.put(blobKey(DIGEST), tampered);

    await put('a.tar.gz');

    expect(await verifyStored(store, OWNER, artifact, 1e9)).toBe('stored');
  });

  test('what is larger than it may be is not read: its pointer says so, whatever its status says', async () => {
    const artifact = { ...(await put('a.tar.gz')), size: 1 };
    const read: string[] = [];
    const get = async (key: string) => {
      read.push(key);
      return store.get(key);
    };
    const watched = { ...store, get };
    const limits = { ...DEFAULT_LIMITS, packBytes: BODY.length - 1 };

    await faultOf(loadArtifact(watched, OWNER, artifact, limits), 'too-large');
    await faultOf(loadPacked(watched, OWNER, artifact, limits), 'too-large');
    await faultOf(loadDirectory(watched, OWNER, artifact, limits), 'too-large');
    expect(await verifyStored(watched, OWNER, artifact, BODY.length - 1)).toBe('stored');
    expect(read).not.toContain(blobKey(DIGEST));

    expect(await verifyStored(watched, OWNER, artifact, BODY.length)).toBe('stored');
    expect(read).toContain(blobKey(DIGEST));
  });

  test('an owner loads what was stored for it, and nothing of anybody else by digest or path', async () => {
    const artifact = await put('a.tar.gz');
    const thief = { ...OWNER, namespace: 'thief' };
    const ours = artifact.path.replace('/apps/', '/thief/');

    expect(await loadArtifact(store, OWNER, artifact)).toEqual(new Map());
    for (const [owner, path] of [
      [thief, artifact.path],
      [thief, ours],
      [{ ...OWNER, cluster: 'c2' }, artifact.path],
      [OWNER, `${artifact.path}.old`],
    ] as const)
      await faultOf(loadArtifact(store, owner, { ...artifact, path }), 'not-found');
    const other = `sha256:${'0'.repeat(64)}`;
    await faultOf(loadArtifact(store, OWNER, { ...artifact, digest: other }), 'not-found');
  });

  test("another object's path is not what was stored: a scribbled status must not stop its object for ever", async () => {
    const artifact = await put('a.tar.gz');

    for (const path of [
      'gitrepository/other/podinfo/a.tar.gz',
      'gitrepository/apps/podinfo/../x/a',
      '/etc/passwd',
    ])
      expect(await verifyStored(store, OWNER, { ...artifact, path })).toBe('mismatch');
  });

  test('[COM-16 records] [COM-16 ttl] collecting keeps the current one and its neighbour', async () => {
    for (const file of ['a', 'b', 'c', 'd']) {
      await put(`${file}.tar.gz`);
      await clock.advance(1000);
    }
    const path = (file: string) => `gitrepository/apps/podinfo/${file}.tar.gz`;

    expect(await collectGarbage(store, OWNER, path('d'), clock.now())).toEqual([path('a'), path('b')]);
    await clock.advance(61_000);
    expect(await collectGarbage(store, OWNER, path('d'), clock.now())).toEqual([path('c')]);
    expect(await keys('artifacts/')).toEqual([`artifacts/c1/${path('d')}`]);
  });

  test('[COM-16 deletion] an object takes its own artifacts along', async () => {
    await put('a.tar.gz');
    await put('b.tar.gz');
    for (const other of [
      { ...OWNER, name: 'podinfo-2' },
      { ...OWNER, cluster: 'c2' },
      { ...OWNER, kind: 'Bucket' },
    ])
      await storeArtifact(store, other, given('a.tar.gz'), clock.now());

    const removed = await removeArtifacts(store, OWNER);

    expect(removed.length).toBe(2);
    expect((await keys('artifacts/')).length).toBe(3);
  });
});

function put(file: string): ReturnType<typeof storeArtifact> {
  return storeArtifact(store, OWNER, given(file), clock.now());
}

function given(file: string): Parameters<typeof storeArtifact>[2] {
  return { file, revision: 'main@sha1:abc', body: BODY, digest: DIGEST };
}

async function keys(prefix: string): Promise<string[]> {
  return (await collect(store.list(prefix))).map(({ key }) => key);
}

function blobKey(digest: string): string {
  return digest.replace('sha256:', 'blobs/');
}

function digestOf(body: Uint8Array): string {
  return `sha256:${createHash('sha256').update(body).digest('hex')}`;
}
