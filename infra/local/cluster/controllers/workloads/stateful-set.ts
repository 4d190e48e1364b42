import type { KubernetesObject } from '../../../../../shared/core/kubernetes-object.ts';
import { type Fields, fieldsAt, fieldsOf, itemsOf, numberOf, textOf } from '../../strategies/rules/fields.ts';
import { isNews } from '../conditions.ts';
import type { Controller, ControllerWorld } from '../controller.ts';
import { controllerKeys, keyOf } from '../owners.ts';
import { hashOf, REVISION_HASH, revisionOf, templateOf } from './controller-revisions.ts';
import { hasEnded, isReady, PODS, phaseOf, podFrom, podsOf, untilAvailable } from './pods.ts';

const STATEFUL_SETS = 'apps/statefulsets';
const CLAIMS = '/persistentvolumeclaims';
const POD_NAME = 'statefulset.kubernetes.io/pod-name';
const POD_INDEX = 'apps.kubernetes.io/pod-index';

/** Keeps a StatefulSet's pods, one by one and by their numbers. */
export const statefulSets: Controller = {
  name: 'statefulset',
  watches: [STATEFUL_SETS, PODS],
  concerns: ({ entry }) => (entry.id === PODS ? controllerKeys(entry, 'StatefulSet') : [keyOf(entry)]),
  sync({ namespace, name }, world) {
    const set = world.manager.read(STATEFUL_SETS, namespace, name);
    if (!set) return undefined;
    const present = fieldsOf(set.status) ?? {};
    const used = new Set([textOf(present.currentRevision)]);
    const newest = revisionOf(set, world, used);
    const current = textOf(present.currentRevision) || newest.metadata.name;
    const revisions = { current, newest };
    if (set.metadata.deletionTimestamp === undefined) advance(set, revisions, world);
    return writeStatus(set, revisions, world);
  },
};

interface Revisions {
  /** Name of the revision that the set comes from. */
  readonly current: string;
  /** The one it goes to. */
  readonly newest: KubernetesObject;
}

interface Place {
  readonly index: number;
  readonly pod: KubernetesObject | undefined;
}

// At most one thing at a time, unless the set says otherwise.
function advance(set: KubernetesObject, revisions: Revisions, world: ControllerWorld): void {
  const spec = fieldsOf(set.spec) ?? {};
  const isParallel = spec.podManagementPolicy === 'Parallel';
  const { wanted, surplus } = placesOf(set, world);
  for (const { index, pod } of wanted) {
    if (pod && hasEnded(pod) && !isLeaving(pod)) world.manager.delete(PODS, pod);
    if (!pod) createPod(set, index, revisions, world);
    if (!isParallel && !(pod && isHealthy(pod))) return;
  }
  for (const pod of surplus) {
    if (!isLeaving(pod)) deletePod(set, pod, world);
    if (!isParallel) return;
  }
  if (fieldsOf(spec.updateStrategy)?.type !== 'RollingUpdate') return;
  replaceOne(set, wanted, revisions, world);
}

function placesOf(
  set: KubernetesObject,
  world: ControllerWorld,
): { readonly wanted: readonly Place[]; readonly surplus: readonly KubernetesObject[] } {
  const start = numberOf(fieldsAt(set, 'spec.ordinals')?.start);
  const replicas = numberOf(fieldsOf(set.spec)?.replicas);
  const pods = new Map(podsOf(set, world).map((pod) => [indexOf(pod), pod]));
  const wanted = Array.from({ length: replicas }, (_, place) => {
    const index = start + place;
    return { index, pod: pods.get(index) };
  });
  const surplus = [...pods.entries()]
    .filter(([index]) => index < start || index >= start + replicas)
    .toSorted(([one], [other]) => other - one)
    .map(([, pod]) => pod);
  return { wanted, surplus };
}

function indexOf({ metadata }: KubernetesObject): number {
  return Number(metadata.name.slice(metadata.name.lastIndexOf('-') + 1));
}

