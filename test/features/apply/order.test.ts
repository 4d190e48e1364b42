import { expect, test } from 'vitest';
import { compareApplyOrder, inApplyOrder, inDeleteOrder, runsOfKinds } from '../../../shared/apply/order.ts';

const item = (kind: string, name = 'x', namespace?: string, apiVersion = 'v1') => ({
  apiVersion,
  kind,
  name,
  ...(namespace ? { namespace } : {}),
});
const kindsOf = (items: readonly { readonly kind: string }[]) => items.map(({ kind }) => kind);

// fluxcd/pkg ssa ReconcileOrder.
const FLUX_ORDER =
  `CustomResourceDefinition Namespace ClusterRole ClusterClass RuntimeClass PriorityClass StorageClass
  VolumeSnapshotClass IngressClass GatewayClass ClusterRoleBinding ResourceQuota ServiceAccount Role RoleBinding
  ConfigMap Secret Service LimitRange Deployment StatefulSet CronJob PodDisruptionBudget`.split(/\s+/);

test('[KS-64 first-kinds] [KS-64 last-kinds] kinds go in the order of Flux, unlisted ones after them, webhooks last', () => {
  const rest = ['DaemonSet', 'Pod', 'ReplicaSet'];
  const last = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];
  const expected = [...FLUX_ORDER, ...rest, ...last];

  expect(kindsOf(inApplyOrder(expected.toSorted().map((kind) => item(kind))))).toEqual(expected);
});

test('[KS-64 unlisted] unlisted kinds go by group, then by kind', () => {
  const items = [
    item('Alpha', 'x', 'a', 'z.test/v1'),
    item('Zeta', 'x', 'a', 'a.test/v1'),
    item('Beta', 'x', 'a', 'a.test/v1'),
    item('Pod'),
  ];

  expect(kindsOf(inApplyOrder(items))).toEqual(['Pod', 'Beta', 'Zeta', 'Alpha']);
});

test('[KS-64 ties] equal kinds go by namespace, then by name; no namespace comes first', () => {
  const items = [
    item('Secret', 'b', 'b'),
    item('Secret', 'a', 'b'),
    item('Secret', 'z', 'a'),
    item('Secret', 'y'),
  ];

  expect(inApplyOrder(items).map(({ name }) => name)).toEqual(['y', 'z', 'a', 'b']);
});

test('[KS-64 bytes] names are compared by bytes, not by locale', () => {
  expect(compareApplyOrder(item('Secret', 'B'), item('Secret', 'a'))).toBeLessThan(0);
  expect(compareApplyOrder(item('Secret', 'a-1'), item('Secret', 'a.1'))).toBeLessThan(0);
});

test('[KS-82 reverse-order] deletion goes backwards', () => {
  const items = [item('Namespace'), item('Deployment'), item('ConfigMap', 'a'), item('ConfigMap', 'b')];

  expect(inDeleteOrder(items).map(({ kind, name }) => `${kind}/${name}`)).toEqual([
    'Deployment/x',
    'ConfigMap/b',
    'ConfigMap/a',
    'Namespace/x',
  ]);
});

test('a run ends where group or kind changes', () => {
  const items = [
    item('A', '1'),
    item('A', '2'),
    item('A', '3', undefined, 'g/v1'),
    item('B', '4', undefined, 'g/v1'),
  ];

  expect(runsOfKinds(items).map((run) => run.map(({ name }) => name))).toEqual([['1', '2'], ['3'], ['4']]);
});
