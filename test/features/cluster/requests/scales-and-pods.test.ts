import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { CRDS, crd, version } from './crd.ts';
import { refusalOf } from './refusal-of.ts';
import { openTestCluster, QUERY, START, type TestCluster } from './world.ts';

const DEPLOYMENTS = 'apps/v1/a/deployments';
const PODS = 'core/v1/a/pods';
const GIZMOS = 'example.com/v1/a/gizmos';

function withDeployment(): TestCluster {
  const cluster = openTestCluster();
  const labels = { app: 'd' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const spec = { replicas: 2, selector: { matchLabels: labels }, template };
  cluster.create(DEPLOYMENTS, { metadata: { name: 'd' }, spec });
  return cluster;
}

function scale({ api, call }: TestCluster, path: string, replicas: number, fieldManager = 'scaler') {
  const query = { ...QUERY, fieldManager };
  return api.patch(call(`${path}/scale`), { type: 'merge', patch: { spec: { replicas } } }, query).object;
}

test('a Deployment has a Scale', () => {
  const { api, call, get } = withDeployment();

  const read = api.readSubresource(call(`${DEPLOYMENTS}/d/scale`));

  const { uid, resourceVersion } = get(`${DEPLOYMENTS}/d`).metadata;
  expect(read).toEqual({
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name: 'd', namespace: 'a', uid, resourceVersion, creationTimestamp: START },
    spec: { replicas: 2 },
    status: { replicas: 0, selector: 'app=d' },
  });
});

test('a Scale writes replicas alone, which its manager then owns, without a time', () => {
  const cluster = withDeployment();

  const written = scale(cluster, `${DEPLOYMENTS}/d`, 5);

  const { metadata, spec } = cluster.get(`${DEPLOYMENTS}/d`);
  expect(written.spec).toEqual({ replicas: 5 });
  expect(spec).toMatchObject({ replicas: 5 });
  expect(metadata.generation).toBe(2);
  expect(metadata.managedFields).toContainEqual({
    manager: 'scaler',
    operation: 'Update',
    apiVersion: 'apps/v1',
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:spec': { 'f:replicas': {} } },
    subresource: 'scale',
  });
});

test('a Scale may be applied', () => {
  const cluster = withDeployment();
  const patch = {
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata: { name: 'd' },
    spec: { replicas: 3 },
  };
  const call = cluster.call(`${DEPLOYMENTS}/d/scale`);
  const apply = (force: boolean) =>
    cluster.api.patch(call, { type: 'apply', patch }, { ...QUERY, force, fieldManager: 'x' });

  const conflict = refusalOf(() => apply(false));
  const { object } = apply(true);

  expect(conflict).toMatchObject({ code: 409, reason: 'Conflict' });
  expect(object.spec).toEqual({ replicas: 3 });
  expect(cluster.get(`${DEPLOYMENTS}/d`).metadata.managedFields).toContainEqual(
    expect.objectContaining({ manager: 'x', operation: 'Apply', subresource: 'scale' }),
  );
});

test('wrong Scales are refused', () => {
  const cluster = withDeployment();
  const put = (metadata: object, replicas: unknown = 1) =>
    refusalOf(() =>
      cluster.api.update(
        cluster.call(`${DEPLOYMENTS}/d/scale`),
        { metadata, spec: { replicas } } as unknown as KubernetesObject,
        QUERY,
      ),
    );

  expect(put({ name: 'e' }).message).toBe(
    'the name of the object (e) does not match the name on the URL (d)',
  );
  expect(put({ name: 'd', resourceVersion: '1' }).code).toBe(409);
  expect(put({ name: 'd' }, -1).message).toBe(
    'Scale.autoscaling "d" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0',
  );
  expect(put({ name: 'd' }, 'a')).toMatchObject({ code: 400 });
});

