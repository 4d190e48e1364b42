import type { QueueName } from '../../core/messages.ts';
import type { Clock } from '../../ports.ts';

/** Wakes those who wait for work on a queue of this process. */
export interface Wakeups {
  notify(queue: QueueName): void;
  /** Resolves on `notify`, after `milliseconds`, or when `signal` fires. */
  pause(queue: QueueName, milliseconds: number | undefined, signal: AbortSignal): Promise<void>;
}

/** One waiting room per queue; it forgets everybody it has woken. */
export function createWakeups(clock: Clock): Wakeups {
  const waiting = new Map<QueueName, Set<() => void>>();
  return {
    notify(queue) {
      const woken = waiting.get(queue);
      waiting.delete(queue);
      for (const wake of woken ?? []) wake();
    },
    async pause(queue, milliseconds, signal) {
      const room = waiting.get(queue) ?? new Set();
      waiting.set(queue, room);
      const over = new AbortController();
      await new Promise<void>((resolve) => {
        const wake = () => resolve();
        room.add(wake);
        over.signal.addEventListener('abort', () => room.delete(wake));
        signal.addEventListener('abort', wake, { once: true, signal: over.signal });
        if (signal.aborted) wake();
        // An aborted sleep rejects: nobody waits for it any more.
        if (milliseconds !== undefined) clock.sleep(milliseconds, over.signal).then(wake, wake);
      });
      over.abort();
    },
  };
}
