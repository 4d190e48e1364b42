import type { Kustomization, KustomizationStatus } from '../../api/kustomization.ts';
import type { Artifact } from '../../api/meta.ts';
import { REASON } from '../../api/vocabulary.ts';
import { writeBaseline } from '../../apply/baseline-store.ts';
import { checkDrift } from '../../apply/drift.ts';
import { redact } from '../../core/redaction.ts';
import { needsStatus } from '../../health/read.ts';
import type { Progress, Scope } from '../reconciler.ts';
import { lastBoundary } from '../slots.ts';
import { isOfTarget } from '../target/marked.ts';
import { applyArtifact } from './apply-artifact.ts';
import type { Show } from './attempt.ts';
import type { Plan } from './decide.ts';
import { checkHealth } from './health.ts';
import { applyContext } from './identity.ts';
import type { SeenAll } from './observe.ts';
import type { Report } from './report.ts';
import { inProgress, stageMessage } from './status.ts';
import { storeKeyOf } from './tracking.ts';

/** How often every object is read in full, milliseconds. */
const AUDIT_EVERY = 24 * 3_600_000;

/** Carries out a plan: only here, and in what it calls, a Kustomization's objects are touched. Trouble of another cluster is the object's own, and told. */
export async function act(
  object: Kustomization,
  plan: Plan,
  seen: SeenAll,
  scope: Scope,
  progress: Progress<KustomizationStatus>,
): Promise<Report> {
  try {
    return await carryOut(object, plan, seen, scope, progress);
  } catch (error) {
    if (!isOfTarget(error)) throw error;
    const message = redact(error.message);
    const reason = REASON.reconciliationFailed;
    return { kind: 'failed', at: scope.ports.clock.now(), reason, message, attempted: true };
  }
}

async function carryOut(
  object: Kustomization,
  plan: Plan,
  seen: SeenAll,
  scope: Scope,
  progress: Progress<KustomizationStatus>,
): Promise<Report> {
  const now = (): Date => scope.ports.clock.now();
  if (plan.do === 'nothing' || plan.do === 'stall' || plan.do === 'postpone' || plan.do === 'fail')
    return { kind: 'nothing', at: now() };
  if (plan.do === 'poll') return poll(object, seen, plan.since, scope);
  const { revision } = plan.artifact;
  const show: Show = (stage, options) =>
    progress((status) => inProgress(status, object, stageMessage(object, stage, revision), now()), options);
  if (plan.do === 'verify') return verify(object, plan.artifact, seen, scope, show);
  return applyArtifact({ object, artifact: plan.artifact, seen, scope, show }, seen.stored.baseline);
}

async function poll(object: Kustomization, seen: SeenAll, since: Date, scope: Scope): Promise<Report> {
  const { cluster } = await applyContext(object, scope, seen.place);
  const health = await checkHealth({ object, cluster, baseline: seen.stored.baseline, since, scope });
  return { kind: 'unchanged', at: scope.ports.clock.now(), health };
}

/** Looks for drift by what the last apply recorded; only what drifted is fetched, built and applied. */
async function verify(
  object: Kustomization,
  artifact: Artifact,
  seen: SeenAll,
  scope: Scope,
  show: Show,
): Promise<Report> {
  const { baseline, etag } = seen.stored;
  if (baseline === undefined) return applyArtifact({ object, artifact, seen, scope, show }, undefined);
  const context = await applyContext(object, scope, seen.place);
  const audit = isAuditDue(object, baseline.header.audited, seen.now);
  // With wait every object is asked for its health: one LIST in full serves both.
  const drift = await checkDrift(object.spec.wait ? { ...context, inFull: needsStatus } : context, baseline, {
    audit,
  });
  if (drift.drifted.length > 0) {
    return applyArtifact({ object, artifact, seen, scope, show }, drift.baseline);
  }
  if (drift.recorded || audit) {
    const audited = audit ? { audited: seen.now.toISOString() } : {};
    const header = { ...drift.baseline.header, ...audited };
    await writeBaseline(scope.ports.store, storeKeyOf(object, scope), { ...drift.baseline, header }, etag);
  }
  const health = await checkHealth({
    ...{ object, scope, cluster: context.cluster, baseline: drift.baseline, seen: drift.seen },
    since: scope.ports.clock.now(),
  });
  return { kind: 'unchanged', at: scope.ports.clock.now(), health };
}

/** One run a day reads every object in full, at an hour of its own: the bound for whatever the rule does not see. */
function isAuditDue({ metadata }: Kustomization, audited: string | undefined, now: Date): boolean {
  const last = Date.parse(audited ?? '');
  return !(last >= lastBoundary(metadata.uid ?? '', AUDIT_EVERY, now.getTime()));
}
