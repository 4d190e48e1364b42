import type { KubernetesObject } from '../../../../../shared/core/kubernetes-object.ts';
import { type Fields, fieldsOf, itemsOf, numberOf, stringEntries } from '../../strategies/rules/fields.ts';
import { isNews, withCondition } from '../conditions.ts';
import type { Controller, ControllerWorld } from '../controller.ts';
import { controllerKeys, keyOf } from '../owners.ts';
import { isActive, isReady, PODS, phaseOf, podFrom, podsOf, untilAvailable } from './pods.ts';

/** The resource of ReplicaSets. */
export const REPLICA_SETS = 'apps/replicasets';

/** Keeps as many pods as a ReplicaSet asks for. */
export const replicaSets: Controller = {
  name: 'replicaset',
  watches: [REPLICA_SETS, PODS],
  concerns: ({ entry }) => (entry.id === PODS ? controllerKeys(entry, 'ReplicaSet') : [keyOf(entry)]),
  sync({ namespace, name }, world) {
    const set = world.manager.read(REPLICA_SETS, namespace, name);
    if (!set) return undefined;
    const failure = set.metadata.deletionTimestamp === undefined ? scale(set, world) : undefined;
    const again = writeStatus(set, failure, world);
    // A pod that could not be made is tried again.
    if (failure) throw failure;
    return again;
  },
};

function scale(set: KubernetesObject, world: ControllerWorld): Error | undefined {
  const pods = podsOf(set, world).filter(isActive);
  const wanted = numberOf(fieldsOf(set.spec)?.replicas);
  if (pods.length > wanted) {
    const leaving = pods.toSorted((one, other) => worth(one) - worth(other)).slice(0, pods.length - wanted);
    for (const pod of leaving) {
      world.manager.delete(PODS, pod);
      tell(set, 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`, world);
    }
  }
  try {
    for (let missing = wanted - pods.length; missing > 0; missing--) {
      const pod = world.manager.create(PODS, podFrom(set, { generateName: `${set.metadata.name}-` }));
      tell(set, 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`, world);
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const from = 'replicaset-controller';
    const message = `Error creating: ${error.message}`;
    world.tell({ from, about: set, reason: 'FailedCreate', message, isWarning: true });
    return error;
  }
  return undefined;
}

function tell(about: KubernetesObject, reason: string, message: string, world: ControllerWorld): void {
  world.tell({ from: 'replicaset-controller', about, reason, message });
}

// What is not yet of use goes first.
function worth(pod: KubernetesObject): number {
  if (fieldsOf(pod.spec)?.nodeName === undefined) return 0;
  if (phaseOf(pod) !== 'Running') return 1;
  return isReady(pod) ? 3 : 2;
}

function writeStatus(
  set: KubernetesObject,
  failure: Error | undefined,
  world: ControllerWorld,
): number | undefined {
  const { manager, nature } = world;
  const spec = fieldsOf(set.spec) ?? {};
  const all = podsOf(set, world);
  const pods = all.filter(isActive);
  const waits = pods.map((pod) => untilAvailable(pod, numberOf(spec.minReadySeconds), nature.now()));
  const present = manager.read(REPLICA_SETS, set.metadata.namespace ?? '', set.metadata.name) ?? set;
  const old = fieldsOf(present.status) ?? {};
  const labels = stringEntries(fieldsOf(fieldsOf(spec.template)?.metadata)?.labels);
  const status: Fields = {
    replicas: pods.length,
    fullyLabeledReplicas: pods.filter((pod) =>
      labels.every(([key, value]) => pod.metadata.labels?.[key] === value),
    ).length,
    readyReplicas: pods.filter(isReady).length,
    availableReplicas: waits.filter((wait) => wait === 0).length,
    terminatingReplicas: all.filter((pod) => pod.metadata.deletionTimestamp !== undefined).length,
    observedGeneration: set.metadata.generation,
    ...conditionsOf(old, failure, nature.now()),
  };
  if (isNews(status, old)) manager.writeStatus(REPLICA_SETS, present, status);
  const later = waits.filter((wait) => wait !== undefined && wait > 0) as number[];
  return later.length > 0 ? Math.min(...later) : undefined;
}

function conditionsOf(old: Fields, failure: Error | undefined, now: Date): Fields {
  const others = itemsOf(old.conditions).filter(({ type }) => type !== 'ReplicaFailure');
  if (!failure) return others.length > 0 ? { conditions: others } : {};
  const { message } = failure;
  const wanted = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message } as const;
  return { conditions: withCondition(old.conditions, wanted, now) };
}
