import { describe, expect, test } from 'vitest';
import {
  DEFAULT_SOURCE_TIMEOUT,
  formatDuration,
  formatNanoseconds,
  INTERVAL_PATTERN,
  parseDuration,
  parseNanoseconds,
  SOURCE_TIMEOUT_PATTERN,
} from '../../../shared/core/durations.ts';
import { isFault } from '../../../shared/core/failures.ts';
import { GO_DURATIONS, GO_REFUSALS } from './go-table.ts';

describe('as Go does', () => {
  test.each(GO_DURATIONS)('[COM-01 go-syntax] %s is %d ns, written %s', (text, nanoseconds, written) => {
    expect(parseNanoseconds(text)).toBe(nanoseconds);
    expect(formatNanoseconds(nanoseconds)).toBe(written);
    expect(parseNanoseconds(written)).toBe(nanoseconds);
  });

  test.each(GO_REFUSALS)('[COM-01 go-syntax] %j is refused', (text, message) => {
    expect(() => parseNanoseconds(text)).toThrow(message);
    try {
      parseNanoseconds(text);
    } catch (error) {
      expect(isFault(error, 'invalid') && error.data).toEqual({ duration: text });
    }
  });

  test('the smallest duration is written whole', () => {
    expect(formatNanoseconds(-(2n ** 63n))).toBe('-2562047h47m16.854775808s');
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
  const interval = new RegExp(INTERVAL_PATTERN);
  const sourceTimeout = new RegExp(SOURCE_TIMEOUT_PATTERN);

  test.each(['10m', '1h30m', '1.5h', '500ms', '1m0s', '0s', '30m1h'])(
    '[COM-01 interval-pattern] %s',
    (text) => {
      expect(interval.test(text)).toBe(true);
      expect(() => parseDuration(text)).not.toThrow();
    },
  );

  test.each(['', '1', '1d', '-1m', '.5s', '5.s', '1us', '1 m', '1M', '10m\n'])(
    '[COM-01 interval-pattern] [COM-01 no-days] not %j',
    (text) => {
      expect(interval.test(text)).toBe(false);
    },
  );

  test('[COM-01 source-timeout] a source timeout has no hours and is a minute unless told', () => {
    expect(sourceTimeout.test('90m')).toBe(true);
    expect(sourceTimeout.test('1.5s10ms')).toBe(true);
    expect(sourceTimeout.test('1h')).toBe(false);
    expect(parseDuration(DEFAULT_SOURCE_TIMEOUT)).toBe(60_000);
  });
});
