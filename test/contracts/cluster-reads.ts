import { beforeAll, expect, test } from 'vitest';
import type { ClusterFixture, ContractPart } from './cluster.ts';
import { MANAGER } from './cluster.ts';
import { faultOf } from './fault-of.ts';

/** More than one page of 500. */
const MANY = 520;
const PARALLEL = 16;

/** Single objects, lists of more than a page, metadata lists, selectors. */
export const readContract: ContractPart = (fixture) => {
  beforeAll(() => applyMany(fixture()));
  const many = (of: ClusterFixture) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: of.namespace });
  const ours = { labelSelector: 'contract=many' };

  test('an object is read whole, an absent one is undefined, in an absent namespace too', async () => {
    const { cluster, namespace } = fixture();
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'many-7' };

    expect(await cluster.get(reference)).toMatchObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'many-7', namespace },
      data: { n: '7' },
    });
    expect(await cluster.get({ ...reference, name: 'nobody' })).toBeUndefined();
    expect(await cluster.get({ ...reference, namespace: `${namespace}-not` })).toBeUndefined();
  });

  test('a namespaced kind needs a namespace, a cluster-scoped one ignores it', async () => {
    const { cluster, namespace } = fixture();

    await faultOf(cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', name: 'many-7' }), 'invalid');
    const found = await cluster.get({ apiVersion: 'v1', kind: 'Namespace', name: namespace, namespace: 'x' });
    expect(found?.metadata.name).toBe(namespace);
  });

  test('a name cannot lead to another path', async () => {
    const { cluster, namespace } = fixture();
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'many-7' };

    for (const name of ['..', '.', '', '../configmaps/many-7', 'many-7/status', 'many%2D7', '?watch=true/']) {
      await faultOf(cluster.get({ ...reference, name }), 'invalid');
    }
    await faultOf(cluster.get({ ...reference, namespace: `../${namespace}` }), 'invalid');
    expect(await cluster.get({ ...reference, name: 'many-7?watch=true' })).toBeUndefined();
  });

  test('a list holds every object of every page, each with apiVersion and kind', async () => {
    const { items, resourceVersion } = await fixture().cluster.list(many(fixture()), ours);

    expect(new Set(items.map((item) => item.metadata.name)).size).toBe(MANY);
    expect(items).toHaveLength(MANY);
    expect(items.every((item) => item.apiVersion === 'v1' && item.kind === 'ConfigMap')).toBe(true);
    expect(items.every((item) => typeof item.data === 'object')).toBe(true);
    // A reference, passed for a collection, means its kind and namespace.
    const reference = { ...many(fixture()), name: 'many-7' };
    expect((await fixture().cluster.list(reference, ours)).items).toHaveLength(MANY);
    expect(resourceVersion).toMatch(/^\d+$/);
  });

  test('a metadata list holds the same objects without content, managedFields with it', async () => {
    const { cluster } = fixture();

    const { items, resourceVersion } = await cluster.listMetadata(many(fixture()), ours);

    expect(items).toHaveLength(MANY);
    expect(resourceVersion).toMatch(/^\d+$/);
    for (const item of items) expect(Object.keys(item).sort()).toEqual(['apiVersion', 'kind', 'metadata']);
    const one = items.find((item) => item.metadata.name === 'many-7');
    const whole = await cluster.get({ ...many(fixture()), name: 'many-7' });
    expect(one).toEqual({ apiVersion: 'v1', kind: 'ConfigMap', metadata: whole?.metadata });
    expect(one?.metadata.managedFields).toMatchObject([
      { manager: 'contract', operation: 'Apply', fieldsV1: { 'f:data': { 'f:n': {} } } },
    ]);
  });

  test('custom resources too', async () => {
    const { cluster, namespace, widgets } = fixture();
    await cluster.apply({ ...widgets, metadata: { name: 'w', namespace }, spec: { size: 1 } }, MANAGER);

    const whole = await cluster.list({ ...widgets, namespace });
    const { items } = await cluster.listMetadata({ ...widgets, namespace });

    expect(whole.items).toMatchObject([{ ...widgets, spec: { size: 1 } }]);
    expect(items).toEqual([{ ...widgets, metadata: whole.items[0]?.metadata }]);
  });

  test('labels, fields and the namespace select', async () => {
    const { cluster, namespace } = fixture();
    const collection = { apiVersion: 'v1', kind: 'ConfigMap' };
    const names = async (...question: Parameters<typeof cluster.list>) =>
      (await cluster.list(...question)).items.map((item) => item.metadata.name);

    expect(await names({ ...collection, namespace }, { labelSelector: 'contract=many,n in (3)' })).toEqual([
      'many-3',
    ]);
    const fieldSelector = `metadata.name=many-4,metadata.namespace=${namespace}`;
    expect(await names(collection, { fieldSelector })).toEqual(['many-4']);
    expect(await names({ ...collection, namespace: `${namespace}-not` })).toEqual([]);
    await faultOf(cluster.list(collection, { labelSelector: '!!' }), 'invalid');
  });
};

async function applyMany({ cluster, configMap }: ClusterFixture): Promise<void> {
  let next = 0;
  const work = async () => {
    while (next < MANY) {
      const n = String(next++);
      const { metadata, ...rest } = configMap(`many-${n}`, { n });
      await cluster.apply(
        { ...rest, metadata: { ...metadata, labels: { contract: 'many', n } } } as never,
        MANAGER,
      );
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
}
