import { expect, test } from 'vitest';
import { latest } from '../../../shared/reconcile/helm-chart/latest.ts';

test('what is made is kept as long as it is among the latest, and made again after that', async () => {
  const made: string[] = [];
  const open = latest(2, async (key) => {
    made.push(key);
    return made.length;
  });

  expect([await open('a'), await open('a'), await open('b'), await open('a')]).toEqual([1, 1, 2, 1]);
  expect(await open('c')).toBe(3);
  expect([await open('b'), await open('c')]).toEqual([2, 3]);
  expect(await open('a')).toBe(4);
  expect(made).toEqual(['a', 'b', 'c', 'a']);
});
