import { Fault } from '../../core/failures.ts';

const MIB = 1024 * 1024;

/** Ours, each so that a generator of a thousand sources and artifacts ends within a worker's time and its 512 MB. */
export const GENERATOR_LIMITS = {
  /** All sources of a generator, and what is extracted of them, unpacked, bytes. */
  inflatedBytes: 128 * MIB,
  /** One archive that is extracted, unpacked, bytes: upstream's. */
  extractedBytes: 100 * MIB,
  /** Files of all artifacts of one run, before they are packed, bytes. */
  copiedBytes: 1024 * MIB,
  /** YAML that is merged in one run, bytes: each takes up to half a microsecond, twice. */
  mergedBytes: 16 * MIB,
  /** Comparisons of characters, and files and directories that are looked at, in one run: about 5 s. */
  steps: 100_000_000,
  /** Copy operations, once for each folder that a pattern matches. */
  operations: 100_000,
  /** Files and folders that are copied in one run, and on the way to them. */
  copies: 5_000_000,
  /** The same for one artifact: half a kilobyte each. */
  entries: 250_000,
  /** ExternalArtifacts of one generator: their inventory must fit into an object of 1.5 MB. */
  artifacts: 2000,
} as const;

export type Cost = keyof typeof GENERATOR_LIMITS;

/** The largest artifact that is made, packed, bytes: eight may wait to be stored. */
export const MAX_PACKED = 64 * MIB;

/** What one run may still spend. */
export interface Budget {
  /** Fault `too-large` when more than the limit was spent. */
  spend(cost: Cost, amount: number): void;
  /** What is left. */
  left(cost: Cost): number;
  /** What was spent on it before counts no more. */
  renew(cost: Cost): void;
}

const NAMES: Readonly<Record<Cost, string>> = {
  inflatedBytes: 'bytes of unpacked sources',
  extractedBytes: 'bytes in one archive',
  copiedBytes: 'bytes of copied files',
  mergedBytes: 'bytes of merged YAML',
  steps: 'steps of matching patterns',
  operations: 'copy operations',
  copies: 'copied files and directories',
  entries: 'files and directories in one artifact',
  artifacts: 'artifacts',
};

/** A run's budget. */
export function openBudget(limits: Readonly<Record<Cost, number>> = GENERATOR_LIMITS): Budget {
  const spent = new Map<Cost, number>();
  return {
    spend(cost, amount) {
      const sum = (spent.get(cost) ?? 0) + amount;
      if (sum > limits[cost]) {
        const message = `the generator takes more than ${limits[cost]} ${NAMES[cost]}: split it`;
        throw new Fault('too-large', message, { cost, limit: limits[cost] });
      }
      spent.set(cost, sum);
    },
    left: (cost) => limits[cost] - (spent.get(cost) ?? 0),
    renew: (cost) => spent.delete(cost),
  };
}
