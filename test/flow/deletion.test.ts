import { describe, expect, test } from 'vitest';
import type { KubernetesObject, ObjectReference } from '../../shared/core/kubernetes-object.ts';
import { create, edit, type Reconciled, reconcile } from './drive.ts';
import { ahead, applierAt, configMap, keepingQueues, newEvents, startsIn, useWorld } from './setting.ts';

const setting = useWorld('deletions');
const { namespace } = setting;

async function started(name: string, spec: object = {}, more = ''): Promise<ObjectReference> {
  const manifests = [configMap(namespace, name, {}), configMap(namespace, `${name}-2`, {})];
  const text = [...manifests, ...(more ? [more] : [])].join('---\n');
  await startsIn(setting)(name, { 'a.yaml': text }, spec);
  await newEvents(setting, applierAt(setting, name));
  return applierAt(setting, name);
}

function mapAt(name: string): Promise<KubernetesObject | undefined> {
  return setting.world.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
}

/** Deletes the Kustomization and hands the worker its message; undefined when it is gone then. */
async function remove(
  reference: ObjectReference,
  overrides: Parameters<typeof reconcile>[2] = {},
): Promise<Reconciled | undefined> {
  await setting.world.cluster.delete(reference);
  return visit(reference, overrides);
}

async function visit(
  reference: ObjectReference,
  overrides: Parameters<typeof reconcile>[2] = {},
): Promise<Reconciled | undefined> {
  return reconcile(setting.world, reference, overrides).catch((error: Error) => {
    if (error.message.endsWith('is not there')) return undefined;
    throw error;
  });
}

async function baselinesOf(name: string): Promise<number> {
  let count = 0;
  for await (const { key } of setting.world.runtime.ports.store.list('baselines/')) {
    if (key.includes(`/${name}`)) count++;
  }
  return count;
}

describe('deleting a Kustomization', () => {
  test('[COM-03 removed] [KS-14 mirror-prune] deletes what it applied, says so, forgets it and lets go', async () => {
    const reference = await started('plain');
    expect(await baselinesOf('plain')).toBe(1);

    expect(await remove(reference)).toBeUndefined();

    expect([await mapAt('plain'), await mapAt('plain-2')]).toEqual([undefined, undefined]);
    const [event, ...rest] = await newEvents(setting, reference);
    expect(rest).toEqual([]);
    expect(event?.split('\n').toSorted()).toEqual([
      `ConfigMap/${namespace}/plain deleted`,
      `Normal ReconciliationSucceeded: ConfigMap/${namespace}/plain-2 deleted`,
    ]);
    expect(await baselinesOf('plain')).toBe(0);
  });

  test.each([
    ['[KS-14 mirror-prune] without prune', 'unpruned', { prune: false }, true],
    ['[KS-14 orphan] with policy Orphan', 'orphan', { deletionPolicy: 'Orphan' }, true],
    ['[KS-14 delete] with policy Delete', 'delete', { prune: false, deletionPolicy: 'Delete' }, false],
    ['[KS-14 mirror-prune] with MirrorPrune', 'mirror', { deletionPolicy: 'MirrorPrune' }, false],
  ])('%s', async (_title, name, spec, stays) => {
    const reference = await started(name, spec);

    expect(await remove(reference)).toBeUndefined();

    expect((await mapAt(name)) !== undefined).toBe(stays);
  });

  test('[KS-13 keeps-objects] while suspended leaves its objects in the cluster', async () => {
    const reference = await started('paused');
    await edit(setting.world, reference, { spec: { suspend: true } });

    expect(await remove(reference)).toBeUndefined();

    expect(await mapAt('paused')).toBeDefined();
    expect(await newEvents(setting, reference)).toEqual([]);
  });

  test('leaves what says prune: disabled, and what belongs to somebody else by now', async () => {
    const reference = await started('partly');
    const at = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
    await edit(setting.world, at('partly'), {
      metadata: { annotations: { 'kustomize.toolkit.fluxcd.io/prune': 'disabled' } },
    });
    await edit(setting.world, at('partly-2'), {
      metadata: { labels: { 'kustomize.toolkit.fluxcd.io/name': 'another' } },
    });

    expect(await remove(reference)).toBeUndefined();

    expect(await mapAt('partly')).toBeDefined();
    expect(await mapAt('partly-2')).toBeDefined();
  });

  test('works when its objects are gone already, and when its source is', async () => {
    const reference = await started('late');
    const { cluster } = setting.world;
    await cluster.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'late' });
    await cluster.delete({
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      namespace,
      name: 'late',
    });

    expect(await remove(reference)).toBeUndefined();
    expect(await mapAt('late-2')).toBeUndefined();
  });
});

