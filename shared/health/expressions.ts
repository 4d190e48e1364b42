/** The kinds that CEL expressions of `spec.healthCheckExprs` are for. */
export interface ExpressionTarget {
  readonly apiVersion: string;
  /** Every kind of the group and version when absent. */
  readonly kind?: string | undefined;
}

/** Why an object whose health is told by CEL cannot be reconciled; undefined when it has no such checks. */
export function refusalOfExpressions(targets: readonly ExpressionTarget[] = []): string | undefined {
  if (targets.length === 0) return undefined;
  const kinds = targets.map(({ apiVersion, kind }) => (kind ? `${apiVersion} ${kind}` : apiVersion));
  return `spec.healthCheckExprs is not supported: the health of ${kinds.join(', ')} cannot be judged by CEL expressions`;
}
