import { describe, expect, test } from 'vitest';
import type { Kustomization } from '../../../shared/api/kustomization.ts';
import { conclude } from '../../../shared/reconcile/kustomization/conclude.ts';
import { decide, type Seen } from '../../../shared/reconcile/kustomization/decide.ts';
import type { Report } from '../../../shared/reconcile/kustomization/report.ts';
import { artifact, at, condition, kustomization, REVISION } from '../../builders.ts';
import {
  applied,
  applyPlan,
  conditionIn,
  duringRun,
  plus,
  RENDERED,
  seen,
  told,
} from './kustomization-seen.ts';

const during = (conditions = duringRun()) =>
  kustomization({
    spec: { retryInterval: '2m' },
    metadata: { generation: 3 },
    status: { observedGeneration: 2, lastAppliedRevision: 'old', conditions: [...conditions] },
  });

function failure(reason: string, message: string, overrides: Partial<Report & { kind: 'failed' }> = {}) {
  return { kind: 'failed', at: plus(3), reason, message, attempted: true, ...overrides } as const;
}

describe('a failure', () => {
  const end = conclude(during(), applyPlan, seen(), failure('BuildFailed', 'kustomize build failed: no'));

  test('[KS-07 build-failed] is Ready False with its reason and text', () => {
    expect(conditionIn(end, 'Ready')).toEqual({
      type: 'Ready',
      status: 'False',
      reason: 'BuildFailed',
      message: 'kustomize build failed: no',
      observedGeneration: 3,
      lastTransitionTime: at(3),
    });
  });

  test('[KS-06 with-retry] [COM-10 with-retry] leaves Reconciling as it was, with retry', () => {
    expect(conditionIn(end, 'Reconciling')).toMatchObject({
      status: 'True',
      reason: 'ProgressingWithRetry',
      message: `Detecting drift for revision ${REVISION} with a timeout of 9m30s`,
    });
  });

  test('[COM-02 failing] leaves the observed generation and the applied revision behind', () => {
    expect(end.status).toMatchObject({ observedGeneration: 2, lastAppliedRevision: 'old' });
  });

  test('[KS-08 last-attempted] attempts the revision, unless the artifact could not be used', () => {
    const unusable = failure('ArtifactFailed', 'kustomization path not found', { attempted: false });

    expect(end.status.lastAttemptedRevision).toBe(REVISION);
    expect(conclude(during(), applyPlan, seen(), unusable).status).not.toHaveProperty(
      'lastAttemptedRevision',
    );
  });

  test('[KS-03 retry-interval] [COM-06 success-only] is tried again after retryInterval, the tenth time too', () => {
    for (const object of [during(), during(end.status.conditions)]) {
      expect(conclude(object, applyPlan, seen(), failure('BuildFailed', 'no')).next).toEqual({
        after: 'delay',
        milliseconds: 120_000,
        reason: 'retry',
      });
    }
  });

  test('[KS-10 error] [COM-26 types] is a Warning with its text, every time', () => {
    expect(end.events).toEqual([
      {
        type: 'Warning',
        reason: 'BuildFailed',
        message: 'kustomize build failed: no',
        metadata: { 'kustomize.toolkit.fluxcd.io/revision': REVISION },
      },
    ]);
  });

  test('[KS-09 built-only] without a build leaves no trace in the history', () => {
    expect(end.status).not.toHaveProperty('history');
  });

  test('is a new attempt: the time of Ready moves even from False to False', () => {
    const object = during([condition('Ready', 'False', { reason: 'BuildFailed' })]);
    const again = conclude(object, applyPlan, seen(), failure('BuildFailed', 'no'));

    expect(conditionIn(again, 'Ready')?.lastTransitionTime).toBe(at(3));
  });

  test('[COM-13 kustomizations] is cut at 20000 characters', () => {
    const long = conclude(during(), applyPlan, seen(), failure('BuildFailed', 'x'.repeat(20_001)));

    expect(conditionIn(long, 'Ready')?.message).toHaveLength(20_000);
  });
});

