/** One line of the benchmark tables. */
export interface BenchRow {
  /** The target it speaks to, such as `P4`. */
  readonly id: string;
  readonly what: string;
  /** Measured on ours and, side by side, on the peer; absent when there is none. */
  readonly ours: number;
  readonly peer?: number;
  /** `ours / peer`. */
  readonly ratio?: number;
  readonly unit: string;
  readonly note?: string;
}

/** The smallest of `times` timed runs, in milliseconds. */
export async function best(times: number, work: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < times; run++) {
    const start = performance.now();
    await work();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}
