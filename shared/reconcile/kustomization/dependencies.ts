import type { Kustomization } from '../../api/kustomization.ts';
import { Budget, type Compile, type Condition } from '../../core/cel/expression.ts';
import { hasStatus } from '../../core/conditions.ts';
import { messageOf } from '../../core/failures.ts';
import { namespacedName, sourceOf } from '../../core/references.ts';

/** A dependency as it was read; `found` is undefined when it does not exist. */
export interface SeenDependency {
  readonly namespace: string;
  readonly name: string;
  /** CEL over `self` and `dep`; the built-in check without one. */
  readonly readyExpr?: string | undefined;
  readonly found: Kustomization | undefined;
}

/** How dependencies are judged. */
export interface DependencyRules {
  /** Needed where there is an expression. */
  readonly compile?: Compile;
  /** Whether the built-in check is made besides an expression (gate AdditiveCELDependencyCheck). */
  readonly additive: boolean;
}

/** Why an object has to wait; `forGood` when nothing but another spec can help. */
export interface Blocked {
  readonly message: string;
  readonly forGood: boolean;
}

/** Why `object` has to wait, in the order of spec.dependsOn and in upstream's words (KS-11); undefined when it need not. */
export function blockedBy(
  object: Kustomization,
  dependencies: readonly SeenDependency[],
  revision: string,
  rules: DependencyRules = { additive: false },
): Blocked | undefined {
  const budget = new Budget();
  for (const dependency of dependencies) {
    const { found, readyExpr, name } = dependency;
    if (found === undefined) {
      const kind = 'kustomizations.kustomize.toolkit.fluxcd.io';
      return waits(`dependency '${namespacedName(dependency)}' not found: ${kind} "${name}" not found`);
    }
    const refused = readyExpr
      ? blockedByExpression(object, { ...dependency, found, readyExpr }, rules, budget)
      : undefined;
    if (refused !== undefined) return refused;
    if (readyExpr && !rules.additive) continue;
    const reason = blockedByOne(object, { ...dependency, found }, revision);
    if (reason !== undefined) return waits(reason);
  }
  return undefined;
}

function waits(message: string): Blocked {
  return { message, forGood: false };
}

type Found<T extends SeenDependency = SeenDependency> = T & { readonly found: Kustomization };

/** What spec.dependsOn[].readyExpr says (KS-12). */
function blockedByExpression(
  self: Kustomization,
  { found, readyExpr, namespace, name }: Found & { readonly readyExpr: string },
  { compile }: DependencyRules,
  budget: Budget,
): Blocked | undefined {
  let condition: Condition | undefined;
  try {
    condition = compile?.(readyExpr, { variables: ['self', 'dep'] });
  } catch (error) {
    const why = `failed to evaluate dependency ${name}: ${messageOf(error)}`;
    return { message: `terminal error: ${why}`, forGood: true };
  }
  try {
    if (condition?.holds({ self, dep: found }, budget)) return undefined;
    return waits(
      `dependency '${namespacedName({ namespace, name })}' is not ready according to readyExpr eval`,
    );
  } catch (error) {
    return waits(messageOf(error));
  }
}

function blockedByOne(object: Kustomization, dependency: Found, revision: string): string | undefined {
  const name = namespacedName(dependency);
  const { found } = dependency;
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
