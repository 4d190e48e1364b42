import { ANNOTATION, CONDITION } from '../api/vocabulary.ts';
import { conditionOf } from '../core/conditions.ts';
import type { Reason } from '../core/messages.ts';
import { hasBackoffStep, LONGEST_POLL, lastPoll, SWEEP_FROM } from './delays.ts';
import type { CommonStatus, Reconciled } from './reconciler.ts';
import { hasBoundary, lastBoundary, type Window } from './slots.ts';

/** How long a wait's poll may be late before the sweep takes it up, milliseconds. */
export const WAIT_LATE = 120_000;
/** How often a pending deletion is tried again, milliseconds. */
export const REMOVAL_RETRY = 60_000;

/** What `due` has to know of an object's kind and spec, times in milliseconds. */
export interface Timing {
  readonly interval: number;
  /** Absent: failures back off exponentially, as sources do. */
  readonly retryInterval?: number;
}

/** Objects that a consumer depends on, as the sweep's lists hold them. */
export interface Neighbours {
  readonly source?: Reconciled<unknown, SourceStatus>;
  readonly dependencies?: readonly Reconciled[];
  /** What a generator is made of. */
  readonly parts?: readonly Reconciled<unknown, SourceStatus>[];
  /** A watched ConfigMap or Secret that it reads changed in the window. */
  readonly configurationChanged?: boolean;
}

interface SourceStatus extends CommonStatus {
  readonly artifact?: { readonly revision: string; readonly lastUpdateTime: string } | undefined;
}

interface ConsumerStatus extends CommonStatus {
  readonly lastAttemptedRevision?: string | undefined;
  /** What a HelmChart has of its source. */
  readonly observedSourceArtifactRevision?: string | undefined;
}

/** Why `object` should be looked at in `window`; undefined when nothing calls for it. Pure; the sweep asks it, watches and workers ask `isChanged` alone. */
export function due(
  object: Reconciled<unknown, ConsumerStatus>,
  neighbours: Neighbours,
  timing: Timing,
  window: Window,
): Reason | undefined {
  if (object.metadata.deletionTimestamp) return dueForRemoval(object, window);
  if ((object.spec as { suspend?: boolean } | undefined)?.suspend === true)
    return isSuspensionNews(object) ? 'watch' : undefined;
  if (isChanged(object)) return 'watch';
  if (neighbours.configurationChanged === true) return 'configuration';
  // A change of what it is made of can also help a generator that is stalled, but not one that is made of itself.
  const isCircular = conditionOf(object.status?.conditions, CONDITION.circular) !== undefined;
  if (
    !isCircular &&
    neighbours.parts?.some(({ status }) => happened(status?.artifact?.lastUpdateTime, window))
  )
    return 'source';
  const isStalled = conditionOf(object.status?.conditions, 'Stalled')?.status === 'True';
  // A chart that was not there may be in what its source has now.
  if (isStalled && object.status?.observedSourceArtifactRevision === undefined) return undefined;
  if (hasNewSource(object, neighbours.source, window)) return 'source';
  if (isStalled) return undefined;
  if (dependenciesCame(object, neighbours.dependencies ?? [], window)) return 'dependency';
  const waiting = waitSince(object);
  if (waiting !== undefined) return pollIsLate(waiting, window) ? 'wait' : undefined;
  if (isStuck(object, window)) return 'retry';
  return dueInSlot(object, timing, window) ? 'sweep' : undefined;
}

/** Whether the spec, the request token or nothing at all has been handled yet. */
export function isChanged(object: Pick<Reconciled, 'metadata' | 'status'>): boolean {
  const ready = conditionOf(object.status?.conditions, 'Ready');
  if (ready === undefined) return true;
  if ((ready.observedGeneration ?? 0) !== (object.metadata.generation ?? 0)) return true;
  return isRequested(object);
}

/** Whether somebody asked for a run that has not been yet. */
function isRequested(object: Pick<Reconciled, 'metadata' | 'status'>): boolean {
  const token = object.metadata.annotations?.[ANNOTATION.requestedAt];
  return token !== undefined && token !== object.status?.lastHandledReconcileAt;
}

/** Whether a suspended object's status has yet to follow: its dependents ask for the observed generation. */
function isSuspensionNews(object: Reconciled): boolean {
  const isReady = conditionOf(object.status?.conditions, 'Ready')?.status === 'True';
  return (isReady && object.status?.observedGeneration !== object.metadata.generation) || isRequested(object);
}

