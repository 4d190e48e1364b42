import { expect, test } from 'vitest';
import { type KubernetesObject, referenceOf } from '../../../shared/core/kubernetes-object.ts';
import type { HealthStatus } from '../../../shared/health/health.ts';
import { isReadySoon } from '../../../shared/health/soon.ts';
import { sample } from './samples.ts';

const metadata = { generation: 2 };
const seen = { observedGeneration: 2 };
const behind = { observedGeneration: 1 };

function soon(object: KubernetesObject, status: HealthStatus = 'InProgress'): boolean {
  return isReadySoon({ reference: referenceOf(object), status, message: '', object });
}

test.each([
  ['a Deployment without pods', sample('apps/v1', 'Deployment', { metadata, spec: { replicas: 0 } }), true],
  ['a Deployment with pods', sample('apps/v1', 'Deployment', { metadata, spec: { replicas: 2 } }), false],
  ['one that leaves their number open', sample('apps/v1', 'StatefulSet', { metadata, spec: {} }), false],
  ['a Job', sample('batch/v1', 'Job', { metadata, spec: {} }), false],
  ['a budget nobody has seen', sample('policy/v1', 'PodDisruptionBudget', { metadata }), true],
  ['one of before', sample('policy/v1', 'PodDisruptionBudget', { metadata, status: behind }), true],
  ['one that is seen', sample('policy/v1', 'PodDisruptionBudget', { metadata, status: seen }), false],
  ['what has no generation', sample('v1', 'PersistentVolumeClaim'), false],
] as const)('%s may be ready within a moment: %s', (_what, object, expected) => {
  expect(soon(object)).toBe(expected);
});

test('what is ready is; what failed, goes or is not there is not waited for', () => {
  const budget = sample('policy/v1', 'PodDisruptionBudget', { metadata });

  expect(soon(sample('v1', 'ConfigMap'), 'Current')).toBe(true);
  for (const status of ['Failed', 'Terminating', 'NotFound', 'Unknown'] as const)
    expect(soon(budget, status)).toBe(false);
  expect(isReadySoon({ reference: referenceOf(budget), status: 'InProgress', message: '' })).toBe(false);
});
