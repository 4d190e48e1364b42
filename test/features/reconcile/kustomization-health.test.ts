import { describe, expect, test } from 'vitest';
import type { Kustomization } from '../../../shared/api/kustomization.ts';
import { conclude } from '../../../shared/reconcile/kustomization/conclude.ts';
import { decide } from '../../../shared/reconcile/kustomization/decide.ts';
import { inProgress, stageMessage } from '../../../shared/reconcile/kustomization/status.ts';
import { at, condition, kustomization, NOW, REVISION, readyKustomization } from '../../builders.ts';
import {
  applied,
  applyPlan,
  conditionIn,
  duringRun,
  plus,
  pollPlan,
  RENDERED,
  seen,
  told,
  verifyPlan,
} from './kustomization-seen.ts';

const waiting = { state: 'waiting' } as const;
const healthy = { state: 'healthy' } as const;
const failed = {
  state: 'failed',
  message: "timeout waiting for: [Deployment/apps/podinfo status: 'InProgress']",
} as const;
const asked = { wait: true, timeout: '5m', retryInterval: '2m' } as const;
const during = (status: Partial<NonNullable<Kustomization['status']>> = {}) =>
  kustomization({ spec: asked, status: { conditions: [...duringRun()], ...status } });
const withHealthy = (status: 'True' | 'False' | 'Unknown', overrides: object = {}) => [
  ...duringRun(),
  condition('Healthy', status, { lastTransitionTime: at(-3600), ...overrides }),
];

describe('progress', () => {
  test('[KS-06 in-progress] Ready is Unknown while a run is under way, and Stalled is gone', () => {
    const object = readyKustomization({ status: { conditions: [condition('Stalled', 'True')] } });
    const status = inProgress(object.status, object, 'text', NOW);

    expect(status.conditions).toMatchObject([
      { type: 'Reconciling', status: 'True', reason: 'Progressing', message: 'text' },
      { type: 'Ready', status: 'Unknown', reason: 'Progressing', message: 'Reconciliation in progress' },
    ]);
  });

  test('[KS-06 stages] [KS-03 timeout-told] Reconciling tells stage, revision and timeout', () => {
    const stages = [
      'Fetching manifests',
      'Building manifests',
      'Detecting drift',
      'Running health checks',
    ] as const;

    for (const stage of stages) {
      expect(stageMessage(during(), stage, REVISION)).toBe(
        `${stage} for revision ${REVISION} with a timeout of 5m0s`,
      );
    }
  });

  test('the time of Reconciling tells when this attempt began, not the first that failed', () => {
    const retried = condition('Reconciling', 'True', {
      reason: 'ProgressingWithRetry',
      lastTransitionTime: at(-600),
    });
    const object = during({ conditions: [retried] });
    const first = inProgress(object.status, object, 'one', NOW);
    const second = inProgress(first, object, 'two', plus(5));

    expect(first.conditions?.[0]?.lastTransitionTime).toBe(at(0));
    expect(second.conditions?.[0]).toMatchObject({ message: 'two', lastTransitionTime: at(0) });
  });
});

describe('a wait for health', () => {
  const end = conclude(during(), applyPlan, seen(), {
    kind: 'applied',
    at: plus(1.7),
    work: applied(),
    health: waiting,
  });

  test('begins with Healthy Unknown, the inventory and the attempted revision in one write', () => {
    const message = `Running health checks for revision ${REVISION} with a timeout of 5m0s`;

    expect(conditionIn(end, 'Healthy')).toMatchObject({
      status: 'Unknown',
      reason: 'Progressing',
      message,
      lastTransitionTime: at(1),
    });
    expect(conditionIn(end, 'Reconciling')).toMatchObject({ reason: 'Progressing', message });
    expect(conditionIn(end, 'Ready')).toMatchObject({ status: 'Unknown' });
    expect(end.status).toMatchObject({ lastAttemptedRevision: REVISION, inventory: applied().inventory });
  });

  test('[KS-08 last-applied] has not applied the revision yet, nor observed the generation', () => {
    expect(end.status).not.toHaveProperty('lastAppliedRevision');
    expect(end.status.observedGeneration).toBe(-1);
    expect(end.status).not.toHaveProperty('history');
  });

  test('tells what was applied, and polls by the clock that Healthy sets', () => {
    expect(told(end.events)).toEqual(['Normal Progressing: ConfigMap/apps/podinfo created']);
    // Healthy says :01; the polls are 1, 2, 4 ... s after that; 1.7 s is before the first.
    expect(end.next).toEqual({ after: 'delay', milliseconds: 300, reason: 'wait', hop: 1 });
  });

  test('begins anew when an older wait is replaced', () => {
    const object = during({ conditions: withHealthy('Unknown') });
    const again = conclude(object, applyPlan, seen(), {
      kind: 'applied',
      at: plus(9),
      work: applied(),
      health: waiting,
    });

    expect(conditionIn(again, 'Healthy')?.lastTransitionTime).toBe(at(9));
  });

  test('that goes on writes nothing, and asks for the next poll by number', () => {
    const object = during({ conditions: withHealthy('Unknown') });
    const poll = (seconds: number) =>
      conclude(object, pollPlan, seen(), { kind: 'unchanged', at: plus(seconds), health: waiting });

    expect(poll(4.2)).toEqual({
      status: object.status,
      events: [],
      next: { after: 'delay', milliseconds: 2800, reason: 'wait', hop: 4 },
    });
    expect(poll(6)).toMatchObject({ next: { hop: 4 } });
    expect(poll(7200)).toMatchObject({ next: { milliseconds: 24_000 } });
  });
});

