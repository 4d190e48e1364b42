import type { Clock } from '../../ports.ts';

/** A clock that stands still until it is told to move. */
export interface ManualClock extends Clock {
  /** Moves on, waking sleepers in the order of their times; each may go back to sleep and be woken again. */
  advance(milliseconds: number): Promise<void>;
  /** Lets everything run that needs no time to pass. */
  settle(): Promise<void>;
  /** How many sleep. */
  sleepers(): number;
}

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/** A manual clock at `start`. `sleep` rejects with the signal's reason, as the system's does. */
export function createManualClock(start: Date = new Date('2026-01-01T00:00:00Z')): ManualClock {
  let now = start.getTime();
  const sleepers = new Set<Sleeper>();
  return {
    now: () => new Date(now),
    sleep(milliseconds, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      if (signal?.aborted) return Promise.reject(signal.reason);
      const sleeper = { due: now + Math.max(0, milliseconds), wake: () => finish(resolve) };
      const abort = () => finish(() => reject(signal?.reason));
      const finish = (settle: () => void) => {
        sleepers.delete(sleeper);
        signal?.removeEventListener('abort', abort);
        settle();
      };
      sleepers.add(sleeper);
      signal?.addEventListener('abort', abort, { once: true });
      return promise;
    },
    async advance(milliseconds) {
      const end = now + milliseconds;
      await settle();
      for (let next = earliest(sleepers, end); next !== undefined; next = earliest(sleepers, end)) {
        now = Math.max(now, next.due);
        next.wake();
        await settle();
      }
      now = end;
    },
    timeout(milliseconds) {
      const controller = new AbortController();
      const wake = () => {
        sleepers.delete(sleeper);
        controller.abort(new Error(`${milliseconds} ms are over`));
      };
      const sleeper = { due: now + Math.max(0, milliseconds), wake };
      sleepers.add(sleeper);
      return controller.signal;
    },
    settle,
    sleepers: () => sleepers.size,
  };
}

/** Turns of the event loop that let chains of promises, and I/O that is already there, run dry. */
const SETTLE_TURNS = 3;

async function settle(): Promise<void> {
  for (let turn = 0; turn < SETTLE_TURNS; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

function earliest(sleepers: ReadonlySet<Sleeper>, end: number): Sleeper | undefined {
  let first: Sleeper | undefined;
  for (const sleeper of sleepers)
    if (sleeper.due <= end && (first === undefined || sleeper.due < first.due)) first = sleeper;
  return first;
}
