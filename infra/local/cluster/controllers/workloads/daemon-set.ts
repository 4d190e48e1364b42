import type { KubernetesObject } from '../../../../../shared/core/kubernetes-object.ts';
import { NODE } from '../../simulation.ts';
import { type Fields, fieldsOf, numberOf } from '../../strategies/rules/fields.ts';
import { isNews } from '../conditions.ts';
import type { Controller, ControllerWorld } from '../controller.ts';
import { NODE_LABELS } from '../node/node.ts';
import { controllerKeys, keyOf } from '../owners.ts';
import { hashOf, REVISION_HASH, revisionOf } from './controller-revisions.ts';
import { hasEnded, isReady, PODS, podFrom, podsOf, untilAvailable } from './pods.ts';

const DAEMON_SETS = 'apps/daemonsets';
const GENERATION = 'pod-template-generation';
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';
/** Taints that a DaemonSet's pods do not mind. */
const TOLERATED = [
  ...[
    ['not-ready', 'NoExecute'],
    ['unreachable', 'NoExecute'],
    ['disk-pressure', 'NoSchedule'],
  ],
  ...[
    ['memory-pressure', 'NoSchedule'],
    ['pid-pressure', 'NoSchedule'],
    ['unschedulable', 'NoSchedule'],
  ],
].map(([key, effect]) => ({ key: `node.kubernetes.io/${key}`, operator: 'Exists', effect }));

/** Keeps one pod of a DaemonSet on the one node. */
export const daemonSets: Controller = {
  name: 'daemonset',
  watches: [DAEMON_SETS, PODS],
  concerns: ({ entry }) => (entry.id === PODS ? controllerKeys(entry, 'DaemonSet') : [keyOf(entry)]),
  sync({ namespace, name }, world) {
    const set = world.manager.read(DAEMON_SETS, namespace, name);
    if (!set) return undefined;
    const hash = hashOf(revisionOf(set, world, new Set()));
    if (set.metadata.deletionTimestamp === undefined) keepPod(set, hash, world);
    return writeStatus(set, hash, world);
  },
};

function keepPod(set: KubernetesObject, hash: string, world: ControllerWorld): void {
  const pods = podsOf(set, world);
  const isWanted = matchesNode(set);
  for (const pod of pods) {
    if (pod.metadata.deletionTimestamp !== undefined) continue;
    const isOld = pod.metadata.labels?.[REVISION_HASH] !== hash;
    const isReplaced = isOld && fieldsOf(fieldsOf(set.spec)?.updateStrategy)?.type === 'RollingUpdate';
    if (!isWanted || hasEnded(pod) || isReplaced) world.manager.delete(PODS, pod);
  }
  if (!isWanted || podsOf(set, world).length > 0) return;
  const generation = set.metadata.annotations?.[TEMPLATE_GENERATION] ?? '1';
  const labels = { [REVISION_HASH]: hash, [GENERATION]: generation };
  const pod = podFrom(set, { generateName: `${set.metadata.name}-` }, labels);
  const spec = fieldsOf(pod.spec) ?? {};
  const present = Array.isArray(spec.tolerations) ? spec.tolerations : [];
  const made = world.manager.create(PODS, {
    ...pod,
    spec: { ...spec, affinity: toNode(fieldsOf(spec.affinity)), tolerations: [...present, ...TOLERATED] },
  });
  const message = `Created pod: ${made.metadata.name}`;
  world.tell({ from: 'daemonset-controller', about: set, reason: 'SuccessfulCreate', message });
}

function toNode(affinity: Fields | undefined): Fields {
  const matchFields = [{ key: 'metadata.name', operator: 'In', values: [NODE] }];
  const required = { nodeSelectorTerms: [{ matchFields }] };
  const nodeAffinity = {
    ...fieldsOf(affinity?.nodeAffinity),
    requiredDuringSchedulingIgnoredDuringExecution: required,
  };
  return { ...affinity, nodeAffinity };
}

function matchesNode(set: KubernetesObject): boolean {
  const selector = fieldsOf(fieldsOf(fieldsOf(fieldsOf(set.spec)?.template)?.spec)?.nodeSelector);
  return selector === undefined || selectsNode(selector);
}

function selectsNode(selector: Fields): boolean {
  return Object.entries(selector).every(([name, value]) => NODE_LABELS[name] === value);
}

function writeStatus(set: KubernetesObject, hash: string, world: ControllerWorld): number | undefined {
  const { manager, nature } = world;
  const { namespace = '', name, generation } = set.metadata;
  const pods = podsOf(set, world).filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const wanted = matchesNode(set) ? 1 : 0;
  const placed = Math.min(wanted, pods.length);
  const seconds = numberOf(fieldsOf(set.spec)?.minReadySeconds);
  const waits = pods.map((pod) => untilAvailable(pod, seconds, nature.now()));
  const available = waits.filter((wait) => wait === 0).length;
  const status: Fields = {
    currentNumberScheduled: placed,
    numberMisscheduled: pods.length - placed,
    desiredNumberScheduled: wanted,
    numberReady: pods.filter(isReady).length,
    observedGeneration: generation,
    updatedNumberScheduled: pods.filter((pod) => pod.metadata.labels?.[REVISION_HASH] === hash).length,
    numberAvailable: available,
    numberUnavailable: wanted - available,
  };
  const present = manager.read(DAEMON_SETS, namespace, name);
  if (present && isNews(status, present.status)) manager.writeStatus(DAEMON_SETS, present, status);
  const later = waits.filter((wait) => wait !== undefined && wait > 0) as number[];
  return later.length > 0 ? Math.min(...later) : undefined;
}
