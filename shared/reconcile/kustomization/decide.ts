import type { Kustomization } from '../../api/kustomization.ts';
import type { Artifact } from '../../api/meta.ts';
import { ANNOTATION, REASON } from '../../api/vocabulary.ts';
import { conditionOf, hasStatus } from '../../core/conditions.ts';
import { formatDuration } from '../../core/durations.ts';
import { namespacedName, sourceDisplayName, sourceOf } from '../../core/references.ts';
import { REQUEUE_DEPENDENCY } from '../delays.ts';
import { invalidAccount, invalidDuration, retryIntervalOf } from './settings.ts';

/** The source as it is read. */
export type SeenSource =
  | { readonly state: 'missing' }
  | { readonly state: 'denied'; readonly message: string }
  | { readonly state: 'pending' }
  | { readonly state: 'ready'; readonly artifact: Artifact };

/** What the last apply left in the store. */
export interface SeenBaseline {
  readonly inputDigest: string;
  readonly attemptedRevision: string;
  readonly uid: string;
  /** `sha256:<hex>` of the built manifests. */
  readonly renderedDigest: string;
}

/** Everything that the decision rests on. */
export interface Seen {
  readonly now: Date;
  readonly source: SeenSource;
  /** The message is of a source's revision that has been attempted since it was sent. */
  readonly oldNews?: boolean;
  /** Which closed gate keeps the spec from being obeyed, as upstream words it (KS-50). */
  readonly closedGate?: string | undefined;
  /** Why the dependencies are not ready, as upstream words it; undefined when they are. */
  readonly blocked: string | undefined;
  /** Why an expression of the spec cannot be compiled, as upstream words it (KS-05). */
  readonly invalidExpression?: string | undefined;
  /** Why the cluster that the objects belong to cannot be worked on. */
  readonly unreachable: string | undefined;
  /** Why the substitution's ConfigMaps and Secrets cannot be used. */
  readonly unreadable: string | undefined;
  readonly variables: ReadonlyMap<string, string>;
  readonly inputDigest: string;
  readonly baseline: SeenBaseline | undefined;
}

/** What to do about a Kustomization. */
export type Plan =
  /** Another message has brought what this one tells of. */
  | { readonly do: 'nothing' }
  | { readonly do: 'stall'; readonly reason: string; readonly message: string }
  /** Not now: the source or a dependency is not there yet. */
  | {
      readonly do: 'postpone';
      readonly reason: string;
      readonly message: string;
      readonly event: string | undefined;
      readonly milliseconds: number;
    }
  | { readonly do: 'fail'; readonly reason: string; readonly message: string; readonly artifact: Artifact }
  /** Fetch, build, apply, prune, check health; `cancels` names what ended a wait for health that was going on. */
  | {
      readonly do: 'apply';
      readonly artifact: Artifact;
      readonly newAttempt: boolean;
      readonly cancels?: string;
    }
  /** The input is the same: look for drift, check health; fetch and build only when something drifted. */
  | { readonly do: 'verify'; readonly artifact: Artifact; readonly newAttempt: boolean }
  /** A wait for health goes on. */
  | { readonly do: 'poll'; readonly artifact: Artifact; readonly since: Date };

/** Upstream's words before what is wrong with an expression. */
const TERMINAL = 'Reconciliation failed terminally due to configuration error';

/** Decides in upstream's order (KS-02): what is refused, the source, its artifact, the dependencies, then the work. */
export function decide(object: Kustomization, seen: Seen): Plan {
  if (seen.source.state === 'denied') {
    return { do: 'stall', reason: REASON.accessDenied, message: seen.source.message };
  }
  const invalid = invalidDuration(object.spec) ?? invalidAccount(object.spec);
  if (invalid !== undefined) return { do: 'stall', reason: REASON.invalidSpec, message: invalid };
  if (seen.closedGate !== undefined) {
    return { do: 'stall', reason: REASON.featureGateDisabled, message: seen.closedGate };
  }
  const { source, invalidExpression } = seen;
  if (invalidExpression !== undefined) {
    const message = `${TERMINAL}: ${invalidExpression}`;
    return { do: 'stall', reason: REASON.invalidCelExpression, message };
  }
  if (source.state === 'missing') return sourceMissing(object);
  if (source.state === 'pending') return artifactMissing();
  if (seen.oldNews) return { do: 'nothing' };
  if (seen.blocked !== undefined) return blocked(seen.blocked);
  if (seen.unreachable !== undefined) {
    const message = seen.unreachable;
    return { do: 'fail', reason: REASON.reconciliationFailed, message, artifact: source.artifact };
  }
  if (seen.unreadable !== undefined) {
    return { do: 'fail', reason: REASON.buildFailed, message: seen.unreadable, artifact: source.artifact };
  }
  return decideWork(object, seen, source.artifact);
}

