import type { LocalDelivery, WorkQueues } from '../adapters/local/work-queues.ts';
import { messageOf } from '../core/failures.ts';
import type { QueueName } from '../core/messages.ts';
import type { Clock, Delivery, Log } from '../ports.ts';
import { LEASE_MS, RENEW_MS } from './lease.ts';

/** Pause after the queue itself could not be read, in ms. */
const RECEIVE_RETRY_MS = 1_000;
/** The first pause before a failed message comes again, in ms; each further one is four times as long, up to the lease. */
const FIRST_RETRY_MS = 1_000;

/** What became of one delivery; one that is not mentioned has failed. */
export interface Settled {
  readonly id: string;
  readonly ok: boolean;
}

/** Handles a batch: deliveries of one group are in order. A throw fails the whole batch; `signal` fires when time is up. */
export type BatchHandler = (batch: readonly Delivery[], signal: AbortSignal) => Promise<readonly Settled[]>;

export interface PumpOptions {
  readonly queues: WorkQueues;
  readonly queue: QueueName;
  /** Deliveries of one batch at most, 1 to 10. */
  readonly batch: number;
  /** How long a batch may take at most; then its handler's signal fires and its lease is no longer renewed. */
  readonly visibilityMs: number;
  readonly leaseMs?: number;
  readonly renewMs?: number;
  /** When the handler's signal fires, counted from the receive; default: `visibilityMs`. */
  readonly timeoutMs?: number;
  /** Batches in flight at most. */
  readonly concurrency: number;
  readonly maxReceives: number;
  readonly handler: BatchHandler;
  readonly clock: Clock;
  readonly log: Log;
  /** Ends the pump: nothing new is received, and the promise resolves when what is in flight has ended. */
  readonly signal: AbortSignal;
}

/** What Lambda's event source mapping does for SQS, for a local queue; resolves after `signal` when all work has ended. */
export async function runPump(options: PumpOptions): Promise<void> {
  const inFlight = new Set<Promise<void>>();
  while (!options.signal.aborted) {
    if (inFlight.size >= options.concurrency) {
      await Promise.race(inFlight);
      continue;
    }
    const batch = await receive(options);
    if (batch.length === 0) continue;
    const running = runBatch(options, batch).finally(() => inFlight.delete(running));
    inFlight.add(running);
  }
  await Promise.all(inFlight);
}

/** Waits for work when there is none; an unreadable queue is tried again after a pause. */
async function receive(options: PumpOptions): Promise<readonly LocalDelivery[]> {
  const { queues, queue, clock, log, signal } = options;
  try {
    const leaseMs = Math.min(options.leaseMs ?? LEASE_MS, options.visibilityMs);
    const batch = await queues.receive(queue, options.batch, leaseMs, options.maxReceives);
    if (batch.length === 0) await queues.waitForWork(queue, signal);
    return batch;
  } catch (error) {
    log.error('queue cannot be read', { queue, error });
    await clock.sleep(RECEIVE_RETRY_MS, signal).catch(() => undefined);
    return [];
  }
}

/** Never rejects: what cannot be settled comes again when its lease ends. */
async function runBatch(options: PumpOptions, batch: readonly LocalDelivery[]): Promise<void> {
  const { queue, log } = options;
  try {
    const settled = await handle(options, batch);
    await settle(options, batch, new Set(settled.flatMap(({ id, ok }) => (ok ? [id] : []))));
  } catch (error) {
    log.error('batch cannot be settled', { queue, error });
  }
}

/** Runs the handler with its deadline, and renews the lease meanwhile. */
async function handle(options: PumpOptions, batch: readonly LocalDelivery[]): Promise<readonly Settled[]> {
  const { queue, clock, log, visibilityMs, timeoutMs = visibilityMs } = options;
  const over = new AbortController();
  const deadline = new AbortController();
  const timer = clock.sleep(timeoutMs, over.signal).then(
    () => deadline.abort(new Error(`a batch of ${queue} took longer than ${timeoutMs} ms`)),
    () => undefined,
  );
  const renewal = keepLease(options, batch, over.signal);
  try {
    return await options.handler(batch, deadline.signal);
  } catch (error) {
    log.error('handler failed', { queue, messages: batch.length, reason: messageOf(error), error });
    return [];
  } finally {
    over.abort();
    await Promise.all([timer, renewal]);
  }
}

/** Renews each `renewMs` until `over`, and not beyond the visibility timeout: as on AWS, the batch then comes again. */
async function keepLease(
  options: PumpOptions,
  batch: readonly LocalDelivery[],
  over: AbortSignal,
): Promise<void> {
  const { queues, queue, clock, log, visibilityMs, leaseMs = LEASE_MS, renewMs = RENEW_MS } = options;
  const end = clock.now().getTime() + visibilityMs;
  for (;;) {
    await clock.sleep(renewMs, over).catch(() => undefined);
    const left = end - clock.now().getTime();
    if (over.aborted || left <= 0) return;
    try {
      const held = await queues.extend(queue, batch, Math.min(leaseMs, left));
      if (held < batch.length) log.warn('lease lost', { queue, messages: batch.length - held });
    } catch (error) {
      log.warn('lease cannot be renewed', { queue, error });
    }
  }
}

/** Handled ones go; of each group the first failed one and all behind it come again, in order. */
async function settle(
  options: PumpOptions,
  batch: readonly LocalDelivery[],
  handled: ReadonlySet<string>,
): Promise<void> {
  const { queues, queue, leaseMs = LEASE_MS } = options;
  const brokenGroups = new Set<string>();
  const done: LocalDelivery[] = [];
  const again: LocalDelivery[] = [];
  for (const delivery of batch) {
    const { group } = delivery;
    const ok = handled.has(delivery.id) && !(group !== undefined && brokenGroups.has(group));
    if (!ok && group !== undefined) brokenGroups.add(group);
    (ok ? done : again).push(delivery);
  }
  if (done.length > 0) await queues.acknowledge(queue, done);
  for (const delivery of again) await queues.release(queue, [delivery], retryDelay(delivery, leaseMs));
}

/** Without a pause, five receives would be used up within a blink of an outage; on AWS the lease's rest is the pause. */
function retryDelay({ receiveCount }: Delivery, leaseMs: number): number {
  return Math.min(leaseMs, FIRST_RETRY_MS * 4 ** (receiveCount - 1));
}
