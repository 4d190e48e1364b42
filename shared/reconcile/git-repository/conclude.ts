import type { GitRepository, GitRepositoryStatus } from '../../api/git-repository.ts';
import type { Artifact } from '../../api/meta.ts';
import { CONDITION, REASON } from '../../api/vocabulary.ts';
import { removeConditions } from '../../core/conditions.ts';
import type { EventDraft, Outcome } from '../reconciler.ts';
import {
  failed,
  hasFailed,
  storedEvent,
  succeeded,
  upToDate,
  type Verified,
  whenAwaited,
} from '../source/outcome.ts';
import { sourceRules } from '../source/rules.ts';
import { isLost } from '../source/seen.ts';
import { contentConfigChanged, includesChanged, modeOf } from './content.ts';
import type { Plan, Seen, Trouble } from './decide.ts';

/** Which conditions it has. */
export const RULES = sourceRules('IncludeUnavailable', 'SourceVerified');

/** What came of a plan. */
export type Report =
  | { readonly kind: 'nothing'; readonly events: readonly EventDraft[] }
  | {
      readonly kind: 'stored';
      readonly artifact: Artifact;
      readonly subject: string;
      readonly verified: Verified;
      readonly events: readonly EventDraft[];
    }
  | { readonly kind: 'failed'; readonly trouble: Trouble; readonly events: readonly EventDraft[] };

/** Status, events and the next visit after a plan was carried out. */
export function conclude(
  object: GitRepository,
  plan: Plan,
  seen: Seen,
  report: Report,
  hops: number,
): Outcome<GitRepositoryStatus> {
  if (plan.do === 'fail') return failed(object, plan.trouble, seen, [], hops, RULES);
  if (report.kind === 'failed') {
    return failed(beforeOutdated(object, report.trouble), report.trouble, seen, report.events, hops, RULES);
  }
  if (plan.do === 'keep') return kept(object, plan.remote.revision, seen, report.events);
  if (report.kind === 'stored') return stored(object, report, seen);
  return { status: object.status ?? {}, events: [], next: { after: 'interval' } };
}

/** A signature is verified before the artifact counts as outdated. */
function beforeOutdated(object: GitRepository, { condition }: Trouble): GitRepository {
  if (condition !== 'SourceVerified') return object;
  const conditions = removeConditions(object.status.conditions ?? [], CONDITION.artifactOutdated);
  return { ...object, status: { ...object.status, conditions: [...conditions] } };
}

function kept(
  object: GitRepository,
  revision: string,
  seen: Seen,
  others: readonly EventDraft[],
): Outcome<GitRepositoryStatus> {
  const verified = modeOf(object) === undefined ? 'nothing' : 'before';
  const status = told(object, object.status ?? {}, revision, seen, verified);
  const { artifact } = object.status ?? {};
  const message = `stored artifact for commit '${revision}'`;
  const events = artifact && hasFailed(object) ? storedEvent(object, artifact, message) : [];
  const skipped = whenAwaited(object, skippedEvent(revision));
  return { status, events: [...others, ...skipped, ...events], next: { after: 'interval' } };
}

function stored(
  object: GitRepository,
  { artifact, subject, verified, events }: Report & { kind: 'stored' },
  seen: Seen,
): Outcome<GitRepositoryStatus> {
  const observed = { ...withoutObservations(object.status ?? {}), ...observations(object, seen) };
  const isKnown = isUpToDate(object, seen, artifact.revision);
  return {
    status: told(object, { ...observed, artifact }, artifact.revision, seen, verified),
    events: [
      ...events,
      ...storedEvent(object, artifact, `stored artifact for commit '${subject}'`),
      ...(isKnown ? [upToDate(artifact.revision)] : []),
      ...verifiedEvent(verified),
    ],
    next: { after: 'interval' },
  };
}

/** Whether the fetch only confirmed what was there: same revision, made in the same way, and not lost (GR-25). */
function isUpToDate(object: GitRepository, seen: Seen, revision: string): boolean {
  const isSame = object.status?.artifact?.revision === revision && !isLost(seen);
  return isSame && !contentConfigChanged(object) && !includesChanged(object, seen.includes);
}

/** The status without what an earlier artifact was made with, by us or by the in-cluster controller. */
function withoutObservations(status: GitRepositoryStatus): GitRepositoryStatus {
  const { observedIgnore, observedInclude, observedRecurseSubmodules, observedSparseCheckout, ...rest } =
    status;
  const { includedArtifacts, ...others } = rest;
  return others;
}

/** What this artifact is made with. */
function observations({ spec }: GitRepository, { includes }: Seen): Partial<GitRepositoryStatus> {
  const { ignore, recurseSubmodules, include = [], sparseCheckout = [] } = spec;
  return {
    ...(ignore !== undefined && { observedIgnore: ignore }),
    ...(recurseSubmodules && { observedRecurseSubmodules: true }),
    ...(include.length > 0 && { observedInclude: include, includedArtifacts: [...includes] }),
    ...(sparseCheckout.length > 0 && { observedSparseCheckout: sparseCheckout }),
  };
}

function skippedEvent(revision: string): EventDraft {
  const message = `no changes since last reconciliation: observed revision '${revision}'`;
  return { type: 'Normal', reason: REASON.gitOperationSucceeded, message, trace: true };
}

function verifiedEvent(verified: Verified): readonly EventDraft[] {
  if (typeof verified === 'string') return [];
  return [{ type: 'Normal', reason: REASON.succeeded, message: verified.message, trace: true }];
}

function told(
  object: GitRepository,
  { sourceVerificationMode: _before, ...status }: GitRepositoryStatus,
  revision: string,
  seen: Seen,
  verified: Verified,
): GitRepositoryStatus {
  const mode = modeOf(object);
  const observed = { ...status, ...(mode !== undefined && { sourceVerificationMode: mode }) };
  return succeeded(object, observed, `stored artifact for revision '${revision}'`, seen, RULES, verified);
}
