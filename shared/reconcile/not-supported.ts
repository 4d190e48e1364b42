import type { Kind } from '../api/kinds.ts';
import { FIELD_MANAGER, REASON } from '../api/vocabulary.ts';
import { conditionOf, removeConditions, setCondition } from '../core/conditions.ts';
import { isChanged } from './due.ts';
import { type Entry, ownedBy, type Run } from './engine.ts';
import { emit } from './events.ts';
import type { Reconciled } from './reconciler.ts';
import { mergePatch } from './status-patch.ts';

/** Stands in for a kind that is not built yet: its objects get a Stalled condition that says so, once a generation, and nothing else. */
export function notSupported({ group, version, kind }: Kind): Entry {
  const run = refuse(`${group}/${version}`, kind);
  return { queue: 'source', run, timingOf: () => ({ interval: Number.POSITIVE_INFINITY }) };
}

function refuse(apiVersion: string, kind: string): Run {
  return async (scope) => {
    const { namespace, name } = scope.message;
    const reference = { apiVersion, kind, namespace, name };
    const object = (await scope.cluster.get(reference)) as Reconciled | undefined;
    if (object === undefined || !ownedBy(scope, object) || !isChanged(object)) return;
    const message = `kind ${kind} is not supported by this version of Sluice; leave this object to Flux`;
    const status = refusedStatus(object, message, scope.ports.clock.now());
    const patch = mergePatch((object.status ?? {}) as Record<string, unknown>, status);
    if (patch === undefined) return;
    const merge = { metadata: { resourceVersion: object.metadata.resourceVersion }, status: patch };
    await scope.cluster.patch(
      reference,
      { merge },
      { fieldManager: FIELD_MANAGER.source, subresource: 'status' },
    );
    const before = conditionOf(object.status?.conditions, 'Stalled');
    if (before?.message === message) return;
    await emit(object, 'sluice', [{ type: 'Warning', reason: REASON.notSupported, message }], scope);
  };
}

function refusedStatus(object: Reconciled, message: string, now: Date): Record<string, unknown> {
  const seen = { generation: object.metadata.generation ?? 0, now };
  const draft = { reason: REASON.notSupported, message };
  const rest = removeConditions(object.status?.conditions ?? [], 'Reconciling');
  const stalled = setCondition(rest, { type: 'Stalled', status: 'True', ...draft }, seen);
  const conditions = setCondition(stalled, { type: 'Ready', status: 'False', ...draft }, seen);
  const token = object.metadata.annotations?.['reconcile.fluxcd.io/requestedAt'];
  return {
    ...object.status,
    observedGeneration: object.metadata.generation,
    conditions,
    ...(token !== undefined && { lastHandledReconcileAt: token }),
  };
}
