import type { Kustomization, KustomizationStatus } from '../../api/kustomization.ts';
import type { Artifact } from '../../api/meta.ts';
import { formatDuration } from '../../core/durations.ts';
import type { Outcome } from '../reconciler.ts';
import type { Plan, Seen } from './decide.ts';
import { withAttempt } from './history.ts';
import type { AppliedWork } from './report.ts';

/** What a Kustomization's run comes to. */
export type End = Outcome<KustomizationStatus>;

/** A plan that deals with an artifact. */
export type WorkPlan = Extract<Plan, { readonly do: 'apply' | 'verify' | 'poll' }>;

/** Work that came to an end, and when. */
export interface Ended {
  readonly object: Kustomization;
  readonly plan: WorkPlan;
  readonly seen: Seen;
  readonly at: Date;
  /** What was applied; undefined when nothing had to be. */
  readonly work: AppliedWork | undefined;
}

const ORIGIN_REVISION = 'org.opencontainers.image.revision';

/** The revision that the artifact itself was made from, as OCI artifacts tell. */
export function originRevisionOf(artifact: Artifact): string | undefined {
  return artifact.metadata?.[ORIGIN_REVISION];
}

/** How long it took, as Go writes durations: a wait began when Healthy became Unknown, anything else when it was looked at. */
export function tookOf({ plan, seen, at }: Ended): string {
  return formatDuration(durationOf(plan, seen, at));
}

function durationOf(plan: WorkPlan, seen: Seen, at: Date): number {
  const since = plan.do === 'poll' ? plan.since : seen.now;
  return at.getTime() - since.getTime();
}

/** The status with the inventory of what was applied, if anything was. */
export function withInventory({ object, work }: Ended): KustomizationStatus {
  return work === undefined ? (object.status ?? {}) : { ...object.status, inventory: work.inventory };
}

/** The status with this attempt in its history; without a build there is nothing to remember (KS-09). */
export function remembered(
  status: KustomizationStatus,
  ended: Ended,
  result: string,
  digest = ended.work?.renderedDigest ?? ended.seen.baseline?.renderedDigest,
): KustomizationStatus {
  const { plan, seen, at } = ended;
  if (digest === undefined) return status;
  const origin = originRevisionOf(plan.artifact);
  const metadata = { revision: plan.artifact.revision, ...(origin && { originRevision: origin }) };
  const duration = durationOf(plan, seen, at);
  const history = withAttempt(status.history ?? [], { digest, status: result, at, duration, metadata });
  return { ...status, history: [...history] };
}
