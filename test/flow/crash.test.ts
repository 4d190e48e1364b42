import { describe, expect, test } from 'vitest';
import type { Cluster, Clusters, KubernetesObject } from '../../shared/ports.ts';
import { condition, create, gitRepository, KUSTOMIZATION, kustomization, reconcile } from './drive.ts';
import { applierAt, configMap, publish, sourceAt, sync, useWorld } from './setting.ts';

const setting = useWorld('crashing');
const { namespace } = setting;
const lives = async (name: string) =>
  (await setting.world.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name })) !== undefined;
const manifests = (prefix: string, ...names: readonly string[]) =>
  Object.fromEntries(
    names.map((name) => [`${name}.yaml`, configMap(namespace, `${prefix}-${name}`, { a: '1' })]),
  );

/** The registry, whose clusters do nothing any more from the call on for which `dies` says so: a process that is gone. */
function dying(clusters: Clusters, dies: (call: 'apply' | 'status', object: unknown) => boolean): Clusters {
  let isDead = false;
  const check = (call: 'apply' | 'status', object: unknown): void => {
    isDead ||= dies(call, object);
    if (isDead) throw new Error('the process is gone');
  };
  const wrap = (cluster: Cluster): Cluster => ({
    ...cluster,
    as: (user) => wrap(cluster.as(user)),
    until: (signal) => wrap(cluster.until(signal)),
    apply: async (object, options) => {
      if (!options.dryRun) check('apply', object);
      return cluster.apply(object, options);
    },
    patch: async (reference, patch, options) => {
      if (reference.kind === KUSTOMIZATION.kind) check('status', patch);
      return cluster.patch(reference, patch, options);
    },
  });
  return {
    ...clusters,
    open: async (id) => {
      const { record, cluster } = await clusters.open(id);
      return { record, cluster: wrap(cluster) };
    },
  };
}

/** Runs the Kustomization in a process that dies. */
async function dieAt(name: string, dies: Parameters<typeof dying>[1]): Promise<void> {
  const { ports } = setting.world.runtime;
  await reconcile(setting.world, applierAt(setting, name), {
    ports: { clusters: dying(ports.clusters, dies) },
  });
}

const namesOf = (object: unknown): string => (object as KubernetesObject).metadata.name;
const isFinal = (patch: unknown): boolean => JSON.stringify(patch).includes('"inventory"');

describe('what a process that died had applied is deleted when the next revision drops it', () => {
  test('death after the apply, before the status', async () => {
    await publish(setting, 'after', manifests('after', 'one'));
    await create(
      setting.world,
      gitRepository(setting.world, namespace, 'after'),
      kustomization(namespace, 'after'),
    );
    await sync(setting, 'after');
    await publish(setting, 'after', manifests('after', 'one', 'two'));
    await reconcile(setting.world, sourceAt(setting, 'after'));

    await dieAt('after', (call, patch) => call === 'status' && isFinal(patch));
    expect(await lives('after-two')).toBe(true);
    await publish(setting, 'after', { 'two.yaml': null });
    const end = await sync(setting, 'after');

    expect(condition(end, 'Ready')).toMatchObject({ status: 'True' });
    expect(await lives('after-two')).toBe(false);
    expect(end.status.inventory?.entries.map(({ id }) => id)).toEqual([`${namespace}_after-one__ConfigMap`]);
  });

  test('death in the middle of the apply', async () => {
    await publish(setting, 'middle', manifests('middle', 'one'));
    await create(
      setting.world,
      gitRepository(setting.world, namespace, 'middle'),
      kustomization(namespace, 'middle'),
    );
    await sync(setting, 'middle');
    const files = { ...manifests('middle', 'one', 'two'), 'late.yaml': late('middle') };
    await publish(setting, 'middle', files);
    await reconcile(setting.world, sourceAt(setting, 'middle'));

    await dieAt('middle', (call, object) => call === 'apply' && namesOf(object) === 'middle-late');
    expect(await lives('middle-two')).toBe(true);
    await publish(setting, 'middle', { 'two.yaml': null, 'late.yaml': null });
    const end = await sync(setting, 'middle');

    expect(condition(end, 'Ready')).toMatchObject({ status: 'True' });
    expect(await lives('middle-two')).toBe(false);
  });

  test('death in the first apply of all, and then the Kustomization is deleted', async () => {
    await publish(setting, 'first', { ...manifests('first', 'one'), 'late.yaml': late('first') });
    await create(
      setting.world,
      gitRepository(setting.world, namespace, 'first'),
      kustomization(namespace, 'first'),
    );
    await reconcile(setting.world, sourceAt(setting, 'first'));

    await dieAt('first', (call, object) => call === 'apply' && namesOf(object) === 'first-late');
    expect(await lives('first-one')).toBe(true);
    await setting.world.cluster.delete(applierAt(setting, 'first'));
    await reconcile(setting.world, applierAt(setting, 'first')).catch(() => undefined);

    expect(await lives('first-one')).toBe(false);
    expect(await setting.world.cluster.get(applierAt(setting, 'first'))).toBeUndefined();
  });
});

/** Is applied after every ConfigMap. */
function late(prefix: string): string {
  const spec = { selector: { app: prefix }, ports: [{ port: 80 }] };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name: `${prefix}-late` },
    spec,
  });
}
