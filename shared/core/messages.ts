/** Why a worker was woken; it never says what to do. */
export type Reason =
  | 'watch'
  | 'sweep'
  | 'source'
  | 'dependency'
  | 'wait'
  | 'retry'
  | 'delivery'
  | 'configuration';

/** The queues of the pipeline; `later` and `arrivals` are standard, the rest FIFO. */
export const QUEUES = [
  'arrivals',
  'later',
  'sweep',
  'source',
  'apply',
  'helm',
  'image',
  'events',
  'dead',
] as const;
export type QueueName = (typeof QUEUES)[number];

/** Names an object and why it was woken: workers read the present object (level-triggered). */
export interface WorkMessage {
  readonly cluster: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly reason: Reason;
  /** How often this chain of waits or retries has passed through `later`. */
  readonly hops: number;
  /** When the chain began, RFC 3339. */
  readonly since: string;
  /** Follows one cause through all workers. */
  readonly trace: string;
  /** The last try broke off somewhere: what it may have left out is done again. */
  readonly interrupted?: boolean;
  /** A person put it back from the dead-letter queue: the id of the letter it was. */
  readonly revived?: string;
}

/** What `later` carries: a message for another queue and the ids it must keep. */
export interface ForwardMessage {
  readonly to: QueueName;
  readonly dedupId: string;
  readonly message: WorkMessage;
}

/** One shard of clusters for one tick of the clock. */
export interface ShardMessage {
  readonly shard: string;
  readonly clusters: readonly string[];
  /** The tick's scheduled time, RFC 3339. */
  readonly tick: string;
}
