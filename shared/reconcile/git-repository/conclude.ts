import type { GitRepository, GitRepositoryStatus } from '../../api/git-repository.ts';
import type { Artifact } from '../../api/meta.ts';
import { CONDITION, GROUP, REASON } from '../../api/vocabulary.ts';
import { conditionOf, hasStatus, removeConditions, setCondition } from '../../core/conditions.ts';
import { backoff } from '../delays.ts';
import type { EventDraft, Outcome } from '../reconciler.ts';
import { contentConfigChanged, type Plan, type Seen, type Trouble } from './decide.ts';
import { retryingMessage, withReady } from './status.ts';

/** What came of a plan. */
export type Report =
  | { readonly kind: 'nothing'; readonly events: readonly EventDraft[] }
  | {
      readonly kind: 'stored';
      readonly artifact: Artifact;
      readonly subject: string;
      readonly events: readonly EventDraft[];
    }
  | { readonly kind: 'failed'; readonly trouble: Trouble; readonly events: readonly EventDraft[] };

const FAILURES = ['FetchFailed', 'IncludeUnavailable', 'StorageOperationFailed'];

/** Status, events and the next visit after a plan was carried out. */
export function conclude(
  object: GitRepository,
  plan: Plan,
  seen: Seen,
  report: Report,
  hops: number,
): Outcome<GitRepositoryStatus> {
  if (plan.do === 'fail') return failed(object, plan.trouble, seen, [], hops);
  if (report.kind === 'failed') return failed(object, report.trouble, seen, report.events, hops);
  if (plan.do === 'keep') return kept(object, plan.remote.revision, seen, report.events);
  if (report.kind === 'stored') return stored(object, report, seen);
  return { status: object.status ?? {}, events: [], next: { after: 'interval' } };
}

function kept(
  object: GitRepository,
  revision: string,
  seen: Seen,
  others: readonly EventDraft[],
): Outcome<GitRepositoryStatus> {
  const recovered = FAILURES.some((type) => hasStatus(object.status?.conditions, type, 'True'));
  const status = succeeded(object, object.status ?? {}, revision, seen);
  const metadata = artifactMetadata(object.status?.artifact);
  const message = `stored artifact for commit '${revision}'`;
  const events: EventDraft[] = recovered
    ? [{ type: 'Normal', reason: REASON.succeeded, message, metadata }]
    : [];
  return { status, events: [...others, ...events], next: { after: 'interval' } };
}

function stored(
  object: GitRepository,
  report: Report & { kind: 'stored' },
  seen: Seen,
): Outcome<GitRepositoryStatus> {
  const { artifact, subject } = report;
  const { ignore } = object.spec;
  const observed = {
    ...withoutObservations(object.status ?? {}),
    ...(ignore !== undefined && { observedIgnore: ignore }),
  };
  const status = { ...observed, artifact };
  const isNew = object.status?.artifact?.digest !== artifact.digest;
  const recovered = FAILURES.some((type) => hasStatus(object.status?.conditions, type, 'True'));
  const event = {
    type: 'Normal',
    message: `stored artifact for commit '${subject}'`,
    metadata: artifactMetadata(artifact),
  } as const;
  const events: EventDraft[] = [...report.events];
  if (isNew) events.push({ ...event, reason: 'NewArtifact' });
  else if (recovered) events.push({ ...event, reason: REASON.succeeded });
  if (isUpToDate(object, seen, artifact.revision)) events.push(upToDate(artifact.revision));
  return { status: succeeded(object, status, artifact.revision, seen), events, next: { after: 'interval' } };
}

/** Whether the fetch only confirmed what was there: same revision, made in the same way, and not lost (GR-25). */
function isUpToDate(object: GitRepository, seen: Seen, revision: string): boolean {
  const lost = seen.stored === 'gone' || seen.stored === 'corrupt';
  return object.status?.artifact?.revision === revision && !lost && !contentConfigChanged(object);
}

function upToDate(revision: string): EventDraft {
  const message = `artifact up-to-date with remote revision: '${revision}'`;
  return { type: 'Normal', reason: REASON.artifactUpToDate, message, trace: true };
}

/** The status without what an earlier artifact was made with, by us or by the in-cluster controller. */
function withoutObservations(status: GitRepositoryStatus): GitRepositoryStatus {
  const { observedIgnore, observedInclude, observedRecurseSubmodules, observedSparseCheckout, ...rest } =
    status;
  const { includedArtifacts, ...others } = rest;
  return others;
}

function succeeded(
  object: GitRepository,
  status: GitRepositoryStatus,
  revision: string,
  seen: Seen,
): GitRepositoryStatus {
  const generation = object.metadata.generation ?? 0;
  const rest = removeConditions(
    status.conditions ?? [],
    ...FAILURES,
    'ArtifactOutdated',
    'SourceVerified',
    'Reconciling',
    'Stalled',
  );
  const { sourceVerificationMode: _unverified, ...others } = status;
  const message = `stored artifact for revision '${revision}'`;
  const draft = {
    type: CONDITION.artifactInStorage,
    status: 'True',
    reason: REASON.succeeded,
    message,
  } as const;
  const conditions = setCondition(rest, draft, { generation, now: seen.now });
  return {
    ...others,
    observedGeneration: generation,
    conditions: withReady(conditions, generation, seen.now),
  };
}

function failed(
  object: GitRepository,
  trouble: Trouble,
  seen: Seen,
  events: readonly EventDraft[],
  hops: number,
): Outcome<GitRepositoryStatus> {
  const { reason, message, stalling = false } = trouble;
  const generation = object.metadata.generation ?? 0;
  const now = { generation, now: seen.now };
  const before = conditionOf(object.status?.conditions, trouble.condition);
  const status = withoutLostArtifact(object.status ?? {}, seen);
  const gone = [
    ...FAILURES.filter((type) => type !== trouble.condition),
    ...(trouble.condition === 'FetchFailed' ? [CONDITION.artifactOutdated] : []),
    stalling ? 'Reconciling' : 'Stalled',
  ];
  const other = removeConditions(status.conditions ?? [], ...gone);
  const retrying = {
    type: 'Reconciling',
    status: 'True',
    reason: REASON.progressingWithRetry,
    message: retryingMessage(object, seen),
  } as const;
  const last = stalling ? ({ type: 'Stalled', status: 'True', reason, message } as const) : retrying;
  const marked = setCondition(
    setCondition(other, { type: trouble.condition, status: 'True', reason, message }, now),
    last,
    now,
  );
  const conditions = withReady(marked, generation, seen.now);
  const isNews = before?.message !== message || before.observedGeneration !== generation;
  return {
    status: { ...status, conditions, ...(stalling && { observedGeneration: generation }) },
    events: isNews ? [...events, { type: 'Warning', reason, message }] : events,
    next: stalling ? { after: 'nothing' } : { after: 'delay', milliseconds: backoff(hops), reason: 'retry' },
  };
}

function withoutLostArtifact(status: GitRepositoryStatus, seen: Seen): GitRepositoryStatus {
  if (seen.stored !== 'gone' && seen.stored !== 'corrupt') return status;
  const { artifact: _lost, ...rest } = status;
  return { ...rest, conditions: [...removeConditions(status.conditions ?? [], 'ArtifactInStorage')] };
}

function artifactMetadata(artifact: Artifact | undefined): Readonly<Record<string, string>> {
  if (artifact === undefined) return {};
  return { [`${GROUP.source}/revision`]: artifact.revision, [`${GROUP.source}/digest`]: artifact.digest };
}
