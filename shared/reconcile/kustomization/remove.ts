import type { Kustomization } from '../../api/kustomization.ts';
import { GROUP } from '../../api/vocabulary.ts';
import { readBaseline } from '../../apply/baseline-store.ts';
import { referenceOfEntry } from '../../apply/inventory.ts';
import { prune } from '../../apply/prune.ts';
import { isFault } from '../../core/failures.ts';
import { displayName } from '../../core/kubernetes-object.ts';
import type { Cluster, ObjectReference } from '../../ports.ts';
import { backoff } from '../delays.ts';
import type { EventDraft, Removal, Scope } from '../reconciler.ts';
import { getIfServed } from '../served.ts';
import { accountOf, applyContext } from './identity.ts';
import { deletesOnRemoval, timeoutOf } from './settings.ts';
import { storeKeyOf, untracked, withoutGone } from './tracking.ts';

/** Upstream's poll while it waits for terminations (KS-14), milliseconds. */
const TERMINATION_POLL = 2000;

/** Finalises a Kustomization: what it applied is deleted as its policy says, then the baseline; re-entrant while it waits (KS-13 to KS-15). */
export async function remove(object: Kustomization, scope: Scope): Promise<Removal> {
  const stored = await readBaseline(scope.ports.store, storeKeyOf(object, scope));
  const tracked = [...(object.status?.inventory?.entries ?? []), ...untracked(object, stored)];
  if (!deletesOnRemoval(object, tracked)) return finish(object, scope, []);
  if (object.spec.kubeConfig !== undefined) return elsewhere(object);
  if (!(await canAct(object, scope))) return finish(object, scope, [unableToPrune(object)]);

  const context = await applyContext(object, scope);
  const leftOver = await withoutGone(context, untracked(object, stored));
  const stale = [...(object.status?.inventory?.entries ?? []), ...leftOver];
  const result = await prune({ ...context, stale });
  if (result.failure !== undefined) {
    const event = eventOf(object, 'Warning', 'pruning for deleted resource failed');
    const milliseconds = backoff(scope.message.hops);
    return { finished: false, events: [event], next: { after: 'delay', milliseconds, reason: 'retry' } };
  }
  const lines = result.deleted.map((reference) => `${nameOf(reference)} deleted`);
  // While it waits it deletes again, which is no news.
  const isFirst = scope.message.reason !== 'wait';
  const events = isFirst && lines.length > 0 ? [eventOf(object, 'Normal', lines.join('\n'))] : [];
  if (object.spec.deletionPolicy !== 'WaitForTermination') return finish(object, scope, events);
  return waitForTermination(object, scope, context.cluster, result.deleted, events);
}

async function waitForTermination(
  object: Kustomization,
  scope: Scope,
  cluster: Cluster,
  deleted: readonly ObjectReference[],
  events: readonly EventDraft[],
): Promise<Removal> {
  const left = await Promise.all(deleted.map((reference) => getIfServed(cluster, reference)));
  if (left.every((found) => found === undefined)) return finish(object, scope, events);
  const since = Date.parse(object.metadata.deletionTimestamp ?? '');
  if (scope.ports.clock.now().getTime() - since >= timeoutOf(object.spec)) {
    return finish(object, scope, [
      ...events,
      eventOf(object, 'Warning', 'failed to wait for resources termination'),
    ]);
  }
  return {
    finished: false,
    events,
    next: { after: 'delay', milliseconds: TERMINATION_POLL, reason: 'wait' },
  };
}

/** Its objects lie on another cluster, which is not reached yet: the finalizer stays for Flux, or for a person, to deal with. */
function elsewhere(object: Kustomization): Removal {
  const message =
    'unable to prune objects: spec.kubeConfig is not supported by this version of Sluice; remove the finalizer, or hand the object to Flux';
  return { finished: false, events: [eventOf(object, 'Warning', message)], next: { after: 'nothing' } };
}

/** Whether the account to act as still exists; without it nothing can be deleted, and nothing should hang (KS-15). */
async function canAct(object: Kustomization, scope: Scope): Promise<boolean> {
  const name = accountOf(object, scope);
  if (name === undefined) return true;
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', namespace: object.metadata.namespace, name };
  // A name that no account can have is as good as an account that is gone.
  const found = await scope.cluster.get(account).catch(unlessInvalid);
  return found !== undefined;
}

function unlessInvalid(error: unknown): undefined {
  if (!isFault(error, 'invalid')) throw error;
  return undefined;
}

function unableToPrune(object: Kustomization): EventDraft {
  const references = (object.status?.inventory?.entries ?? []).flatMap(
    (entry) => referenceOfEntry(entry) ?? [],
  );
  return eventOf(object, 'Warning', `unable to prune objects: \n${references.map(nameOf).join('\n')}`);
}

async function finish(object: Kustomization, scope: Scope, events: readonly EventDraft[]): Promise<Removal> {
  await scope.ports.store.delete(storeKeyOf(object, scope));
  return { finished: true, events, next: { after: 'nothing' } };
}

function nameOf(reference: ObjectReference): string {
  return displayName({ kind: reference.kind, metadata: reference });
}

function eventOf(object: Kustomization, type: EventDraft['type'], message: string): EventDraft {
  const ready = object.status?.conditions?.find((condition) => condition.type === 'Ready');
  const revision = object.status?.lastAppliedRevision;
  const reason = ready?.reason ?? (type === 'Warning' ? 'error' : 'info');
  return {
    type,
    reason,
    message,
    ...(revision && { metadata: { [`${GROUP.kustomize}/revision`]: revision } }),
  };
}
