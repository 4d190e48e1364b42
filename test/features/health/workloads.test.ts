import { describe, expect, test } from 'vitest';
import { statusOf } from '../../../shared/health/status-of.ts';
import { condition, NOW, sample } from './samples.ts';

type Row = readonly [title: string, spec: object, status: object, expected: string, message: string];

function table(kind: string, rows: readonly Row[]) {
  test.each(rows)('%s', (_, spec, status, expected, message) => {
    const object = sample('apps/v1', kind, { metadata: { generation: 1 }, spec, status });

    expect(statusOf(object, NOW)).toEqual({ status: expected, message });
  });
}

describe('Deployment', () => {
  const SPEC = { replicas: 2, progressDeadlineSeconds: 600 };
  const progressing = condition('Progressing', 'True', 'NewReplicaSetAvailable');
  const available = condition('Available', 'True');
  const all = (but: object) => ({
    replicas: 2,
    updatedReplicas: 2,
    availableReplicas: 2,
    readyReplicas: 2,
    conditions: [progressing, available],
    ...but,
  });
  const exceeded = condition('Progressing', 'False', 'ProgressDeadlineExceeded');
  table('Deployment', [
    [
      '[KS-89 deadline]',
      SPEC,
      all({ conditions: [exceeded, available] }),
      'Failed',
      'Progress deadline exceeded',
    ],
    ['[KS-89 replicas]', SPEC, all({ replicas: 1 }), 'InProgress', 'Replicas: 1/2'],
    ['[KS-89 replicas] one by default', {}, {}, 'InProgress', 'Replicas: 0/1'],
    ['[KS-89 updated]', SPEC, all({ updatedReplicas: 1 }), 'InProgress', 'Updated: 1/2'],
    ['[KS-89 extra]', SPEC, all({ replicas: 3 }), 'InProgress', 'Pending termination: 1'],
    ['[KS-89 available]', SPEC, all({ availableReplicas: 0 }), 'InProgress', 'Available: 0/2'],
    ['[KS-89 ready]', SPEC, all({ readyReplicas: 1 }), 'InProgress', 'Ready: 1/2'],
    [
      '[KS-89 new-replica-set] no condition',
      SPEC,
      all({ conditions: [available] }),
      'InProgress',
      'ReplicaSet not Available',
    ],
    [
      '[KS-89 new-replica-set] another reason',
      SPEC,
      all({ conditions: [condition('Progressing', 'True', 'ReplicaSetUpdated'), available] }),
      'InProgress',
      'ReplicaSet not Available',
    ],
    [
      '[KS-89 no-deadline]',
      { replicas: 2 },
      all({ conditions: [available] }),
      'Current',
      'Deployment is available. Replicas: 2',
    ],
    [
      '[KS-89 no-deadline] the largest 32-bit integer is none',
      { replicas: 2, progressDeadlineSeconds: 2147483647 },
      all({ conditions: [available] }),
      'Current',
      'Deployment is available. Replicas: 2',
    ],
    [
      '[KS-89 available-condition]',
      SPEC,
      all({ conditions: [progressing, condition('Available', 'False')] }),
      'InProgress',
      'Deployment not Available',
    ],
    ['[KS-89 current]', SPEC, all({}), 'Current', 'Deployment is available. Replicas: 2'],
  ]);
});

describe('StatefulSet', () => {
  const all = (but: object) => ({
    replicas: 3,
    readyReplicas: 3,
    currentReplicas: 3,
    updatedReplicas: 3,
    currentRevision: 'a',
    updateRevision: 'a',
    ...but,
  });
  const SPEC = { replicas: 3 };
  const onDelete = { ...SPEC, updateStrategy: { type: 'OnDelete' } };
  const partition = { ...SPEC, updateStrategy: { rollingUpdate: { partition: 1 } } };
  const old = { updateRevision: 'b', currentReplicas: 1 };
  const scheduled = 'All replicas scheduled as expected. Replicas: 3';
  table('StatefulSet', [
    ['[KS-90 on-delete]', onDelete, {}, 'Current', 'StatefulSet is using the ondelete update strategy'],
    ['[KS-90 replicas]', SPEC, all({ replicas: 2 }), 'InProgress', 'Replicas: 2/3'],
    ['[KS-90 replicas] one by default', {}, {}, 'InProgress', 'Replicas: 0/1'],
    ['[KS-90 ready]', SPEC, all({ readyReplicas: 2 }), 'InProgress', 'Ready: 2/3'],
    ['[KS-90 extra]', SPEC, all({ replicas: 4 }), 'InProgress', 'Pending termination: 1'],
    [
      '[KS-90 partition] too few updated',
      partition,
      all({ ...old, updatedReplicas: 1 }),
      'InProgress',
      'updated: 1/2',
    ],
    [
      '[KS-90 partition] enough',
      partition,
      all({ ...old, updatedReplicas: 2 }),
      'Current',
      'Partition rollout complete. updated: 2',
    ],
    ['[KS-90 current-replicas]', SPEC, all({ currentReplicas: 2 }), 'InProgress', 'current: 2/3'],
    [
      '[KS-90 revision]',
      SPEC,
      all({ updateRevision: 'b' }),
      'InProgress',
      'Waiting for updated revision to match current',
    ],
    ['[KS-90 current]', SPEC, all({}), 'Current', scheduled],
  ]);
});

