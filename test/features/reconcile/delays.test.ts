import { describe, expect, test } from 'vitest';
import {
  backoff,
  FIRST_SWEPT_HOP,
  hasBackoffStep,
  lastPoll,
  nextPoll,
} from '../../../shared/reconcile/delays.ts';
import { NOW } from '../../builders.ts';

const START = NOW.getTime();

describe('[COM-07 backoff] back-off', () => {
  test('starts at 750 ms, doubles, and ends at 15 minutes', () => {
    expect([0, 1, 2, 3, 10, 11, 1000].map(backoff)).toEqual([
      750, 1500, 3000, 6000, 768_000, 900_000, 900_000,
    ]);
  });

  test('the first step of the slots is the first of a minute or more', () => {
    expect(backoff(FIRST_SWEPT_HOP - 1)).toBeLessThan(60_000);
    expect(backoff(FIRST_SWEPT_HOP)).toBeGreaterThanOrEqual(60_000);
  });

  test('steps of a minute or more are found in the window they fall into', () => {
    // 0.75 + 1.5 + ... + 48 = 95.25 s are the short steps; then 96, 192, 384, 768, 900, 900 ... s.
    const steps = [95.25 + 96, 95.25 + 288, 95.25 + 672, 95.25 + 1440, 95.25 + 2340, 95.25 + 3240];
    const found: number[] = [];
    for (let from = START; from < START + 3_500_000; from += 1000) {
      if (hasBackoffStep(START, { from, to: from + 1000 })) found.push((from - START) / 1000);
    }

    expect(found).toEqual(steps.map((seconds) => Math.ceil(seconds) - 1));
  });

  test('after days it still comes every 15 minutes', () => {
    const day = START + 86_400_000;
    const hits = Array.from({ length: 60 }, (_, minute) =>
      hasBackoffStep(START, { from: day + minute * 60_000, to: day + (minute + 1) * 60_000 }),
    );

    expect(hits.filter(Boolean)).toHaveLength(4);
  });

  test('without a beginning there is no step', () => {
    expect(hasBackoffStep(Number.NaN, { from: 0, to: START })).toBe(false);
  });
});

describe('polls of a wait for health', () => {
  test('grow to 30 seconds', () => {
    const seconds: number[] = [];
    for (let poll = nextPoll(START, START); poll.hop <= 11; poll = nextPoll(START, poll.at)) {
      seconds.push((poll.at - START) / 1000);
    }

    expect(seconds).toEqual([1, 2, 4, 7, 12, 20, 33, 54, 84, 114, 144]);
  });

  test('are numbered by time, so that every run asks for the same next one', () => {
    expect(nextPoll(START, START + 4000)).toEqual({ hop: 4, at: START + 7000 });
    expect(nextPoll(START, START + 6999)).toEqual({ hop: 4, at: START + 7000 });
    expect(nextPoll(START, START + 7000)).toEqual({ hop: 5, at: START + 12_000 });
  });

  test('last and next meet, hours later too', () => {
    expect(lastPoll(START, START + 999)).toBeUndefined();
    for (const passed of [1000, 53_999, 54_000, 83_999, 84_000, 7_200_123]) {
      const last = lastPoll(START, START + passed);
      const next = nextPoll(START, START + passed);

      expect(last?.at).toBeLessThanOrEqual(START + passed);
      expect(next.at).toBeGreaterThan(START + passed);
      expect(next.hop).toBe((last?.hop ?? 0) + 1);
      expect(lastPoll(START, next.at)).toEqual(next);
    }
  });
});
