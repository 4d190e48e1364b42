import { describe, expect, test } from 'vitest';
import { vanishesWhenDone } from '../../../shared/health/jobs.ts';
import { statusOf } from '../../../shared/health/status-of.ts';
import { brokenPod, condition, NOW, sample } from './samples.ts';

describe('Job', () => {
  const job = (spec: object, status: object, metadata = {}) =>
    statusOf(sample('batch/v1', 'Job', { metadata, spec, status }), NOW);
  const STARTED = { startTime: '2026-03-01T11:59:00Z' };

  test.each([
    [
      '[KS-93 complete]',
      { completions: 3 },
      { succeeded: 3, conditions: [condition('Complete', 'True')] },
      'Current',
      'Job Completed. succeeded: 3/3',
    ],
    ['[KS-93 suspended]', { suspend: true }, {}, 'Current', 'Job is suspended'],
    [
      '[KS-93 failed]',
      { parallelism: 2 },
      { failed: 1, conditions: [condition('Failed', 'True')] },
      'Failed',
      'Job Failed. failed: 1/2',
    ],
    ['[KS-93 running] not started', { parallelism: 3 }, {}, 'InProgress', 'Job not started. active: 0/3'],
    [
      '[KS-93 running] started',
      {},
      { ...STARTED, active: 2, succeeded: 1, failed: 4 },
      'InProgress',
      'Job in progress. success:1, active: 2, failed: 4',
    ],
    [
      '[KS-93 running] not complete after all',
      {},
      { ...STARTED, conditions: [condition('Complete', 'False')] },
      'InProgress',
      'Job in progress. success:0, active: 0, failed: 0',
    ],
  ])('%s', (_, spec, status, expected, message) => {
    expect(job(spec, status)).toEqual({ status: expected, message });
  });

  test('[KS-93 own-rule-only] a complete Job that is being deleted is Current', () => {
    const done = { conditions: [condition('Complete', 'True')] };

    expect(job({}, done, { deletionTimestamp: '2026-03-01T11:59:59Z' }).status).toBe('Current');
  });

  test('[KS-93 vanished] only Jobs with ttlSecondsAfterFinished, zero too, vanish', () => {
    const vanishes = (spec: object, apiVersion = 'batch/v1', kind = 'Job') =>
      vanishesWhenDone(sample(apiVersion, kind, { spec }));

    expect(vanishes({ ttlSecondsAfterFinished: 0 })).toBe(true);
    expect(vanishes({})).toBe(false);
    expect(vanishes({ ttlSecondsAfterFinished: 0 }, 'example.com/v1')).toBe(false);
    expect(vanishes({ ttlSecondsAfterFinished: 0 }, 'batch/v1', 'CronJob')).toBe(false);
  });
});

