import type { KubernetesObject } from '../../../../../shared/core/kubernetes-object.ts';
import { type Fields, fieldsOf, itemsOf, numberOf } from '../../strategies/rules/fields.ts';
import { selects } from '../../strategies/rules/selectors.ts';
import { shareOf } from '../../strategies/workloads/numbers.ts';
import { isNews, withCondition } from '../conditions.ts';
import { controllerOf } from '../control.ts';
import type { Controller, ControllerWorld } from '../controller.ts';
import { keyOf } from '../owners.ts';
import { hasEnded, isReady, PODS } from '../workloads/pods.ts';

const BUDGETS = 'policy/poddisruptionbudgets';
/** Kinds that say how many pods there should be, and where they are. */
const SCALED: Readonly<Record<string, string>> = {
  ReplicaSet: 'apps/replicasets',
  StatefulSet: 'apps/statefulsets',
  ReplicationController: '/replicationcontrollers',
};

/** Counts how many pods may be evicted. */
export const budgets: Controller = {
  name: 'budgets',
  watches: [BUDGETS, PODS],
  concerns: ({ type, entry }, { store }) =>
    entry.id === PODS
      ? store.list(BUDGETS, entry.namespace).map(keyOf)
      : type === 'DELETED'
        ? []
        : [keyOf(entry)],
  sync({ namespace, name }, world) {
    const budget = world.manager.read(BUDGETS, namespace, name);
    if (!budget) return undefined;
    const spec = fieldsOf(budget.spec) ?? {};
    const pods = world.manager
      .list(PODS, namespace, (entry) => selects(spec.selector, entry.labels))
      .filter((pod) => !hasEnded(pod));
    const counted = countOf(spec, pods, world);
    const currentHealthy = pods.filter(
      (pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined,
    ).length;
    const allowed = Math.max(0, currentHealthy - counted.desired);
    const present = fieldsOf(budget.status) ?? {};
    const status: Fields = {
      currentHealthy,
      desiredHealthy: counted.desired,
      disruptionsAllowed: counted.expected === 0 ? 0 : allowed,
      expectedPods: counted.expected,
      observedGeneration: budget.metadata.generation,
      conditions: withCondition(
        itemsOf(present.conditions),
        {
          type: 'DisruptionAllowed',
          status: allowed > 0 && counted.expected > 0 ? 'True' : 'False',
          observedGeneration: budget.metadata.generation,
          reason: allowed > 0 && counted.expected > 0 ? 'SufficientPods' : 'InsufficientPods',
          message: '',
        },
        world.nature.now(),
      ),
    };
    if (isNews(status, present)) world.manager.writeStatus(BUDGETS, budget, status);
    return undefined;
  },
};

function countOf(
  spec: Fields,
  pods: readonly KubernetesObject[],
  world: ControllerWorld,
): { readonly expected: number; readonly desired: number } {
  if (typeof spec.minAvailable === 'number') return { expected: pods.length, desired: spec.minAvailable };
  const expected = scaleOf(pods, world);
  if (spec.minAvailable !== undefined) {
    return { expected, desired: shareOf(spec.minAvailable, expected, 'up') };
  }
  const missing = shareOf(spec.maxUnavailable, expected, 'up');
  return { expected, desired: Math.max(0, expected - missing) };
}

// What the pods' controllers ask for, each once.
function scaleOf(pods: readonly KubernetesObject[], { manager }: ControllerWorld): number {
  const owners = new Map<string, number>();
  for (const pod of pods) {
    const owner = controllerOf(pod);
    const id = owner && SCALED[owner.kind];
    if (!owner || id === undefined || owners.has(owner.uid)) continue;
    const found = manager.read(id, pod.metadata.namespace ?? '', owner.name);
    owners.set(owner.uid, numberOf(fieldsOf(found?.spec)?.replicas));
  }
  return [...owners.values()].reduce((sum, replicas) => sum + replicas, 0);
}
