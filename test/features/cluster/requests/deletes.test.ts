import { expect, test } from 'vitest';
import type { DeleteQuery } from '../../../../infra/local/cluster/model.ts';
import { refusalOf } from './refusal-of.ts';
import { openTestCluster, QUERY, START, type TestCluster } from './world.ts';

const MAPS = 'core/v1/a/configmaps';
const PODS = 'core/v1/a/pods';

function remove({ api, call }: TestCluster, path: string, query: Partial<DeleteQuery> = {}) {
  return api.delete(call(path), { dryRun: false, ...query });
}

test('an object goes at once, with the revision of its end', () => {
  const cluster = openTestCluster();
  const made = cluster.create(MAPS, { metadata: { name: 'x' } });

  const { object, gone } = remove(cluster, `${MAPS}/x`);

  expect(gone).toBe(true);
  expect(object.metadata).toMatchObject({
    uid: made.metadata.uid,
    resourceVersion: String(cluster.store.revision),
  });
  expect(refusalOf(() => remove(cluster, `${MAPS}/x`))).toMatchObject({
    code: 404,
    message: 'configmaps "x" not found',
  });
});

test('another uid or version is a conflict that names the kind', () => {
  const cluster = openTestCluster();
  const { metadata } = cluster.create(MAPS, { metadata: { name: 'x' } });

  const uid = refusalOf(() => remove(cluster, `${MAPS}/x`, { uid: '1' }));
  const version = refusalOf(() => remove(cluster, `${MAPS}/x`, { resourceVersion: '1' }));

  expect(uid).toMatchObject({
    code: 409,
    message: `Operation cannot be fulfilled on ConfigMap "x": the UID in the precondition (1) does not match the UID in record (${metadata.uid}). The object might have been deleted and then recreated`,
    details: { kind: 'ConfigMap' },
  });
  expect(version.message).toContain(
    `the ResourceVersion in the precondition (1) does not match the ResourceVersion in record (${metadata.resourceVersion})`,
  );
});

test('finalizers hold an object; its deletion is marked once', () => {
  const cluster = openTestCluster();
  cluster.create(MAPS, { metadata: { name: 'x', finalizers: ['a.b/c'] } });

  const first = remove(cluster, `${MAPS}/x`);
  const { revision } = cluster.store;
  cluster.pass(60_000);
  const second = remove(cluster, `${MAPS}/x`);

  expect(first.gone).toBe(false);
  expect(first.object.metadata).toMatchObject({
    deletionTimestamp: START,
    deletionGracePeriodSeconds: 0,
    finalizers: ['a.b/c'],
  });
  expect(second).toEqual(first);
  expect(cluster.store.revision).toBe(revision);
});

test('when the last finalizer goes, the object goes', () => {
  const cluster = openTestCluster();
  cluster.create(MAPS, { metadata: { name: 'x', finalizers: ['a.b/c'] } });
  const { events } = cluster.watch(`${MAPS}/x`, { resourceVersion: String(cluster.store.revision) });
  remove(cluster, `${MAPS}/x`);
  const patch = { metadata: { finalizers: null } };

  const dry = cluster.api.patch(
    cluster.call(`${MAPS}/x`),
    { type: 'merge', patch },
    { ...QUERY, dryRun: true },
  );
  const real = cluster.api.patch(cluster.call(`${MAPS}/x`), { type: 'merge', patch }, QUERY);

  expect(dry.object).toEqual(real.object);
  expect(events).toEqual(['MODIFIED x', 'DELETED x']);
});

test('a deletion moves the generation of what has one', () => {
  const cluster = openTestCluster();
  const spec = { ports: [{ port: 1 }] };
  cluster.create('networking.k8s.io/v1/a/networkpolicies', {
    metadata: { name: 'n', finalizers: ['a.b/c'] },
    spec: { podSelector: {} },
  });
  cluster.create('core/v1/a/services', { metadata: { name: 's', finalizers: ['a.b/c'] }, spec });

  const policy = remove(cluster, 'networking.k8s.io/v1/a/networkpolicies/n');
  const service = remove(cluster, 'core/v1/a/services/s');

  expect(policy.object.metadata.generation).toBe(2);
  expect(service.object.metadata.generation).toBeUndefined();
});

test.each([
  ['Foreground', ['foregroundDeletion']],
  ['Orphan', ['orphan']],
  ['Background', undefined],
] as const)('propagation %s leaves the finalizers %j', (propagationPolicy, finalizers) => {
  const cluster = openTestCluster();
  cluster.create(MAPS, { metadata: { name: 'x' } });

  const { object, gone } = remove(cluster, `${MAPS}/x`, { propagationPolicy });

  expect(object.metadata.finalizers).toEqual(finalizers);
  expect(gone).toBe(finalizers === undefined);
});

