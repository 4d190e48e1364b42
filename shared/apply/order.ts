import { groupOf } from '../core/kubernetes-object.ts';

/** What the order needs to know of an object, rendered or from the inventory. */
export interface Orderable {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

// fluxcd/pkg ssa: the kinds which go first, in this order, whatever their group.
const FIRST = [
  'CustomResourceDefinition',
  'Namespace',
  'ClusterRole',
  'ClusterClass',
  'RuntimeClass',
  'PriorityClass',
  'StorageClass',
  'VolumeSnapshotClass',
  'IngressClass',
  'GatewayClass',
  'ClusterRoleBinding',
  'ResourceQuota',
  'ServiceAccount',
  'Role',
  'RoleBinding',
  'ConfigMap',
  'Secret',
  'Service',
  'LimitRange',
  'Deployment',
  'StatefulSet',
  'CronJob',
  'PodDisruptionBudget',
];
// Webhooks last: they may refuse what is applied in the same run.
const LAST = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];

const RANK: ReadonlyMap<string, number> = new Map([
  ...FIRST.map((kind, index): [string, number] => [kind, index - FIRST.length]),
  ...LAST.map((kind, index): [string, number] => [kind, index + 1]),
]);

/** Flux's order of apply: kind's rank, group, kind, namespace, name, all by bytes. */
export function compareApplyOrder(a: Orderable, b: Orderable): number {
  return (
    (RANK.get(a.kind) ?? 0) - (RANK.get(b.kind) ?? 0) ||
    compareText(groupOf(a.apiVersion), groupOf(b.apiVersion)) ||
    compareText(a.kind, b.kind) ||
    compareText(a.namespace ?? '', b.namespace ?? '') ||
    compareText(a.name, b.name)
  );
}

/** In the order of apply. */
export function inApplyOrder<T extends Orderable>(items: readonly T[]): readonly T[] {
  return items.toSorted(compareApplyOrder);
}

/** The order of deletion: apply's, backwards. */
export function inDeleteOrder<T extends Orderable>(items: readonly T[]): readonly T[] {
  return items.toSorted((a, b) => compareApplyOrder(b, a));
}

/** Runs of neighbours of one group and kind: inside one no order is promised to hold between objects. */
export function runsOfKinds<T extends Orderable>(ordered: readonly T[]): readonly (readonly T[])[] {
  const runs: T[][] = [];
  for (const item of ordered) {
    const run = runs.at(-1);
    const first = run?.[0];
    if (run && first && first.kind === item.kind && groupOf(first.apiVersion) === groupOf(item.apiVersion)) {
      run.push(item);
    } else {
      runs.push([item]);
    }
  }
  return runs;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
