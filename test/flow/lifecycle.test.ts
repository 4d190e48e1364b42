import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import { create, edit, gitRepository, kustomization, read, reconcile } from './drive.ts';
import { applierAt, configMap, publish, sourceAt, sync, told, useWorld } from './setting.ts';

const setting = useWorld('lifecycle');
const { namespace } = setting;
const map = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });

test('[KS-02 prune-before-health] what is stale is gone while health is still waited for', async () => {
  const { world } = setting;
  await publish(setting, 'prunes', {
    'a.yaml': configMap(namespace, 'stays', {}),
    'b.yaml': configMap(namespace, 'goes', {}),
  });
  await create(world, gitRepository(world, namespace, 'prunes'), kustomization(namespace, 'prunes'));
  await sync(setting, 'prunes');
  expect(await world.cluster.get(map('goes'))).toBeDefined();

  const healthChecks = [{ ...map('never') }];
  await edit(world, applierAt(setting, 'prunes'), { spec: { healthChecks } });
  await publish(setting, 'prunes', { 'b.yaml': configMap(namespace, 'other', {}) });
  const waiting = await sync(setting, 'prunes');

  expect(told(waiting)).toBe('Unknown Progressing: Reconciliation in progress');
  expect(await world.cluster.get(map('goes'))).toBeUndefined();
  expect(waiting.status.inventory?.entries.map(({ id }) => id)).toEqual([
    `${namespace}_other__ConfigMap`,
    `${namespace}_stays__ConfigMap`,
  ]);
});

describe('an object without spec', () => {
  test.each(['GitRepository', 'Kustomization'])(
    'a %s stalls and says so, then can be deleted',
    async (kind) => {
      const { world } = setting;
      const reference = { ...(kind === 'GitRepository' ? sourceAt : applierAt)(setting, 'bare') };
      const { apiVersion, name } = reference;
      await create(world, { apiVersion, kind, metadata: { name, namespace } } as KubernetesObject);

      const stalled = await reconcile(world, reference);

      expect(told(stalled)).toBe('False InvalidSpec: spec is missing');
      expect(told(stalled, 'Stalled')).toBe('True InvalidSpec: spec is missing');
      expect(stalled.status.observedGeneration).toBe(stalled.metadata.generation);

      await world.cluster.delete(reference);
      await expect(reconcile(world, reference)).rejects.toThrow('is not there');
    },
  );
});

test('[COM-05 observed] a suspended dependency that was ready still lets its dependents go on', async () => {
  const { world } = setting;
  for (const name of ['base', 'app'])
    await publish(setting, name, { 'a.yaml': configMap(namespace, name, {}) });
  const app = kustomization(namespace, 'app', { dependsOn: [{ name: 'base' }] });
  const sources = ['base', 'app'].map((name) => gitRepository(world, namespace, name));
  await create(world, ...sources, kustomization(namespace, 'base'), app);
  await sync(setting, 'base');

  await edit(world, applierAt(setting, 'base'), { spec: { suspend: true } });
  const suspended = await reconcile(world, applierAt(setting, 'base'));
  const done = await sync(setting, 'app');

  expect(suspended.status.observedGeneration).toBe(2);
  expect(suspended.status.conditions).toEqual(
    (await read(world, applierAt(setting, 'base'))).status.conditions,
  );
  expect(told(suspended)).toMatch(/^True ReconciliationSucceeded/);
  expect(told(done)).toMatch(/^True ReconciliationSucceeded/);
});
