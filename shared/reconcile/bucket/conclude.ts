import type { Bucket, BucketStatus } from '../../api/bucket.ts';
import type { Artifact } from '../../api/meta.ts';
import type { EventDraft, Outcome } from '../reconciler.ts';
import { failed, hasFailed, storedEvent, succeeded, upToDate, whenAwaited } from '../source/outcome.ts';
import { sourceRules } from '../source/rules.ts';
import type { Plan, Seen, Trouble } from './decide.ts';

/** Which conditions it has. */
const RULES = sourceRules();

/** What came of a plan. */
export type Report =
  | { readonly kind: 'nothing'; readonly events: readonly EventDraft[] }
  /** What was downloaded is what the artifact holds already. */
  | { readonly kind: 'same'; readonly files: number; readonly events: readonly EventDraft[] }
  | {
      readonly kind: 'stored';
      readonly artifact: Artifact;
      readonly files: number;
      readonly events: readonly EventDraft[];
    }
  | { readonly kind: 'failed'; readonly trouble: Trouble; readonly events: readonly EventDraft[] };

/** Status, events and the next visit after a plan was carried out. */
export function conclude(
  object: Bucket,
  plan: Plan,
  seen: Seen,
  report: Report,
  hops: number,
): Outcome<BucketStatus> {
  if (plan.do === 'fail') return failed(object, plan.trouble, seen, [], hops, RULES);
  if (report.kind === 'failed') return failed(object, report.trouble, seen, report.events, hops, RULES);
  if (report.kind === 'stored') return stored(object, report, seen);
  const { artifact } = object.status ?? {};
  if (artifact === undefined || plan.do === 'nothing')
    return { status: object.status ?? {}, events: [], next: { after: 'interval' } };
  const files = report.kind === 'same' ? report.files : plan.listed.files;
  const recovered = hasFailed(object) ? storedEvent(object, artifact, fetched(object, files)) : [];
  const same = upToDate(artifact.revision);
  const trace = report.kind === 'same' ? [same] : whenAwaited(object, same);
  return {
    status: told(object, object.status ?? {}, artifact.revision, seen),
    events: [...report.events, ...recovered, ...trace],
    next: { after: 'interval' },
  };
}

function stored(
  object: Bucket,
  { artifact, files, events }: Report & { kind: 'stored' },
  seen: Seen,
): Outcome<BucketStatus> {
  const { observedIgnore: _before, ...rest } = object.status ?? {};
  const { ignore } = object.spec;
  const status = { ...rest, artifact, ...(ignore !== undefined && { observedIgnore: ignore }) };
  return {
    status: told(object, status, artifact.revision, seen),
    events: [...events, ...storedEvent(object, artifact, fetched(object, files))],
    next: { after: 'interval' },
  };
}

function told(object: Bucket, status: BucketStatus, revision: string, seen: Seen): BucketStatus {
  return succeeded(object, status, `stored artifact: revision '${revision}'`, seen, RULES);
}

function fetched({ spec }: Bucket, files: number): string {
  return `stored artifact with ${files} fetched files from '${spec.bucketName}' bucket`;
}
