/** Below this `later` owns a delay, from it on the sweep's slots do; never both (milliseconds). */
export const SWEEP_FROM = 60_000;
/** A chain of waits or retries ends here at the latest; the sweep takes over. */
export const MAX_HOPS = 50;
/** Upstream's `--requeue-dependency` (COM-07), milliseconds. */
export const REQUEUE_DEPENDENCY = 30_000;
/** The longest delay between two health polls, milliseconds. */
export const LONGEST_POLL = 30_000;
/** Upstream's `--min-retry-delay` and `--max-retry-delay` (COM-07), milliseconds. */
export const MIN_RETRY_DELAY = 750;
export const MAX_RETRY_DELAY = 900_000;

const POLLS = [1000, 1000, 2000, 3000, 5000, 8000, 13_000, 21_000, LONGEST_POLL];

/** How long to wait before the poll after `hops` polls, milliseconds. */
export function pollDelay(hops: number): number {
  return POLLS[Math.min(hops, POLLS.length - 1)] ?? LONGEST_POLL;
}

/** Exponential back-off after `hops` failures in a row, milliseconds. */
export function backoff(hops: number): number {
  return Math.min(MIN_RETRY_DELAY * 2 ** Math.min(hops, 30), MAX_RETRY_DELAY);
}

/** Whether one of the back-off steps of 60 s or more since `start` lies in (from, to]: the sweep's share of the back-off. */
export function hasBackoffStep(
  start: number,
  window: { readonly from: number; readonly to: number },
): boolean {
  let step = MIN_RETRY_DELAY;
  let at = start;
  while (at <= window.to) {
    at += step;
    if (step >= SWEEP_FROM && at > window.from && at <= window.to) return true;
    if (step === MAX_RETRY_DELAY && at < window.from) {
      at += Math.floor((window.from - at) / step) * step;
    }
    step = Math.min(step * 2, MAX_RETRY_DELAY);
  }
  return false;
}
