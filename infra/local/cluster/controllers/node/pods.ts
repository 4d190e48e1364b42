import type { KubernetesObject } from '../../../../../shared/core/kubernetes-object.ts';
import { NODE } from '../../simulation.ts';
import { fieldsOf, textOf } from '../../strategies/rules/fields.ts';
import { type Actor, actorOf } from '../actor.ts';
import { conditionOf, withCondition } from '../conditions.ts';
import type { Controller, ControllerWorld, Key } from '../controller.ts';
import { keyOf } from '../owners.ts';
import type { News } from '../record.ts';
import { PODS } from '../workloads/pods.ts';
import { registerNode } from './node.ts';
import { podNews } from './pod-events.ts';
import { nextStep, type Step } from './pod-life.ts';
import { statusAfter } from './pod-status.ts';
import { misfit } from './scheduling.ts';

const POD_ADDRESSES = 2 ** 16;
const GROUPS = ['system:authenticated'];
const NODES = '/nodes';

/** A scheduler and a kubelet without containers. */
export const pods: Controller = {
  name: 'kubelet',
  watches: [PODS, NODES],
  concerns({ type, entry }, world) {
    if (entry.id === NODES) {
      if (entry.name !== NODE) return [];
      return type === 'DELETED' ? [{ namespace: '', name: NODE }] : unboundPods(world);
    }
    if (type !== 'DELETED') return [keyOf(entry)];
    world.pending.delete(entry.uid);
    return [];
  },
  sync(key, world) {
    const kubelet = kubeletOf(world);
    if (key.namespace === '') registerNode(kubelet, world.nature.now());
    const pod = kubelet.read(PODS, key.namespace, key.name);
    const node = kubelet.read(NODES, '', NODE);
    const step = pod && node && nextStep(pod, node, world.delays);
    if (!pod || !step) return undefined;
    const left = timeLeft(pod, step, world);
    if (left > 0) return left;
    take(step, pod, node, world);
    return undefined;
  },
};

/** The hand of the node's kubelet. */
export function kubeletOf(world: ControllerWorld): Actor {
  return actorOf(world, { name: `system:node:${NODE}`, groups: [...GROUPS, 'system:nodes'] }, 'kubelet');
}

// A pod that waits may fit a node that was uncordoned.
function unboundPods({ store }: ControllerWorld): readonly Key[] {
  return store
    .list(PODS)
    .filter(({ rest }) => !rest.includes('"nodeName"'))
    .map(keyOf);
}

function take(step: Step, pod: KubernetesObject, node: KubernetesObject, world: ControllerWorld): void {
  const kubelet = kubeletOf(world);
  const { namespace = '', name } = pod.metadata;
  const scheduler = () => actorOf(world, { name: 'system:kube-scheduler', groups: GROUPS }, 'kube-scheduler');
  switch (step.do) {
    case 'bind':
      scheduler().bind(PODS, namespace, name, NODE);
      tellAll(podNews(step, pod), world);
      return;
    case 'wait':
      reportUnschedulable(pod, misfit(pod, node) ?? '', scheduler(), world);
      return;
    case 'remove':
      kubelet.delete(PODS, pod, { gracePeriodSeconds: 0 });
      tellAll(podNews(step, pod), world);
      return;
    default: {
      const now = world.nature.now();
      kubelet.writeStatus(PODS, pod, statusAfter(step, pod, addressOf(pod, world), now));
      tellAll(podNews(step, pod), world);
    }
  }
}

function tellAll(news: readonly News[], { tell }: ControllerWorld): void {
  for (const one of news) tell(one);
}

// A step begins when it becomes the next one; whatever else changes about the pod does not begin it anew.
function timeLeft({ metadata }: KubernetesObject, step: Step, { pending, nature }: ControllerWorld): number {
  const uid = metadata.uid ?? '';
  const now = nature.now().getTime();
  const known = pending.get(uid);
  const text = JSON.stringify(step);
  if (known?.step === text) return known.due - now;
  pending.set(uid, { step: text, due: now + step.after });
  return step.after;
}

function reportUnschedulable(
  pod: KubernetesObject,
  why: string,
  scheduler: Actor,
  world: ControllerWorld,
): void {
  const { conditions } = fieldsOf(pod.status) ?? {};
  const message = `0/1 nodes are available: 1 node(s) ${why}. no new claims to deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.`;
  if (conditionOf(conditions, 'PodScheduled')?.message === message) return;
  const wanted = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message } as const;
  const observed = { observedGeneration: pod.metadata.generation, lastProbeTime: null };
  const made = withCondition(conditions, { ...wanted, ...observed }, world.nature.now());
  scheduler.writeStatus(PODS, pod, { ...fieldsOf(pod.status), conditions: made });
  tellAll(podNews({ do: 'wait', after: 0 }, pod, message), world);
}

// The lowest address that no pod has.
function addressOf(pod: KubernetesObject, { store }: ControllerWorld): string {
  const own = textOf(fieldsOf(pod.status)?.podIP);
  if (own !== '') return own;
  const taken = new Set<string>();
  for (const { rest } of store.list(PODS)) {
    const [, address] = /"podIP":"([^"]+)"/.exec(rest) ?? [];
    if (address !== undefined) taken.add(address);
  }
  for (let number = 1; number < POD_ADDRESSES; number++) {
    const address = `10.244.${number >> 8}.${number & 255}`;
    if (!taken.has(address)) return address;
  }
  throw new Error('no pod address is left');
}
