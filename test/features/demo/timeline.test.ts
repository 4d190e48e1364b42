import { expect, test } from 'vitest';
import { scale, timeline } from '../../../infra/local/demo/timeline.ts';

const step = (marks: Readonly<Record<string, number>>, milliseconds: number) => ({
  ...{ step: 3, title: 'A new release', facts: {} },
  ...{ marks, milliseconds },
});

test('each thing stands where its time is on the logarithmic scale', () => {
  const [row] = timeline([step({ fetched: 10, stored: 100, applied: 1_000, healthy: 10_000 }, 10_000)]);

  expect(scale().indexOf('100 ms')).toBe(row?.track.indexOf('S'));
  expect(scale().indexOf('1 s')).toBe(row?.track.indexOf('A'));
  expect(scale().indexOf('10 s')).toBe(row?.track.indexOf('H'));
  expect(row?.track.startsWith('F-')).toBe(true);
});

test('what happens in the same column stands side by side, in order', () => {
  const [row] = timeline([step({ fetched: 20, stored: 20, applied: 20, healthy: 20 }, 20)]);

  expect(row?.track).toMatch(/^-+FSAH$/);
});

test('the end of a step without health is where its line ends', () => {
  const [row] = timeline([step({ fetched: 10, stored: 20 }, 1_000)]);

  expect(row?.track.length).toBe(scale().indexOf('1 s'));
});

test('a step without marks has no row, and one that takes minutes stays on the page', () => {
  const rows = timeline([step({}, 5), step({ healthy: 1_000_000 }, 1_000_000)]);

  expect(rows.length).toBe(1);
  expect(rows[0]?.track.endsWith('H')).toBe(true);
  expect(rows[0]?.track.length).toBeLessThanOrEqual(56);
});
