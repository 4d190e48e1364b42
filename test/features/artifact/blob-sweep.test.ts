import { createHash } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createMemoryStore } from '../../../shared/adapters/memory/memory-store.ts';
import { sweepBlobs } from '../../../shared/artifact/blob-sweep.ts';
import { keepLink } from '../../../shared/artifact/links.ts';
import {
  type ArtifactOwner,
  collectGarbage,
  removeArtifacts,
  storeArtifact,
  verifyStored,
} from '../../../shared/artifact/store.ts';
import { Fault } from '../../../shared/core/failures.ts';
import type { ObjectStore } from '../../../shared/ports.ts';
import { collect } from '../../contracts/collect.ts';

const OWNER: ArtifactOwner = { cluster: 'c1', kind: 'GitRepository', namespace: 'apps', name: 'podinfo' };
const HOUR = 3_600_000;
let clock: ReturnType<typeof createManualClock>;
let store: ObjectStore;

beforeEach(() => {
  clock = createManualClock();
  store = createMemoryStore(clock);
});

describe('the sweep of the blobs', () => {
  test('deletes what no pointer names once it is older than 24 h, and tells how much', async () => {
    await put('old');
    await clock.advance(HOUR);
    const current = await put('current');
    await collectGarbage(store, OWNER, current.path, clock.now());

    expect(await sweep()).toEqual({ deleted: 0, bytes: 0 });
    await clock.advance(23 * HOUR);
    expect(await sweep()).toEqual({ deleted: 0, bytes: 0 });
    await clock.advance(1);
    expect(await sweep()).toEqual({ deleted: 1, bytes: 'old'.length });

    expect(await blobs()).toEqual([keyOf('current')]);
  });

  test("takes a deleted object's artifacts along, and leaves one that another object shares", async () => {
    await put('shared');
    await put('own');
    const other = { ...OWNER, cluster: 'c2' };
    const artifact = await put('shared', store, other);
    await removeArtifacts(store, OWNER);
    await clock.advance(1000 * HOUR);

    expect(await sweep()).toMatchObject({ deleted: 1 });

    expect(await verifyStored(store, other, artifact, 1e9)).toBe('stored');
    expect(await blobs()).toEqual([keyOf('shared')]);
  });

  test.each(['Bucket', 'ExternalArtifact', 'GitRepository', 'HelmChart', 'HelmRepository', 'OCIRepository'])(
    'leaves what a %s advertises, in whichever cluster, for as long as it does',
    async (kind) => {
      const owner = { ...OWNER, kind, cluster: 'out-of-reach' };
      const artifact = await put('advertised', store, owner);
      await clock.advance(1000 * HOUR);

      expect(await sweep()).toEqual({ deleted: 0, bytes: 0 });
      expect(await verifyStored(store, owner, artifact, 1e9)).toBe('stored');

      await removeArtifacts(store, owner);
      expect(await sweep()).toMatchObject({ deleted: 1 });
    },
  );

  test('leaves what nothing but a link names', async () => {
    const owner = { ...OWNER, kind: 'Bucket' };
    const artifact = await put('linked', store, owner);
    await keepLink(store, owner, artifact, clock.now());
    await store.delete(`artifacts/c1/${artifact.path}`);
    await clock.advance(1000 * HOUR);

    expect(await sweep()).toEqual({ deleted: 0, bytes: 0 });
    expect(await blobs()).toEqual([keyOf('linked')]);
  });

  test.each([
    ['no JSON', '{'],
    ['null', 'null'],
    ['no digest', '{}'],
    ['a digest of another kind', '{"digest":"sha512:abc"}'],
  ])('deletes nothing while a pointer holds %s', async (_what, text) => {
    await store.put(keyOf('unused'), Buffer.from('unused'));
    await store.put('artifacts/c1/gitrepository/apps/podinfo/x.tar.gz', Buffer.from(text));
    await clock.advance(25 * HOUR);

    const { deleted, refused } = await sweep();

    expect(deleted).toBe(0);
    expect(refused).toContain('pointer artifacts/c1/gitrepository/apps/podinfo/x.tar.gz cannot be read');
    expect(await blobs()).toEqual([keyOf('unused')]);
  });

  test('deletes nothing when the store gives no pointers', async () => {
    await put('current');
    await store.put(keyOf('unused'), Buffer.from('unused'));
    await clock.advance(25 * HOUR);
    const get: ObjectStore['get'] = async (key) => {
      if (key.startsWith('artifacts/')) throw new Fault('server-error', 'slow down');
      return store.get(key);
    };

    expect(await sweepBlobs({ ...store, get }, clock)).toEqual({
      deleted: 0,
      bytes: 0,
      refused: 'slow down',
    });
    expect(await blobs()).toHaveLength(2);
  });

  test('leaves what is under another name than a digest of ours', async () => {
    await store.put('blobs/README', Buffer.from('mine'));
    await clock.advance(25 * HOUR);

    expect(await sweep()).toEqual({ deleted: 0, bytes: 0 });
    expect(await blobs()).toEqual(['blobs/README']);
  });

  test('stops between batches when its signal fires', async () => {
    await store.put(keyOf('unused'), Buffer.from('unused'));
    await clock.advance(25 * HOUR);

    expect(await sweepBlobs(store, clock, AbortSignal.abort())).toEqual({ deleted: 0, bytes: 0 });
    expect(await blobs()).toHaveLength(1);
  });
});

