import { describe, expect, test } from 'vitest';
import { due, type Neighbours, REMOVAL_RETRY, type Timing } from '../../../shared/reconcile/due.ts';
import type { Reconciled } from '../../../shared/reconcile/reconciler.ts';
import { lastBoundary, nextBoundary, type Window } from '../../../shared/reconcile/slots.ts';
import {
  artifact,
  at,
  condition,
  NOW,
  REVISION,
  readyGitRepository,
  readyKustomization,
} from '../../builders.ts';

const MINUTE = 60_000;
const KUSTOMIZATION: Timing = { interval: 600_000, retryInterval: 120_000 };
const uid = readyKustomization().metadata.uid ?? '';

/** A minute in which no slot of the object lies. */
const quiet: Window = (() => {
  for (let to = NOW.getTime(); ; to += MINUTE) {
    const window = { from: to - MINUTE, to };
    const slots = [KUSTOMIZATION.interval, 120_000].map((length) => lastBoundary(uid, length, to));
    if (slots.every((slot) => slot <= window.from)) return window;
  }
})();
const inQuiet = (seconds: number): string => new Date(quiet.from + seconds * 1000).toISOString();

function dueOf(object: Reconciled, neighbours: Neighbours = {}, window = quiet, timing = KUSTOMIZATION) {
  return due(object, neighbours, timing, window);
}

/** Ready for long, so that nothing else calls for it. */
const ready = readyKustomization;
const failing = (reason: string, overrides: object = {}) =>
  ready({
    status: {
      conditions: [condition('Ready', 'False', { reason, lastTransitionTime: at(-86_400), ...overrides })],
    },
  });

test('nothing is due in a quiet minute', () => {
  expect(dueOf(ready())).toBeUndefined();
  expect(dueOf(failing('BuildFailed'))).toBeUndefined();
});

describe('what a person does', () => {
  test('[COM-04 generation] another generation than the one Ready tells of is due', () => {
    expect(dueOf(ready({ metadata: { generation: 2 } }))).toBe('watch');
    // observedGeneration of the status follows on success only; Ready's own is what counts.
    expect(dueOf(ready({ status: { observedGeneration: 0 } }))).toBeUndefined();
  });

  test('an object that has no Ready yet is due', () => {
    expect(dueOf(ready({ status: { conditions: [] } }))).toBe('watch');
  });

  test('[COM-04 requested] another value of requestedAt than the handled one is due', () => {
    const annotations = { 'reconcile.fluxcd.io/requestedAt': 'now' };

    expect(dueOf(ready({ metadata: { annotations } }))).toBe('watch');
    expect(
      dueOf(ready({ metadata: { annotations }, status: { lastHandledReconcileAt: 'now' } })),
    ).toBeUndefined();
  });

  test('[COM-04 other-metadata] other labels and annotations are not', () => {
    const metadata = { labels: { a: 'b' }, annotations: { c: 'd' } };

    expect(dueOf(ready({ metadata }))).toBeUndefined();
  });

  test('[COM-05 no-requeue] a suspended object is not due, whatever else calls for it', () => {
    const spec = { suspend: true };
    const everything = { configurationChanged: true, source: readyGitRepository() };
    const day = { from: NOW.getTime(), to: NOW.getTime() + 86_400_000 };

    expect(dueOf(ready({ spec }), everything, day)).toBeUndefined();
  });

  test('a suspended object is due once for the generation that suspended it, when ready, and for a request', () => {
    const spec = { suspend: true };
    const metadata = { generation: 2 };
    const annotations = { 'reconcile.fluxcd.io/requestedAt': 'now' };

    expect(dueOf(ready({ spec, metadata }))).toBe('watch');
    expect(dueOf(ready({ spec, metadata, status: { observedGeneration: 2 } }))).toBeUndefined();
    expect(dueOf(ready({ spec, metadata: { annotations } }))).toBe('watch');
    expect(
      dueOf(ready({ spec, metadata, status: { conditions: [condition('Ready', 'False')] } })),
    ).toBeUndefined();
  });

  test('a deletion is due when it happens, then in a slot of its own, even when suspended', () => {
    const deleted = (deletionTimestamp: string) =>
      ready({ metadata: { deletionTimestamp }, spec: { suspend: true } });
    const slot = nextBoundary(uid, REMOVAL_RETRY, NOW.getTime());

    expect(dueOf(deleted(inQuiet(30)))).toBe('watch');
    expect(dueOf(deleted(at(-3600)), {}, { from: slot - 1, to: slot })).toBe('retry');
    expect(dueOf(deleted(at(-3600)), {}, { from: slot, to: slot + 1 })).toBeUndefined();
  });

  test('a deletion without finalizers is not ours', () => {
    const metadata = { deletionTimestamp: inQuiet(30), finalizers: [] };

    expect(dueOf(ready({ metadata }))).toBeUndefined();
  });
});

