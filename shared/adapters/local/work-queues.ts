import type { QueueName } from '../../core/messages.ts';
import type { Delivery, Queues } from '../../ports.ts';

/** A received message with the lease under which it is held. */
export interface LocalDelivery extends Delivery {
  /** Names this very receive; stale once the message was received again. */
  readonly receipt: string;
  /** On `dead`, of a message that was received too often: where it came from and why it is here. */
  readonly died?: { readonly queue: QueueName; readonly reason: string };
}

/** How many messages are receivable or waiting in a free group, held by a receiver, or not yet due. */
export interface Depth {
  readonly ready: number;
  readonly inFlight: number;
  readonly delayed: number;
}

/** How much was forgotten because of its age. */
export interface Forgotten {
  readonly dedupIds: number;
  readonly deadLetters: number;
}

/** A queue with both ends, as SQS behaves: what the pump needs beside the sending port. */
export interface WorkQueues extends Queues {
  /**
   * Up to `max` (1..10) messages, invisible to others for `visibilityMs`. FIFO: in order per group, several of one
   * group allowed, none of a group that has messages in flight. A message already received `maxReceives` times is
   * moved to `dead` instead.
   */
  receive(
    queue: QueueName,
    max: number,
    visibilityMs: number,
    maxReceives?: number,
  ): Promise<readonly LocalDelivery[]>;
  /** Handled: gone for good. Returns how many leases still held; the others stay. */
  acknowledge(queue: QueueName, deliveries: readonly LocalDelivery[]): Promise<number>;
  /** Not handled: visible again now, or after `delayMs` (a FIFO group stays blocked until then); the count is kept. */
  release(queue: QueueName, deliveries: readonly LocalDelivery[], delayMs?: number): Promise<number>;
  /** The lease ends `visibilityMs` from now. Returns how many leases still held. */
  extend(queue: QueueName, deliveries: readonly LocalDelivery[], visibilityMs: number): Promise<number>;
  /** Resolves when something may be receivable, or when `signal` fires. */
  waitForWork(queue: QueueName, signal: AbortSignal): Promise<void>;
  depth(queue: QueueName): Promise<Depth>;
  /** Forgets deduplication ids older than 5 minutes and dead letters older than 14 days. */
  housekeep(): Promise<Forgotten>;
  close(): void;
}

/** The group and the words under which a message that was received too often goes to `dead`. */
export function deathNotice(
  queue: QueueName,
  group: string | undefined,
  receives: number,
): { readonly group: string; readonly reason: string } {
  return { group: group ?? queue, reason: `received ${receives} times and never acknowledged` };
}
