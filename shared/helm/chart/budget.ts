import { Fault, isFault } from '../../core/failures.ts';
import type { ChartLimits, ChartProblem, Outcome } from './chart.ts';

/** What reading a chart may still take, for the chart and all charts in it together. */
export interface Budget {
  readonly limits: ChartLimits;
  /** Bytes that may still come out of archives and files. */
  inflated: number;
  entries: number;
  yaml: number;
}

/** All that `limits` allow. */
export function newBudget(limits: ChartLimits): Budget {
  return {
    limits,
    inflated: limits.inflatedBytes,
    entries: limits.entries,
    yaml: limits.yamlCharacters,
  };
}

/** Takes from a budget. Fault `too-large`. */
export function spend(budget: Budget, what: 'inflated' | 'entries' | 'yaml', amount: number): void {
  budget[what] -= amount;
  if (budget[what] < 0) throw new Fault('too-large', EXHAUSTED[what](budget.limits));
}

const EXHAUSTED: Readonly<Record<'inflated' | 'entries' | 'yaml', (limits: ChartLimits) => string>> = {
  inflated: ({ inflatedBytes }) =>
    `the chart with the charts in it is larger than ${inflatedBytes} bytes inflated: leave out what is not needed by .helmignore`,
  entries: ({ entries }) => `the chart with the charts in it has more than ${entries} files`,
  yaml: ({ yamlCharacters }) =>
    `Chart.yaml, values.yaml and locks of the chart and the charts in it have more than ${yamlCharacters} characters`,
};

/** The problem of a fault; any other error is thrown on. */
export function problemOf(
  error: unknown,
  where = '',
): { readonly ok: false; readonly problem: ChartProblem } {
  if (!isFault(error)) throw error;
  const code = CODES.find((one) => one === error.code) ?? 'invalid';
  return { ok: false, problem: { code, message: `${where}${error.message}` } };
}

const CODES = ['invalid', 'malformed', 'not-found', 'too-large', 'unsupported'] as const;

/** What `work` gives, its faults as problems. */
export function attempt<T>(work: () => T): Outcome<T> {
  try {
    return { ok: true, value: work() };
  } catch (error) {
    return problemOf(error);
  }
}

/** A fault told again with where it was, in front. */
export function within<T>(where: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isFault(error)) throw error;
    throw new Fault(error.code, `${where}: ${error.message}`, error.data, error);
  }
}
