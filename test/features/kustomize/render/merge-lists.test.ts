import { expect, it } from 'vitest';
import { type MergeType, mergeTypeOf } from '../../../../shared/kustomize/render/merge-lists.ts';
import { mergeKeys } from '../../kubernetes-schema/merging.ts';

const KINDS: readonly (readonly [string, string])[] = [
  ['apps/v1', 'Deployment'],
  ['apps/v1', 'StatefulSet'],
  ['apps/v1', 'DaemonSet'],
  ['batch/v1', 'Job'],
  ['batch/v1', 'CronJob'],
  ['v1', 'Pod'],
  ['v1', 'Service'],
  ['v1', 'ServiceAccount'],
  ['v1', 'ConfigMap'],
  ['admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration'],
  ['policy/v1', 'PodDisruptionBudget'],
];

/** Every list that kustomize merges in a type: where it is, and by what. */
function listsOf(type: MergeType | undefined, path: readonly string[] = []): [string[], readonly string[]][] {
  return [...(type ?? [])].flatMap(([name, field]) => {
    const at = [...path, name];
    return [
      ...(field.keys ? [[at, field.keys] as [string[], readonly string[]]] : []),
      ...listsOf(field.type, at),
    ];
  });
}

it.each(KINDS)(
  'the lists of %s %s that kustomize merges are merged by the same keys today',
  (apiVersion, kind) => {
    const lists = listsOf(mergeTypeOf(apiVersion, kind));

    expect(lists.length).toBeGreaterThan(0);
    for (const [path, keys] of lists) {
      const today = mergeKeys(apiVersion, kind, path);
      const key = today?.mergeKey === undefined ? [] : [today.mergeKey];
      expect(today?.patchStrategy, path.join('.')).toContain('merge');
      expect(today?.keys.length ? today.keys : key, path.join('.')).toEqual(keys);
    }
  },
);

it.each([
  ['apps/v1', 'Deployment', 'spec.template.spec.resourceClaims'],
  ['apps/v1', 'Deployment', 'spec.template.spec.schedulingGates'],
  ['admissionregistration.k8s.io/v1', 'ValidatingWebhookConfiguration', 'webhooks.matchConditions'],
])('kustomize replaces what came after its Kubernetes 1.21: in a %s %s, %s', (apiVersion, kind, path) => {
  const lists = listsOf(mergeTypeOf(apiVersion, kind)).map(([at]) => at.join('.'));

  expect(mergeKeys(apiVersion, kind, path.split('.'))?.patchStrategy).toContain('merge');
  expect(lists).not.toContain(path);
});
