import type { Kustomization, KustomizationStatus } from '../../api/kustomization.ts';
import type { Artifact } from '../../api/meta.ts';
import { GROUP, REASON } from '../../api/vocabulary.ts';
import { conditionOf } from '../../core/conditions.ts';
import { formatDuration } from '../../core/durations.ts';
import { pollDelay } from '../delays.ts';
import type { EventDraft, Outcome } from '../reconciler.ts';
import { artifactMissing, type Plan, type Seen } from './decide.ts';
import { withAttempt } from './history.ts';
import type { AppliedWork, HealthOutcome, Report } from './report.ts';
import { intervalOf, retryIntervalOf } from './settings.ts';
import {
  failing,
  inProgress,
  observation,
  ready,
  stageMessage,
  stalled,
  wasHealthy,
  withHealthy,
} from './status.ts';

type End = Outcome<KustomizationStatus>;
const ORIGIN_REVISION = 'org.opencontainers.image.revision';

/** Status, events and the next visit after a plan was carried out. */
export function conclude(object: Kustomization, plan: Plan, seen: Seen, report: Report, hops: number): End {
  const status = object.status ?? {};
  switch (plan.do) {
    case 'stall':
      return stall(object, plan, revisionOf(seen), seen.now);
    case 'postpone':
      return postpone(object, plan, revisionOf(seen), seen.now);
    case 'fail':
      return fail(object, { ...plan, attempted: false }, status, seen.now);
    default:
      return concludeWork(object, plan, seen, report, hops);
  }
}

type WorkPlan = Extract<Plan, { readonly artifact: Artifact }>;

function concludeWork(object: Kustomization, plan: WorkPlan, seen: Seen, report: Report, hops: number): End {
  const status = object.status ?? {};
  const { revision } = plan.artifact;
  switch (report.kind) {
    case 'nothing':
    case 'superseded':
      return { status, events: [], next: { after: 'nothing' } };
    case 'artifact-gone':
      return postpone(object, artifactMissing(), revision, report.at);
    case 'stalled':
      return stall(object, report, revision, report.at);
    case 'failed':
      return failWork(object, plan, seen, report);
    case 'applied':
      return succeed(object, plan, seen, report.at, report.health, report.work, hops);
    case 'unchanged':
      return succeed(object, plan, seen, report.at, report.health, undefined, hops);
  }
}

function stall(
  object: Kustomization,
  draft: { reason: string; message: string },
  revision: string | undefined,
  now: Date,
): End {
  const before = conditionOf(object.status?.conditions, 'Stalled');
  const isNews =
    before?.message !== draft.message || before.observedGeneration !== object.metadata.generation;
  const events = isNews ? [eventOf('Warning', draft.reason, draft.message, revision)] : [];
  return { status: stalled(object.status ?? {}, object, draft, now), events, next: { after: 'nothing' } };
}

function postpone(
  object: Kustomization,
  plan: Plan & { do: 'postpone' },
  revision: string | undefined,
  now: Date,
): End {
  const before = conditionOf(object.status?.conditions, 'Ready');
  const isNews = before?.status !== 'False' || before.reason !== plan.reason;
  const status = object.status ?? {};
  const events =
    plan.event !== undefined && isNews ? [eventOf('Normal', plan.reason, plan.event, revision)] : [];
  const reason = plan.reason === REASON.dependencyNotReady ? 'dependency' : 'retry';
  return {
    status: isNews || before?.message !== plan.message ? failing(status, object, plan, now, isNews) : status,
    events,
    next: { after: 'delay', milliseconds: plan.milliseconds, reason },
  };
}

interface Failure {
  readonly reason: string;
  readonly message: string;
  readonly revision: string;
  readonly attempted: boolean;
}

function fail(object: Kustomization, failure: Failure, before: KustomizationStatus, now: Date): End {
  const status = failing(before, object, failure, now, true);
  return {
    status: failure.attempted ? { ...status, lastAttemptedRevision: failure.revision } : status,
    events: [eventOf('Warning', failure.reason, failure.message, failure.revision)],
    next: { after: 'delay', milliseconds: retryIntervalOf(object.spec), reason: 'retry' },
  };
}

