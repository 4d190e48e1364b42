import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Chance, Clock } from '../../ports.ts';

/** Node's timers count in 32 bits: a longer one would fire at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's clock: the one owner of time. An aborted `sleep` rejects with the signal's reason. */
export const systemClock: Clock = {
  now: () => new Date(),
  timeout: (milliseconds) => AbortSignal.timeout(milliseconds),
  async sleep(milliseconds, signal) {
    signal?.throwIfAborted();
    let left = Math.max(0, milliseconds);
    do {
      const step = Math.min(left, LONGEST_TIMER_MS);
      await pause(step, signal);
      left -= step;
    } while (left > 0);
  },
};

/** The machine's chance: the one owner of randomness. */
export const systemChance: Chance = {
  uuid: () => randomUUID(),
  number: () => Math.random(),
};

/** That many bytes that nobody can guess. */
export function randomKey(bytes: number): Uint8Array {
  return new Uint8Array(randomBytes(bytes));
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await wait(milliseconds, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    // Node's AbortError hides why; the signal's own reason says it.
    signal?.throwIfAborted();
    throw error;
  }
}
