import { describe, expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createMemoryStore } from '../../../shared/adapters/memory/memory-store.ts';
import { blobKey } from '../../../shared/artifact/blobs.ts';
import { sha256Hex } from '../../../shared/core/digests.ts';
import { Fault } from '../../../shared/core/failures.ts';
import type { Scope } from '../../../shared/reconcile/reconciler.ts';
import type { Size } from '../../../shared/reconcile/room.ts';
import { fetchShared, type Shared, sharingKey, tryShared } from '../../../shared/reconcile/source/share.ts';
import { collect } from '../../contracts/collect.ts';

const clock = createManualClock();
const store = createMemoryStore(clock);

function scope(cluster = 'c1', profile = 'flux', key = 1): Scope {
  const deployment = { id: 'd1', key: new Uint8Array(32).fill(key) };
  const record = { id: cluster, settings: { profile } };
  const ports = { deployment, store, clock };
  return { ports, record, signal: new AbortController().signal } as unknown as Scope;
}

const SHARED: Shared = {
  kind: 'OCIRepository',
  url: 'registry.example/app',
  access: { credentials: { username: 'ada', password: 'word' }, ca: 'PEM' },
  of: 'sha256:1',
  rules: ['*.md', '', 'extract'],
};
const body = Buffer.from('packed');
const fetched = async () => ({
  found: { body, digest: `sha256:${sha256Hex(body)}`, size: body.length, facts: {} },
});

describe('what a fetch is shared by', () => {
  test('is the same in every cluster of the deployment, and tells nothing of what it covers', () => {
    const key = sharingKey(SHARED, scope('c1'));

    expect(sharingKey({ ...SHARED }, scope('c2'))).toBe(key);
    expect(key).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each<[string, Partial<Shared>]>([
    ['kind', { kind: 'Bucket' }],
    ['address', { url: 'registry.example/other' }],
    ['password', { access: { credentials: { username: 'ada', password: 'guess' }, ca: 'PEM' } }],
    ['authority', { access: { credentials: { username: 'ada', password: 'word' } } }],
    ['content', { of: 'sha256:2' }],
    ['rules', { rules: [null, '', 'extract'] }],
  ])('is another for another %s', (_, other) => {
    expect(sharingKey({ ...SHARED, ...other }, scope())).not.toBe(sharingKey(SHARED, scope()));
  });

  test('is another for another profile, and for another deployment', () => {
    const keys = [scope(), scope('c1', 'lockdown'), scope('c1', 'flux', 2)].map((one) =>
      sharingKey(SHARED, one),
    );

    expect(new Set(keys).size).toBe(3);
  });
});

describe('trouble with a shared fetch', () => {
  test('is told to the one who has it, and kept from all others', async () => {
    const trouble = { condition: 'FetchFailed', reason: 'Failed', message: 'no layer' } as const;

    expect(await tryShared(SHARED, scope(), async () => ({ trouble }))).toEqual({ trouble });
    expect(await collect(store.list('leases/'))).toEqual([]);
    expect(await tryShared(SHARED, scope('c2'), fetched)).toMatchObject({ found: { size: body.length } });
    expect(await tryShared(SHARED, scope('c3'), async () => ({ trouble }))).toMatchObject({
      found: { size: body.length },
    });
  });

  test('a bug is no trouble', async () => {
    const bug = async () => {
      throw new TypeError('a bug');
    };
    await expect(tryShared({ ...SHARED, of: 'bug' }, scope(), bug)).rejects.toThrow(TypeError);
    await expect(fetchShared(undefined, scope(), bug)).rejects.toThrow(TypeError);
  });
});

describe('a fetch that is large', () => {
  const large = (name: string): Shared => ({ ...SHARED, url: `large/${name}` });
  const bytes = Buffer.from('large');
  const packed = { body: bytes, digest: `sha256:${sha256Hex(bytes)}`, size: bytes.length, facts: {} };
  const outgrowing = (sizes: Size[]) => async (size: Size) => {
    sizes.push(size);
    if (size === 'small') throw new Fault('too-large', 'it is');
    return packed;
  };

  test('is tried as a small one once in a worker, and made once for all', async () => {
    const sizes: Size[] = [];
    const fetches = ['c1', 'c2', 'c3'].map((cluster) =>
      fetchShared(large('once'), scope(cluster), outgrowing(sizes)),
    );
    for (let second = 0; second < 10; second++) await clock.advance(1000);

    expect((await Promise.all(fetches)).map(({ size }) => size)).toEqual([5, 5, 5]);
    expect(sizes).toEqual(['small', 'large']);
  });

  test('is not tried as a small one where its size is known', async () => {
    const sizes: Size[] = [];

    await fetchShared(large('known'), scope(), outgrowing(sizes), true);

    expect(sizes).toEqual(['large']);
  });

  test('is stored before the next one begins, though nobody shares it', async () => {
    const fetch = async () => {
      await expect(store.head(blobKey(packed.digest))).resolves.toBeUndefined();
      return packed;
    };
    await store.delete(blobKey(packed.digest));

    const { body: held, digest } = await fetchShared(undefined, scope(), fetch, true);

    expect(held).toBeUndefined();
    expect(await store.head(blobKey(digest))).toMatchObject({ size: 5 });
  });

  test('keeps its bytes where the store does not take them', async () => {
    const head = async () => {
      throw new Fault('unreachable', 'no store');
    };
    const { ports, ...rest } = scope();
    const broken = { ...rest, ports: { ...ports, store: { ...store, head } } };

    expect((await fetchShared(undefined, broken, async () => packed, true)).body).toBe(bytes);
  });

  test('frees its bytes when they are stored, and no sooner', async () => {
    const many = Buffer.alloc(2 * 1024 * 1024, 1);
    const digest = `sha256:${sha256Hex(many)}`;

    await fetchShared(
      undefined,
      scope(),
      async () => ({ ...packed, body: many, digest, size: many.length }),
      true,
    );

    expect(many.length).toBe(0);
    expect((await store.get(blobKey(digest)))?.body).toHaveLength(2 * 1024 * 1024);
  });

  test('waits for another worker without keeping others here from their turn', async () => {
    const key = sharingKey(large('theirs'), scope());
    const until = new Date(clock.now().getTime() + 20_000).toISOString();
    await store.put(`leases/${key}`, Buffer.from(JSON.stringify({ until })));
    const sizes: Size[] = [];
    const waiting = fetchShared(large('theirs'), scope(), outgrowing(sizes), true);
    await clock.advance(1000);

    expect(
      await fetchShared(undefined, scope(), async (size) => ({ ...packed, facts: { size } }), true),
    ).toMatchObject({
      facts: { size: 'large' },
    });
    expect(sizes).toEqual([]);

    await clock.advance(30_000);
    await waiting;
    expect(sizes).toEqual(['large']);
  });
});