function failWork(
  object: Kustomization,
  plan: WorkPlan,
  seen: Seen,
  report: Report & { kind: 'failed' },
): End {
  const { revision } = plan.artifact;
  const { renderedDigest, work } = report;
  let status = object.status ?? {};
  if (work !== undefined) status = { ...status, inventory: work.inventory };
  if (renderedDigest !== undefined)
    status = remember(status, plan, seen, report.at, renderedDigest, report.reason);
  const end = fail(object, { ...report, revision }, status, report.at);
  return { ...end, events: [...workEvents(work, report.reason, revision), ...end.events] };
}

function succeed(
  object: Kustomization,
  plan: WorkPlan,
  seen: Seen,
  at: Date,
  health: HealthOutcome,
  work: AppliedWork | undefined,
  hops: number,
): End {
  if (health.state === 'failed') return healthFailed(object, plan, seen, at, health, work);
  if (health.state === 'waiting') return waiting(object, plan, at, work, hops);
  const { revision, metadata } = plan.artifact;
  const origin = metadata?.[ORIGIN_REVISION];
  const changed = isNewResult(object, plan, work);
  let status = work === undefined ? (object.status ?? {}) : { ...object.status, inventory: work.inventory };
  const digest = work?.renderedDigest ?? seen.baseline?.renderedDigest;
  if (changed && digest !== undefined) {
    status = remember(status, plan, seen, at, digest, REASON.reconciliationSucceeded);
  }
  const passed = healthPassed(object, plan, seen, at, health, work);
  const conditions =
    passed === 'keep'
      ? (status.conditions ?? [])
      : withHealthy(status.conditions ?? [], passed?.draft, observation(object, at));
  status = ready({ ...status, conditions }, object, { revision, originRevision: origin }, at);
  const events = [
    ...workEvents(work, REASON.progressing, revision),
    ...(passed !== 'keep' && passed?.event
      ? [eventOf('Normal', REASON.progressing, passed.draft.message, revision)]
      : []),
    ...(changed ? [finished(object, plan, seen, at)] : []),
  ];
  return { status, events, next: { after: 'interval' } };
}

/** Whether Ready, the revision or the applied objects are other than before: only then history and the success event move (declared deviation). */
function isNewResult(object: Kustomization, plan: WorkPlan, work: AppliedWork | undefined): boolean {
  const before = conditionOf(object.status?.conditions, 'Ready');
  if (before?.status !== 'True' || before.observedGeneration !== object.metadata.generation) return true;
  if (object.status?.lastAppliedRevision !== plan.artifact.revision) return true;
  return work !== undefined && work.changes.length + work.pruned.length > 0;
}

function finished(object: Kustomization, plan: WorkPlan, seen: Seen, at: Date): EventDraft {
  const took = formatDuration(at.getTime() - startOf(plan, seen).getTime());
  const message = `Reconciliation finished in ${took}, next run in ${formatDuration(intervalOf(object.spec))}`;
  const event = eventOf('Normal', REASON.reconciliationSucceeded, message, plan.artifact.revision);
  return { ...event, metadata: { ...event.metadata, [`${GROUP.kustomize}/commit_status`]: 'update' } };
}

/** What the Healthy condition becomes: 'keep' when nothing about it is new, undefined when it goes. */
function healthPassed(
  object: Kustomization,
  plan: WorkPlan,
  seen: Seen,
  at: Date,
  health: HealthOutcome,
  work: AppliedWork | undefined,
):
  | 'keep'
  | { readonly draft: { status: 'True'; reason: string; message: string }; readonly event: boolean }
  | undefined {
  if (health.state === 'off') return undefined;
  const healthy = wasHealthy(object);
  const isCurrent =
    conditionOf(object.status?.conditions, 'Healthy')?.observedGeneration === object.metadata.generation;
  const newRevision = object.status?.lastAppliedRevision !== plan.artifact.revision;
  const drifted = (work?.changes.length ?? 0) > 0;
  if (healthy && isCurrent && !drifted && !newRevision) return 'keep';
  const message = `Health check passed in ${formatDuration(at.getTime() - startOf(plan, seen).getTime())}`;
  return {
    draft: { status: 'True', reason: REASON.succeeded, message },
    event: !healthy || (newRevision && drifted),
  };
}

