import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import { create, edit, gitRepository, kustomization, type Reconciled, reconcile } from './drive.ts';
import {
  applierAt,
  configMap,
  keepingQueues,
  publish,
  type Setting,
  sourceAt,
  told,
  useWorld,
} from './setting.ts';

const sharded = useWorld('shard-one', async () => ({ settings: { owns: { shard: 'one' } } }));
const elsewhere = useWorld('not-ours', async () => ({ settings: { namespaces: ['somewhere-else'] } }));

const inShard = (object: KubernetesObject, key: string): KubernetesObject => ({
  ...object,
  metadata: { ...object.metadata, labels: { 'sharding.fluxcd.io/key': key } },
});

/** Nothing was written: neither finalizer nor status. */
function expectUntouched(object: Reconciled): void {
  expect(object.metadata.finalizers).toBeUndefined();
  expect(object.status.conditions).toEqual([]);
}

async function published(setting: Setting, name: string): Promise<KubernetesObject> {
  await publish(setting, name, { 'a.yaml': configMap(setting.namespace, name, {}) });
  return gitRepository(setting.world, setting.namespace, name);
}

describe('[COM-24 sharding] a cluster of which we own a shard', () => {
  test('leaves objects of other shards, and without one, as they are until they are labelled', async () => {
    const { world, namespace } = sharded;
    await create(world, await published(sharded, 'plain'), kustomization(namespace, 'plain'));
    await create(world, inShard(await published(sharded, 'two'), 'two'));
    expectUntouched(await reconcile(world, sourceAt(sharded, 'plain')));
    expectUntouched(await reconcile(world, applierAt(sharded, 'plain')));
    expectUntouched(await reconcile(world, sourceAt(sharded, 'two')));

    const labels = { 'sharding.fluxcd.io/key': 'one' };
    await edit(world, sourceAt(sharded, 'plain'), { metadata: { labels } });
    expect(told(await reconcile(world, sourceAt(sharded, 'plain')))).toMatch(/^True Succeeded/);
  });

  test('wakes the consumers of its own shard only', async () => {
    const { world, namespace } = sharded;
    const source = { kind: 'GitRepository', name: 'wakes' };
    await create(world, inShard(await published(sharded, 'wakes'), 'one'));
    for (const key of ['one', 'two']) {
      await create(world, inShard(kustomization(namespace, `of-${key}`, { sourceRef: source }), key));
    }
    const { queues, woken } = keepingQueues();

    await reconcile(world, sourceAt(sharded, 'wakes'), { ports: { queues } });

    expect(woken()).toEqual(['apply Kustomization/of-one']);
  });
});

test('[COM-24 namespaces] objects in other namespaces than ours are left as they are', async () => {
  const { world } = elsewhere;
  await create(world, await published(elsewhere, 'foreign'));

  expectUntouched(await reconcile(world, sourceAt(elsewhere, 'foreign')));
});