describe('a check that passes', () => {
  const pass = (object: Kustomization, work = applied()) =>
    conclude(object, applyPlan, seen(), { kind: 'applied', at: plus(2), work, health: healthy });

  test('[KS-10 health-passed] is told when it had not passed before', () => {
    const end = pass(during());

    expect(conditionIn(end, 'Healthy')).toMatchObject({
      status: 'True',
      reason: 'Succeeded',
      message: 'Health check passed in 2s',
    });
    expect(told(end.events)[1]).toBe('Normal Progressing: Health check passed in 2s');
    expect(conditionIn(end, 'Ready')?.status).toBe('True');
    expect(end.status.lastAppliedRevision).toBe(REVISION);
  });

  test('[KS-10 health-passed] or when a new revision changed something', () => {
    const before = { conditions: withHealthy('True'), lastAppliedRevision: 'old' };

    expect(told(pass(during(before)).events)).toContain('Normal Progressing: Health check passed in 2s');
    expect(told(pass(during(before), applied({ changes: [] })).events)).toHaveLength(1);
  });

  test('is not told for a drift of the same revision that was put right', () => {
    const before = { conditions: withHealthy('True'), lastAppliedRevision: REVISION };

    expect(told(pass(during(before)).events)).toEqual([
      'Normal Progressing: ConfigMap/apps/podinfo created',
      'Normal ReconciliationSucceeded: Reconciliation finished in 2s, next run in 10m0s',
    ]);
  });

  test('of nothing new leaves Healthy as it is', () => {
    const object = readyKustomization({
      spec: asked,
      status: {
        conditions: [condition('Ready', 'True'), condition('Healthy', 'True', { message: 'long ago' })],
      },
    });
    const end = conclude(object, verifyPlan, seen(), { kind: 'unchanged', at: plus(2), health: healthy });

    expect(conditionIn(end, 'Healthy')?.message).toBe('long ago');
    expect(end.events).toEqual([]);
  });

  test('after a wait tells how long the wait was', () => {
    const object = during({ conditions: withHealthy('Unknown') });
    const end = conclude(object, pollPlan, seen({ now: plus(32) }), {
      kind: 'unchanged',
      at: plus(33),
      health: healthy,
    });

    expect(conditionIn(end, 'Healthy')?.message).toBe('Health check passed in 33s');
    expect(end.status.history).toMatchObject([{ digest: RENDERED, lastReconciledDuration: '33s' }]);
  });

  test('[KS-06 healthy] that nobody asks for any more takes Healthy away', () => {
    const object = readyKustomization({ status: { conditions: [condition('Healthy', 'False')] } });
    const end = conclude(object, verifyPlan, seen(), {
      kind: 'unchanged',
      at: plus(2),
      health: { state: 'off' },
    });

    expect(conditionIn(end, 'Healthy')).toBeUndefined();
  });
});

describe('[KS-07 health-check-failed] a check that fails', () => {
  const object = during({ conditions: withHealthy('Unknown'), lastAppliedRevision: 'old' });
  const end = conclude(object, pollPlan, seen(), { kind: 'unchanged', at: plus(300), health: failed });

  test('[KS-86 failure-message] Ready tells after how long and why, Healthy why', () => {
    expect(conditionIn(end, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'HealthCheckFailed',
      message: `health check failed after 5m0s: ${failed.message}`,
    });
    expect(conditionIn(end, 'Healthy')).toMatchObject({
      status: 'False',
      reason: 'HealthCheckFailed',
      message: failed.message,
    });
    expect(conditionIn(end, 'Reconciling')).toMatchObject({ reason: 'ProgressingWithRetry' });
  });

  test('is told in an event, remembered, and tried again after retryInterval', () => {
    expect(told(end.events)).toEqual([
      `Warning HealthCheckFailed: health check failed after 5m0s: ${failed.message}`,
    ]);
    expect(end.status.history).toMatchObject([{ lastReconciledStatus: 'HealthCheckFailed' }]);
    expect(end.next).toEqual({ after: 'delay', milliseconds: 120_000, reason: 'retry' });
  });

  test('has attempted the revision but not applied it', () => {
    expect(end.status).toMatchObject({ lastAttemptedRevision: REVISION, lastAppliedRevision: 'old' });
  });

  test('is looked at again without applying, and then may pass', () => {
    const again = { ...object, status: { ...object.status, ...end.status } };
    const plan = decide(again, seen({ now: plus(420) }));
    const passed = conclude(again, plan, seen({ now: plus(420) }), {
      kind: 'unchanged',
      at: plus(421),
      health: healthy,
    });

    expect(plan.do).toBe('verify');
    expect(told(passed.events)).toEqual([
      'Normal Progressing: Health check passed in 1s',
      'Normal ReconciliationSucceeded: Reconciliation finished in 1s, next run in 10m0s',
    ]);
    expect(passed.status.lastAppliedRevision).toBe(REVISION);
  });
});
