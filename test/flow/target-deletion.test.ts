import { beforeAll, describe, expect, test } from 'vitest';
import type { KubernetesObject, ObjectReference } from '../../shared/ports.ts';
import { edit, read } from './drive.ts';
import { applierAt, configMap, newEvents, startsIn, told, useWorld, visitsIn } from './setting.ts';
import { addAccount, addNamespace, kubeconfigOf, putSecret, useSpoke } from './spoke.ts';

const setting = useWorld('hub-removes');
const { namespace } = setting;
const spoke = useSpoke();

beforeAll(() => addNamespace(spoke, namespace));

const mapAt = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
const secretAt = (name: string) => ({ apiVersion: 'v1', kind: 'Secret', namespace, name });

/** An object whose ConfigMap lies on the spoke, and a visit after its deletion was asked for. */
async function started(name: string, spec: object = {}): Promise<ObjectReference> {
  await putSecret(setting, name, { value: kubeconfigOf(spoke.plane) });
  const files = { 'a.yaml': configMap(namespace, name, {}) };
  const done = await startsIn(setting)(name, files, { kubeConfig: { secretRef: { name } }, ...spec });
  expect(told(done)).toContain('True ReconciliationSucceeded');
  await newEvents(setting, applierAt(setting, name));
  return applierAt(setting, name);
}

async function removed(reference: ObjectReference) {
  await setting.world.cluster.delete(reference);
  return visitsIn(setting)(reference);
}

const isThere = async (name: string) => (await spoke.cluster.get(mapAt(name))) !== undefined;

describe('deleting an object whose objects are elsewhere', () => {
  test('prunes there', async () => {
    const reference = await started('prunes');

    await removed(reference);

    expect(await isThere('prunes')).toBe(false);
    expect(await setting.world.cluster.get(reference)).toBeUndefined();
    expect(await newEvents(setting, reference)).toContainEqual(
      expect.stringContaining(`ConfigMap/${namespace}/prunes deleted`),
    );
  });

  test('waits there for what is terminating', async () => {
    const reference = await started('waits', { deletionPolicy: 'WaitForTermination' });
    const hold = { metadata: { finalizers: ['example.com/hold'] } };
    await spoke.cluster.patch(mapAt('waits'), { merge: hold }, { fieldManager: 'p' });

    await removed(reference);
    expect(await setting.world.cluster.get(reference)).toBeDefined();

    const free = { metadata: { finalizers: null } };
    await spoke.cluster.patch(mapAt('waits'), { merge: free }, { fieldManager: 'p' });
    await visitsIn(setting)(reference);
    expect(await setting.world.cluster.get(reference)).toBeUndefined();
  });

  test('[KS-15 kubeconfig-gone] [KS-104 finalizer] without the Secret tells what stays, and goes', async () => {
    const reference = await started('orphans');
    await setting.world.cluster.delete(secretAt('orphans'));

    await removed(reference);

    expect(await setting.world.cluster.get(reference)).toBeUndefined();
    expect(await newEvents(setting, reference)).toEqual([
      expect.stringMatching(/^Warning \w+: unable to prune objects: \nConfigMap\/hub-removes\/orphans$/),
    ]);
    expect(await isThere('orphans')).toBe(true);
  });

  test('[KS-15 kubeconfig-gone] without its account on the other cluster, the same', async () => {
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['*'] }];
    await addAccount(spoke, namespace, 'leaving', rules);
    const reference = await started('accountless', { serviceAccountName: 'leaving' });
    await spoke.cluster.delete({ apiVersion: 'v1', kind: 'ServiceAccount', namespace, name: 'leaving' });

    await removed(reference);

    expect(await setting.world.cluster.get(reference)).toBeUndefined();
    expect(await newEvents(setting, reference)).toEqual([expect.stringContaining('unable to prune objects')]);
  });

  test('while the other cluster is not reached stays, and is tried again', async () => {
    const reference = await started('stays');
    const broken = kubeconfigOf({ ...spoke.plane, server: 'https://127.0.0.1:1' });
    await putSecret(setting, 'stays', { value: broken });

    const { woken } = await removed(reference);

    expect(await setting.world.cluster.get(reference)).toBeDefined();
    expect(woken).toContainEqual(expect.stringContaining('later Kustomization/stays'));
    expect(await newEvents(setting, reference)).toEqual([
      expect.stringMatching(/^Warning \w+: pruning for deleted resource failed: /),
    ]);
    await putSecret(setting, 'stays', { value: kubeconfigOf(spoke.plane) });
    await visitsIn(setting)(reference);
    expect(await setting.world.cluster.get(reference)).toBeUndefined();
    expect(await isThere('stays')).toBe(false);
  });

  test('deletes nothing of another owner there', async () => {
    const reference = await started('shared');
    const labels = { 'kustomize.toolkit.fluxcd.io/name': 'somebody-else' };
    await spoke.cluster.patch(mapAt('shared'), { merge: { metadata: { labels } } }, { fieldManager: 'p' });

    await removed(reference);

    expect(await isThere('shared')).toBe(true);
    expect(await setting.world.cluster.get(reference)).toBeUndefined();
  });

  test('while suspended asks for nothing there', async () => {
    const reference = await started('sleeps');
    await edit(setting.world, reference, { spec: { suspend: true } });
    await setting.world.cluster.delete(secretAt('sleeps'));

    await removed(reference);

    expect(await setting.world.cluster.get(reference)).toBeUndefined();
    expect(await newEvents(setting, reference)).toEqual([]);
    expect(((await spoke.cluster.get(mapAt('sleeps'))) as KubernetesObject).metadata.name).toBe('sleeps');
  });
});

test('an object that is not deleted keeps its finalizer', async () => {
  const reference = await started('lives');
  expect((await read(setting.world, reference)).metadata.finalizers).toEqual(['finalizers.fluxcd.io']);
});
