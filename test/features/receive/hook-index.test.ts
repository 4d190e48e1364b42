import { describe, expect, test } from 'vitest';
import type { HookEntry } from '../../../shared/receive/hook-entry.ts';
import {
  listHooks,
  putHook,
  readHooks,
  removeHook,
  removeHooksOf,
} from '../../../shared/receive/hook-index.ts';
import { seal, unseal } from '../../../shared/receive/sealing.ts';
import { createReceiving, entry, KEY, pathOf, signed } from './world.ts';

const DIGEST = 'd'.repeat(64);
const of = (cluster: string, overrides: Partial<HookEntry> = {}): HookEntry =>
  entry({ owner: { cluster, namespace: 'apps', name: 'web' }, ...overrides });

async function stored(
  { store }: Awaited<ReturnType<typeof createReceiving>>,
  digest = DIGEST,
): Promise<string> {
  return Buffer.from((await store.get(`hooks/${digest}`))?.body ?? '').toString();
}

describe('the index of webhooks', () => {
  test('holds a list for a path, an entry a Receiver, each replaced by its own', async () => {
    const { ports, store } = await createReceiving();
    await putHook(ports, KEY, DIGEST, of('c1'));
    await putHook(ports, KEY, DIGEST, of('c2'));
    await putHook(ports, KEY, DIGEST, of('c1', { events: ['push'] }));

    expect(await readHooks(store, KEY, DIGEST)).toEqual({
      entries: [of('c2'), of('c1', { events: ['push'] })],
      unreadable: [],
    });
  });

  test('is gone with its last entry', async () => {
    const { ports, store } = await createReceiving();
    await putHook(ports, KEY, DIGEST, of('c1'));
    await putHook(ports, KEY, DIGEST, of('c2'));
    await removeHook(ports, DIGEST, of('c1').owner);
    await removeHook(ports, DIGEST, of('c1').owner);
    expect((await readHooks(store, KEY, DIGEST))?.entries).toEqual([of('c2')]);

    await removeHook(ports, DIGEST, of('c2').owner);

    expect(await store.head(`hooks/${DIGEST}`)).toBeUndefined();
  });

  test('shows neither tokens nor what is woken to whoever reads the store', async () => {
    const receiving = await createReceiving();
    await putHook(receiving.ports, KEY, DIGEST, of('c1'));

    const text = await stored(receiving);

    expect(text).toContain('c1/apps/web');
    for (const secret of [entry().token, 'GitRepository', 'github']) expect(text).not.toContain(secret);
  });

  test('is not written again when nothing changed', async () => {
    const { ports, store } = await createReceiving();
    await putHook(ports, KEY, DIGEST, of('c1'));
    const puts: string[] = [];
    const counting = {
      ...store,
      put: (...put: Parameters<typeof store.put>) => {
        puts.push(put[0]);
        return store.put(...put);
      },
    };

    await putHook({ ...ports, store: counting }, KEY, DIGEST, of('c1'));
    expect(puts).toEqual([]);

    await putHook({ ...ports, store: counting }, KEY, DIGEST, of('c1', { closed: 'suspended' }));
    expect(puts).toHaveLength(1);
  });

  test('loses no entry when many write at once', async () => {
    const { ports, store, clock } = await createReceiving();
    const clusters = Array.from({ length: 8 }, (_, index) => `c${index}`);

    const writes = Promise.all(clusters.map((cluster) => putHook(ports, KEY, DIGEST, of(cluster))));
    for (let i = 0; i < 100; i++) await clock.advance(100);
    await writes;

    const entries = (await readHooks(store, KEY, DIGEST))?.entries ?? [];
    expect(entries.map(({ owner }) => ('cluster' in owner ? owner.cluster : '')).toSorted()).toEqual(
      clusters,
    );
  });

  test('refuses rather than wait for ever for its turn', async () => {
    const { ports, store, clock } = await createReceiving();
    await putHook(ports, KEY, DIGEST, of('c1'));
    let meddling = 0;
    const busy = {
      ...store,
      get: async (key: string) => {
        const found = await store.get(key);
        await store.put(key, Buffer.from(`[${' '.repeat(++meddling)}]`));
        return found;
      },
    };

    const refused = expect(putHook({ ...ports, store: busy }, KEY, DIGEST, of('c2'))).rejects.toMatchObject({
      code: 'conflict',
    });
    for (let i = 0; i < 100; i++) await clock.advance(1000);
    await refused;
  });

  test('is listed, and a cluster that leaves takes its entries along and no others', async () => {
    const { ports, store } = await createReceiving();
    const other = 'e'.repeat(64);
    await putHook(ports, KEY, DIGEST, of('c1'));
    await putHook(ports, KEY, DIGEST, of('c10'));
    await putHook(ports, KEY, other, of('c1'));

    await removeHooksOf(ports, 'c1/');

    const left = [];
    for await (const found of listHooks(store, KEY)) left.push(found);
    expect(left).toEqual([{ digest: DIGEST, entry: of('c10') }]);
  });
});

