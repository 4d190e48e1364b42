import { ANNOTATION } from '../api/vocabulary.ts';
import { conditionOf, removeConditions, setCondition } from '../core/conditions.ts';
import type { ObjectReference } from '../core/kubernetes-object.ts';
import { emit } from './events.ts';
import type { Reconciled, Scope } from './reconciler.ts';
import { mergePatch } from './status-patch.ts';

/** Why an object is left alone, and who says so. */
export interface Refusal {
  readonly reason: string;
  readonly message: string;
  /** Field manager of the status and reporting component of the event. */
  readonly manager: { readonly status: string; readonly component: string };
}

/** Says in the object's own conditions, and once in an event, why nothing is done about it: Stalled, until the user acts. */
export async function refuse(object: Reconciled, refusal: Refusal, scope: Scope): Promise<void> {
  const { name, namespace, resourceVersion } = object.metadata;
  const { reason, message, manager } = refusal;
  const status = refusedStatus(object, { reason, message }, scope.ports.clock.now());
  const patch = mergePatch((object.status ?? {}) as Record<string, unknown>, status);
  if (patch === undefined) return;
  const reference: ObjectReference = { apiVersion: object.apiVersion, kind: object.kind, name };
  const merge = { metadata: { resourceVersion }, status: patch };
  await scope.cluster.patch(
    namespace === undefined ? reference : { ...reference, namespace },
    { merge },
    { fieldManager: manager.status, subresource: 'status' },
  );
  if (conditionOf(object.status?.conditions, 'Stalled')?.message === message) return;
  await emit(object, manager.component, [{ type: 'Warning', reason, message }], scope);
}

function refusedStatus(
  object: Reconciled,
  draft: { readonly reason: string; readonly message: string },
  now: Date,
): Record<string, unknown> {
  const seen = { generation: object.metadata.generation ?? 0, now };
  const rest = removeConditions(object.status?.conditions ?? [], 'Reconciling');
  const stalled = setCondition(rest, { type: 'Stalled', status: 'True', ...draft }, seen);
  const conditions = setCondition(stalled, { type: 'Ready', status: 'False', ...draft }, seen);
  const token = object.metadata.annotations?.[ANNOTATION.requestedAt];
  return {
    ...object.status,
    observedGeneration: object.metadata.generation,
    conditions,
    ...(token !== undefined && { lastHandledReconcileAt: token }),
  };
}