function isLeaving({ metadata }: KubernetesObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

function isHealthy(pod: KubernetesObject): boolean {
  return phaseOf(pod) === 'Running' && isReady(pod) && !isLeaving(pod);
}

function createPod(
  set: KubernetesObject,
  index: number,
  { current, newest }: Revisions,
  world: ControllerWorld,
): void {
  const { namespace = '', name } = set.metadata;
  const partition = numberOf(fieldsAt(set, 'spec.updateStrategy.rollingUpdate')?.partition);
  const isNewest = index >= partition || current === newest.metadata.name;
  const template = isNewest ? undefined : templateOf(current, namespace, world);
  const hash = isNewest ? hashOf(newest) : current.slice(name.length + 1);
  const of = template ? { ...set, spec: { ...fieldsOf(set.spec), template } } : set;
  const podName = `${name}-${index}`;
  const claims = itemsOf(fieldsOf(set.spec)?.volumeClaimTemplates);
  for (const claim of claims) createClaim(set, claim, podName, world);
  const labels = { [POD_NAME]: podName, [POD_INDEX]: String(index), [REVISION_HASH]: hash };
  const pod = podFrom(of, { name: podName }, labels);
  const spec = fieldsOf(pod.spec) ?? {};
  const service = textOf(fieldsOf(set.spec)?.serviceName);
  world.manager.create(PODS, {
    ...pod,
    spec: {
      ...spec,
      hostname: podName,
      ...(service !== '' && { subdomain: service }),
      ...(claims.length > 0 && { volumes: [...itemsOf(spec.volumes), ...claims.map(volumeOf(podName))] }),
    },
  });
  tellPod('Create', set, podName, world);
}

function deletePod(set: KubernetesObject, pod: KubernetesObject, world: ControllerWorld): void {
  world.manager.delete(PODS, pod);
  tellPod('Delete', set, pod.metadata.name, world);
}

function tellPod(
  what: 'Create' | 'Delete',
  about: KubernetesObject,
  podName: string,
  { tell }: ControllerWorld,
): void {
  const message = `${what} Pod ${podName} in StatefulSet ${about.metadata.name} successful`;
  tell({ from: 'statefulset-controller', about, reason: `Successful${what}`, message });
}

function volumeOf(podName: string): (claim: Fields) => Fields {
  return (claim) => {
    const name = textOf(fieldsOf(claim.metadata)?.name);
    return { name, persistentVolumeClaim: { claimName: `${name}-${podName}` } };
  };
}

// Claims stay when their pods go, and are found again.
function createClaim(set: KubernetesObject, claim: Fields, podName: string, world: ControllerWorld): void {
  const { namespace } = set.metadata;
  const metadata = fieldsOf(claim.metadata) ?? {};
  const name = `${textOf(metadata.name)}-${podName}`;
  if (world.manager.read(CLAIMS, namespace ?? '', name)) return;
  const labels = { ...fieldsOf(metadata.labels), ...(fieldsAt(set, 'spec.selector')?.matchLabels as object) };
  world.manager.create(CLAIMS, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { ...metadata, name, namespace, labels } as unknown as KubernetesObject['metadata'],
    spec: claim.spec,
  });
}

// From the last to the first, each when the one before is well again.
function replaceOne(
  set: KubernetesObject,
  wanted: readonly Place[],
  { newest }: Revisions,
  world: ControllerWorld,
): void {
  const partition = numberOf(fieldsAt(set, 'spec.updateStrategy.rollingUpdate')?.partition);
  for (const { index, pod } of wanted.toReversed()) {
    if (index < partition || !pod) continue;
    const isNewest = pod.metadata.labels?.[REVISION_HASH] === hashOf(newest);
    if (!isNewest && !isLeaving(pod)) deletePod(set, pod, world);
    if (!isNewest || !isHealthy(pod)) return;
  }
}

function writeStatus(
  set: KubernetesObject,
  { current, newest }: Revisions,
  world: ControllerWorld,
): number | undefined {
  const { manager, nature } = world;
  const { namespace = '', name, generation } = set.metadata;
  const spec = fieldsOf(set.spec) ?? {};
  const replicas = numberOf(spec.replicas);
  const pods = podsOf(set, world).filter((pod) => !isLeaving(pod));
  const count = (hash: string) => pods.filter((pod) => pod.metadata.labels?.[REVISION_HASH] === hash).length;
  const waits = pods.map((pod) => untilAvailable(pod, numberOf(spec.minReadySeconds), nature.now()));
  const updated = count(hashOf(newest));
  const ready = pods.filter(isReady).length;
  const isComplete = updated === replicas && ready === replicas && pods.length === replicas;
  const isOnDelete = fieldsOf(spec.updateStrategy)?.type === 'OnDelete';
  const settled = isComplete && !isOnDelete ? newest.metadata.name : current;
  const currentHash = settled === newest.metadata.name ? hashOf(newest) : settled.slice(name.length + 1);
  const status: Fields = {
    observedGeneration: generation,
    replicas: pods.length,
    readyReplicas: ready,
    currentReplicas: count(currentHash),
    updatedReplicas: updated,
    currentRevision: settled,
    updateRevision: newest.metadata.name,
    collisionCount: 0,
    availableReplicas: waits.filter((wait) => wait === 0).length,
  };
  const present = manager.read(STATEFUL_SETS, namespace, name);
  if (present && isNews(status, present.status)) manager.writeStatus(STATEFUL_SETS, present, status);
  const later = waits.filter((wait) => wait !== undefined && wait > 0) as number[];
  return later.length > 0 ? Math.min(...later) : undefined;
}