describe('an index that is damaged', () => {
  const change = async (
    receiving: Awaited<ReturnType<typeof createReceiving>>,
    edit: (list: { owner: string; sealed: string }[]) => unknown,
    digest = DIGEST,
  ): Promise<void> => {
    const list = JSON.parse(await stored(receiving, digest)) as { owner: string; sealed: string }[];
    await receiving.store.put(`hooks/${digest}`, Buffer.from(JSON.stringify(edit(list))));
  };

  test('in one entry is whole in the others, and says which', async () => {
    const receiving = await createReceiving();
    await putHook(receiving.ports, KEY, DIGEST, of('c1'));
    await putHook(receiving.ports, KEY, DIGEST, of('c2'));
    await change(receiving, ([first, second]) => [{ ...first, sealed: 'AAAA' }, second]);

    expect(await readHooks(receiving.store, KEY, DIGEST)).toEqual({
      entries: [of('c2')],
      unreadable: ['c1/apps/web'],
    });
    await putHook(receiving.ports, KEY, DIGEST, of('c1'));
    expect((await readHooks(receiving.store, KEY, DIGEST))?.unreadable).toEqual([]);
  });

  test('opens nothing that was sealed for another path, another Receiver or with another key', async () => {
    const receiving = await createReceiving();
    await putHook(receiving.ports, KEY, DIGEST, of('c1'));
    const other = 'e'.repeat(64);
    await receiving.store.put(`hooks/${other}`, Buffer.from(await stored(receiving)));

    expect((await readHooks(receiving.store, KEY, other))?.entries).toEqual([]);
    expect((await readHooks(receiving.store, new Uint8Array(32), DIGEST))?.entries).toEqual([]);
    await change(receiving, ([first]) => [{ ...first, owner: 'c2/apps/web' }]);
    expect(await readHooks(receiving.store, KEY, DIGEST)).toEqual({
      entries: [],
      unreadable: ['c2/apps/web'],
    });
  });

  test.each(['', '{', 'null', '{}', '"text"'])(
    'as a whole (%j) is told, and begun anew by the next Receiver',
    async (text) => {
      const { ports, store } = await createReceiving();
      await store.put(`hooks/${DIGEST}`, Buffer.from(text));

      expect(await readHooks(store, KEY, DIGEST)).toEqual({ entries: [], unreadable: ['the whole list'] });
      await putHook(ports, KEY, DIGEST, of('c1'));

      expect(await readHooks(store, KEY, DIGEST)).toEqual({ entries: [of('c1')], unreadable: [] });
    },
  );

  test('is answered by 503 where nobody else is proven, and its Receivers are woken to mend it', async () => {
    const receiving = await createReceiving(of('c1'), of('c2'));
    const path = pathOf(of('c1'));
    await change(receiving, ([first, second]) => [{ ...first, sealed: '' }, second], path.slice(6));

    expect((await receiving.post(path, '{}', signed('{}'))).statusCode).toBe(202);
    expect((await receiving.post(path, '{}', signed('{}', 'wrong'))).statusCode).toBe(503);

    const woken = (await receiving.arrived()) as unknown as readonly Record<string, unknown>[];
    const receiver = { kind: 'Receiver', cluster: 'c1', namespace: 'apps', name: 'web' };
    expect(woken.filter(({ kind }) => kind === 'Receiver')).toEqual([
      expect.objectContaining(receiver),
      expect.objectContaining(receiver),
    ]);
    expect(receiving.log.entries.map(({ data }) => data.owners)).toContainEqual(['c1/apps/web']);
  });
});

describe('sealing', () => {
  test('gives equal bytes for equal texts only, and different ones at every place', () => {
    const bytes = (place: string, text: string): string =>
      Buffer.from(seal(KEY, place, text)).toString('hex');

    expect(bytes('a', 'text')).toBe(bytes('a', 'text'));
    expect(bytes('a', 'text').slice(0, 24)).not.toBe(bytes('b', 'text').slice(0, 24));
    expect(bytes('a', 'btext').slice(0, 24)).not.toBe(bytes('ab', 'text').slice(0, 24));
    expect(bytes('a', 'text').slice(0, 24)).not.toBe(bytes('a', 'texT').slice(0, 24));
  });

  test('holds whatever is changed: every bit counts', () => {
    const sealed = seal(KEY, 'a', 'text');
    expect(unseal(KEY, 'a', sealed)).toBe('text');
    for (let index = 0; index < sealed.length; index++) {
      const changed = new Uint8Array(sealed);
      changed[index] = (changed[index] ?? 0) ^ 1;
      expect(() => unseal(KEY, 'a', changed)).toThrow(expect.objectContaining({ code: 'malformed' }));
    }
    for (const cut of [0, 11, 12, 27, sealed.length - 1])
      expect(() => unseal(KEY, 'a', sealed.subarray(0, cut))).toThrow(
        expect.objectContaining({ code: 'malformed' }),
      );
  });
});
