import type { Kustomization } from '../../api/kustomization.ts';
import { type Baseline, referenceOfBaseline } from '../../apply/baseline.ts';
import type { SeenObject } from '../../apply/drift.ts';
import { loadCel } from '../../core/cel/expression.ts';
import { isOpen } from '../../core/feature-gates.ts';
import { type Judge, judgeOf, NO_JUDGE } from '../../health/expressions.ts';
import { needsStatus, readHealth } from '../../health/read.ts';
import { healthKey, referencesToCheck } from '../../health/references.ts';
import { type HealthReading, verdictOf } from '../../health/verdict.ts';
import type { Cluster } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';
import type { HealthOutcome } from './report.ts';
import { timeoutOf } from './settings.ts';

/** What is looked at, and since when it is waited for (KS-85, KS-86). */
export interface HealthLook {
  readonly object: Kustomization;
  readonly cluster: Cluster;
  readonly baseline: Baseline | undefined;
  readonly since: Date;
  readonly scope: Scope;
  /** What was read a moment ago, and is not read again. */
  readonly seen?: readonly SeenObject[];
}

/** One look at everything the Kustomization waits for. */
export async function checkHealth(look: HealthLook): Promise<HealthOutcome> {
  return (await lookAtHealth(look)).outcome;
}

/** One look, and what was seen of each object. */
export async function lookAtHealth({
  object,
  cluster,
  baseline,
  since,
  scope,
  seen = [],
}: HealthLook): Promise<{ readonly outcome: HealthOutcome; readonly readings: readonly HealthReading[] }> {
  const { vanishing, applied } = appliedOf(baseline);
  const { name, namespace } = object.metadata;
  const { wait = false, healthChecks = [] } = object.spec;
  const references = referencesToCheck({ self: { name, namespace }, wait, healthChecks, applied });
  if (references === undefined) return { outcome: { state: 'off' }, readings: [] };
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
  if (verdict.kind !== 'failed') return { outcome: { state: verdict.kind }, readings };
  return { outcome: { state: 'failed', message: verdict.message }, readings };
}

/** What a baseline says was applied, and which of it may be gone when it is done. */
function appliedOf(baseline: Baseline | undefined) {
  const mayBeGone = new Set(baseline?.header.vanishing);
  const vanishing = new Set<string>();
  const applied = (baseline?.entries ?? []).flatMap((entry) => {
    const reference = referenceOfBaseline(entry);
    if (reference === undefined) return [];
    if (mayBeGone.has(entry.id)) vanishing.add(healthKey(reference));
    return [{ reference, skipped: entry.skipped !== undefined }];
  });
  return { vanishing, applied };
}

/** Who judges objects by spec.healthCheckExprs. Throws an Error, in Flux's words, about expressions that cannot be compiled (KS-05). */
export async function judgeFor({ spec }: Kustomization): Promise<Judge> {
  const { healthCheckExprs = [] } = spec;
  return healthCheckExprs.length === 0 ? NO_JUDGE : judgeOf(healthCheckExprs, await loadCel());
}
