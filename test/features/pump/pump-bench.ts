import { createCollectingLog } from '../../../shared/adapters/memory/collecting-log.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createMemoryQueues } from '../../../shared/adapters/memory/memory-queues.ts';
import { createSeededChance } from '../../../shared/adapters/memory/seeded-chance.ts';
import type { Delivery } from '../../../shared/ports.ts';
import { type BatchHandler, type PumpOptions, runPump } from '../../../shared/runtime/pump.ts';

/** A pump on memory queues and a manual clock, with apply's limits unless told otherwise. */
export function pumpBench(handler: BatchHandler, options: Partial<PumpOptions> = {}) {
  const clock = createManualClock();
  const queues = createMemoryQueues(clock, createSeededChance());
  const log = createCollectingLog();
  const stop = new AbortController();
  const limits = {
    queue: 'apply',
    batch: 10,
    visibilityMs: 150_000,
    concurrency: 4,
    maxReceives: 5,
  } as const;
  const start = () => runPump({ queues, ...limits, handler, clock, log, signal: stop.signal, ...options });
  return { clock, queues, log, stop, start };
}

/** A handler that notes what it was given and answers through `judge`. */
export function recordingHandler(judge: (delivery: Delivery) => boolean = () => true) {
  const batches: (readonly string[])[] = [];
  const handler: BatchHandler = async (batch) => {
    batches.push(batch.map(({ body }) => body));
    return batch.map((delivery) => ({ id: delivery.id, ok: judge(delivery) }));
  };
  return { batches, handler };
}

/** A handler that ends each batch only when the test says so. */
export function heldHandler() {
  const running: { readonly bodies: readonly string[]; readonly signal: AbortSignal; finish(): void }[] = [];
  const handler: BatchHandler = (batch, signal) =>
    new Promise((resolve) => {
      const finish = () => resolve(batch.map(({ id }) => ({ id, ok: true })));
      running.push({ bodies: batch.map(({ body }) => body), signal, finish });
    });
  return { running, handler };
}

let serial = 0;

/** Valid messages of one group, in order. */
export function messagesOf(group: string, ...bodies: readonly string[]) {
  return bodies.map((body) => {
    serial += 1;
    return { body, group, dedupId: `d${serial}` };
  });
}
