import { expect, test } from 'vitest';
import { nextRun, parseSchedule } from '../../../../infra/local/cluster/strategies/rules/cron.ts';

function after(schedule: string, time: string): string | undefined {
  const read = parseSchedule(schedule);
  if (typeof read === 'string') return expect.fail(read);
  return nextRun(read, new Date(time))?.toISOString();
}

test.each([
  ['*/15 * * * *', '2026-01-01T00:00:00Z', '2026-01-01T00:15:00.000Z'],
  ['30 4 * * *', '2026-01-01T05:00:00Z', '2026-01-02T04:30:00.000Z'],
  ['0 0 1 jan *', '2026-01-01T00:00:00Z', '2027-01-01T00:00:00.000Z'],
  ['0 12 * * mon-fri', '2026-01-02T13:00:00Z', '2026-01-05T12:00:00.000Z'],
  ['0 0 29 2 *', '2026-01-01T00:00:00Z', '2028-02-29T00:00:00.000Z'],
  ['5/20 1 * * *', '2026-01-01T01:10:00Z', '2026-01-01T01:25:00.000Z'],
  ['@hourly', '2026-01-01T00:59:30Z', '2026-01-01T01:00:00.000Z'],
  // A day of the month and one of the week are alternatives when both are given.
  ['0 0 13 * fri', '2026-01-03T00:00:00Z', '2026-01-09T00:00:00.000Z'],
  ['0 0 13 * fri', '2026-01-09T00:00:00Z', '2026-01-13T00:00:00.000Z'],
])('%s comes after %s at %s', (schedule, time, next) => {
  expect(after(schedule, time)).toBe(next);
});

test('a schedule that never comes has no next time', () => {
  expect(after('0 0 30 2 *', '2026-01-01T00:00:00Z')).toBeUndefined();
});

test.each(['* * *', '60 * * * *', '* 24 * * *', '5-1 * * * *', '*/0 * * * *', 'x * * * *', '@now'])(
  '%s is no schedule',
  (schedule) => {
    expect(parseSchedule(schedule)).toBeTypeOf('string');
  },
);
