import { refuse } from './node.ts';

/** Objects times things that are done to them; real builds stay below a million. */
export const MAX_STEPS = 5_000_000;

/** What a rendering has cost so far. */
export interface Spent {
  /** Work done so far. */
  steps: number;
  /** Values added so far to what was read. */
  grown: number;
}

/** Counts work. Fault `unsupported` when it is more than MAX_STEPS. */
export function spend(rendering: Spent, steps: number): void {
  rendering.steps += steps;
  if (rendering.steps > MAX_STEPS) refuse(`more than ${MAX_STEPS} steps`);
}

// A step is up to some microseconds, and so is a look at that many values.
const VALUES_A_STEP = 10;

/** Values that may come of patches, labels and annotations besides what was read; what can be printed has no more. */
export const MAX_GROWTH = 3_000_000;

/** Counts what is done to values. Both methods fault `unsupported` when it is too much. */
export interface Meter {
  /** Before so many values are looked at. */
  look(values: number): void;
  /** Before so many are added. */
  grow(values: number): void;
}

/** Counts for a rendering. */
export function meterOf(rendering: Spent): Meter {
  return {
    look: (values) => spend(rendering, Math.ceil(values / VALUES_A_STEP)),
    grow: (values) => {
      rendering.grown += values;
      if (rendering.grown > MAX_GROWTH) refuse(`objects that grow by more than ${MAX_GROWTH} values`);
    },
  };
}