describe('a blob that is taken up again while the sweep runs stays', () => {
  /** Calls of the sweep that reach the store, of which each may be the one before which somebody else writes. */
  const CALLS = 8;

  test.each(Array.from({ length: CALLS }, (_, index) => index))('stored before call %i', async (index) => {
    await agedBlob();
    let artifact: Awaited<ReturnType<typeof put>> | undefined;
    const watched = interrupted(index, async () => {
      artifact = await put('again');
    });

    await sweepBlobs(watched, clock);
    artifact ??= await put('again');

    expect(await verifyStored(store, OWNER, artifact, 1e9)).toBe('stored');
  });

  test.each(Array.from({ length: CALLS }, (_, index) => index))(
    'stored while the whole sweep runs before the writer\u2019s call %i',
    async (index) => {
      await agedBlob();
      const watched = interrupted(index, async () => {
        await sweep();
      });

      const artifact = await put('again', watched);

      expect(await verifyStored(store, OWNER, artifact, 1e9)).toBe('stored');
    },
  );

  test('stored between look and deletion, its pointer written when the sweep is over', async () => {
    await agedBlob();
    const [stored, swept] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let writing: ReturnType<typeof put> | undefined;
    const slow: ObjectStore = {
      ...store,
      put: async (key, body, condition) => {
        if (key.startsWith('artifacts/')) {
          stored.resolve();
          await swept.promise;
        }
        return store.put(key, body, condition);
      },
    };
    const watched: ObjectStore = {
      ...store,
      delete: async (key, condition) => {
        writing = put('again', slow);
        await stored.promise;
        await store.delete(key, condition);
      },
    };

    expect(await sweepBlobs(watched, clock)).toMatchObject({ deleted: 1 });
    swept.resolve();

    const artifact = await writing;
    expect(artifact && (await verifyStored(store, OWNER, artifact, 1e9))).toBe('stored');
  });

  test('stored again after it was listed, whether or not a pointer will follow', async () => {
    await agedBlob();
    const watched = interrupted(1, async () => {
      await store.put(keyOf('again'), Buffer.from('again'));
    });

    expect(await sweepBlobs(watched, clock)).toEqual({ deleted: 0, bytes: 0 });
    expect(await blobs()).toEqual([keyOf('again')]);
  });

  test('by a writer that died between blob and pointer: the next sweeps wait a day again', async () => {
    await agedBlob();
    const dying: ObjectStore = {
      ...store,
      put: async (key, body, condition) => {
        if (key.startsWith('artifacts/')) throw new Fault('unreachable', 'died');
        return store.put(key, body, condition);
      },
    };
    await expect(put('again', dying)).rejects.toThrow('died');

    expect(await sweep()).toMatchObject({ deleted: 0 });
    await clock.advance(25 * HOUR);
    expect(await sweep()).toMatchObject({ deleted: 1 });
  });

  test('also when the pointers cannot be read any more after it was deleted', async () => {
    await agedBlob();
    const scribbled: ObjectStore = {
      ...store,
      delete: async (key, condition) => {
        await store.delete(key, condition);
        await store.put('artifacts/c1/gitrepository/apps/podinfo/x.tar.gz', Buffer.from('{'));
      },
    };

    expect(await sweepBlobs(scribbled, clock)).toMatchObject({ deleted: 0, refused: expect.anything() });
    expect(await blobs()).toEqual([keyOf('again')]);
  });
});

async function agedBlob(): Promise<void> {
  await store.put(keyOf('again'), Buffer.from('again'));
  await clock.advance(25 * HOUR);
}

/** The store, before whose call number `index` somebody else comes in. */
function interrupted(index: number, other: () => Promise<void>): ObjectStore {
  let calls = 0;
  const before = async <T>(call: () => Promise<T>): Promise<T> => {
    if (calls++ === index) await other();
    return call();
  };
  return {
    get: (key) => before(() => store.get(key)),
    head: (key) => before(() => store.head(key)),
    put: (key, body, condition) => before(() => store.put(key, body, condition)),
    delete: (key, condition) => before(() => store.delete(key, condition)),
    async *list(prefix) {
      yield* await before(async () => store.list(prefix));
    },
  };
}

function put(text: string, into: ObjectStore = store, owner = OWNER): ReturnType<typeof storeArtifact> {
  const body = Buffer.from(text);
  const artifact = { file: `${text}.tar.gz`, revision: text, body, digest: `sha256:${hashOf(text)}` };
  return storeArtifact(into, owner, artifact, clock.now());
}

function sweep(): ReturnType<typeof sweepBlobs> {
  return sweepBlobs(store, clock);
}

async function blobs(): Promise<string[]> {
  return (await collect(store.list('blobs/'))).map(({ key }) => key);
}

function keyOf(text: string): string {
  return `blobs/${hashOf(text)}`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
