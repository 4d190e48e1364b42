import { describe, expect, test } from 'vitest';
import { GitRepository } from '../../../shared/api/git-repository.ts';
import { Duration, ShortDuration } from '../../../shared/api/schema.ts';
import { formatDuration, parseDuration } from '../../../shared/core/durations.ts';
import { isFault } from '../../../shared/core/failures.ts';
import { gitRepository } from '../../builders.ts';
import { GO_DURATIONS, GO_REFUSALS } from './go-table.ts';

describe('as Go does', () => {
  test.each(GO_DURATIONS)('[COM-01 go-syntax] %s is %d ns, written %s', (text, nanoseconds, written) => {
    const milliseconds = Number(nanoseconds / 1_000_000n) + Number(nanoseconds % 1_000_000n) / 1_000_000;

    expect(parseDuration(text)).toBe(milliseconds);
    expect(parseDuration(written)).toBe(milliseconds);
    // Milliseconds hold nanoseconds exactly up to some 100 days.
    if (Number.isSafeInteger(Number(nanoseconds))) expect(formatDuration(milliseconds)).toBe(written);
  });

  test.each(GO_REFUSALS)('[COM-01 go-syntax] %j is refused', (text, message) => {
    expect(() => parseDuration(text)).toThrow(message);
    try {
      parseDuration(text);
    } catch (error) {
      expect(isFault(error, 'invalid') && error.data).toEqual({ duration: text });
    }
  });
});

describe('in milliseconds', () => {
  test.each([
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['60s', 60_000],
    ['750ms', 750],
    ['0.5ms', 0.5],
    ['8760h0m0.001s', 31_536_000_001],
    ['-5s', -5_000],
  ])('[COM-01 composite] [COM-01 fraction] %s is %d', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  test.each([
    [60_000, '1m0s'],
    [1_500, '1.5s'],
    [7_200_000, '2h0m0s'],
    [750, '750ms'],
    [0, '0s'],
    [0.5, '500\u00b5s'],
    [1234.5, '1.2345s'],
    [31_536_000_001, '8760h0m0.001s'],
    [-750, '-750ms'],
  ])('%d is written %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });

  test('days are unknown', () => {
    expect(() => parseDuration('1d')).toThrow('time: unknown unit "d" in duration "1d"');
  });
});

describe('what the CRDs admit', () => {
  const admits = (schema: typeof Duration, text: string) => schema.safeParse(text).success;

  test.each(['10m', '1h30m', '1.5h', '500ms', '1m0s', '0s', '30m1h'])(
    '[COM-01 interval-pattern] %s',
    (text) => {
      expect(admits(Duration, text)).toBe(true);
      expect(() => parseDuration(text)).not.toThrow();
    },
  );

  test.each(['', '1', '1d', '-1m', '.5s', '5.s', '1us', '1 m', '1M', '10m\n'])(
    '[COM-01 interval-pattern] [COM-01 no-days] not %j',
    (text) => {
      expect(admits(Duration, text)).toBe(false);
    },
  );

  test('[COM-01 source-timeout] a source timeout has no hours and is a minute unless told', () => {
    expect(admits(ShortDuration, '90m')).toBe(true);
    expect(admits(ShortDuration, '1.5s10ms')).toBe(true);
    expect(admits(ShortDuration, '1h')).toBe(false);
    const { timeout: _, ...spec } = gitRepository().spec;
    expect(GitRepository.parse({ ...gitRepository(), spec }).spec.timeout).toBe('60s');
  });
});