describe('Pod', () => {
  const unschedulable = (created: string) =>
    sample('v1', 'Pod', {
      metadata: { creationTimestamp: created },
      status: { phase: 'Pending', conditions: [condition('PodScheduled', 'False', 'Unschedulable')] },
    });
  const pod = (status: object) => sample('v1', 'Pod', { status });

  test.each([
    ['[KS-94 pod-ended] well', pod({ phase: 'Succeeded' }), 'Current', 'Pod has completed successfully'],
    [
      '[KS-94 pod-ended] badly',
      pod({ phase: 'Failed' }),
      'Current',
      'Pod has completed, but not successfully',
    ],
    [
      '[KS-94 pod-running] ready',
      pod({ phase: 'Running', conditions: [condition('Ready', 'True')] }),
      'Current',
      'Pod is Ready',
    ],
    [
      '[KS-94 pod-running] not ready',
      pod({ phase: 'Running', conditions: [condition('Ready', 'False')] }),
      'InProgress',
      'Pod is running but is not Ready',
    ],
    ['[KS-94 pod-crash-loop]', brokenPod(), 'Failed', 'Containers in CrashLoop state: main'],
    ['[KS-94 pod-pending]', pod({ phase: 'Pending' }), 'InProgress', 'Pod is in the Pending phase'],
    ['[KS-94 pod-pending] not seen yet', pod({}), 'InProgress', 'Pod phase not available'],
    [
      '[KS-94 pod-unschedulable] for 14 s',
      unschedulable('2026-03-01T11:59:46Z'),
      'InProgress',
      'Pod has not been scheduled',
    ],
    [
      '[KS-94 pod-unschedulable] for 15 s',
      unschedulable('2026-03-01T11:59:45Z'),
      'Failed',
      'Pod could not be scheduled',
    ],
  ])('%s', (_, object, status, message) => {
    expect(statusOf(object, NOW)).toEqual({ status, message });
  });

  test('[KS-94 pod-unschedulable] the other conditions of a pending pod do not hide it', () => {
    const conditions = [
      condition('Ready', 'False', 'ContainersNotReady'),
      condition('PodScheduled', 'False', 'Unschedulable'),
    ];

    expect(statusOf(pod({ phase: 'Pending', conditions }), NOW).status).toBe('Failed');
  });

  test('[KS-94 pod-crash-loop] a Ready pod with a looping side container is Current', () => {
    const { status } = brokenPod();
    const ready = { ...(status as object), conditions: [condition('Ready', 'True')] };

    expect(statusOf(pod(ready), NOW).status).toBe('Current');
  });
});

describe('other kinds', () => {
  const definition = (...conditions: object[]) =>
    sample('apiextensions.k8s.io/v1', 'CustomResourceDefinition', { status: { conditions } });
  const service = (spec: object) => sample('v1', 'Service', { spec });
  const claim = (phase: string) => sample('v1', 'PersistentVolumeClaim', { status: { phase } });

  test.each([
    ['[KS-94 claim] bound', claim('Bound'), 'Current', 'PVC is Bound'],
    ['[KS-94 claim] pending', claim('Pending'), 'InProgress', 'PVC is not Bound. phase: Pending'],
    ['[KS-94 service] inside', service({}), 'Current', 'Service is ready'],
    [
      '[KS-94 service] outside, without an address',
      service({ type: 'LoadBalancer' }),
      'InProgress',
      'ClusterIP not set. Service type: LoadBalancer',
    ],
    [
      '[KS-94 service] outside, with an inner address only',
      service({ type: 'LoadBalancer', clusterIP: '10.0.0.1' }),
      'Current',
      'Service is ready',
    ],
    [
      '[KS-94 definition] established',
      definition(condition('NamesAccepted', 'True'), condition('Established', 'True')),
      'Current',
      'CRD is established',
    ],
    [
      '[KS-94 definition] names refused',
      definition(condition('NamesAccepted', 'False', 'Conflict', 'taken'), condition('Established', 'True')),
      'Failed',
      'taken',
    ],
    [
      '[KS-94 definition] installing',
      definition(condition('Established', 'False', 'Installing')),
      'InProgress',
      'Install in progress',
    ],
    [
      '[KS-94 definition] not established',
      definition(condition('Established', 'False', 'NotAccepted', 'no')),
      'Failed',
      'no',
    ],
    [
      '[KS-94 always-ready] a budget',
      sample('policy/v1', 'PodDisruptionBudget'),
      'Current',
      'AllowedDisruptions has been computed.',
    ],
    ['[KS-94 always-ready] a ConfigMap', sample('v1', 'ConfigMap'), 'Current', 'Resource is always ready'],
    ['[KS-94 always-ready] a Secret', sample('v1', 'Secret'), 'Current', 'Resource is always ready'],
    ['[KS-94 always-ready] a CronJob', sample('batch/v1', 'CronJob'), 'Current', 'Resource is always ready'],
  ])('%s', (_, object, status, message) => {
    expect(statusOf(object, NOW)).toEqual({ status, message });
  });
});
