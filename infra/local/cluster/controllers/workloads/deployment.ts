import type { KubernetesObject } from '../../../../../shared/core/kubernetes-object.ts';
import { fieldsAt, fieldsOf, numberOf, sameValue } from '../../strategies/rules/fields.ts';
import { isNews } from '../conditions.ts';
import type { Controller, ControllerWorld } from '../controller.ts';
import { controllerKeys, keyOf } from '../owners.ts';
import {
  annotationsOf,
  bounds,
  REVISION,
  replicaSetFrom,
  revisionOf,
  revisionsOf,
} from './deployment-revisions.ts';
import { deploymentStatus, type Step } from './deployment-status.ts';
import { podsOf } from './pods.ts';
import { REPLICA_SETS } from './replica-set.ts';
import { nextScales, sizeOf, sum } from './rollout.ts';

const DEPLOYMENTS = 'apps/deployments';

/** Rolls a Deployment out over its ReplicaSets. */
export const deployments: Controller = {
  name: 'deployment',
  watches: [DEPLOYMENTS, REPLICA_SETS],
  concerns: ({ entry }) => (entry.id === REPLICA_SETS ? controllerKeys(entry, 'Deployment') : [keyOf(entry)]),
  sync({ namespace, name }, world) {
    const deployment = world.manager.read(DEPLOYMENTS, namespace, name);
    if (!deployment) return undefined;
    const isLeaving = deployment.metadata.deletionTimestamp !== undefined;
    const step = isLeaving ? undefined : takeStep(deployment, world);
    return writeStatus(namespace, name, step, world);
  },
};

function takeStep(deployment: KubernetesObject, world: ControllerWorld): Step | undefined {
  const spec = fieldsOf(deployment.spec) ?? {};
  const { current, old } = revisionsOf(deployment, world);
  if (spec.paused === true) {
    scaleProportionally(deployment, current ?? old.at(-1), world);
    return undefined;
  }
  const revision = Math.max(0, ...old.map(revisionOf)) + 1;
  const isRecreated = fieldsAt(spec, 'strategy')?.type === 'Recreate';
  if (isRecreated && !isEmptied(deployment, old, world)) return undefined;
  if (!current) {
    const replicas = isRecreated ? numberOf(spec.replicas) : firstSize(deployment, old);
    const made = world.manager.create(REPLICA_SETS, replicaSetFrom(deployment, revision, replicas));
    setRevision(deployment, revision, world);
    if (replicas > 0) tellScale(deployment, made, [0, replicas], world);
    const message = `Created new replica set ${JSON.stringify(made.metadata.name)}`;
    return { reason: 'NewReplicaSetCreated', message };
  }
  const known = annotate(deployment, current, Math.max(revision, revisionOf(current)), world);
  const { surge, missing } = bounds(deployment);
  const rollout = { replicas: numberOf(spec.replicas), surge, missing, current: known, old };
  for (const [name, replicas] of nextScales(rollout)) {
    const set = [known, ...old].find(({ metadata }) => metadata.name === name);
    if (set) resize(deployment, set, replicas, world);
  }
  forget(deployment, old, world);
  return undefined;
}

function firstSize(deployment: KubernetesObject, old: readonly KubernetesObject[]): number {
  const replicas = numberOf(fieldsOf(deployment.spec)?.replicas);
  const room = replicas + bounds(deployment).surge - sum(old, sizeOf);
  return Math.max(0, Math.min(replicas, room));
}

// Pods of the old revisions must be gone before the first of the new one comes.
function isEmptied(
  deployment: KubernetesObject,
  old: readonly KubernetesObject[],
  world: ControllerWorld,
): boolean {
  const left = old.filter((set) => sizeOf(set) > 0);
  for (const set of left) resize(deployment, set, 0, world);
  return left.length === 0 && old.every((set) => podsOf(set, world).length === 0);
}

function scaleProportionally(
  deployment: KubernetesObject,
  set: KubernetesObject | undefined,
  world: ControllerWorld,
): void {
  const replicas = numberOf(fieldsOf(deployment.spec)?.replicas);
  const { current, old } = revisionsOf(deployment, world);
  const isSingle = [current, ...old].filter((one) => one && sizeOf(one) > 0).length <= 1;
  if (set && isSingle && sizeOf(set) !== replicas) resize(deployment, set, replicas, world);
}

function resize(
  deployment: KubernetesObject,
  set: KubernetesObject,
  replicas: number,
  world: ControllerWorld,
): void {
  const { manager } = world;
  if (sizeOf(set) === replicas) return;
  const present = manager.read(REPLICA_SETS, set.metadata.namespace ?? '', set.metadata.name);
  if (!present) return;
  manager.update(REPLICA_SETS, { ...present, spec: { ...fieldsOf(present.spec), replicas } });
  tellScale(deployment, set, [sizeOf(set), replicas], world);
}

function tellScale(
  about: KubernetesObject,
  { metadata: { name } }: KubernetesObject,
  [from, to]: readonly [number, number],
  { tell }: ControllerWorld,
): void {
  const message = `Scaled ${to > from ? 'up' : 'down'} replica set ${name} from ${from} to ${to}`;
  tell({ from: 'deployment-controller', about, reason: 'ScalingReplicaSet', message });
}

function annotate(
  deployment: KubernetesObject,
  set: KubernetesObject,
  revision: number,
  world: ControllerWorld,
): KubernetesObject {
  setRevision(deployment, revision, world);
  const annotations = annotationsOf(deployment, revision);
  const { minReadySeconds } = fieldsOf(deployment.spec) ?? {};
  const isSame =
    sameValue(set.metadata.annotations, annotations) &&
    fieldsOf(set.spec)?.minReadySeconds === minReadySeconds;
  if (isSame) return set;
  const metadata = { ...set.metadata, annotations };
  return world.manager.update(REPLICA_SETS, {
    ...set,
    metadata,
    spec: { ...fieldsOf(set.spec), minReadySeconds },
  });
}

// Through the status, so that the generation stays.
function setRevision(deployment: KubernetesObject, revision: number, { manager }: ControllerWorld): void {
  const { namespace = '', name } = deployment.metadata;
  const present = manager.read(DEPLOYMENTS, namespace, name);
  if (!present || present.metadata.annotations?.[REVISION] === String(revision)) return;
  const annotations = { ...present.metadata.annotations, [REVISION]: String(revision) };
  const object = { ...present, metadata: { ...present.metadata, annotations } };
  manager.writeStatus(DEPLOYMENTS, object, fieldsOf(present.status) ?? {});
}

// Old revisions without pods are kept to go back to, but not for ever.
function forget(
  deployment: KubernetesObject,
  old: readonly KubernetesObject[],
  { manager }: ControllerWorld,
): void {
  const kept = numberOf(fieldsOf(deployment.spec)?.revisionHistoryLimit);
  const empty = old.filter((set) => sizeOf(set) === 0 && numberOf(fieldsOf(set.status)?.replicas) === 0);
  for (const set of empty.slice(0, Math.max(0, empty.length - kept))) manager.delete(REPLICA_SETS, set);
}

function writeStatus(
  namespace: string,
  name: string,
  step: Step | undefined,
  world: ControllerWorld,
): number | undefined {
  const deployment = world.manager.read(DEPLOYMENTS, namespace, name);
  if (!deployment) return undefined;
  const revisions = revisionsOf(deployment, world);
  const { status, again } = deploymentStatus(deployment, revisions, step, world.nature.now());
  if (isNews(status, deployment.status)) world.manager.writeStatus(DEPLOYMENTS, deployment, status);
  return again;
}
