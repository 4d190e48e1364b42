import { ANNOTATION, SWITCH_VALUE } from '../../api/vocabulary.ts';
import { conditionOf } from '../../core/conditions.ts';
import type { Reconciled } from '../reconciler.ts';

/** Whether its annotation says that nothing is to be generated (AG-03). */
export function isDisabled({ metadata }: Pick<Reconciled, 'metadata'>): boolean {
  return metadata.annotations?.[ANNOTATION.generatorReconcile]?.toLowerCase() === SWITCH_VALUE.disabled;
}

/** Whether a disabled generator has been told so, and asked for nothing since. */
export function isAtRest(object: Reconciled): boolean {
  if (!isDisabled(object) || object.metadata.deletionTimestamp) return false;
  const token = object.metadata.annotations?.[ANNOTATION.requestedAt];
  const isHandled = token === undefined || token === object.status?.lastHandledReconcileAt;
  return isHandled && conditionOf(object.status?.conditions, 'Ready') !== undefined;
}

/** Upstream looks at each generator once an hour, milliseconds (AG-03). */
export const INTERVAL = 3_600_000;
