import type { Kustomization } from '../../api/kustomization.ts';
import { GROUP } from '../../api/vocabulary.ts';
import { readBaseline } from '../../apply/baseline-store.ts';
import { referenceOfEntry } from '../../apply/inventory.ts';
import { prune } from '../../apply/prune.ts';
import { isFault } from '../../core/failures.ts';
import { displayName } from '../../core/kubernetes-object.ts';
import { redact } from '../../core/redaction.ts';
import type { Cluster, ObjectReference } from '../../ports.ts';
import { backoff } from '../delays.ts';
import type { EventDraft, Removal, Scope } from '../reconciler.ts';
import { getIfServed } from '../served.ts';
import { isOfTarget } from '../target/marked.ts';
import { findPlace, type Place } from '../target/target.ts';
import { accountOf, applyContext } from './identity.ts';
import { deletesOnRemoval, timeoutOf } from './settings.ts';
import {
  recordedIds,
  type StoredBaseline,
  storedOf,
  storeKeyOf,
  untracked,
  withoutGone,
} from './tracking.ts';

/** Upstream's poll while it waits for terminations (KS-14), milliseconds. */
const TERMINATION_POLL = 2000;

/** Finalises a Kustomization: what it applied is deleted as its policy says, then the baseline; re-entrant while it waits (KS-13 to KS-15). */
export async function remove(object: Kustomization, scope: Scope): Promise<Removal> {
  const kept = await readBaseline(scope.ports.store, storeKeyOf(object, scope));
  const tracked = [...(object.status?.inventory?.entries ?? []), ...untracked(object, kept)];
  if (!deletesOnRemoval(object, tracked)) return finish(object, scope, []);
  const found = await findPlace(object, scope);
  if (!found.ok)
    return found.gone
      ? finish(object, scope, [unableToPrune(object)])
      : unreached(object, found.message, scope);
  try {
    return await removeFrom(object, found.place, storedOf(kept, found.place), scope);
  } catch (error) {
    if (!isOfTarget(error)) throw error;
    return unreached(object, redact(error.message), scope);
  }
}

async function removeFrom(
  object: Kustomization,
  place: Place,
  stored: StoredBaseline,
  scope: Scope,
): Promise<Removal> {
  if (!(await canAct(object, scope, place))) return finish(object, scope, [unableToPrune(object)]);

  const context = await applyContext(object, scope, place);
  const leftOver = await withoutGone(context, untracked(object, stored), recordedIds(object, stored));
  const stale = [...(object.status?.inventory?.entries ?? []), ...leftOver];
  const result = await prune({ ...context, stale });
  if (result.failure !== undefined) {
    const event = eventOf(object, 'Warning', 'pruning for deleted resource failed');
    return tryAgain(event, scope);
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

/** The cluster that its objects lie on cannot be worked on: the finalizer stays until it can, or until what describes it is deleted. */
function unreached(object: Kustomization, why: string, scope: Scope): Removal {
  return tryAgain(eventOf(object, 'Warning', `pruning for deleted resource failed: ${why}`), scope);
}

function tryAgain(event: EventDraft, { message }: Scope): Removal {
  const milliseconds = backoff(message.hops);
  return { finished: false, events: [event], next: { after: 'delay', milliseconds, reason: 'retry' } };
}

/** Whether the account to act as still exists where it acts; without it nothing can be deleted, and nothing should hang (KS-15). */
async function canAct(object: Kustomization, scope: Scope, { cluster }: Place): Promise<boolean> {
  const name = accountOf(object, scope);
  if (name === undefined) return true;
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', namespace: object.metadata.namespace, name };
  // A name that no account can have is as good as an account that is gone.
  try {
    return (await cluster.get(account)) !== undefined;
  } catch (error) {
    if (isFault(error, 'invalid')) return false;
    // Whoever may impersonate an account elsewhere need not be allowed to read it.
    if (isFault(error, 'forbidden') && isOfTarget(error)) return true;
    throw error;
  }
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
