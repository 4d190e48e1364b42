import type { Kustomization } from '../../api/kustomization.ts';
import { hasStatus } from '../../core/conditions.ts';
import { namespacedName, sourceOf } from '../../core/references.ts';

/** A dependency as it was read; `found` is undefined when it does not exist. */
export interface SeenDependency {
  readonly namespace: string;
  readonly name: string;
  readonly found: Kustomization | undefined;
}

/** Why `object` has to wait, in the order of spec.dependsOn and in upstream's words (KS-11); undefined when it need not. */
export function blockedBy(
  object: Kustomization,
  dependencies: readonly SeenDependency[],
  revision: string,
): string | undefined {
  for (const dependency of dependencies) {
    const reason = blockedByOne(object, dependency, revision);
    if (reason !== undefined) return reason;
  }
  return undefined;
}

function blockedByOne(
  object: Kustomization,
  dependency: SeenDependency,
  revision: string,
): string | undefined {
  const name = namespacedName(dependency);
  const { found } = dependency;
  if (found === undefined) {
    return `dependency '${name}' not found: kustomizations.kustomize.toolkit.fluxcd.io "${dependency.name}" not found`;
  }
  const { observedGeneration, conditions = [], lastAppliedRevision } = found.status ?? {};
  const current = conditions.length > 0 && observedGeneration === found.metadata.generation;
  if (!current || !hasStatus(conditions, 'Ready', 'True'))
    return `dependency '${name}' is not ready${cycleHint(object, found)}`;
  if (isSameSource(object, found) && lastAppliedRevision !== revision)
    return `dependency '${name}' revision is not up to date`;
  return undefined;
}

/** Two Kustomizations that wait for each other would do so for ever: say it. */
function cycleHint(object: Kustomization, dependency: Kustomization): string {
  const self = namespacedName({ name: object.metadata.name, namespace: object.metadata.namespace });
  const back = (dependency.spec?.dependsOn ?? []).some(
    ({ name, namespace }) =>
      namespacedName({ name, namespace: namespace || dependency.metadata.namespace }) === self,
  );
  return back ? ': dependency cycle, it depends on this Kustomization too' : '';
}

function isSameSource(a: Kustomization, b: Kustomization): boolean {
  // The CRD does not require a spec.
  if (b.spec?.sourceRef === undefined) return false;
  const left = sourceOf(a.spec.sourceRef, a.metadata.namespace);
  const right = sourceOf(b.spec.sourceRef, b.metadata.namespace);
  return left.kind === right.kind && left.namespace === right.namespace && left.name === right.name;
}
