import { together } from '../../core/together.ts';
import { wakeConsumers } from '../fan-out.ts';
import type { Reconciled, Scope } from '../reconciler.ts';
import { wakeCharts } from '../wake-charts.ts';
import { wakeGeneratorsOf } from '../wake-generators.ts';
import { followMirror } from './mirror.ts';
import type { SourceObject } from './seen.ts';

/** What follows the status of every source: whoever applies its artifact, or makes charts or artifacts of it, is woken, and its mirror kept. */
export async function afterRun(
  object: Reconciled & SourceObject,
  before: Reconciled & SourceObject,
  scope: Scope,
): Promise<void> {
  await together([
    wakeConsumers(object, object.status?.artifact, scope),
    wakeCharts(object, before, scope),
    wakeGeneratorsOf(object, before, scope),
    followMirror(object, scope),
  ]);
}
