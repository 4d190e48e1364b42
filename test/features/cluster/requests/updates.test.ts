import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { refusalOf } from './refusal-of.ts';
import { openTestCluster, QUERY, type TestCluster } from './world.ts';

const MAPS = 'core/v1/a/configmaps';
const LEASES = 'coordination.k8s.io/v1/a/leases';
const MODIFIED =
  'the object has been modified; please apply your changes to the latest version and try again';

function put({ api, call }: TestCluster, path: string, object: unknown): KubernetesObject {
  return api.update(call(path), object as KubernetesObject, QUERY).object;
}

function merge({ api, call }: TestCluster, path: string, patch: unknown, dryRun = false): KubernetesObject {
  return api.patch(call(path), { type: 'merge', patch }, { ...QUERY, dryRun }).object;
}

function withMap(): TestCluster {
  const cluster = openTestCluster();
  cluster.create(MAPS, { metadata: { name: 'x' }, data: { a: '1' } });
  return cluster;
}

test('an update replaces what is there, and keeps who it is', () => {
  const cluster = withMap();
  const before = cluster.get(`${MAPS}/x`);

  const after = put(cluster, `${MAPS}/x`, { metadata: { name: 'x' }, data: { b: '2' } });

  expect(after.data).toEqual({ b: '2' });
  expect(after.metadata).toMatchObject({
    uid: before.metadata.uid,
    creationTimestamp: before.metadata.creationTimestamp,
    resourceVersion: String(cluster.store.revision),
  });
  expect(cluster.get(`${MAPS}/x`)).toEqual(after);
});

test('what changes nothing is not written', () => {
  const cluster = withMap();
  const { revision } = cluster.store;
  cluster.pass(5_000);

  const same = put(cluster, `${MAPS}/x`, { metadata: { name: 'x' }, data: { a: '1' } });
  merge(cluster, `${MAPS}/x`, { data: { a: '1' } });
  merge(cluster, `${MAPS}/x`, { metadata: { generation: 9, creationTimestamp: null } });

  expect(cluster.store.revision).toBe(revision);
  expect(same.metadata.resourceVersion).toBe(String(revision));
});

test('a dry run answers as if, at the old version', () => {
  const cluster = withMap();
  const before = cluster.get(`${MAPS}/x`);

  const after = merge(cluster, `${MAPS}/x`, { data: { a: '2' } }, true);

  expect(after.data).toEqual({ a: '2' });
  expect(after.metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  expect(cluster.get(`${MAPS}/x`)).toEqual(before);
});

test.each([
  [{ resourceVersion: '5' }, 409, `Operation cannot be fulfilled on configmaps "x": ${MODIFIED}`],
  [{ resourceVersion: 'abc' }, 500, 'strconv.ParseUint: parsing "abc": invalid syntax'],
  [{ uid: '5' }, 409, /Precondition failed: UID in precondition: 5, UID in object meta: 0000/],
  [{ name: 'y' }, 400, 'the name of the object (y) does not match the name on the URL (x)'],
  [{ name: '' }, 400, 'the name of the object (x based on URL) was undeterminable: name must be provided'],
  [
    { namespace: 'b' },
    400,
    'the namespace of the provided object does not match the namespace sent on the request',
  ],
])('an update with %j is refused with %i', (metadata, code, message) => {
  const cluster = withMap();

  const refusal = refusalOf(() => put(cluster, `${MAPS}/x`, { metadata: { name: 'x', ...metadata } }));

  expect(refusal.code).toBe(code);
  expect(refusal.message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
});

test.each([
  [{ uid: 'z' }, 422, 'metadata.uid: Invalid value: "z": field is immutable'],
  [{ deletionTimestamp: '2020-01-01T00:00:00Z' }, 422, 'metadata.deletionTimestamp: Invalid value'],
  [{ name: 'z' }, 400, 'the name of the object (z) does not match the name on the URL (x)'],
  [{ resourceVersion: '1' }, 409, MODIFIED],
])('a patch of the metadata %j is refused with %i', (metadata, code, message) => {
  const cluster = withMap();

  const refusal = refusalOf(() => merge(cluster, `${MAPS}/x`, { metadata }));

  expect(refusal.code).toBe(code);
  expect(refusal.message).toContain(message);
});

test('some kinds need the version they replace, and an update makes some that are absent', () => {
  const cluster = openTestCluster();
  const lease = { metadata: { name: 'l' }, spec: { holderIdentity: 'a' } };

  const absent = refusalOf(() => put(cluster, `${MAPS}/x`, { metadata: { name: 'x' } }));
  const { created } = cluster.api.update(cluster.call(`${LEASES}/l`), lease as never, QUERY);
  const blind = refusalOf(() => put(cluster, `${LEASES}/l`, lease));

  expect(absent).toMatchObject({ code: 404, message: 'configmaps "x" not found' });
  expect(created).toBe(true);
  expect(blind).toMatchObject({
    code: 422,
    message:
      'leases.coordination.k8s.io "l" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
  });
});

test('who may not create may not create by apply', () => {
  const asked: unknown[] = [];
  const access = {
    demand: (_: unknown, attempt: unknown) => {
      asked.push(attempt);
    },
    demandNoEscalation: () => undefined,
  };
  const { api, call } = openTestCluster({ access });
  const apply = () =>
    api.patch(
      call(`${MAPS}/x`),
      { type: 'apply', patch: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } } },
      QUERY,
    );

  expect(apply().created).toBe(true);
  expect(apply().created).toBe(false);

  const attempt = { verb: 'create', group: '', version: 'v1', resource: 'configmaps' };
  expect(asked).toEqual([{ ...attempt, namespace: 'a', name: 'x' }]);
});

