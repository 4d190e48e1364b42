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

/** The growing delays between the first polls of a wait for health. */
const POLLS = [1000, 1000, 2000, 3000, 5000, 8000, 13_000, 21_000];

/** One poll of a wait for health: its number, from 1, and its time. */
export interface Poll {
  readonly hop: number;
  readonly at: number;
}

/** The last poll at or before `until` of a wait that began at `since`; undefined before the first. For ever the same, so that sweep and chain agree. */
export function lastPoll(since: number, until: number): Poll | undefined {
  let poll: Poll | undefined;
  let at = since;
  for (const [index, delay] of POLLS.entries()) {
    at += delay;
    if (!(at <= until)) return poll;
    poll = { hop: index + 1, at };
  }
  const more = Math.floor((until - at) / LONGEST_POLL);
  return { hop: POLLS.length + more, at: at + more * LONGEST_POLL };
}

/** The first poll after `now`. */
export function nextPoll(since: number, now: number): Poll {
  const last = lastPoll(since, now) ?? { hop: 0, at: since };
  return { hop: last.hop + 1, at: last.at + (POLLS[last.hop] ?? LONGEST_POLL) };
}

/** The first failure in a row whose back-off the sweep's slots own: a visit of theirs continues there, not at the start. */
export const FIRST_SWEPT_HOP = Math.ceil(Math.log2(SWEEP_FROM / MIN_RETRY_DELAY));

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