test('a custom kind has the Scale that its CRD describes', () => {
  const cluster = openTestCluster();
  const paths = {
    specReplicasPath: '.spec.replicas',
    statusReplicasPath: '.status.replicas',
    labelSelectorPath: '.status.selector',
  };
  cluster.create(CRDS, crd({ versions: [version('v1', { subresources: { status: {}, scale: paths } })] }));
  cluster.create(GIZMOS, { apiVersion: 'example.com/v1', kind: 'Gizmo', metadata: { name: 'x' } });
  const status = { replicas: 4, selector: 'a=b' };
  const patch = { status };
  cluster.api.patch(cluster.call(`${GIZMOS}/x/status`), { type: 'merge', patch }, QUERY);

  const none = refusalOf(() => cluster.api.readSubresource(cluster.call(`${GIZMOS}/x/scale`)));
  const written = scale(cluster, `${GIZMOS}/x`, 7);

  expect(none).toMatchObject({
    code: 500,
    message: 'Internal error occurred: the spec replicas field ".spec.replicas" does not exist',
  });
  expect(written).toMatchObject({ spec: { replicas: 7 }, status });
  expect(cluster.get(`${GIZMOS}/x`)).toMatchObject({ metadata: { generation: 2 }, spec: { replicas: 7 } });
});

function withPod(): TestCluster {
  const cluster = openTestCluster();
  cluster.create('core/v1/a/serviceaccounts', { metadata: { name: 'default' } });
  const spec = { containers: [{ name: 'c', image: 'i' }] };
  cluster.create(PODS, { metadata: { name: 'p', labels: { app: 'p' } }, spec });
  return cluster;
}

function post({ api, call }: TestCluster, path: string, object: unknown): KubernetesObject {
  return api.create(call(path), object as KubernetesObject, QUERY).object;
}

test('a pod is bound to a node, once', () => {
  const cluster = withPod();
  const binding = { metadata: { name: 'p' }, target: { kind: 'Node', name: 'n1' } };

  const status = post(cluster, `${PODS}/p/binding`, binding);
  const again = refusalOf(() => post(cluster, `${PODS}/p/binding`, binding));

  expect(status).toMatchObject({ kind: 'Status', status: 'Success' });
  expect(cluster.get(`${PODS}/p`)).toMatchObject({
    spec: { nodeName: 'n1' },
    status: { conditions: [{ type: 'PodScheduled', status: 'True' }] },
  });
  expect(again).toMatchObject({
    code: 409,
    message: 'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n1"',
  });
});

test('an eviction deletes a pod, unless a budget forbids it', () => {
  const cluster = withPod();
  const spec = { minAvailable: 1, selector: { matchLabels: { app: 'p' } } };
  cluster.create('policy/v1/a/poddisruptionbudgets', { metadata: { name: 'b' }, spec });
  const patch = { status: { phase: 'Running' } };
  cluster.api.patch(cluster.call(`${PODS}/p/status`), { type: 'merge', patch }, QUERY);
  const evict = () => post(cluster, `${PODS}/p/eviction`, { metadata: { name: 'p' } });

  const forbidden = refusalOf(evict);
  cluster.api.delete(cluster.call('policy/v1/a/poddisruptionbudgets/b'), { dryRun: false });
  evict();

  expect(forbidden).toMatchObject({
    code: 429,
    reason: 'TooManyRequests',
    message: "Cannot evict pod as it would violate the pod's disruption budget.",
    details: { causes: [{ reason: 'DisruptionBudget' }] },
  });
  expect(refusalOf(() => cluster.get(`${PODS}/p`)).code).toBe(404);
});

test('what is answered and never stored is answered', () => {
  const answer = { apiVersion: 'v1', kind: 'Answer', metadata: { name: '' } };
  const cluster = openTestCluster({ virtual: new Map([['/serviceaccounts/token', () => answer]]) });
  const { revision } = cluster.store;

  expect(post(cluster, 'core/v1/a/serviceaccounts/default/token', {})).toBe(answer);
  expect(cluster.store.revision).toBe(revision);
});
