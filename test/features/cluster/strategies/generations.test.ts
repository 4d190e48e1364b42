import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { openTestCluster, QUERY, type TestCluster } from '../requests/world.ts';

const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'a:1' }] } };
const workload = { selector: { matchLabels: { a: 'b' } }, template };

function edit(
  cluster: TestCluster,
  path: string,
  change: (object: KubernetesObject) => KubernetesObject,
): number | undefined {
  return cluster.api.update(cluster.call(path), change(cluster.get(path)), QUERY).object.metadata.generation;
}

const annotated = (object: KubernetesObject) => ({
  ...object,
  metadata: {
    ...object.metadata,
    annotations: { new: 'one' },
    labels: { ...object.metadata.labels, new: 'one' },
  },
});

function crd(subresources: object) {
  return {
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [
        {
          ...{ name: 'v1', served: true, storage: true, subresources },
          schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
        },
      ],
    },
  };
}

const widget = {
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: { name: 'w' },
  spec: { size: 1 },
  status: { seen: true },
};

test.each([
  ['apps/v1/a/statefulsets', workload, { replicas: 5 }],
  ['apps/v1/a/daemonsets', workload, { minReadySeconds: 5 }],
  [
    'batch/v1/a/jobs',
    { template: { ...template, spec: { ...template.spec, restartPolicy: 'Never' } } },
    { parallelism: 3 },
  ],
  ['networking.k8s.io/v1/a/networkpolicies', { podSelector: {} }, { policyTypes: ['Egress'] }],
  ['policy/v1/a/poddisruptionbudgets', { minAvailable: 1 }, { minAvailable: 2 }],
])('the generation of %s moves with the spec, not with metadata', (collection, spec, change) => {
  const cluster = openTestCluster();
  const path = `${collection}/x`;
  const created = cluster.create(collection, { metadata: { name: 'x' }, spec });

  const afterMetadata = edit(cluster, path, annotated);
  const afterSpec = edit(cluster, path, (object) => ({
    ...object,
    spec: { ...(object.spec as object), ...change },
  }));

  expect([created.metadata.generation, afterMetadata, afterSpec]).toEqual([1, 1, 2]);
});

test("a Deployment's generation moves with its annotations, too", () => {
  const cluster = openTestCluster();
  cluster.create('apps/v1/a/deployments', { metadata: { name: 'x' }, spec: workload });

  expect(edit(cluster, 'apps/v1/a/deployments/x', annotated)).toBe(2);
});

test.each([
  ['core/v1/a/configmaps', { data: { a: 'b' } }],
  ['core/v1/a/services', { spec: { ports: [{ port: 80 }] } }],
  [
    'core/v1/a/persistentvolumeclaims',
    { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: 1 } } } },
  ],
])('%s have no generation', (collection, content) => {
  const cluster = openTestCluster();

  const created = cluster.create(collection, { metadata: { name: 'x' }, ...content });

  expect(created.metadata.generation).toBeUndefined();
  expect(edit(cluster, `${collection}/x`, annotated)).toBeUndefined();
});

test('a PriorityClass is created with one that never moves', () => {
  const cluster = openTestCluster();
  cluster.create('scheduling.k8s.io/v1/-/priorityclasses', { metadata: { name: 'x' }, value: 1 });

  const path = 'scheduling.k8s.io/v1/-/priorityclasses/x';
  expect(edit(cluster, path, (object) => ({ ...object, description: 'new' }))).toBe(1);
});

test('a custom kind with a status keeps it apart', () => {
  const cluster = openTestCluster();
  cluster.create('apiextensions.k8s.io/v1/-/customresourcedefinitions', crd({ status: {} }));
  const path = 'example.com/v1/a/widgets/w';
  const created = cluster.create('example.com/v1/a/widgets', widget);

  const main = edit(cluster, path, (object) => ({ ...object, status: { seen: false } }));
  const status = edit(cluster, `${path}/status`, (object) => ({
    ...object,
    spec: { size: 9 },
    metadata: { ...object.metadata, labels: { not: 'taken' } },
    status: { seen: true },
  }));
  const live = cluster.get(path);
  const spec = edit(cluster, path, (object) => ({ ...object, spec: { size: 2 } }));

  expect(created.status).toBeUndefined();
  expect([main, status, spec]).toEqual([1, 1, 2]);
  expect(live).toMatchObject({ spec: { size: 1 }, status: { seen: true } });
  expect(live.metadata.labels).toBeUndefined();
});

test('the status of a custom kind without that subresource is a field like others', () => {
  const cluster = openTestCluster();
  cluster.create('apiextensions.k8s.io/v1/-/customresourcedefinitions', crd({}));
  const path = 'example.com/v1/a/widgets/w';
  const created = cluster.create('example.com/v1/a/widgets', widget);

  expect(created.status).toEqual({ seen: true });
  expect(edit(cluster, path, (object) => ({ ...object, status: { seen: false } }))).toBe(2);
});
