import { describe, expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createMemoryStore } from '../../../shared/adapters/memory/memory-store.ts';
import type { ObjectStore } from '../../../shared/ports.ts';
import { addressDigest } from '../../../shared/receive/repository-address.ts';
import {
  forgetRepositoriesOf,
  forgetRepository,
  type IndexedObject,
  keepRepository,
  objectsOf,
} from '../../../shared/receive/repository-index.ts';
import { NOW } from '../../builders.ts';

const APP = addressDigest('host/org/app');
const OTHER = addressDigest('host/org/other');
const of = (cluster: string, name = 'app'): IndexedObject => ({
  cluster,
  kind: 'GitRepository',
  namespace: 'apps',
  name,
});

async function keysOf(store: ObjectStore): Promise<readonly string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list('')) keys.push(key);
  return keys;
}

/** The store, and what is asked of it. */
function countedStore() {
  const store = createMemoryStore(createManualClock(NOW));
  const calls: string[] = [];
  const counted = new Proxy(store, {
    get(from, name: keyof ObjectStore) {
      return (...given: readonly never[]) => {
        calls.push(name);
        return (from[name] as (...all: readonly never[]) => unknown)(...given);
      };
    },
  });
  return { store: counted, calls };
}

describe('the index of repositories', () => {
  test('finds the objects of all clusters by any spelling of their URL', async () => {
    const { store } = countedStore();
    await keepRepository(store, of('c1'), 'https://host/org/app.git');
    await keepRepository(store, of('c2'), 'ssh://git@host:22/org/app');
    await keepRepository(store, of('c2', 'another'), 'https://host/org/other');

    expect(await objectsOf(store, APP)).toEqual([of('c1'), of('c2')]);
    expect(await objectsOf(store, OTHER)).toEqual([of('c2', 'another')]);
    expect(await objectsOf(store, addressDigest('host/org'))).toEqual([]);
  });

  test('costs one read when nothing changed', async () => {
    const { store, calls } = countedStore();
    await keepRepository(store, of('c1'), 'https://host/org/app.git');
    calls.length = 0;

    await keepRepository(store, of('c1'), 'https://host/org/app');

    expect(calls).toEqual(['head']);
  });

  test('follows a URL that changes, also back, and one that names nothing any more', async () => {
    const { store } = countedStore();
    for (const url of ['https://host/org/app', 'https://host/org/other', 'https://host/org/app'])
      await keepRepository(store, of('c1'), url);
    expect([await objectsOf(store, APP), await objectsOf(store, OTHER)]).toEqual([[of('c1')], []]);

    await keepRepository(store, of('c1'), 'https://host');

    expect(await keysOf(store)).toEqual([]);
  });

  test('mends what was lost of it', async () => {
    const { store } = countedStore();
    await keepRepository(store, of('c1'), 'https://host/org/app');
    const [, key = ''] = (await keysOf(store)).toSorted(
      (a, b) => Number(b.includes('objects')) - Number(a.includes('objects')),
    );
    await store.delete(key);
    expect(await objectsOf(store, APP)).toEqual([]);

    await keepRepository(store, of('c1'), 'https://host/org/app');

    expect(await objectsOf(store, APP)).toEqual([of('c1')]);
  });

  test('is done to its end by the next run, wherever one broke off', async () => {
    for (let died = 1; died <= 5; died++) {
      const { store } = countedStore();
      await keepRepository(store, of('c1'), 'https://host/org/app');
      let calls = 0;
      const dying = new Proxy(store, {
        get(from, name: keyof ObjectStore) {
          return (...given: readonly never[]) => {
            if (++calls === died) throw new Error('died');
            return (from[name] as (...all: readonly never[]) => unknown)(...given);
          };
        },
      });
      await keepRepository(dying, of('c1'), 'https://host/org/other').catch(() => undefined);

      await keepRepository(store, of('c1'), 'https://host/org/other');

      expect([died, await objectsOf(store, APP), await objectsOf(store, OTHER)]).toEqual([
        died,
        [],
        [of('c1')],
      ]);
      await forgetRepository(store, of('c1'));
      expect(await keysOf(store)).toEqual([]);
    }
  });

  test('forgets a cluster that leaves, and nothing of the others', async () => {
    const { store } = countedStore();
    for (const object of [of('c1'), of('c1', 'two'), of('c10')])
      await keepRepository(store, object, 'https://host/org/app');

    await forgetRepositoriesOf(store, 'c1');

    expect(await objectsOf(store, APP)).toEqual([of('c10')]);
    expect(await keysOf(store)).toHaveLength(2);
  });
});
