import type { QueueName } from './messages.ts';

/** How one queue is at a moment. */
export interface QueueState {
  readonly queue: QueueName;
  /** Messages that a worker could take, or which wait behind others of their group. */
  readonly ready: number;
  /** Messages that workers hold. */
  readonly inFlight: number;
  /** Messages whose time has not come. */
  readonly delayed: number;
  /** Since when the oldest ready message could have been taken; undefined when none is ready. */
  readonly oldest?: Date;
}
