import type { QueueName } from '../core/messages.ts';

/** How long one function may run and how its queue is read; the local pump and the template both follow it. */
export interface FunctionLimits {
  /** Seconds until the function is stopped. */
  readonly timeout: number;
  readonly queue?: QueueLimits;
  /** Not built yet: nobody reads its queue, so nothing may be sent there. */
  readonly planned?: true;
}

export interface QueueLimits {
  readonly name: QueueName;
  /** Seconds a received message stays invisible: the timeout and time to hand over. */
  readonly visibility: number;
  /** Messages of one invocation at most. */
  readonly batch: number;
  /** Receives after which a message goes to `dead`. */
  readonly maxReceives: number;
}

/** Keyed by function; `sweep` has two entries, for the tick and for the shards it enqueues. */
export const QUEUE_TABLE = {
  receive: { timeout: 10 },
  artifact: { timeout: 10 },
  arrivals: { timeout: 30, queue: { name: 'arrivals', visibility: 60, batch: 10, maxReceives: 5 } },
  later: { timeout: 30, queue: { name: 'later', visibility: 60, batch: 10, maxReceives: 5 } },
  tick: { timeout: 30 },
  sweep: { timeout: 120, queue: { name: 'sweep', visibility: 150, batch: 1, maxReceives: 1 } },
  source: { timeout: 120, queue: { name: 'source', visibility: 150, batch: 10, maxReceives: 5 } },
  apply: { timeout: 120, queue: { name: 'apply', visibility: 150, batch: 10, maxReceives: 5 } },
  render: { timeout: 90 },
  helm: { timeout: 900, queue: { name: 'helm', visibility: 930, batch: 1, maxReceives: 3 }, planned: true },
  image: { timeout: 300, queue: { name: 'image', visibility: 330, batch: 1, maxReceives: 5 }, planned: true },
  notify: {
    timeout: 60,
    queue: { name: 'events', visibility: 90, batch: 10, maxReceives: 5 },
    planned: true,
  },
} as const satisfies Readonly<Record<string, FunctionLimits>>;

const LIMITS: readonly FunctionLimits[] = Object.values(QUEUE_TABLE);
const READ: ReadonlySet<QueueName | undefined> = new Set(
  LIMITS.filter(({ planned }) => planned === undefined).map(({ queue }) => queue?.name),
);

/** Whether a function of this version takes messages out of `queue`; what is sent to another is lost. */
export function isRead(queue: QueueName): boolean {
  return READ.has(queue);
}
