import type { HelmRepository, HelmRepositoryStatus } from '../../api/helm-repository.ts';
import type { Artifact } from '../../api/meta.ts';
import { redact } from '../../core/redaction.ts';
import { humanSize } from '../../helm/repository-url.ts';
import type { EventDraft, Outcome } from '../reconciler.ts';
import { failed, hasFailed, storedEvent, succeeded, upToDate, whenAwaited } from '../source/outcome.ts';
import { sourceRules } from '../source/rules.ts';
import { isLost } from '../source/seen.ts';
import type { Plan, Seen, Trouble } from './decide.ts';
import type { WithInterval } from './static.ts';

/** Which conditions it has. */
const RULES = sourceRules();

/** What came of a plan. */
export type Report =
  | { readonly kind: 'nothing'; readonly events: readonly EventDraft[] }
  | { readonly kind: 'stored'; readonly artifact: Artifact; readonly events: readonly EventDraft[] }
  | { readonly kind: 'failed'; readonly trouble: Trouble; readonly events: readonly EventDraft[] };

/** Status, events and the next visit after a plan was carried out. */
export function conclude(
  object: WithInterval,
  plan: Plan,
  seen: Seen,
  report: Report,
  hops: number,
): Outcome<HelmRepositoryStatus> {
  if (plan.do === 'fail') return failed(object, plan.trouble, seen, [], hops, RULES);
  if (report.kind === 'failed') return failed(object, report.trouble, seen, report.events, hops, RULES);
  const { status = {} } = object;
  const artifact = report.kind === 'stored' ? report.artifact : status.artifact;
  if (artifact === undefined) return { status: object.status ?? {}, events: [], next: { after: 'interval' } };
  const isNews = report.kind === 'stored' || hasFailed(object);
  const news = isNews ? storedEvent(object, artifact, storedMessage(object, artifact)) : [];
  const isSame = status.artifact?.digest === artifact.digest && !isLost(seen);
  const trace = isSame ? whenAwaited(object, upToDate(artifact.revision)) : [];
  const message = `stored artifact: revision '${artifact.revision}'`;
  return {
    status: succeeded(object, { ...status, artifact }, message, seen, RULES),
    events: [...report.events, ...trace, ...news],
    next: { after: 'interval' },
  };
}

function storedMessage({ spec }: HelmRepository, { size }: Artifact): string {
  const told = size === undefined ? 'unknown size' : `size ${humanSize(size)}`;
  return `stored fetched index of ${told} from '${redact(spec.url)}'`;
}