describe('slots', () => {
  test('[KS-03 interval] a ready object is due when a slot of its interval begins', () => {
    const slot = nextBoundary(uid, KUSTOMIZATION.interval, NOW.getTime());

    expect(dueOf(ready(), {}, { from: slot - MINUTE, to: slot })).toBe('sweep');
    expect(dueOf(ready(), {}, { from: slot, to: slot + MINUTE })).toBeUndefined();
  });

  test('a failing one in those of its retryInterval', () => {
    const slot = nextBoundary(uid, 120_000, NOW.getTime());

    expect(dueOf(failing('BuildFailed'), {}, { from: slot - 1, to: slot })).toBe('sweep');
    expect(dueOf(failing('BuildFailed'), {}, { from: slot, to: slot + 1 })).toBeUndefined();
  });

  test('a failing one without retryInterval at the steps of its back-off, counted from the failure', () => {
    const backingOff = { interval: 60_000 };
    const failed = condition('FetchFailed', 'True', { lastTransitionTime: at(0) });
    const flapping = condition('Ready', 'False', { lastTransitionTime: at(150) });
    const source = readyGitRepository({ status: { conditions: [flapping, failed] } });
    // 0.75 + 1.5 + ... + 48 s belong to `later`, the next step of 96 s does not.
    const step = NOW.getTime() + 95_250 + 96_000;

    expect(dueOf(source, {}, { from: step - 1, to: step }, backingOff)).toBe('sweep');
    expect(dueOf(source, {}, { from: step, to: step + 1000 }, backingOff)).toBeUndefined();
    expect(dueOf(source, {}, { from: NOW.getTime(), to: step - 1 }, backingOff)).toBeUndefined();
  });

  test('windows that touch find each slot once', () => {
    const day = { from: NOW.getTime(), to: NOW.getTime() + 86_400_000 };
    let found = 0;
    for (let from = day.from; from < day.to; from += MINUTE) {
      if (dueOf(ready(), {}, { from, to: from + MINUTE }) === 'sweep') found++;
    }
    let slots = 0;
    for (let slot = nextBoundary(uid, 600_000, day.from); slot <= day.to; slots++)
      slot = nextBoundary(uid, 600_000, slot);

    expect(found).toBe(slots);
    expect(found).toBeGreaterThan(140);
  });
});

describe('neighbours', () => {
  const sourceAt = (lastUpdateTime: string, revision = 'main@sha1:new') =>
    readyGitRepository({ status: { artifact: artifact({ revision, lastUpdateTime }) } });

  test('[KS-16 revision] an artifact of the window whose revision was not attempted is due', () => {
    expect(dueOf(ready(), { source: sourceAt(inQuiet(30)) })).toBe('source');
  });

  test('[KS-16 attempted] one that was attempted is not, even if its digest is new', () => {
    expect(dueOf(ready(), { source: sourceAt(inQuiet(30), REVISION) })).toBeUndefined();
  });

  test('one of another minute is not: it was due then', () => {
    expect(dueOf(ready(), { source: sourceAt(inQuiet(-30)) })).toBeUndefined();
    expect(dueOf(ready(), { source: sourceAt(inQuiet(90)) })).toBeUndefined();
  });

  test('one written within the second in which the window begins counts in both windows', () => {
    const whole = Math.floor(quiet.from / 1000) * 1000;
    const source = sourceAt(new Date(whole).toISOString());

    expect(dueOf(ready(), { source }, { from: whole, to: whole + 30_000 })).toBe('source');
    expect(dueOf(ready(), { source }, { from: whole - 30_000, to: whole })).toBe('source');
  });

  const dependency = (status: 'True' | 'False', lastTransitionTime: string) =>
    readyKustomization({ status: { conditions: [condition('Ready', status, { lastTransitionTime })] } });

  test('dependencies that all are ready, one of them since this window, are due', () => {
    const waiting = failing('DependencyNotReady');
    const old = dependency('True', at(-86_400));

    expect(dueOf(waiting, { dependencies: [old, dependency('True', inQuiet(30))] })).toBe('dependency');
    expect(dueOf(waiting, { dependencies: [old, old] })).toBeUndefined();
    expect(
      dueOf(waiting, { dependencies: [dependency('False', inQuiet(10)), dependency('True', inQuiet(30))] }),
    ).toBeUndefined();
    expect(
      dueOf(failing('BuildFailed'), { dependencies: [dependency('True', inQuiet(30))] }),
    ).toBeUndefined();
  });

  test('[KS-16 configuration] [COM-25 labelled] a watched ConfigMap or Secret that changed is due', () => {
    expect(dueOf(ready(), { configurationChanged: true })).toBe('configuration');
  });

  test('[COM-25 others] one that is not watched is seen at the next interval', () => {
    const slot = nextBoundary(uid, KUSTOMIZATION.interval, NOW.getTime());

    expect(dueOf(ready(), { configurationChanged: false })).toBeUndefined();
    expect(dueOf(ready(), { configurationChanged: false }, { from: slot - 1, to: slot })).toBe('sweep');
  });
});

describe('[COM-07 stalling] a stalled object', () => {
  const stalled = (overrides: object = {}) =>
    ready({
      status: { conditions: [condition('Stalled', 'True'), condition('Ready', 'False')] },
      ...overrides,
    });
  const day = { from: NOW.getTime(), to: NOW.getTime() + 86_400_000 };

  test('is not due by time, source or dependencies', () => {
    const source = readyGitRepository({
      status: { artifact: artifact({ revision: 'new', lastUpdateTime: at(60) }) },
    });

    expect(dueOf(stalled(), { source, dependencies: [ready()] }, day)).toBeUndefined();
  });

  test('is due by generation, request and configuration', () => {
    const annotations = { 'reconcile.fluxcd.io/requestedAt': 'now' };

    expect(dueOf(stalled({ metadata: { generation: 2 } }))).toBe('watch');
    expect(dueOf(stalled({ metadata: { annotations } }))).toBe('watch');
    expect(dueOf(stalled(), { configurationChanged: true })).toBe('configuration');
  });
});
