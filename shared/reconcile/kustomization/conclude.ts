import type { Kustomization, KustomizationStatus } from '../../api/kustomization.ts';
import type { Artifact } from '../../api/meta.ts';
import { REASON } from '../../api/vocabulary.ts';
import { conditionOf } from '../../core/conditions.ts';
import { artifactGone, type Plan, type Seen } from './decide.ts';
import { type End, type Ended, originRevisionOf, remembered, type WorkPlan, withInventory } from './ended.ts';
import { eventOf, finished, workEvents } from './events.ts';
import { failHealth, passHealth, waitForHealth } from './health-outcome.ts';
import type { HealthOutcome, Report } from './report.ts';
import { retryIntervalOf } from './settings.ts';
import { failing, inProgress, ready, stageMessage, stalled } from './status.ts';

/** Status, events and the next visit after a plan was carried out. */
export function conclude(object: Kustomization, plan: Plan, seen: Seen, report: Report): End {
  switch (plan.do) {
    case 'nothing':
      return { status: object.status ?? {}, events: [], next: { after: 'nothing' } };
    case 'stall':
      return stall(object, plan, artifactOf(seen), seen.now);
    case 'postpone':
      return postpone(object, plan, artifactOf(seen), seen.now);
    case 'fail':
      return failBuild(object, plan, seen);
    default:
      return withCancellation(plan, concludeWork(object, plan, seen, report));
  }
}

/** A wait that something newer ended is told first (KS-17). */
function withCancellation(plan: WorkPlan, end: End): End {
  if (plan.do !== 'apply' || plan.cancels === undefined) return end;
  const message = `Health checks canceled due to new reconciliation triggered by ${plan.cancels}`;
  const event = eventOf('Normal', REASON.healthCheckCanceled, message, plan.artifact);
  return { ...end, events: [event, ...end.events] };
}

function artifactOf(seen: Seen): Artifact | undefined {
  return seen.source.state === 'ready' ? seen.source.artifact : undefined;
}

function concludeWork(object: Kustomization, plan: WorkPlan, seen: Seen, report: Report): End {
  const { at } = report;
  const ended = { object, plan, seen, at };
  switch (report.kind) {
    case 'nothing':
      return { status: object.status ?? {}, events: [], next: { after: 'nothing' } };
    case 'artifact-gone':
      return postpone(object, artifactGone(), plan.artifact, at);
    case 'stalled':
      return stallWork(object, plan.artifact, report);
    case 'failed':
      return failWork({ ...ended, work: report.work }, report);
    case 'applied':
      return checked({ ...ended, work: report.work }, report.health);
    case 'unchanged':
      return checked({ ...ended, work: undefined }, report.health);
  }
}

interface Trouble {
  readonly reason: string;
  readonly message: string;
}

function stall(object: Kustomization, trouble: Trouble, artifact: Artifact | undefined, now: Date): End {
  const before = conditionOf(object.status?.conditions, 'Stalled');
  const isNews =
    before?.message !== trouble.message || before.observedGeneration !== object.metadata.generation;
  return {
    status: stalled(object.status ?? {}, object, trouble, now),
    events: isNews ? [eventOf('Warning', trouble.reason, trouble.message, artifact)] : [],
    next: { after: 'nothing' },
  };
}

/** What was built must not be applied: this revision was attempted, only another one can help. */
function stallWork(object: Kustomization, artifact: Artifact, report: Report & { kind: 'stalled' }): End {
  const end = stall(object, report, artifact, report.at);
  return { ...end, status: { ...end.status, lastAttemptedRevision: artifact.revision } };
}

function postpone(
  object: Kustomization,
  plan: Plan & { do: 'postpone' },
  artifact: Artifact | undefined,
  now: Date,
): End {
  const before = conditionOf(object.status?.conditions, 'Ready');
  const isNews = before?.status !== 'False' || before.reason !== plan.reason;
  const events =
    plan.event !== undefined && isNews ? [eventOf('Normal', plan.reason, plan.event, artifact)] : [];
  const reason = plan.reason === REASON.dependencyNotReady ? 'dependency' : 'retry';
  return {
    status: failing(object.status ?? {}, object, plan, now, isNews),
    events,
    next: { after: 'delay', milliseconds: plan.milliseconds, reason },
  };
}

/** A build that fails before anything is fetched tells the same story as one that fails after. */
function failBuild(object: Kustomization, plan: Plan & { do: 'fail' }, seen: Seen): End {
  const message = stageMessage(object, 'Building manifests', plan.artifact.revision);
  const status = inProgress(object.status ?? {}, object, message, seen.now, plan.artifact.revision);
  return fail(object, plan, status, plan.artifact, seen.now);
}

function fail(
  object: Kustomization,
  trouble: Trouble,
  before: KustomizationStatus,
  artifact: Artifact,
  now: Date,
): End {
  return {
    status: failing(before, object, trouble, now, true),
    events: [eventOf('Warning', trouble.reason, trouble.message, artifact)],
    next: { after: 'delay', milliseconds: retryIntervalOf(object.spec), reason: 'retry' },
  };
}

function failWork(ended: Ended, report: Report & { kind: 'failed' }): End {
  const { object, plan, at } = ended;
  const { artifact } = plan;
  const attempted = report.attempted && { lastAttemptedRevision: artifact.revision };
  const built = report.renderedDigest;
  const before = { ...withInventory(ended), ...attempted };
  const status = built === undefined ? before : remembered(before, ended, report.reason, built);
  const end = fail(object, report, status, artifact, at);
  // A prune that failed is told by its error alone; the changes before it are told as ever.
  const applied = ended.work && { ...ended.work, pruned: [] };
  return { ...end, events: [...workEvents({ ...ended, work: applied }), ...end.events] };
}

function checked(ended: Ended, health: HealthOutcome): End {
  if (health.state === 'failed') return failHealth(ended, health);
  if (health.state === 'waiting') return waitForHealth(ended);
  return succeed(ended, health);
}

function succeed(ended: Ended, health: HealthOutcome): End {
  const { object, plan, at } = ended;
  const { revision } = plan.artifact;
  const isNew = isNewResult(ended);
  const before = withInventory(ended);
  const status = isNew ? remembered(before, ended, REASON.reconciliationSucceeded) : before;
  const { conditions, events } = passHealth(ended, health, status.conditions ?? []);
  const originRevision = originRevisionOf(plan.artifact);
  return {
    status: ready({ ...status, conditions: [...conditions] }, object, { revision, originRevision }, at),
    events: [...workEvents(ended), ...events, ...(isNew ? [finished(ended)] : [])],
    next: { after: 'interval' },
  };
}

/** Whether Ready, the revision or the applied objects are other than before: only then history and the success event move (declared deviation). */
function isNewResult({ object, plan, work }: Ended): boolean {
  const before = conditionOf(object.status?.conditions, 'Ready');
  if (before?.status !== 'True' || before.observedGeneration !== object.metadata.generation) return true;
  if (object.status?.lastAppliedRevision !== plan.artifact.revision) return true;
  return work !== undefined && work.changes.length + work.pruned.length > 0;
}