function dueForRemoval(object: Reconciled, window: Window): Reason | undefined {
  if ((object.metadata.finalizers ?? []).length === 0) return undefined;
  const since = Date.parse(object.metadata.deletionTimestamp ?? '');
  if (since > window.from && since <= window.to) return 'watch';
  return hasBoundary(object.metadata.uid ?? '', REMOVAL_RETRY, window) ? 'retry' : undefined;
}

function hasNewSource(
  object: Reconciled<unknown, ConsumerStatus>,
  source: Neighbours['source'],
  window: Window,
): boolean {
  const artifact = source?.status?.artifact;
  const { lastAttemptedRevision, observedSourceArtifactRevision } = object.status ?? {};
  if (!artifact || artifact.revision === (lastAttemptedRevision ?? observedSourceArtifactRevision))
    return false;
  return happened(artifact.lastUpdateTime, window);
}

function dependenciesCame(object: Reconciled, dependencies: readonly Reconciled[], window: Window): boolean {
  const ready = conditionOf(object.status?.conditions, 'Ready');
  if (ready?.reason !== 'DependencyNotReady') return false;
  const conditions = dependencies.map((dependency) => conditionOf(dependency.status?.conditions, 'Ready'));
  return (
    conditions.every((condition) => condition?.status === 'True') &&
    conditions.some((condition) => happened(condition?.lastTransitionTime, window))
  );
}

/** Transition times are whole seconds, so one that equals the window's start to the second counts in both windows. */
function happened(time: string | undefined, window: Window): boolean {
  const at = Date.parse(time ?? '');
  return at + 999 > window.from && at <= window.to;
}

/** When the wait for health that the object is in began; undefined when it is in none. A failure since then leaves Healthy behind. */
function waitSince(object: Reconciled): number | undefined {
  if (conditionOf(object.status?.conditions, 'Ready')?.status !== 'Unknown') return undefined;
  const healthy = conditionOf(object.status?.conditions, 'Healthy');
  if (healthy?.status !== 'Unknown') return undefined;
  if (healthy.observedGeneration !== object.metadata.generation) return undefined;
  return Date.parse(healthy.lastTransitionTime);
}

/** The poll that a wait should have made 2 minutes before `now`; sent under its own deduplication id, it counts only when it was lost. */
export function lateHop(object: Reconciled, now: number): number | undefined {
  const since = waitSince(object);
  return since === undefined ? undefined : lastPoll(since, now - WAIT_LATE)?.hop;
}

function pollIsLate(since: number, window: Window): boolean {
  const poll = lastPoll(since, window.to - WAIT_LATE);
  return poll !== undefined && poll.at > window.from - WAIT_LATE;
}

/** A run that said Progressing and was never heard of again. */
function isStuck(object: Reconciled, window: Window): boolean {
  const reconciling = conditionOf(object.status?.conditions, 'Reconciling');
  if (reconciling?.status !== 'True' || reconciling.reason !== 'Progressing') return false;
  return window.to - Date.parse(reconciling.lastTransitionTime) > 2 * LONGEST_POLL;
}

function dueInSlot(object: Reconciled, timing: Timing, window: Window): boolean {
  const uid = object.metadata.uid ?? '';
  const { interval, retryInterval } = timing;
  const ready = conditionOf(object.status?.conditions, 'Ready');
  if (ready?.status === 'True') {
    return interval >= SWEEP_FROM
      ? hasBoundary(uid, interval, window)
      : lateBoundary(object, timing, window) !== undefined;
  }
  if (retryInterval === undefined) return hasBackoffStep(failingSince(object), window);
  if (retryInterval >= SWEEP_FROM) return hasBoundary(uid, retryInterval, window);
  return Date.parse(ready?.lastTransitionTime ?? '') + retryInterval + WAIT_LATE <= window.to;
}

/** The slot below a minute that should have been used 2 minutes ago; as with polls, it counts only when its message was lost. */
export function lateBoundary(object: Reconciled, { interval }: Timing, window: Window): number | undefined {
  const isReady = conditionOf(object.status?.conditions, 'Ready')?.status === 'True';
  if (!isReady || !(interval > 0 && interval < SWEEP_FROM)) return undefined;
  const at = lastBoundary(object.metadata.uid ?? '', interval, window.to - WAIT_LATE);
  return at > window.from - WAIT_LATE ? at : undefined;
}

/** What failed keeps its time while attempts come and go; Ready does not. */
const FAILURES = ['StorageOperationFailed', 'FetchFailed', 'BuildFailed', 'Ready'];

function failingSince(object: Reconciled): number {
  const { conditions } = object.status ?? {};
  const failure = FAILURES.map((type) => conditionOf(conditions, type)).find(
    (condition) => condition !== undefined,
  );
  return Date.parse(failure?.lastTransitionTime ?? '');
}
