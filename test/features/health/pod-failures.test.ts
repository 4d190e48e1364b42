import { expect, test } from 'vitest';
import { inProgress } from '../../../shared/health/health.ts';
import { isPodOwner, podSelectorOf, withPods } from '../../../shared/health/pod-failures.ts';
import { brokenPod, condition, NOW, sample } from './samples.ts';

const WAITING = inProgress('Ready: 0/2');

test('[KS-92 failed-pod] the message tells how many have failed', () => {
  const pods = [brokenPod({ name: 'a' }), brokenPod({ name: 'b' }), sample('v1', 'Pod')];

  expect(withPods(WAITING, pods, NOW)).toEqual({ status: 'Failed', message: '2 pods have failed' });
  expect(withPods(WAITING, [sample('v1', 'Pod')], NOW)).toEqual(WAITING);
});

test('[KS-92 deleting-pod] a pod on its way out does not count', () => {
  const deleting = brokenPod({ deletionTimestamp: '2026-03-01T11:59:00Z' });

  expect(withPods(WAITING, [deleting], NOW)).toEqual(WAITING);
});

test('[KS-92 unschedulable-pod] a pod that no node takes does not count', () => {
  const homeless = sample('v1', 'Pod', {
    metadata: { creationTimestamp: '2026-03-01T11:00:00Z' },
    status: { phase: 'Pending', conditions: [condition('PodScheduled', 'False', 'Unschedulable')] },
  });

  expect(withPods(WAITING, [homeless], NOW)).toEqual(WAITING);
});

test('[KS-92 settled-owner] a settled owner stays what it is', () => {
  const settled = { status: 'Current', message: 'fine' } as const;

  expect(withPods(settled, [brokenPod()], NOW)).toEqual(settled);
});

test('[KS-92 failed-pod] [KS-92 deployment] owners are StatefulSets and ReplicaSets of apps', () => {
  const owner = (apiVersion: string, kind: string) => isPodOwner(sample(apiVersion, kind));

  expect(owner('apps/v1', 'StatefulSet')).toBe(true);
  expect(owner('apps/v1', 'ReplicaSet')).toBe(true);
  expect(owner('apps/v1', 'Deployment')).toBe(false);
  expect(owner('apps/v1', 'DaemonSet')).toBe(false);
  expect(owner('extensions/v1beta1', 'ReplicaSet')).toBe(false);
});

test('[KS-92 selected-pods] labels and expressions of the selector are all asked for', () => {
  const selector = {
    matchLabels: { app: 'web' },
    matchExpressions: [
      { key: 'tier', operator: 'In', values: ['a', 'b'] },
      { key: 'zone', operator: 'NotIn', values: ['c'] },
      { key: 'x', operator: 'Exists' },
      { key: 'y', operator: 'DoesNotExist' },
    ],
  };

  expect(podSelectorOf(sample('apps/v1', 'ReplicaSet', { spec: { selector } }))).toBe(
    'app=web,tier in (a,b),zone notin (c),x,!y',
  );
  expect(() => podSelectorOf(sample('apps/v1', 'ReplicaSet', { spec: {} }))).toThrow('no selector found');
});
