import type { QueueName } from '../core/messages.ts';
import { MAX_BATCH } from '../core/queue-rules.ts';
import type { OutgoingMessage, Queues } from '../ports.ts';

/** A message and where it goes. */
export interface Addressed {
  readonly queue: QueueName;
  readonly message: OutgoingMessage;
}

/** Gathers what many send at about the same time, as a queue takes ten messages for the price of one. */
export interface Outbox {
  /** Resolves when all of them are sent; a Fault of the queue is that of everybody whose message was in the batch. */
  put(messages: readonly Addressed[]): Promise<void>;
  /** Sends what still waits for others. */
  flush(): void;
}

interface Waiting {
  readonly message: OutgoingMessage;
  readonly settle: (sending: Promise<void>) => void;
}

/** Whole batches are sent at once, the rest when it is flushed. */
export function createOutbox(queues: Queues): Outbox {
  const waiting = new Map<QueueName, Waiting[]>();

  function send(queue: QueueName, count: number): void {
    const batch = waiting.get(queue)?.splice(0, count) ?? [];
    if (batch.length === 0) return;
    const sending = queues.send(
      queue,
      batch.map(({ message }) => message),
    );
    for (const { settle } of batch) settle(sending);
  }

  function add({ queue, message }: Addressed): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const line = waiting.get(queue) ?? [];
    line.push({ message, settle: resolve });
    waiting.set(queue, line);
    return promise;
  }

  return {
    async put(messages) {
      const sent = messages.map(add);
      for (const [queue, { length }] of waiting) send(queue, length - (length % MAX_BATCH));
      await Promise.all(sent);
    },
    flush() {
      for (const [queue, { length }] of waiting) send(queue, length);
    },
  };
}
