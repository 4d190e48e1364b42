import { expect, test } from 'vitest';
import type { Baseline } from '../../../shared/apply/baseline.ts';
import { recordSkipped } from '../../../shared/apply/baseline.ts';
import type { SeenObject } from '../../../shared/apply/drift.ts';
import { type KubernetesObject, referenceOf } from '../../../shared/core/kubernetes-object.ts';
import { firstLook } from '../../../shared/reconcile/kustomization/first-look.ts';
import type { Scope } from '../../../shared/reconcile/reconciler.ts';
import { clusterRecord, kustomization, NOW } from '../../builders.ts';
import { condition, sample } from '../health/samples.ts';
import { scriptedCluster } from '../health/scripted-cluster.ts';

const map = sample('v1', 'ConfigMap', { metadata: { name: 'map' } });
const budget = (observedGeneration = 0) =>
  sample('policy/v1', 'PodDisruptionBudget', {
    metadata: { generation: 1 },
    status: { observedGeneration, currentHealthy: 1, desiredHealthy: 1 },
  });
const deployment = sample('apps/v1', 'Deployment', { metadata: { generation: 1 }, spec: { replicas: 1 } });

/** Looks at what was applied; the cluster shows `later` from the given number of pauses on. */
async function look(
  applied: readonly KubernetesObject[],
  { later, after = 1, spec = {} }: { later?: KubernetesObject; after?: number; spec?: object } = {},
) {
  const before = scriptedCluster({ objects: applied });
  const then = scriptedCluster({ objects: later ? [later] : applied });
  const pauses: number[] = [];
  const now = () => new Date(NOW.getTime() + pauses.reduce((sum, pause) => sum + pause, 0));
  const sleep = async (milliseconds: number) => {
    pauses.push(milliseconds);
  };
  const scope = { ports: { clock: { now, sleep } }, record: clusterRecord() } as unknown as Scope;
  const get = (reference: Parameters<typeof before.cluster.get>[0]) =>
    (pauses.length >= after ? then : before).cluster.get(reference);
  const entries = applied.map((object) => ({
    ...recordSkipped(referenceOf(object), undefined, '', 'live'),
    skipped: undefined,
  }));
  const seen = applied.map((object): SeenObject => ({ reference: referenceOf(object), object, whole: true }));
  const object = kustomization({ spec: { wait: true, timeout: '5m', ...spec } });
  const baseline = { header: {}, entries } as unknown as Baseline;
  const outcome = await firstLook(object, { ...before.cluster, get }, baseline, seen, scope);
  const calls = [...before.calls, ...then.calls].filter((call) => !call.startsWith('resource'));
  return { outcome, pauses, calls };
}

test('what the answers to the apply show healthy needs no request and no pause', async () => {
  expect(await look([map])).toEqual({ outcome: { state: 'healthy' }, pauses: [], calls: [] });
});

test('what its controller only has to see is looked at again, and nothing else is', async () => {
  const { outcome, pauses, calls } = await look([map, budget()], { later: budget(1), after: 2 });

  expect(outcome).toEqual({ state: 'healthy' });
  expect(pauses).toHaveLength(2);
  expect(calls).toEqual(['get PodDisruptionBudget sample', 'get PodDisruptionBudget sample']);
});

test('what nobody sees within two seconds is left to the polls', async () => {
  const { outcome, pauses } = await look([budget()]);

  expect(outcome).toEqual({ state: 'waiting' });
  expect(pauses.reduce((sum, pause) => sum + pause, 0)).toBe(2000);
});

test('pods are left to the polls at once', async () => {
  const ends = await look([deployment, budget()], { later: budget(1) });

  expect(ends).toEqual({ outcome: { state: 'waiting' }, pauses: [], calls: [] });
});

test('who failed before is read anew', async () => {
  const failed = { ...deployment, status: { conditions: [exceeded] } };

  expect((await look([failed], { later: failed, after: 0 })).calls).toEqual(['get Deployment sample']);
});
const exceeded = condition('Progressing', 'False', 'ProgressDeadlineExceeded');

test('what expressions judge is read anew', async () => {
  const expression = { apiVersion: 'v1', kind: 'ConfigMap', current: "data.a == '1'" };
  const ready = { ...map, data: { a: '1' } };
  const { outcome, calls } = await look([map], {
    ...{ later: ready, after: 0 },
    spec: { healthCheckExprs: [expression] },
  });

  expect(outcome).toEqual({ state: 'healthy' });
  expect(calls).toEqual(['get ConfigMap map']);
});