test('a later policy replaces an earlier one', () => {
  const cluster = openTestCluster();
  cluster.create(MAPS, { metadata: { name: 'x', finalizers: ['a.b/c', 'orphan'] } });

  const kept = remove(cluster, `${MAPS}/x`);
  const foreground = remove(cluster, `${MAPS}/x`, { propagationPolicy: 'Foreground' });
  const background = remove(cluster, `${MAPS}/x`, { propagationPolicy: 'Background' });

  expect(kept.object.metadata.finalizers).toEqual(['a.b/c', 'orphan']);
  expect(foreground.object.metadata.finalizers).toEqual(['a.b/c', 'foregroundDeletion']);
  expect(background.object.metadata.finalizers).toEqual(['a.b/c']);
});

test('the pods of a Job stay unless somebody says otherwise', () => {
  const cluster = openTestCluster();
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } };
  for (const name of ['x', 'y']) {
    cluster.create('batch/v1/a/jobs', { metadata: { name }, spec: { template } });
  }

  expect(remove(cluster, 'batch/v1/a/jobs/x').object.metadata.finalizers).toEqual(['orphan']);
  expect(remove(cluster, 'batch/v1/a/jobs/y', { propagationPolicy: 'Background' }).gone).toBe(true);
});

test('a dry run deletes nothing', () => {
  const cluster = openTestCluster();
  cluster.create(MAPS, { metadata: { name: 'x' } });
  const { revision } = cluster.store;

  expect(remove(cluster, `${MAPS}/x`, { dryRun: true }).gone).toBe(true);
  remove(cluster, `${MAPS}/x`, { dryRun: true, propagationPolicy: 'Foreground' });
  expect(cluster.store.revision).toBe(revision);
});

test('a pod on a node has its grace period, which may only become shorter', () => {
  const cluster = openTestCluster();
  cluster.create('core/v1/a/serviceaccounts', { metadata: { name: 'default' } });
  const spec = { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] };
  cluster.create(PODS, { metadata: { name: 'p' }, spec });
  const grace = (query: Partial<DeleteQuery>) => {
    const { object, gone } = remove(cluster, `${PODS}/p`, query);
    const { deletionTimestamp = '', deletionGracePeriodSeconds: seconds } =
      object.metadata as typeof object.metadata & {
        deletionGracePeriodSeconds?: number;
      };
    return { gone, seconds, after: (Date.parse(deletionTimestamp) - Date.parse(START)) / 1000 };
  };

  expect(grace({})).toEqual({ gone: false, seconds: 30, after: 30 });
  expect(grace({ gracePeriodSeconds: 50 })).toEqual({ gone: false, seconds: 30, after: 30 });
  expect(grace({ gracePeriodSeconds: 10 })).toEqual({ gone: false, seconds: 10, after: 10 });
  expect(grace({ gracePeriodSeconds: 0 })).toMatchObject({ gone: true, seconds: 0 });
});

test('a pod that no node has seen goes at once', () => {
  const cluster = openTestCluster();
  cluster.create('core/v1/a/serviceaccounts', { metadata: { name: 'default' } });
  cluster.create(PODS, { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } });

  expect(remove(cluster, `${PODS}/p`, { gracePeriodSeconds: 20 }).gone).toBe(true);
});

test('a namespace is Terminating until it is emptied, and some never go', () => {
  const cluster = openTestCluster();
  const { api, call } = cluster;

  const marked = remove(cluster, 'core/v1/-/namespaces/a');
  const again = remove(cluster, 'core/v1/-/namespaces/a');
  const bare = { ...cluster.get('core/v1/-/namespaces/a'), spec: { finalizers: [] } };
  api.update(call('core/v1/-/namespaces/a/finalize'), bare, QUERY);
  cluster.create('core/v1/-/namespaces', { metadata: { name: 'default' } });

  expect(marked).toMatchObject({ gone: false, object: { status: { phase: 'Terminating' } } });
  expect(again.gone).toBe(false);
  expect(refusalOf(() => cluster.get('core/v1/-/namespaces/a')).code).toBe(404);
  expect(refusalOf(() => remove(cluster, 'core/v1/-/namespaces/default'))).toMatchObject({
    code: 403,
    message: 'namespaces "default" is forbidden: this namespace may not be deleted',
  });
});

test('a collection is deleted as it is selected', () => {
  const cluster = openTestCluster();
  for (const name of ['a', 'b', 'c']) {
    cluster.create(MAPS, { metadata: { name, labels: { half: name < 'c' ? 'first' : 'second' } } });
  }

  const deleted = cluster.api.deleteCollection(
    cluster.call(MAPS),
    { labelSelector: 'half=first' },
    { dryRun: false },
  );

  expect(deleted.map(({ object }) => object.metadata.name)).toEqual(['a', 'b']);
  expect(cluster.api.list(cluster.call(MAPS), {}).entries.map(({ name }) => name)).toEqual(['c']);
});