function decideWork(object: Kustomization, seen: Seen, artifact: Artifact): Plan {
  const { conditions, lastAttemptedRevision, lastAppliedRevision } = object.status ?? {};
  const ready = conditionOf(conditions, 'Ready');
  const newRevision = lastAttemptedRevision !== artifact.revision;
  const trigger = isWaiting(object) && { cancels: newRevision ? nameOfSource(object) : nameOfSelf(object) };
  const apply = { do: 'apply', artifact, newAttempt: true, ...trigger } as const;
  if (newRevision || !isSameInput(object, seen, artifact)) return apply;

  const since = waitingSince(object);
  if (since !== undefined) return isRequested(object) ? apply : { do: 'poll', artifact, since };
  if (ready?.status === 'True' && lastAppliedRevision === artifact.revision) {
    return { do: 'verify', artifact, newAttempt: false };
  }
  if (ready?.reason === REASON.healthCheckFailed) return { do: 'verify', artifact, newAttempt: true };
  return apply;
}

/** Whether somebody has asked for a run that has not been yet (KS-17). */
function isRequested({ metadata, status }: Kustomization): boolean {
  const token = metadata.annotations?.[ANNOTATION.requestedAt];
  return token !== undefined && token !== status?.lastHandledReconcileAt;
}

/** Whether what the last apply left was made from exactly what is there now. */
function isSameInput(object: Kustomization, seen: Seen, artifact: Artifact): boolean {
  return (
    seen.baseline !== undefined &&
    seen.baseline.inputDigest === seen.inputDigest &&
    seen.baseline.uid === object.metadata.uid &&
    seen.baseline.attemptedRevision === artifact.revision
  );
}

/** When the wait for health began that this generation is in; a failure since then leaves Healthy behind. */
export function waitingSince(object: Kustomization): Date | undefined {
  if (conditionOf(object.status?.conditions, 'Ready')?.status !== 'Unknown') return undefined;
  const healthy = conditionOf(object.status?.conditions, 'Healthy');
  if (healthy?.status !== 'Unknown' || healthy.observedGeneration !== object.metadata.generation)
    return undefined;
  return new Date(healthy.lastTransitionTime);
}

/** Whether a wait for health is going on, of whatever generation. */
function isWaiting({ status }: Kustomization): boolean {
  return (
    hasStatus(status?.conditions, 'Ready', 'Unknown') && hasStatus(status?.conditions, 'Healthy', 'Unknown')
  );
}

function nameOfSource({ spec, metadata }: Kustomization): string {
  const source = sourceOf(spec.sourceRef, metadata.namespace);
  return `${source.kind}/${namespacedName(source)}`;
}

function nameOfSelf({ kind, metadata }: Kustomization): string {
  return `${kind}/${namespacedName(metadata)}`;
}

function sourceMissing(object: Kustomization): Plan {
  return {
    do: 'postpone',
    reason: REASON.artifactFailed,
    message: `Source '${sourceDisplayName(object.spec.sourceRef)}' not found`,
    event: undefined,
    milliseconds: retryIntervalOf(object.spec),
  };
}

function artifactMissing(): Plan {
  return postponed('Source artifact not found');
}

/** What is told when the advertised artifact is no longer in the store, upstream's 404 (KS-04). */
export function artifactGone(): Plan & { readonly do: 'postpone' } {
  return postponed('Source is not ready, artifact not found');
}

function postponed(message: string): Plan & { readonly do: 'postpone' } {
  return {
    do: 'postpone',
    reason: REASON.artifactFailed,
    message: `${message}, retrying in ${formatDuration(REQUEUE_DEPENDENCY)}`,
    event: undefined,
    milliseconds: REQUEUE_DEPENDENCY,
  };
}

function blocked(message: string): Plan {
  return {
    do: 'postpone',
    reason: REASON.dependencyNotReady,
    message,
    event: `Dependencies do not meet ready condition, retrying in ${formatDuration(REQUEUE_DEPENDENCY)}`,
    milliseconds: REQUEUE_DEPENDENCY,
  };
}
