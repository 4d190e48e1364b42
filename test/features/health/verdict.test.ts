import { expect, test } from 'vitest';
import type { HealthStatus } from '../../../shared/health/health.ts';
import { healthKey } from '../../../shared/health/references.ts';
import { verdictOf } from '../../../shared/health/verdict.ts';

const reading = (name: string, status: HealthStatus, message = '') => ({
  reference: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'apps', name },
  status,
  message,
});
const job = {
  reference: { apiVersion: 'batch/v1', kind: 'Job', namespace: 'apps', name: 'migrate' },
  status: 'NotFound',
  message: 'Resource not found',
} as const;
const base = { vanishing: new Set<string>(), failFast: true, timedOut: false };

test('all Current is healthy, after the timeout too, and so is nothing at all', () => {
  const readings = [reading('a', 'Current'), reading('b', 'Current')];

  expect(verdictOf({ ...base, readings })).toEqual({ kind: 'healthy' });
  expect(verdictOf({ ...base, readings, timedOut: true })).toEqual({ kind: 'healthy' });
  expect(verdictOf({ ...base, readings: [] })).toEqual({ kind: 'healthy' });
});

test.each(['InProgress', 'Terminating', 'NotFound', 'Unknown'] as const)('%s is waited for', (status) => {
  expect(verdictOf({ ...base, readings: [reading('a', 'Current'), reading('b', status)] })).toEqual({
    kind: 'waiting',
  });
});

test('[KS-86 fail-fast] one Failed object ends the wait, and the others are not named', () => {
  const readings = [reading('a', 'InProgress'), reading('b', 'Failed', 'Progress deadline exceeded')];

  expect(verdictOf({ ...base, readings })).toEqual({
    kind: 'failed',
    message: "failed early due to stalled resources: [Deployment/apps/b status: 'Failed']",
  });
});

test('[KS-86 switched-off] without fail-fast the others are waited for, and named when time is up', () => {
  const readings = [reading('a', 'InProgress'), reading('b', 'Failed'), reading('c', 'Current')];

  expect(verdictOf({ ...base, readings, failFast: false })).toEqual({ kind: 'waiting' });
  expect(verdictOf({ ...base, readings, failFast: false, timedOut: true })).toEqual({
    kind: 'failed',
    message:
      "timeout waiting for: [Deployment/apps/a status: 'InProgress', Deployment/apps/b status: 'Failed']",
  });
});

test('[KS-86 nothing-left] only Failed and Current end the wait without fail-fast too', () => {
  const readings = [reading('a', 'Current'), reading('b', 'Failed')];

  expect(verdictOf({ ...base, readings, failFast: false })).toEqual({
    kind: 'failed',
    message: "failed early due to stalled resources: [Deployment/apps/b status: 'Failed']",
  });
});

test('[KS-86 timeout] all that are not Current are named, cluster-scoped ones without a namespace', () => {
  const definition = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', name: 'x' };
  const readings = [
    reading('a', 'InProgress', 'Replicas: 0/1'),
    reading('b', 'Current'),
    reading('c', 'NotFound'),
    { reference: definition, status: 'Terminating', message: '' } as const,
  ];

  expect(verdictOf({ ...base, readings, timedOut: true })).toEqual({
    kind: 'failed',
    message:
      "timeout waiting for: [Deployment/apps/a status: 'InProgress', Deployment/apps/c status: 'NotFound', CustomResourceDefinition/x status: 'Terminating']",
  });
});

test('[KS-86 unknown-reason] an Unknown object is named with the error', () => {
  const readings = [reading('a', 'Unknown', 'deployments.apps "a" is forbidden')];

  expect(verdictOf({ ...base, readings, timedOut: true })).toEqual({
    kind: 'failed',
    message:
      'timeout waiting for: [Deployment/apps/a status: \'Unknown\': deployments.apps "a" is forbidden]',
  });
});

test('[KS-85 no-namespace] a set that cannot be looked up fails at once', () => {
  const readings = [
    { ...reading('a', 'Unknown'), undeterminable: true },
    {
      reference: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'b' },
      status: 'Unknown',
      message: '',
      undeterminable: true,
    },
  ] as const;

  expect(verdictOf({ ...base, readings, failFast: false })).toEqual({
    kind: 'failed',
    message:
      "failed early due to stalled resources: [can't determine status for Deployment/apps/a, can't determine status for Deployment/b]",
  });
});

test('[KS-93 vanished] a Job that the cluster deletes when done is healthy when it is gone', () => {
  const vanishing = new Set([healthKey(job.reference)]);
  const readings = [job, reading('a', 'Current')];

  expect(verdictOf({ ...base, readings, vanishing })).toEqual({ kind: 'healthy' });
  expect(verdictOf({ ...base, readings })).toEqual({ kind: 'waiting' });
  expect(verdictOf({ ...base, readings: [{ ...job, status: 'Failed' }], vanishing }).kind).toBe('failed');
  expect(
    verdictOf({ ...base, readings: [job, reading('b', 'InProgress')], vanishing, timedOut: true }),
  ).toEqual({ kind: 'failed', message: "timeout waiting for: [Deployment/apps/b status: 'InProgress']" });
});