function waiting(
  object: Kustomization,
  plan: WorkPlan,
  at: Date,
  work: AppliedWork | undefined,
  hops: number,
): End {
  const { revision } = plan.artifact;
  if (plan.do === 'poll') {
    return {
      status: object.status ?? {},
      events: [],
      next: { after: 'delay', milliseconds: pollDelay(hops), reason: 'wait' },
    };
  }
  const message = stageMessage(object, 'Running health checks', revision);
  const before = work === undefined ? (object.status ?? {}) : { ...object.status, inventory: work.inventory };
  const status = inProgress(before, object, message, at, revision);
  const draft = { status: 'Unknown', reason: REASON.progressing, message } as const;
  const conditions = withHealthy(status.conditions ?? [], draft, observation(object, at, true));
  return {
    status: { ...status, conditions },
    events: workEvents(work, REASON.progressing, revision),
    next: { after: 'delay', milliseconds: pollDelay(0), reason: 'wait' },
  };
}

function healthFailed(
  object: Kustomization,
  plan: WorkPlan,
  seen: Seen,
  at: Date,
  health: HealthOutcome & { state: 'failed' },
  work: AppliedWork | undefined,
): End {
  const { revision } = plan.artifact;
  const took = formatDuration(at.getTime() - startOf(plan, seen).getTime());
  let status = work === undefined ? (object.status ?? {}) : { ...object.status, inventory: work.inventory };
  const digest = work?.renderedDigest ?? seen.baseline?.renderedDigest;
  if (digest !== undefined) status = remember(status, plan, seen, at, digest, REASON.healthCheckFailed);
  const draft = { status: 'False', reason: REASON.healthCheckFailed, message: health.message } as const;
  status = { ...status, conditions: withHealthy(status.conditions ?? [], draft, observation(object, at)) };
  const event = eventOf(
    'Warning',
    REASON.healthCheckFailed,
    `health check failed after ${took}: ${health.message}`,
    revision,
  );
  return {
    status: { ...failing(status, object, { ...draft }, at, true), lastAttemptedRevision: revision },
    events: [...workEvents(work, REASON.progressing, revision), event],
    next: { after: 'delay', milliseconds: retryIntervalOf(object.spec), reason: 'retry' },
  };
}

function remember(
  status: KustomizationStatus,
  plan: WorkPlan,
  seen: Seen,
  at: Date,
  digest: string,
  result: string,
): KustomizationStatus {
  const origin = plan.artifact.metadata?.[ORIGIN_REVISION];
  const metadata = { revision: plan.artifact.revision, ...(origin && { originRevision: origin }) };
  const duration = at.getTime() - startOf(plan, seen).getTime();
  return {
    ...status,
    history: [...withAttempt(status.history ?? [], { digest, status: result, at, duration, metadata })],
  };
}

/** A wait began when Healthy became Unknown; anything else when it was looked at. */
function startOf(plan: WorkPlan, seen: Seen): Date {
  return plan.do === 'poll' ? plan.since : seen.now;
}

function workEvents(work: AppliedWork | undefined, reason: string, revision: string): readonly EventDraft[] {
  const lists = [work?.changes ?? [], work?.pruned ?? []].filter((list) => list.length > 0);
  return lists.map((list) => eventOf('Normal', reason, list.join('\n'), revision));
}

function eventOf(
  type: EventDraft['type'],
  reason: string,
  message: string,
  revision: string | undefined,
): EventDraft {
  return {
    type,
    reason,
    message,
    ...(revision && { metadata: { [`${GROUP.kustomize}/revision`]: revision } }),
  };
}

function revisionOf(seen: Seen): string | undefined {
  return seen.source.state === 'ready' ? seen.source.artifact.revision : undefined;
}
