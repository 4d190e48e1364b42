import type { Artifact } from '../../api/meta.ts';
import type { OCIRepository, OCIRepositoryStatus } from '../../api/oci-repository.ts';
import { redact } from '../../core/redaction.ts';
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
import type { Plan, Seen, Trouble } from './decide.ts';

/** Which conditions it has. */
const RULES = sourceRules('SourceVerified');

/** What came of a plan. */
export type Report =
  | { readonly kind: 'nothing'; readonly verified: Verified; readonly events: readonly EventDraft[] }
  | {
      readonly kind: 'stored';
      readonly artifact: Artifact;
      readonly verified: Verified;
      readonly events: readonly EventDraft[];
    }
  | { readonly kind: 'failed'; readonly trouble: Trouble; readonly events: readonly EventDraft[] };

const ORIGIN = {
  source: 'org.opencontainers.image.source',
  revision: 'org.opencontainers.image.revision',
} as const;

/** Status, events and the next visit after a plan was carried out. */
export function conclude(
  object: OCIRepository,
  plan: Plan,
  seen: Seen,
  report: Report,
  hops: number,
): Outcome<OCIRepositoryStatus> {
  if (plan.do === 'fail') return failed(object, plan.trouble, seen, [], hops, RULES);
  if (report.kind === 'failed') return failed(object, report.trouble, seen, report.events, hops, RULES);
  if (report.kind === 'stored') return stored(object, report, seen);
  const status = object.status ?? {};
  const { artifact } = status;
  if (plan.do === 'nothing' || artifact === undefined)
    return { status, events: report.events, next: { after: 'interval' } };
  const recovered = hasFailed(object) ? storedEvent(object, artifact, storedMessage(object, artifact)) : [];
  return {
    status: told(object, status, artifact.revision, report.verified, seen),
    events: [...report.events, ...whenAwaited(object, upToDate(artifact.revision)), ...recovered],
    next: { after: 'interval' },
  };
}

function stored(
  object: OCIRepository,
  { artifact, verified, events }: Report & { readonly kind: 'stored' },
  seen: Seen,
): Outcome<OCIRepositoryStatus> {
  const { observedIgnore: _ignore, observedLayerSelector: _layer, ...rest } = object.status ?? {};
  const { ignore, layerSelector } = object.spec;
  const status = {
    ...rest,
    artifact,
    ...(ignore !== undefined && { observedIgnore: ignore }),
    ...(layerSelector !== undefined && { observedLayerSelector: layerSelector }),
  };
  const isKnown = object.status?.artifact?.digest === artifact.digest && !isLost(seen);
  return {
    status: told(object, status, artifact.revision, verified, seen),
    events: [
      ...events,
      ...storedEvent(object, artifact, storedMessage(object, artifact)),
      ...(isKnown ? [upToDate(artifact.revision)] : []),
    ],
    next: { after: 'interval' },
  };
}

function told(
  object: OCIRepository,
  status: OCIRepositoryStatus,
  revision: string,
  verified: Verified,
  seen: Seen,
): OCIRepositoryStatus {
  return succeeded(object, status, `stored artifact for digest '${revision}'`, seen, RULES, verified);
}

/** With where the content came from, when whoever pushed it says so (OCI-17). */
function storedMessage({ spec }: OCIRepository, { revision, metadata = {} }: Artifact): string {
  const message = `stored artifact with revision '${revision}' from '${spec.url}'`;
  const source = metadata[ORIGIN.source];
  const origin = metadata[ORIGIN.revision];
  if (!source || !origin) return message;
  return `${message}, origin source '${redact(source)}', origin revision '${redact(origin)}'`;
}
