import { expect, test } from 'vitest';
import { readClusterState, trustOf } from '../../../shared/apply/kinds.ts';
import { Fault } from '../../../shared/core/failures.ts';
import type { Cluster } from '../../../shared/ports.ts';

const cluster = {
  resource: async ({ apiVersion, kind }: { apiVersion: string; kind: string }) =>
    kind === 'Gone'
      ? undefined
      : { apiVersion, kind, plural: `${kind.toLowerCase()}s`, namespaced: true, verbs: [] },
  facts: async () => ({ version: 'v1.36.3', uid: 'cluster' }),
} as Partial<Cluster> as Cluster;
const state = { uid: '', version: '', definitions: new Map([['pears.fruit.test', 'u:1']]) };

test.each([
  ['apps/v1', 'Deployment', true],
  ['policy/v1', 'PodDisruptionBudget', true],
  ['admissionregistration.k8s.io/v1', 'AnythingInThere', true],
  ['v1', 'ConfigMap', false],
  ['v1', 'Secret', false],
  ['v1', 'Service', false],
  ['v1', 'PersistentVolumeClaim', false],
  ['autoscaling/v2', 'HorizontalPodAutoscaler', false],
  ['scheduling.k8s.io/v1', 'PriorityClass', false],
  ['storage.k8s.io/v1', 'CSIDriver', false],
])('the generation of %s %s is trusted: %s', async (apiVersion, kind, generation) => {
  expect(await trustOf(cluster, { apiVersion, kind }, state)).toEqual({ known: true, generation });
});

test('a kind that a CRD serves is trusted under that CRD', async () => {
  expect(await trustOf(cluster, { apiVersion: 'fruit.test/v1', kind: 'Pear' }, state)).toEqual({
    definition: 'pears.fruit.test',
    known: true,
    generation: true,
  });
});

test('nothing is proven for kinds that no CRD is known for: aggregated ones, absent ones, or when CRDs may not be listed', async () => {
  const nothing = { known: false, generation: false };

  expect(await trustOf(cluster, { apiVersion: 'metrics.k8s.io/v1', kind: 'PodMetrics' }, state)).toEqual(
    nothing,
  );
  expect(await trustOf(cluster, { apiVersion: 'fruit.test/v1', kind: 'Gone' }, state)).toEqual(nothing);
  expect(
    await trustOf(
      cluster,
      { apiVersion: 'fruit.test/v1', kind: 'Pear' },
      { ...state, definitions: undefined },
    ),
  ).toEqual(nothing);
});

test('6: the state of a cluster holds uid and generation of each CRD; a refused LIST leaves them unknown', async () => {
  const metadata = { name: 'pears.fruit.test', uid: 'u', generation: 4 };
  const listMetadata = async () => ({
    resourceVersion: '1',
    items: [{ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata }],
  });
  const refusing = (code: 'forbidden' | 'unreachable') => async () => {
    throw new Fault(code, 'no');
  };

  expect(await readClusterState({ ...cluster, listMetadata })).toEqual({
    uid: 'cluster',
    version: 'v1.36.3',
    definitions: new Map([['pears.fruit.test', 'u:4']]),
  });
  expect(
    (await readClusterState({ ...cluster, listMetadata: refusing('forbidden') })).definitions,
  ).toBeUndefined();
  await expect(readClusterState({ ...cluster, listMetadata: refusing('unreachable') })).rejects.toMatchObject(
    {
      code: 'unreachable',
    },
  );
});