describe('DaemonSet', () => {
  const all = (but: object) => ({
    observedGeneration: 1,
    desiredNumberScheduled: 4,
    currentNumberScheduled: 4,
    updatedNumberScheduled: 4,
    numberAvailable: 4,
    numberReady: 4,
    ...but,
  });
  const { desiredNumberScheduled: _, ...undecided } = all({});
  table('DaemonSet', [
    [
      '[KS-91 generations] not observed',
      {},
      { ...all({}), observedGeneration: undefined },
      'InProgress',
      'DaemonSet status.observedGeneration not found',
    ],
    ['[KS-91 desired]', {}, undecided, 'InProgress', 'Missing .status.desiredNumberScheduled'],
    [
      '[KS-91 scheduled] current',
      {},
      all({ currentNumberScheduled: 3, updatedNumberScheduled: 2 }),
      'InProgress',
      'Current: 3/4',
    ],
    [
      '[KS-91 scheduled] updated',
      {},
      all({ updatedNumberScheduled: 2, numberAvailable: 1 }),
      'InProgress',
      'Updated: 2/4',
    ],
    [
      '[KS-91 scheduled] available',
      {},
      all({ numberAvailable: 1, numberReady: 0 }),
      'InProgress',
      'Available: 1/4',
    ],
    ['[KS-91 scheduled] ready', {}, all({ numberReady: 0 }), 'InProgress', 'Ready: 0/4'],
    ['[KS-91 daemon-set-current]', {}, all({}), 'Current', 'All replicas scheduled as expected. Replicas: 4'],
    [
      '[KS-91 daemon-set-current] no node wants it',
      {},
      { observedGeneration: 1, desiredNumberScheduled: 0 },
      'Current',
      'All replicas scheduled as expected. Replicas: 0',
    ],
  ]);

  test('[KS-91 generations] without a generation it is InProgress', () => {
    expect(statusOf(sample('apps/v1', 'DaemonSet', { status: all({}) }), NOW)).toEqual({
      status: 'InProgress',
      message: 'DaemonSet metadata.generation not found',
    });
  });
});

describe('ReplicaSet', () => {
  const all = (but: object) => ({
    replicas: 2,
    fullyLabeledReplicas: 2,
    availableReplicas: 2,
    readyReplicas: 2,
    ...but,
  });
  const SPEC = { replicas: 2 };
  const failure = [condition('ReplicaFailure', 'True', 'FailedCreate', 'quota')];
  table('ReplicaSet', [
    [
      '[KS-91 replica-failure]',
      SPEC,
      all({ conditions: failure }),
      'InProgress',
      'Replica Failure condition. Check Pods',
    ],
    [
      '[KS-91 replicas] labelled',
      SPEC,
      all({ fullyLabeledReplicas: 1, availableReplicas: 0 }),
      'InProgress',
      'Labelled: 1/2',
    ],
    [
      '[KS-91 replicas] available',
      SPEC,
      all({ availableReplicas: 0, readyReplicas: 1 }),
      'InProgress',
      'Available: 0/2',
    ],
    ['[KS-91 replicas] ready', SPEC, all({ readyReplicas: 1 }), 'InProgress', 'Ready: 1/2'],
    ['[KS-91 extra]', SPEC, all({ replicas: 5 }), 'InProgress', 'Pending termination: 3'],
    [
      '[KS-91 replica-set-current] after a failure',
      SPEC,
      all({ conditions: [condition('ReplicaFailure', 'False')] }),
      'Current',
      'ReplicaSet is available. Replicas: 2',
    ],
    ['[KS-91 replica-set-current]', SPEC, all({}), 'Current', 'ReplicaSet is available. Replicas: 2'],
  ]);
});
