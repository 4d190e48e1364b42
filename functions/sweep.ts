import { sweep, tick } from '../shared/reconcile/sweep.ts';
import { onQueue } from '../shared/runtime/lambda.ts';

/** Finds what is due on the clusters of a shard. */
export const handler = onQueue(sweep);

/** The clock: enqueues the shards. */
export const onTick = tick;
