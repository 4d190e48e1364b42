import { type Report, wrong } from '../rules/errors.ts';
import { check, checkNotNegative, percentage } from '../rules/formats.ts';

const WHOLE = 100;

/** A number or a percentage, not negative. */
export function checkShare(report: Report, at: string, value: unknown): void {
  if (typeof value === 'string') check(report, at, value, percentage);
  else checkNotNegative(report, at, value);
}

/** A percentage of at most a hundred; numbers may be anything. */
export function checkAtMostAll(report: Report, at: string, value: unknown): void {
  if (typeof value === 'string' && percentage(value).length === 0 && Number.parseInt(value, 10) > WHOLE) {
    report.push(wrong(at, value, 'must not be greater than 100%'));
  }
}

/** Whether a number or a percentage is nothing. */
export function isNone(value: unknown): boolean {
  return Number.parseInt(String(value ?? 0), 10) === 0;
}

/** So many of `total`: a number as it is, a percentage rounded up or down. */
export function shareOf(value: unknown, total: number, round: 'up' | 'down'): number {
  if (typeof value !== 'string') return Number(value ?? 0);
  const exact = (Number.parseInt(value, 10) * total) / WHOLE;
  return round === 'up' ? Math.ceil(exact) : Math.floor(exact);
}