describe('[KS-09 failures] after the build the history remembers', () => {
  test('[KS-07 reconciliation-failed] an apply that failed', () => {
    const report = failure('ReconciliationFailed', 'dry-run failed\na created', { renderedDigest: RENDERED });
    const end = conclude(during(), applyPlan, seen(), report);

    expect(end.status.history).toMatchObject([
      { digest: RENDERED, lastReconciledStatus: 'ReconciliationFailed', lastReconciledDuration: '3s' },
    ]);
    expect(end.status).not.toHaveProperty('inventory');
    expect(told(end.events)).toEqual(['Warning ReconciliationFailed: dry-run failed\na created']);
  });

  test('[KS-07 prune-failed] a prune that failed, with what could not be deleted in the inventory', () => {
    const inventory = {
      entries: [
        { id: 'apps_new__ConfigMap', v: 'v1' },
        { id: 'apps_stays__ConfigMap', v: 'v1' },
      ],
    };
    const work = applied({ inventory, pruned: ['ConfigMap/apps/gone deleted'] });
    const report = failure('PruneFailed', 'stays: forbidden', { renderedDigest: RENDERED, work });
    const end = conclude(during(), applyPlan, seen(), report);

    expect(end.status.inventory).toEqual(inventory);
    expect(end.status.history).toMatchObject([{ lastReconciledStatus: 'PruneFailed' }]);
    expect(told(end.events)).toEqual([
      'Normal Progressing: ConfigMap/apps/podinfo created',
      'Warning PruneFailed: stays: forbidden',
    ]);
  });
});

describe('what is waited for', () => {
  const nothing: Report = { kind: 'nothing', at: plus(0) };
  const decided = (object: Kustomization, what: Seen) =>
    conclude(object, decide(object, what), what, nothing);
  const fresh = kustomization({ spec: { retryInterval: '2m' } });

  test('[KS-07 artifact-failed] [KS-04 no-event] [COM-31 not-found] a source without artifact, without an event', () => {
    const end = decided(fresh, seen({ source: { state: 'pending' } }));

    expect(conditionIn(end, 'Ready')).toMatchObject({ status: 'False', reason: 'ArtifactFailed' });
    expect(end.events).toEqual([]);
    expect(end.next).toEqual({ after: 'delay', milliseconds: 30_000, reason: 'retry' });
    expect(decided(fresh, seen({ source: { state: 'missing' } })).events).toEqual([]);
  });

  test('[KS-04 artifact-gone] an artifact that is not in the store', () => {
    const end = conclude(during(), applyPlan, seen(), { kind: 'artifact-gone', at: plus(1) });

    expect(conditionIn(end, 'Ready')).toMatchObject({
      reason: 'ArtifactFailed',
      message: 'Source is not ready, artifact not found, retrying in 30s',
    });
    expect(end.status).not.toHaveProperty('lastAttemptedRevision');
    expect(end.events).toEqual([]);
    expect(end.next).toEqual({ after: 'delay', milliseconds: 30_000, reason: 'retry' });
  });

  test('[KS-07 dependency-not-ready] [KS-10 dependency-wait] a dependency, with an event that is no error', () => {
    const end = decided(fresh, seen({ blocked: "dependency 'apps/base' is not ready" }));

    expect(conditionIn(end, 'Ready')).toMatchObject({
      status: 'False',
      reason: 'DependencyNotReady',
      message: "dependency 'apps/base' is not ready",
    });
    expect(told(end.events)).toEqual([
      'Normal DependencyNotReady: Dependencies do not meet ready condition, retrying in 30s',
    ]);
    expect(end.next).toEqual({ after: 'delay', milliseconds: 30_000, reason: 'dependency' });
  });

  test('a dependency is told once, but another generation or text is seen', () => {
    const blocked = seen({ blocked: "dependency 'apps/base' is not ready" });
    const first = decided(fresh, blocked);
    const again = { ...fresh, status: { ...fresh.status, ...first.status } };
    const edited = { ...again, metadata: { ...again.metadata, generation: 2 } };

    expect(decided(again, blocked)).toMatchObject({ status: again.status, events: [] });
    expect(conditionIn(decided(edited, blocked), 'Ready')?.observedGeneration).toBe(2);
    const other = decided(again, seen({ now: plus(60), blocked: 'another text' }));
    expect(conditionIn(other, 'Ready')).toMatchObject({ message: 'another text', lastTransitionTime: at(0) });
  });

  test('what the build reads: a failure like one of the build', () => {
    const end = decided(fresh, seen({ unreadable: 'no Secret' }));

    expect(conditionIn(end, 'Ready')).toMatchObject({ reason: 'BuildFailed', message: 'no Secret' });
    expect(conditionIn(end, 'Reconciling')).toMatchObject({
      reason: 'ProgressingWithRetry',
      message: `Building manifests for revision ${artifact().revision} with a timeout of 9m30s`,
    });
    expect(end.status.lastAttemptedRevision).toBe(REVISION);
    expect(told(end.events)).toEqual(['Warning BuildFailed: no Secret']);
    expect(end.next).toMatchObject({ milliseconds: 120_000 });
  });
});
