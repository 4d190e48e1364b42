import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { refusalOf } from './refusal-of.ts';
import { openTestCluster, QUERY } from './world.ts';

const V1 = 'autoscaling/v1/a/horizontalpodautoscalers';
const V2 = 'autoscaling/v2/a/horizontalpodautoscalers';
const CORE = 'core/v1/a/events';
const NEW = 'events.k8s.io/v1/a/events';

const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' };

function utilization(averageUtilization: number): object {
  return { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization } } };
}

test('an autoscaler of one version is there in the other', () => {
  const { create, get } = openTestCluster();
  create(V1, {
    metadata: { name: 'x' },
    spec: { scaleTargetRef, maxReplicas: 3, targetCPUUtilizationPercentage: 60 },
  });
  create(V2, {
    metadata: { name: 'y' },
    spec: { scaleTargetRef, maxReplicas: 3, metrics: [utilization(70)] },
  });

  expect(get(`${V2}/x`)).toMatchObject({
    apiVersion: 'autoscaling/v2',
    spec: { scaleTargetRef, maxReplicas: 3, metrics: [utilization(60)] },
  });
  expect(get(`${V2}/x`).spec).not.toHaveProperty('targetCPUUtilizationPercentage');
  expect(get(`${V1}/y`)).toMatchObject({
    apiVersion: 'autoscaling/v1',
    spec: { scaleTargetRef, maxReplicas: 3, targetCPUUtilizationPercentage: 70 },
  });
  expect(get(`${V1}/y`).spec).not.toHaveProperty('metrics');
});

test('a version that cannot say everything is not written', () => {
  const { api, call, create } = openTestCluster();
  const memory = {
    type: 'Resource',
    resource: { name: 'memory', target: { type: 'Utilization', averageUtilization: 50 } },
  };
  create(V2, { metadata: { name: 'x' }, spec: { scaleTargetRef, maxReplicas: 3, metrics: [memory] } });
  const patch = { spec: { maxReplicas: 4 } };

  const refusal = refusalOf(() => api.patch(call(`${V1}/x`), { type: 'merge', patch }, QUERY));
  const written = api.patch(call(`${V2}/x`), { type: 'merge', patch }, QUERY);

  expect(refusal).toMatchObject({ code: 400 });
  expect(refusal.message).toContain('use autoscaling/v2');
  expect(written.object.spec).toMatchObject({ maxReplicas: 4, metrics: [memory] });
});

test('what was applied in one version is owned in the other', () => {
  const { api, call, get } = openTestCluster();
  const apply = (path: string, apiVersion: string, spec: object, fieldManager: string) =>
    api.patch(
      call(`${path}/x`),
      {
        type: 'apply',
        patch: { apiVersion, kind: 'HorizontalPodAutoscaler', metadata: { name: 'x' }, spec },
      },
      { ...QUERY, fieldManager },
    );
  apply(V1, 'autoscaling/v1', { scaleTargetRef, maxReplicas: 3, targetCPUUtilizationPercentage: 60 }, 'one');

  const same = apply(
    V2,
    'autoscaling/v2',
    { scaleTargetRef, maxReplicas: 3, metrics: [utilization(60)] },
    'two',
  );
  const conflict = refusalOf(() => apply(V2, 'autoscaling/v2', { scaleTargetRef, maxReplicas: 4 }, 'three'));

  expect(same.object.metadata.managedFields?.map(({ manager }) => manager).sort()).toEqual(['one', 'two']);
  expect(conflict.message).toContain('conflict');
  expect(get(`${V1}/x`).spec).toMatchObject({ maxReplicas: 3, targetCPUUtilizationPercentage: 60 });
});

test('Events of both groups are the same objects', () => {
  const cluster = openTestCluster();
  const { create, get, api, call } = cluster;
  const involvedObject = { kind: 'Pod', namespace: 'a', name: 'p' };
  create(CORE, {
    metadata: { name: 'e' },
    involvedObject,
    reason: 'Started',
    message: 'it started',
    type: 'Normal',
    count: 2,
  });

  const shown: KubernetesObject = get(`${NEW}/e`);
  const { events } = cluster.watch(NEW, { fieldSelector: 'regarding.name=p' });
  api.delete(call(`${NEW}/e`), { dryRun: false });

  expect(shown).toMatchObject({
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    regarding: involvedObject,
    note: 'it started',
    reason: 'Started',
    deprecatedCount: 2,
  });
  expect(shown).not.toHaveProperty('message');
  expect(events).toEqual(['ADDED e', 'DELETED e']);
  expect(refusalOf(() => get(`${CORE}/e`)).code).toBe(404);
});
