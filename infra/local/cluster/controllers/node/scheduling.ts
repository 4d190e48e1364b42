import type { KubernetesObject } from '../../../../../shared/core/kubernetes-object.ts';
import {
  type Fields,
  fieldsAt,
  fieldsOf,
  itemsOf,
  stringEntries,
  textOf,
} from '../../strategies/rules/fields.ts';

/** The taint that stands for a cordoned node. */
const CORDONED = 'node.kubernetes.io/unschedulable';

/** Why a pod cannot be on the node, in the scheduler's words; undefined when it can. Without a real scheduler only taints, selectors and required node affinity decide. */
export function misfit(pod: KubernetesObject, node: KubernetesObject): string | undefined {
  const spec = fieldsOf(pod.spec) ?? {};
  const { unschedulable, taints } = fieldsOf(node.spec) ?? {};
  const tolerations = itemsOf(spec.tolerations);
  const cordon = { key: CORDONED, effect: 'NoSchedule' };
  if (unschedulable === true && !isTolerated(cordon, tolerations)) return 'were unschedulable';
  const keepsOff = itemsOf(taints).some(
    (taint) =>
      taint.key !== CORDONED && taint.effect !== 'PreferNoSchedule' && !isTolerated(taint, tolerations),
  );
  if (keepsOff) return 'had untolerated taint(s)';
  return isWanted(spec, node) ? undefined : "didn't match Pod's node affinity/selector";
}

function isTolerated({ key, effect, value }: Fields, tolerations: readonly Fields[]): boolean {
  return tolerations.some(
    (one) =>
      (textOf(one.effect) === '' || one.effect === effect) &&
      (textOf(one.key) === '' ? one.operator === 'Exists' : one.key === key) &&
      (one.operator === 'Exists' || textOf(one.value) === textOf(value)),
  );
}

function isWanted(spec: Fields, { metadata }: KubernetesObject): boolean {
  const { name, labels = {} } = metadata;
  const isSelected = stringEntries(spec.nodeSelector).every(([key, value]) => labels[key] === value);
  const affinity = fieldsAt(spec, 'affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution');
  const terms = itemsOf(affinity?.nodeSelectorTerms);
  const holdsFor = (term: Fields) =>
    itemsOf(term.matchExpressions).every((one) => holds(one, labels)) &&
    itemsOf(term.matchFields).every((one) => holds(one, { 'metadata.name': name }));
  return isSelected && (terms.length === 0 || terms.some(holdsFor));
}

function holds({ key, operator, values }: Fields, labels: Readonly<Record<string, string>>): boolean {
  const value = labels[textOf(key)];
  const isAmong = Array.isArray(values) && values.includes(value);
  switch (operator) {
    case 'In':
      return isAmong;
    case 'NotIn':
      return !isAmong;
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
}
