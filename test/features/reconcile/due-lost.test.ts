import { describe, expect, test } from 'vitest';
import { lastPoll } from '../../../shared/reconcile/delays.ts';
import { due, lateBoundary, lateHop, type Timing, WAIT_LATE } from '../../../shared/reconcile/due.ts';
import { nextBoundary } from '../../../shared/reconcile/slots.ts';
import { artifact, at, condition, NOW, readyGitRepository, readyKustomization } from '../../builders.ts';

const MINUTE = 60_000;
const START = NOW.getTime();
const SLOW: Timing = { interval: 86_400_000, retryInterval: 86_400_000 };
const minute = (number: number) => ({ from: START + (number - 1) * MINUTE, to: START + number * MINUTE });

/** Runs the sweep of each of the first minutes. */
function dueByMinute(object: Parameters<typeof due>[0], timing: Timing, minutes: number) {
  return Array.from({ length: minutes }, (_, index) => due(object, {}, timing, minute(index + 1)));
}

describe('a wait for health in progress', () => {
  const waiting = (generation = 1) =>
    readyKustomization({
      status: {
        conditions: [
          condition('Ready', 'Unknown', { reason: 'Progressing' }),
          condition('Reconciling', 'True', { reason: 'Progressing' }),
          condition('Healthy', 'Unknown', { observedGeneration: generation }),
        ],
      },
    });

  test('is left alone until a poll is two minutes late, then asked for in every minute that has one', () => {
    const reasons = dueByMinute(waiting(), SLOW, 6);

    // Polls at 1, 2, 4 ... 54, 84, 114, 144 s and so on; those of a minute are looked for two minutes later.
    expect(reasons).toEqual([undefined, undefined, 'wait', 'wait', 'wait', 'wait']);
  });

  test('is not asked for in a window without a poll', () => {
    const late = (from: number, to: number) =>
      due(waiting(), {}, SLOW, { from: START + WAIT_LATE + from * 1000, to: START + WAIT_LATE + to * 1000 });

    expect(late(83, 84)).toBe('wait');
    expect(late(84, 113)).toBeUndefined();
    expect(late(84, 114)).toBe('wait');
  });

  test('is asked for under the number that the lost poll had', () => {
    const { to } = minute(5);

    expect(lateHop(waiting(), to)).toBe(lastPoll(START, to - WAIT_LATE)?.hop);
    expect(lateHop(waiting(), START + WAIT_LATE)).toBeUndefined();
    expect(lateHop(readyKustomization(), to)).toBeUndefined();
  });

  test('is no wait any more when Healthy tells of another generation', () => {
    expect(lateHop(waiting(0), minute(5).to)).toBeUndefined();
    expect(due(waiting(0), {}, SLOW, minute(5))).toBe('retry');
  });

  test('is over when something failed since, though Healthy still tells of it', () => {
    const conditions = [
      condition('Ready', 'False', { reason: 'BuildFailed' }),
      condition('Healthy', 'Unknown'),
    ];
    const failed = readyKustomization({ status: { conditions } });

    expect(lateHop(failed, minute(5).to)).toBeUndefined();
    expect(dueByMinute(failed, SLOW, 6)).toEqual(Array(6).fill(undefined));
  });

  test('ends for a new revision at once', () => {
    const source = readyGitRepository({
      status: { artifact: artifact({ revision: 'main@sha1:new', lastUpdateTime: at(30) }) },
    });

    expect(due(waiting(), { source }, SLOW, minute(1))).toBe('source');
  });
});

describe('a run that was never heard of again', () => {
  const stuck = (reason: string) =>
    readyKustomization({
      status: {
        conditions: [condition('Ready', 'Unknown', { reason }), condition('Reconciling', 'True', { reason })],
      },
    });

  test('is due when it says Progressing for more than a minute', () => {
    expect(dueByMinute(stuck('Progressing'), SLOW, 3)).toEqual([undefined, 'retry', 'retry']);
  });

  test('is not when it says ProgressingWithRetry: then its retry is waited for', () => {
    expect(dueByMinute(stuck('ProgressingWithRetry'), SLOW, 3)).toEqual([undefined, undefined, undefined]);
  });
});

describe('delays below a minute, which `later` owns', () => {
  const fast: Timing = { interval: 20_000, retryInterval: 10_000 };

  test('an interval is asked for two minutes late, under its own boundary, once in every minute', () => {
    const object = readyKustomization();
    const uid = object.metadata.uid ?? '';

    expect(dueByMinute(object, fast, 5)).toEqual(['sweep', 'sweep', 'sweep', 'sweep', 'sweep']);
    for (const number of [1, 2, 3]) {
      const window = minute(number);
      const boundary = lateBoundary(object, fast, window) ?? 0;

      expect(boundary).toBeGreaterThan(window.from - WAIT_LATE);
      expect(boundary).toBeLessThanOrEqual(window.to - WAIT_LATE);
      expect(nextBoundary(uid, fast.interval, boundary)).toBeGreaterThan(window.to - WAIT_LATE);
    }
  });

  test('an interval of zero is no interval', () => {
    expect(lateBoundary(readyKustomization(), { interval: 0, retryInterval: 0 }, minute(5))).toBeUndefined();
    expect(due(readyKustomization(), {}, { interval: 0 }, minute(5))).toBeUndefined();
  });

  test('a retry is taken up only when the last attempt is longer ago than it and two minutes', () => {
    const failing = readyKustomization({ status: { conditions: [condition('Ready', 'False')] } });

    expect(dueByMinute(failing, fast, 4)).toEqual([undefined, undefined, 'sweep', 'sweep']);
  });

  test('longer ones have no late boundary: the slots own them', () => {
    expect(lateBoundary(readyKustomization(), { interval: 60_000 }, minute(5))).toBeUndefined();
  });
});
