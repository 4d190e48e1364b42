import { describe, expect, test } from 'vitest';
import { createSeededChance } from '../../../shared/adapters/memory/seeded-chance.ts';
import { hasBoundary, lastBoundary, nextBoundary } from '../../../shared/reconcile/slots.ts';
import { NOW } from '../../builders.ts';

const START = NOW.getTime();
const chance = createSeededChance(7);

/** Every boundary in (from, to], one by one. */
function boundaries(uid: string, interval: number, from: number, to: number): number[] {
  const found: number[] = [];
  for (let at = nextBoundary(uid, interval, from); at <= to; at = nextBoundary(uid, interval, at))
    found.push(at);
  return found;
}

describe('slots', () => {
  test('[COM-06 jitter] two runs are one interval apart, five percent more or less', () => {
    for (const interval of [60_000, 600_000, 86_400_000]) {
      const uid = chance.uuid();
      const all = boundaries(uid, interval, START, START + 500 * interval);
      const gaps = all.slice(1).map((at, index) => (at - (all[index] ?? 0)) / interval);

      expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0.95 - 1e-4);
      expect(Math.max(...gaps)).toBeLessThanOrEqual(1.05 + 1e-4);
      // Without jitter they would all be 1.
      expect(Math.max(...gaps) - Math.min(...gaps)).toBeGreaterThan(0.05);
      expect(all.length).toBeGreaterThanOrEqual(499);
    }
  });

  test('every boundary lies in exactly one of windows that touch, however they are cut', () => {
    for (let round = 0; round < 200; round++) {
      const uid = chance.uuid();
      const interval = 60_000 + Math.floor(chance.number() * 3_600_000);
      const all = boundaries(uid, interval, START, START + 20 * interval);
      let hits = 0;
      for (let from = START; from < START + 20 * interval; ) {
        const to = Math.min(from + 1 + Math.floor(chance.number() * interval * 0.9), START + 20 * interval);
        if (hasBoundary(uid, interval, { from, to })) hits++;
        from = to;
      }

      expect(hits).toBe(all.length);
    }
  });

  test('a boundary belongs to the window that ends with it, not to the one that begins with it', () => {
    const at = nextBoundary('uid', 600_000, START);

    expect(hasBoundary('uid', 600_000, { from: at - 1, to: at })).toBe(true);
    expect(hasBoundary('uid', 600_000, { from: at, to: at + 1 })).toBe(false);
  });

  test('last and next meet', () => {
    for (let round = 0; round < 200; round++) {
      const uid = chance.uuid();
      const now = START + Math.floor(chance.number() * 1e9);
      const next = nextBoundary(uid, 600_000, now);

      expect(lastBoundary(uid, 600_000, now)).toBeLessThanOrEqual(now);
      expect(next).toBeGreaterThan(now);
      expect(lastBoundary(uid, 600_000, next)).toBe(next);
      expect(lastBoundary(uid, 600_000, next - 1)).toBeLessThan(next);
    }
  });

  test('objects are spread over the interval', () => {
    const phases = Array.from(
      { length: 1000 },
      () => (nextBoundary(chance.uuid(), 600_000, START) - START) / 600_000,
    );

    for (const tenth of Array.from({ length: 10 }, (_, index) => index / 10)) {
      const share = phases.filter((phase) => phase > tenth && phase <= tenth + 0.1).length;
      expect(share).toBeGreaterThan(50);
      expect(share).toBeLessThan(160);
    }
  });

  test('an object that is never looked at has no boundary', () => {
    expect(hasBoundary('uid', Number.POSITIVE_INFINITY, { from: 0, to: START })).toBe(false);
  });
});
