import { work } from '../shared/reconcile/work.ts';
import { onQueue } from '../shared/runtime/lambda.ts';

/** Reconciles Kustomizations. */
export const handler = onQueue(work);
