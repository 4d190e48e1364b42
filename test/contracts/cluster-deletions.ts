import { expect, test } from 'vitest';
import { referenceOf } from '../../shared/core/kubernetes-object.ts';
import type { KubernetesObject } from '../../shared/ports.ts';
import { type ContractPart, MANAGER } from './cluster.ts';
import { faultOf } from './fault-of.ts';

/** Deletion, its preconditions and its propagation. */
export const deletionContract: ContractPart = (fixture) => {
  test('true, then false', async () => {
    const { cluster, configMap } = fixture();
    const reference = referenceOf(await cluster.create(configMap('once'), MANAGER));

    expect(await cluster.delete(reference)).toBe(true);
    expect(await cluster.get(reference)).toBeUndefined();
    expect(await cluster.delete(reference)).toBe(false);
  });

  test('another uid or resourceVersion is a conflict, and nothing is deleted', async () => {
    const { cluster, configMap } = fixture();
    const object = await cluster.create(configMap('kept'), MANAGER);
    const reference = referenceOf(object);
    const { uid = '', resourceVersion = '' } = object.metadata;

    await faultOf(cluster.delete(reference, { uid: '00000000-0000-0000-0000-000000000000' }), 'conflict');
    await faultOf(cluster.delete(reference, { uid, resourceVersion: '1' }), 'conflict');
    expect(await cluster.get(reference)).toEqual(object);
    expect(await cluster.delete(reference, { uid, resourceVersion })).toBe(true);
  });

  test('a finalizer holds an object: deletion has begun, and it can be read until it is let go', async () => {
    const { cluster, configMap } = fixture();
    const object = await cluster.create(held(configMap('held')), MANAGER);
    const reference = referenceOf(object);

    expect(await cluster.delete(reference)).toBe(true);
    const dying = await cluster.get(reference);
    await cluster.patch(reference, { merge: { metadata: { finalizers: null } } }, MANAGER);

    expect(dying?.metadata.deletionTimestamp).toMatch(/^\d{4}-\d\d-\d\dT/);
    expect(await cluster.get(reference)).toBeUndefined();
  });

  test.each([
    ['Foreground', 'foregroundDeletion'],
    ['Orphan', 'orphan'],
  ] as const)(
    'propagation %s leaves the finalizer %s to the garbage collector',
    async (propagation, finalizer) => {
      const { cluster, configMap } = fixture();
      const object = await cluster.create(held(configMap(`propagation-${finalizer.toLowerCase()}`)), MANAGER);
      const reference = referenceOf(object);
      const stop = AbortSignal.timeout(15_000);
      const resourceVersion = object.metadata.resourceVersion ?? '';

      await cluster.delete(reference, { propagation });

      // A watch sees what the garbage collector may have undone already.
      const seen: KubernetesObject[] = [];
      const watch = cluster.watch(reference, { resourceVersion, signal: stop });
      for await (const event of watch) {
        if (event.object.metadata.name !== reference.name) continue;
        seen.push(event.object);
        break;
      }
      expect(seen[0]?.metadata.finalizers).toContain(finalizer);
      await cluster.patch(reference, { merge: { metadata: { finalizers: null } } }, MANAGER);
    },
  );

  test('propagation Background leaves none', async () => {
    const { cluster, configMap } = fixture();
    const reference = referenceOf(await cluster.create(held(configMap('background')), MANAGER));

    await cluster.delete(reference, { propagation: 'Background' });

    expect((await cluster.get(reference))?.metadata.finalizers).toEqual(['example.com/held']);
    await cluster.patch(reference, { merge: { metadata: { finalizers: null } } }, MANAGER);
  });

  function held(object: KubernetesObject): KubernetesObject {
    return { ...object, metadata: { ...object.metadata, finalizers: ['example.com/held'] } };
  }
};
