import type { GitRepository, GitRepositoryStatus } from '../../api/git-repository.ts';
import type { Artifact } from '../../api/meta.ts';
import type { EventDraft, Outcome } from '../reconciler.ts';
import { failed, hasFailed, storedEvent, succeeded, upToDate } from '../source/outcome.ts';
import { isLost } from '../source/seen.ts';
import { contentConfigChanged, type Plan, type Seen, type Trouble } from './decide.ts';
import { RULES } from './status.ts';

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

/** Status, events and the next visit after a plan was carried out. */
export function conclude(
  object: GitRepository,
  plan: Plan,
  seen: Seen,
  report: Report,
  hops: number,
): Outcome<GitRepositoryStatus> {
  if (plan.do === 'fail') return failed(object, plan.trouble, seen, [], hops, RULES);
  if (report.kind === 'failed') return failed(object, report.trouble, seen, report.events, hops, RULES);
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
  const status = told(object, object.status ?? {}, revision, seen);
  const { artifact } = object.status ?? {};
  const message = `stored artifact for commit '${revision}'`;
  const events = artifact && hasFailed(object) ? storedEvent(object, artifact, message) : [];
  return { status, events: [...others, ...events], next: { after: 'interval' } };
}

function stored(
  object: GitRepository,
  { artifact, subject, events }: Report & { kind: 'stored' },
  seen: Seen,
): Outcome<GitRepositoryStatus> {
  const { ignore } = object.spec;
  const observed = {
    ...withoutObservations(object.status ?? {}),
    ...(ignore !== undefined && { observedIgnore: ignore }),
  };
  const isKnown = isUpToDate(object, seen, artifact.revision);
  return {
    status: told(object, { ...observed, artifact }, artifact.revision, seen),
    events: [
      ...events,
      ...storedEvent(object, artifact, `stored artifact for commit '${subject}'`),
      ...(isKnown ? [upToDate(artifact.revision)] : []),
    ],
    next: { after: 'interval' },
  };
}

/** Whether the fetch only confirmed what was there: same revision, made in the same way, and not lost (GR-25). */
function isUpToDate(object: GitRepository, seen: Seen, revision: string): boolean {
  return object.status?.artifact?.revision === revision && !isLost(seen) && !contentConfigChanged(object);
}

/** The status without what an earlier artifact was made with, by us or by the in-cluster controller. */
function withoutObservations(status: GitRepositoryStatus): GitRepositoryStatus {
  const { observedIgnore, observedInclude, observedRecurseSubmodules, observedSparseCheckout, ...rest } =
    status;
  const { includedArtifacts, ...others } = rest;
  return others;
}

function told(
  object: GitRepository,
  { sourceVerificationMode: _unverified, ...status }: GitRepositoryStatus,
  revision: string,
  seen: Seen,
): GitRepositoryStatus {
  return succeeded(object, status, `stored artifact for revision '${revision}'`, seen, RULES);
}
