import type { Kustomization } from '../../api/kustomization.ts';
import type { Baseline } from '../../apply/baseline.ts';
import type { SeenObject } from '../../apply/drift.ts';
import { isReadySoon } from '../../health/soon.ts';
import { statusOf } from '../../health/status-of.ts';
import type { HealthReading } from '../../health/verdict.ts';
import type { Cluster } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';
import { lookAtHealth } from './health.ts';
import type { HealthOutcome } from './report.ts';

/** Pauses between the first looks, milliseconds: a controller sees a change within 10 to 100, a busy one within 2000; a poll writes the status, and looks at everything again. */
const PAUSES = [150, 600, 1250];

/**
 * How what was just applied is. The answers to the apply tell most of it; what only has to be seen by its controller is
 * looked at again within two seconds, so that no poll is needed for it.
 */
export async function firstLook(
  object: Kustomization,
  cluster: Cluster,
  baseline: Baseline,
  applied: readonly SeenObject[],
  scope: Scope,
): Promise<HealthOutcome> {
  const { clock } = scope.ports;
  const since = clock.now();
  const around = { object, cluster, baseline, since, scope };
  let { outcome, readings } = await lookAtHealth({ ...around, seen: answered(object, applied, since) });
  for (const pause of PAUSES) {
    if (outcome.state !== 'waiting' || !readings.every(isReadySoon)) break;
    await clock.sleep(pause, scope.signal);
    ({ outcome, readings } = await lookAtHealth({ ...around, seen: currentOf(readings) }));
  }
  return outcome;
}

/** What the answers to the apply tell for good; who is failing in them may have failed with what was there before. */
function answered({ spec }: Kustomization, applied: readonly SeenObject[], now: Date): readonly SeenObject[] {
  if ((spec.healthCheckExprs ?? []).length > 0) return [];
  return applied.filter(({ object }) => ['Current', 'InProgress'].includes(statusOf(object, now).status));
}

function currentOf(readings: readonly HealthReading[]): readonly SeenObject[] {
  return readings.flatMap(({ reference, status, object }) =>
    status === 'Current' && object ? [{ reference, object, whole: true }] : [],
  );
}
