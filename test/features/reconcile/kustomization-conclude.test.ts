import { describe, expect, test } from 'vitest';
import type { Kustomization } from '../../../shared/api/kustomization.ts';
import { conclude } from '../../../shared/reconcile/kustomization/conclude.ts';
import type { Report } from '../../../shared/reconcile/kustomization/report.ts';
import { artifact, at, condition, kustomization, REVISION, readyKustomization } from '../../builders.ts';
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

const off = { state: 'off' } as const;
const success: Report = { kind: 'applied', at: plus(2.5), work: applied(), health: off };
const revision = { 'kustomize.toolkit.fluxcd.io/revision': REVISION };
const during = (spec: Partial<Kustomization['spec']> = {}) =>
  kustomization({ spec, metadata: { generation: 3 }, status: { conditions: [...duringRun()] } });

describe('a first success', () => {
  const end = conclude(during(), applyPlan, seen(), success);

  test('[KS-07 reconciliation-succeeded] Ready is True with the applied revision', () => {
    expect(conditionIn(end, 'Ready')).toEqual({
      type: 'Ready',
      status: 'True',
      reason: 'ReconciliationSucceeded',
      message: `Applied revision: ${REVISION}`,
      observedGeneration: 3,
      lastTransitionTime: at(2),
    });
  });

  test('[KS-06 success] [COM-10 deleted] [COM-08 removed] Reconciling and Stalled are gone', () => {
    const stalled = kustomization({ status: { conditions: [condition('Stalled', 'True'), ...duringRun()] } });
    const { status } = conclude(stalled, applyPlan, seen(), success);

    expect(status.conditions?.map(({ type }) => type)).toEqual(['Ready']);
    expect(end.status.conditions?.map(({ type }) => type)).toEqual(['Ready']);
  });

  test('[KS-08 observed-generation] [COM-02 success] [KS-08 last-applied] [KS-08 inventory] the status follows', () => {
    expect(end.status).toMatchObject({
      observedGeneration: 3,
      lastAttemptedRevision: REVISION,
      lastAppliedRevision: REVISION,
      inventory: { entries: [{ id: 'apps_podinfo__ConfigMap', v: 'v1' }] },
    });
    expect(end.status).not.toHaveProperty('lastAppliedOriginRevision');
  });

  test('[KS-10 finished] [KS-10 changes] [COM-26 types] events tell what changed, how long it took and what is next', () => {
    expect(told(end.events)).toEqual([
      'Normal Progressing: ConfigMap/apps/podinfo created',
      'Normal ReconciliationSucceeded: Reconciliation finished in 2.5s, next run in 10m0s',
    ]);
  });

  test('[KS-10 commit-status] [KS-10 metadata] [COM-26 metadata] with the revision, the last one for the commit status', () => {
    expect(end.events.map(({ metadata }) => metadata)).toEqual([
      revision,
      { ...revision, 'kustomize.toolkit.fluxcd.io/commit_status': 'update' },
    ]);
  });

  test('it is looked at again after the interval', () => {
    expect(end.next).toEqual({ after: 'interval' });
  });

  test('it enters the history', () => {
    expect(end.status.history).toMatchObject([
      { digest: RENDERED, lastReconciledStatus: 'ReconciliationSucceeded', lastReconciledDuration: '2.5s' },
    ]);
  });
});

test('[KS-10 pruned] what was pruned is an event of its own', () => {
  const work = applied({ changes: ['a created', 'b configured'], pruned: ['c deleted', 'd deleted'] });
  const { events } = conclude(during(), applyPlan, seen(), { ...success, work });

  expect(told(events).slice(0, 2)).toEqual([
    'Normal Progressing: a created\nb configured',
    'Normal Progressing: c deleted\nd deleted',
  ]);
});

test('[KS-08 origin-revision] what the artifact was made from is in status, history and events', () => {
  const source = artifact({ metadata: { 'org.opencontainers.image.revision': 'v1.2' } });
  const end = conclude(during(), { ...applyPlan, artifact: source }, seen(), success);

  expect(end.status.lastAppliedOriginRevision).toBe('v1.2');
  expect(end.status.history?.[0]?.metadata).toEqual({ revision: REVISION, originRevision: 'v1.2' });
  expect(end.events[0]?.metadata).toEqual({
    ...revision,
    'kustomize.toolkit.fluxcd.io/originRevision': 'v1.2',
  });
});

