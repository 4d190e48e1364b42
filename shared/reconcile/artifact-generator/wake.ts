import type { ArtifactGenerator } from '../../api/artifact-generator.ts';
import { hasStatus } from '../../core/conditions.ts';
import { canonicalJson } from '../../core/digests.ts';
import { isOpen } from '../../core/feature-gates.ts';
import type { KubernetesObject } from '../../ports.ts';
import { wakeAllConsumers } from '../fan-out.ts';
import type { Scope } from '../reconciler.ts';
import { wakeGenerators } from '../wake-generators.ts';
import { isDisabled } from './disabled.ts';
import { listExternals } from './externals.ts';

/** Wakes whoever applies what was made, if their gate is open, and the generators that are made of it when there is news. */
export async function wakeUsers(
  object: ArtifactGenerator,
  before: ArtifactGenerator,
  scope: Scope,
): Promise<void> {
  if (isDisabled(object) || !hasStatus(object.status?.conditions, 'Ready', 'True')) return;
  const isNews = scope.redelivered === true || toldBy(object) !== toldBy(before);
  const isApplied = isOpen('ExternalArtifact', scope.record.settings);
  if (!isNews && !isApplied) return;
  const externals = await listExternals(object, scope);
  const made = externals as readonly KubernetesObject[];
  const offered = externals.flatMap(({ status }, index) => {
    const [source, artifact] = [made[index], status?.artifact];
    return source && artifact ? [{ source, artifact }] : [];
  });
  if (isApplied) await wakeAllConsumers(offered, scope);
  // Generators can be made of each other: their chain ends as every other.
  if (isNews) await wakeGenerators(made, scope, scope.message.hops + 1);
}

function toldBy({ metadata, status }: ArtifactGenerator): string {
  return canonicalJson([metadata.generation, status?.inventory, status?.observedSourcesDigest]);
}