describe('deletionPolicy: WaitForTermination', () => {
  const held = (name: string): string =>
    configMap(namespace, `${name}-held`, {}).replace('"name"', '"finalizers":["example.com/hold"],"name"');

  async function release(name: string): Promise<void> {
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: `${name}-held` };
    await edit(setting.world, reference, { metadata: { finalizers: null } });
  }

  test('[KS-14 wait] lets go when the last object is gone, and looks every two seconds', async () => {
    const reference = await started('waits', { deletionPolicy: 'WaitForTermination' }, held('waits'));
    const { queues, woken } = keepingQueues();

    const waiting = await remove(reference, { ports: { queues } });
    expect(waiting?.metadata.deletionTimestamp).toBeDefined();
    expect(woken()).toEqual(['later Kustomization/waits in 2s']);
    expect(await mapAt('waits')).toBeUndefined();

    await release('waits');
    expect(await visit(reference)).toBeUndefined();
  });

  test('[KS-14 wait-timeout] gives up after the timeout, with an event', async () => {
    const spec = { deletionPolicy: 'WaitForTermination', timeout: '1m' };
    const reference = await started('tires', spec, held('tires'));
    expect(await remove(reference)).toBeDefined();

    expect(await visit(reference, { ports: { clock: ahead(61_000) } })).toBeUndefined();

    const events = await newEvents(setting, reference);
    expect(events.at(-1)).toMatch(/^Warning \w+: failed to wait for resources termination$/);
    await release('tires');
  });
});

describe('a deletion that fails', () => {
  test('[KS-15 delete-error] [KS-15 account-gone] is told and tried again with growing delays; the account gone, it lets go and names what stays', async () => {
    const deployer = { metadata: { name: 'deployer', namespace } };
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'create', 'patch'] }];
    const rbac = 'rbac.authorization.k8s.io';
    const subjects = [{ kind: 'ServiceAccount', ...deployer.metadata }];
    const roleRef = { apiGroup: rbac, kind: 'Role', name: 'deployer' };
    await create(
      setting.world,
      { apiVersion: 'v1', kind: 'ServiceAccount', ...deployer },
      { apiVersion: `${rbac}/v1`, kind: 'Role', ...deployer, rules } as KubernetesObject,
      { apiVersion: `${rbac}/v1`, kind: 'RoleBinding', ...deployer, roleRef, subjects } as KubernetesObject,
    );
    const reference = await started('refused', { serviceAccountName: 'deployer' });
    const { queues, sent, woken } = keepingQueues();

    const stuck = await remove(reference, { ports: { queues }, message: { hops: 3 } });

    expect(stuck?.metadata.finalizers).toHaveLength(1);
    expect(await mapAt('refused')).toBeDefined();
    expect(await newEvents(setting, reference)).toEqual([
      expect.stringMatching(/^Warning \w+: pruning for deleted resource failed/),
    ]);
    expect(woken()).toEqual(['later Kustomization/refused in 6s']);
    expect(JSON.parse(sent[0]?.body ?? '').message.hops).toBe(4);

    await setting.world.cluster.delete({ apiVersion: 'v1', kind: 'ServiceAccount', ...deployer.metadata });
    expect(await visit(reference)).toBeUndefined();

    const [event] = await newEvents(setting, reference);
    expect(event).toMatch(/^Warning \w+: unable to prune objects: \n/);
    expect(event).toContain(`ConfigMap/${namespace}/refused`);
    expect(await mapAt('refused')).toBeDefined();
  });
});