test('the origin revision of an older artifact goes', () => {
  const object = readyKustomization({ status: { lastAppliedOriginRevision: 'v1.1' } });

  expect(conclude(object, applyPlan, seen(), success).status).not.toHaveProperty('lastAppliedOriginRevision');
});

describe('nothing new', () => {
  const unchanged: Report = { kind: 'unchanged', at: plus(1), health: off };

  test('writes nothing and tells nothing (declared deviation)', () => {
    const object = readyKustomization();
    const end = conclude(object, verifyPlan, seen(), unchanged);

    expect(end).toEqual({ status: object.status, events: [], next: { after: 'interval' } });
  });

  test('but another generation is told', () => {
    const object = readyKustomization({ metadata: { generation: 2 } });
    const end = conclude(object, verifyPlan, seen(), unchanged);

    expect(end.status.observedGeneration).toBe(2);
    expect(told(end.events)).toEqual([
      'Normal ReconciliationSucceeded: Reconciliation finished in 1s, next run in 10m0s',
    ]);
    expect(end.status.history).toMatchObject([{ digest: RENDERED, totalReconciliations: 1 }]);
  });

  test('and so is a drift that was put right', () => {
    const end = conclude(readyKustomization(), verifyPlan, seen(), success);

    expect(told(end.events)).toHaveLength(2);
    expect(end.status.history?.[0]?.totalReconciliations).toBe(1);
  });
});

describe('[KS-05 for-good] [COM-02 stall] what stalls', () => {
  const plan = { do: 'stall', reason: 'AccessDenied', message: 'no' } as const;
  const nothing: Report = { kind: 'nothing', at: plus(0) };
  const object = during();

  test('is Ready False and Stalled, observed, and not looked at again', () => {
    const end = conclude(object, plan, seen({ source: { state: 'denied', message: 'no' } }), nothing);

    expect(
      end.status.conditions?.map(({ type, status, reason, message }) => [type, status, reason, message]),
    ).toEqual([
      ['Stalled', 'True', 'AccessDenied', 'no'],
      ['Ready', 'False', 'AccessDenied', 'no'],
    ]);
    expect(end.status.observedGeneration).toBe(3);
    expect(end.next).toEqual({ after: 'nothing' });
    expect(end.events).toEqual([{ type: 'Warning', reason: 'AccessDenied', message: 'no' }]);
  });

  test('is told once a generation', () => {
    const told = condition('Stalled', 'True', { reason: 'AccessDenied', message: 'no' });
    const again = (observedGeneration: number) =>
      kustomization({
        metadata: { generation: 3 },
        status: { conditions: [{ ...told, observedGeneration }] },
      });

    expect(conclude(again(3), plan, seen(), nothing).events).toEqual([]);
    expect(conclude(again(2), plan, seen(), nothing).events).toHaveLength(1);
  });

  test('after the build counts as an attempt at the revision', () => {
    const report: Report = { kind: 'stalled', at: plus(1), reason: 'BuildFailed', message: 'carries Flux' };
    const end = conclude(object, applyPlan, seen(), report);

    expect(end.status.lastAttemptedRevision).toBe(REVISION);
    expect(end.events).toEqual([
      { type: 'Warning', reason: 'BuildFailed', message: 'carries Flux', metadata: revision },
    ]);
    expect(end.next).toEqual({ after: 'nothing' });
  });
});

test('a wait that passes tells how long it was', () => {
  const object = readyKustomization({ status: { conditions: [...duringRun()] } });
  const end = conclude(object, pollPlan, seen({ now: plus(88) }), {
    kind: 'unchanged',
    at: plus(90),
    health: off,
  });

  expect(told(end.events)).toEqual([
    'Normal ReconciliationSucceeded: Reconciliation finished in 1m30s, next run in 10m0s',
  ]);
});
