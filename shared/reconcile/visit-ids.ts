import { conditionOf } from '../core/conditions.ts';
import { attemptId, dedupIdOf } from '../core/message-ids.ts';
import type { Next, Reconciled } from './reconciler.ts';

/** The deduplication id of a visit after a delay: one visit in each slot as long as the delay, so that chains merge. */
export function visitId(object: Reconciled, next: Next & { after: 'delay' }, now: Date): string {
  const length = Math.max(next.milliseconds, 1);
  const slot = Math.floor(now.getTime() / length) + 1;
  return dedupIdOf(object.metadata.uid ?? '', next.reason, length, slot);
}

/** The deduplication id of one hop of the attempt that `object` is in: chains of one attempt merge. */
export function hopId(object: Reconciled, hops: number): string {
  const { conditions } = object.status ?? {};
  const since =
    (conditionOf(conditions, 'Healthy') ?? conditionOf(conditions, 'Ready'))?.lastTransitionTime ?? '';
  const id = attemptId({
    uid: object.metadata.uid ?? '',
    generation: object.metadata.generation ?? 0,
    attemptedRevision:
      (object.status as { lastAttemptedRevision?: string } | undefined)?.lastAttemptedRevision ?? '',
    since,
  });
  return dedupIdOf(id, hops);
}
