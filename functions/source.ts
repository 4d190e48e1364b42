import { work } from '../shared/reconcile/work.ts';
import { onQueue } from '../shared/runtime/lambda.ts';

/** Reconciles sources. */
export const handler = onQueue(work);
