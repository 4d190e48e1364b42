import type { Fact } from '../index.ts';

const com = (row: number, fact: string, says: string): Fact => ({
  row: `COM-${String(row).padStart(2, '0')}`,
  fact,
  says,
});

/** How durations are written in specs and status. */
export const durationFacts = [
  com(
    1,
    'go-syntax',
    'A duration is read and written exactly as Go does, with the same words when it is refused.',
  ),
  com(1, 'composite', 'Several numbers with units add up, as in 1h30m.'),
  com(1, 'fraction', 'A number may have a fraction, as in 1.5h.'),
  com(1, 'no-days', 'There is no unit for days.'),
  com(
    1,
    'interval-pattern',
    'An interval is one or more unsigned numbers with ms, s, m or h; the CRDs refuse the rest.',
  ),
  com(1, 'source-timeout', 'The timeout of a source has no hours, and is 60 seconds when absent.'),
] as const;
