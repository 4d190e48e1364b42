import { Fault } from '../core/failures.ts';
import { groupOf, type KubernetesObject } from '../core/kubernetes-object.ts';
import { fieldAt, isFields } from './fields.ts';
import { failed, type Health } from './health.ts';
import { isUnschedulable } from './pods.ts';
import { statusOf } from './status-of.ts';

/**
 * Kinds that a failed pod fails at once. A Deployment is not among them: kstatus reads its ReplicaSets and pods but
 * judges it by its own status, so that only its progress deadline fails it.
 */
const POD_OWNERS: ReadonlySet<string> = new Set(['apps/ReplicaSet', 'apps/StatefulSet']);

/** Whether the pods of `object` must be looked at while it is InProgress. */
export function isPodOwner({ apiVersion, kind }: KubernetesObject): boolean {
  return POD_OWNERS.has(`${groupOf(apiVersion)}/${kind}`);
}

/** `spec.selector` as a LIST takes it. Faults: `malformed` without one. */
export function podSelectorOf(owner: KubernetesObject): string {
  const selector = fieldAt(owner, 'spec.selector');
  if (!isFields(selector)) throw new Fault('malformed', 'no selector found');
  const labels = isFields(selector.matchLabels) ? selector.matchLabels : {};
  const expressions = Array.isArray(selector.matchExpressions) ? selector.matchExpressions : [];
  return [
    ...Object.entries(labels).map(([key, value]) => `${key}=${value}`),
    ...expressions.filter(isFields).map(requirementOf),
  ].join(',');
}

function requirementOf({ key, operator, values }: Readonly<Record<string, unknown>>): string {
  const list = `(${Array.isArray(values) ? values.join(',') : ''})`;
  switch (operator) {
    case 'In':
      return `${key} in ${list}`;
    case 'NotIn':
      return `${key} notin ${list}`;
    case 'Exists':
      return `${key}`;
    case 'DoesNotExist':
      return `!${key}`;
    default:
      throw new Fault('malformed', `"${operator}" is not a valid label selector operator`);
  }
}

/** `health` of an owner that is InProgress, seen with its pods: Failed when one has failed for good. */
export function withPods(health: Health, pods: readonly KubernetesObject[], now: Date): Health {
  if (health.status !== 'InProgress') return health;
  const failures = pods.filter(
    (pod) =>
      statusOf(pod, now).status === 'Failed' && !pod.metadata.deletionTimestamp && !isUnschedulable(pod),
  );
  return failures.length === 0 ? health : failed(`${failures.length} pods have failed`);
}
