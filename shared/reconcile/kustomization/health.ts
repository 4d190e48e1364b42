import type { Kustomization } from '../../api/kustomization.ts';
import { type Baseline, referenceOfBaseline } from '../../apply/baseline.ts';
import type { SeenObject } from '../../apply/drift.ts';
import { loadCel } from '../../core/cel/expression.ts';
import { isOpen } from '../../core/feature-gates.ts';
import { type Judge, judgeOf, NO_JUDGE } from '../../health/expressions.ts';
import { needsStatus, readHealth } from '../../health/read.ts';
import { healthKey, referencesToCheck } from '../../health/references.ts';
import { statusOf } from '../../health/status-of.ts';
import { verdictOf } from '../../health/verdict.ts';
import type { Cluster } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';
import type { HealthOutcome } from './report.ts';
import { timeoutOf } from './settings.ts';

/** One look at everything the Kustomization waits for; `since` is when its wait began (KS-85, KS-86). What was `seen` a moment ago is not read again. */
export async function checkHealth(
  object: Kustomization,
  cluster: Cluster,
  baseline: Baseline | undefined,
  since: Date,
  scope: Scope,
  seen: readonly SeenObject[] = [],
): Promise<HealthOutcome> {
  const mayBeGone = new Set(baseline?.header.vanishing);
  const vanishing = new Set<string>();
  const applied = (baseline?.entries ?? []).flatMap((entry) => {
    const reference = referenceOfBaseline(entry);
    if (reference === undefined) return [];
    if (mayBeGone.has(entry.id)) vanishing.add(healthKey(reference));
    return [{ reference, skipped: entry.skipped !== undefined }];
  });
  const { name, namespace } = object.metadata;
  const { wait = false, healthChecks = [] } = object.spec;
  const references = referencesToCheck({ self: { name, namespace }, wait, healthChecks, applied });
  if (references === undefined) return { state: 'off' };
  const now = scope.ports.clock.now();
  const judge = await judgeFor(object);
  const failFast = !isOpen('DisableFailFastBehavior', scope.record.settings);
  const known = new Map(
    seen
      .filter(({ reference, whole }) => whole || !(needsStatus(reference) || judge.judges(reference)))
      .map(({ reference, object: found }) => [healthKey(reference), found]),
  );
  const readings = await readHealth({ cluster, references, now, known, judge });
  const timedOut = now.getTime() - since.getTime() >= timeoutOf(object.spec);
  const verdict = verdictOf({ readings, vanishing, failFast, timedOut });
  return verdict.kind === 'failed' ? { state: 'failed', message: verdict.message } : { state: verdict.kind };
}

/** Those of `seen` that are as their spec says already; the others may be a moment later, and are worth another look. */
export function currentOf(
  { spec }: Kustomization,
  seen: readonly SeenObject[],
  now: Date,
): readonly SeenObject[] {
  if ((spec.healthCheckExprs ?? []).length > 0) return [];
  return seen.filter(({ object }) => statusOf(object, now).status === 'Current');
}

/** Who judges objects by spec.healthCheckExprs. Throws an Error, in Flux's words, about expressions that cannot be compiled (KS-05). */
export async function judgeFor({ spec }: Kustomization): Promise<Judge> {
  const { healthCheckExprs = [] } = spec;
  return healthCheckExprs.length === 0 ? NO_JUDGE : judgeOf(healthCheckExprs, await loadCel());
}
