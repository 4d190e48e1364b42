import { expect, test } from 'vitest';
import { humanDuration, since } from '../../../../infra/local/cluster/http/tables/durations.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test.each([
  [-3 * SECOND, '<invalid>'],
  [-1.5 * SECOND, '0s'],
  [119 * SECOND, '119s'],
  [2 * MINUTE, '2m'],
  [9 * MINUTE + 5 * SECOND, '9m5s'],
  [179 * MINUTE, '179m'],
  [3 * HOUR, '3h'],
  [7 * HOUR + 30 * MINUTE, '7h30m'],
  [47 * HOUR, '47h'],
  [2 * DAY, '2d'],
  [7 * DAY + 5 * HOUR, '7d5h'],
  [8 * DAY + 5 * HOUR, '8d'],
  [729 * DAY, '729d'],
  [730 * DAY, '2y'],
  [800 * DAY, '2y70d'],
  [9 * 365 * DAY, '9y'],
])('%i ms is %s', (milliseconds, text) => {
  expect(humanDuration(milliseconds)).toBe(text);
});

test('a time that is not there is unknown', () => {
  expect(since(undefined, new Date(0))).toBe('<unknown>');
});
