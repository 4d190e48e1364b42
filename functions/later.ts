import { forward } from '../shared/reconcile/later.ts';
import { onQueue } from '../shared/runtime/lambda.ts';

/** Forwards what has waited long enough. */
export const handler = onQueue(forward);
