import { arrive } from '../shared/reconcile/arrivals.ts';
import { onQueue } from '../shared/runtime/lambda.ts';

/** Hands triggers to their kind's queue. */
export const handler = onQueue(arrive);