test.each([
  [{ apiVersion: 'v1', kind: 'Secret' }, 'invalid object type: /v1, Kind=Secret'],
  [{}, 'invalid object type: /, Kind='],
  [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'z' } },
    'the name of the object (z) does not match the name on the URL (x)',
  ],
  [
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: {} },
    'the name of the object (x based on URL) was undeterminable: name must be provided',
  ],
])('an apply of %j is refused', (patch, message) => {
  const { api, call } = openTestCluster();

  const refusal = refusalOf(() => api.patch(call(`${MAPS}/x`), { type: 'apply', patch }, QUERY));

  expect(refusal).toMatchObject({ code: 400, message });
});

test('a patch that makes something unreadable is refused with what it made', () => {
  const cluster = withMap();

  const refusal = refusalOf(() => merge(cluster, `${MAPS}/x`, { data: { a: 1 } }));

  expect(refusal).toMatchObject({ code: 422, details: { causes: [{ field: 'patch' }] } });
  expect(refusal.message).toMatch(/^ "" is invalid: patch: Invalid value: "{\\"apiVersion\\":\\"v1\\"/);
  expect(refusal.message).toContain(
    'cannot unmarshal number into Go struct field ConfigMap.data of type string',
  );
});

test('while an object is going finalizers may leave, and none may come', () => {
  const cluster = openTestCluster();
  cluster.create(MAPS, { metadata: { name: 'x', finalizers: ['a.b/one', 'a.b/two'] } });
  cluster.api.delete(cluster.call(`${MAPS}/x`), { dryRun: false });

  const refusal = refusalOf(() => merge(cluster, `${MAPS}/x`, { metadata: { finalizers: ['a.b/new'] } }));
  const one = merge(cluster, `${MAPS}/x`, { metadata: { finalizers: ['a.b/two'] } });

  expect(refusal.message).toContain(
    'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"a.b/new"}',
  );
  expect(one.metadata.finalizers).toEqual(['a.b/two']);
});

test('status and the rest are written apart, and only the rest moves the generation', () => {
  const cluster = openTestCluster();
  const path = 'apps/v1/a/deployments';
  const labels = { app: 'd' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  cluster.create(path, {
    metadata: { name: 'd' },
    spec: { selector: { matchLabels: labels }, template },
    status: { replicas: 5 },
  });

  const status = merge(cluster, `${path}/d/status`, { spec: { replicas: 9 }, status: { replicas: 1 } });
  const spec = merge(cluster, `${path}/d`, { spec: { replicas: 2 }, status: { replicas: 7 } });

  expect(status).toMatchObject({
    metadata: { generation: 1 },
    spec: { replicas: 1 },
    status: { replicas: 1 },
  });
  expect(spec).toMatchObject({ metadata: { generation: 2 }, spec: { replicas: 2 }, status: { replicas: 1 } });
});
