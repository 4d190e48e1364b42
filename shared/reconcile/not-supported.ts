import type { Kind } from '../api/kinds.ts';
import { FIELD_MANAGER, REASON } from '../api/vocabulary.ts';
import { isChanged } from './due.ts';
import { type Entry, ownedBy, type Run } from './engine.ts';
import type { Reconciled } from './reconciler.ts';
import { refuse } from './refusal.ts';
import { getIfServed } from './served.ts';

/** Stands in for a kind that is not built yet: its objects get a Stalled condition that says so, once a generation, and nothing else. */
export function notSupported({ group, version, kind }: Kind): Entry {
  const run = refuseAll(`${group}/${version}`, kind);
  return { queue: 'source', run, timingOf: () => ({ interval: Number.POSITIVE_INFINITY }) };
}

function refuseAll(apiVersion: string, kind: string): Run {
  const message = `kind ${kind} is not supported by this version of Sluice; leave this object to Flux`;
  const manager = { status: FIELD_MANAGER.source, component: 'sluice' };
  return async (scope) => {
    const { namespace, name } = scope.message;
    const object = await getIfServed(scope.cluster, { apiVersion, kind, namespace, name });
    if (object === undefined || !ownedBy(scope, object) || !isChanged(object as Reconciled)) return;
    await refuse(object as Reconciled, { reason: REASON.notSupported, message, manager }, scope);
  };
}
