import type { KubernetesObject } from '../../../../../shared/core/kubernetes-object.ts';
import { EXPLANATION, SIMULATED } from '../../simulation.ts';
import { type Fields, fieldsOf, itemsOf, textOf } from '../../strategies/rules/fields.ts';
import { secondsOf } from '../../strategies/rules/times.ts';
import { type Wanted, withCondition } from '../conditions.ts';
import { isBroken, isMissing, type Step } from './pod-life.ts';

// What `sh -c 'exit 1'` ends with.
const FAILED = { exitCode: 1, reason: 'Error' };
const SUCCEEDED = { exitCode: 0, reason: 'Completed' };
const PHASES: Readonly<Partial<Record<Step['do'], string>>> = {
  ...{ run: 'Running', crash: 'Running', succeed: 'Succeeded', fail: 'Failed' },
};

/** What a kubelet would report of `pod` once `step` is done; `ip` is the pod's address. */
export function statusAfter(step: Step, pod: KubernetesObject, ip: string, now: Date): Fields {
  const spec = fieldsOf(pod.spec) ?? {};
  const before = fieldsOf(pod.status) ?? {};
  const time = secondsOf(now);
  const hasAddress = step.do !== 'accept' && step.do !== 'pull';
  const startTime = textOf(before.startTime) || time;
  const first = itemsOf(spec.initContainers);
  return {
    ...before,
    observedGeneration: pod.metadata.generation,
    phase: PHASES[step.do] ?? 'Pending',
    startTime,
    hostIP: '127.0.0.1',
    hostIPs: [{ ip: '127.0.0.1' }],
    ...(hasAddress && { podIP: ip, podIPs: [{ ip }] }),
    conditions: conditionsAfter(step, pod, now),
    containerStatuses: itemsOf(spec.containers).map((one) => containerAfter(step, one, startTime, time)),
    ...(first.length > 0 && {
      initContainerStatuses: first.map((one) => firstContainerAfter(step, one, startTime, time)),
    }),
  };
}

function conditionsAfter(step: Step, pod: KubernetesObject, now: Date): Fields[] {
  const spec = fieldsOf(pod.spec) ?? {};
  const isReady = step.do === 'run';
  const hasStarted = step.do !== 'accept' && step.do !== 'pull';
  const failing = itemsOf(spec.containers).filter((one) => !hasStarted || isBroken(one) || isMissing(one));
  const names = failing.map(({ name }) => textOf(name)).join(' ');
  const why = isReady
    ? {}
    : step.do === 'succeed'
      ? { reason: 'PodCompleted' }
      : { reason: 'ContainersNotReady', message: `containers with unready status: [${names}]` };
  const completed = step.do === 'succeed' ? { reason: 'PodCompleted' } : {};
  const wanted: Wanted[] = [
    condition('PodReadyToStartContainers', step.do === 'run' || step.do === 'crash'),
    condition('Initialized', true, completed),
    condition('Ready', isReady, why),
    condition('ContainersReady', isReady, why),
    condition('PodScheduled', true),
    condition(SIMULATED, true, { reason: 'Simulated', message: EXPLANATION }),
  ];
  const observed = pod.metadata.generation;
  return wanted.reduce<Fields[]>(
    (conditions, one) =>
      withCondition(conditions, { ...one, observedGeneration: observed, lastProbeTime: null }, now),
    itemsOf(fieldsOf(pod.status)?.conditions),
  );
}

function condition(type: string, holds: boolean, because: object = {}): Wanted {
  return { type, status: holds ? 'True' : 'False', ...because };
}

function containerAfter(step: Step, container: Fields, startedAt: string, now: string): Fields {
  const identity = identityOf(container);
  const idle = { ready: false, started: false, restartCount: 0 };
  switch (step.do) {
    case 'accept':
      return { ...identity, ...idle, state: { waiting: { reason: 'ContainerCreating' } } };
    case 'pull':
      return { ...identity, ...idle, state: { waiting: pullState(step.tries, container) } };
    case 'crash':
      if (isBroken(container)) return crashed(identity, step.restarts, container, now);
      return { ...identity, ready: true, started: true, restartCount: 0, state: { running: { startedAt } } };
    case 'run':
      return {
        ...identity,
        ready: true,
        started: true,
        restartCount: 0,
        state: { running: { startedAt: now } },
      };
    default: {
      const ended = step.do === 'fail' && isBroken(container) ? FAILED : SUCCEEDED;
      return { ...identity, ...idle, state: { terminated: { ...ended, startedAt, finishedAt: now } } };
    }
  }
}

function crashed(identity: Fields, restartCount: number, { name }: Fields, now: string): Fields {
  const message = `back-off restarting failed container=${textOf(name)}`;
  return {
    ...identity,
    ready: false,
    started: false,
    restartCount,
    state: { waiting: { reason: 'CrashLoopBackOff', message } },
    lastState: { terminated: { ...FAILED, startedAt: now, finishedAt: now } },
  };
}

function pullState(tries: number, { name, image }: Fields): Fields {
  if (tries > 1) {
    const message = `Back-off pulling image ${JSON.stringify(textOf(image))}`;
    return { reason: 'ImagePullBackOff', message };
  }
  const message = `image ${textOf(image)} of container ${textOf(name)} stands for one that cannot be pulled`;
  return { reason: 'ErrImagePull', message };
}

function firstContainerAfter(step: Step, container: Fields, startedAt: string, now: string): Fields {
  const identity = identityOf(container);
  if (step.do === 'accept' || step.do === 'pull') {
    const state = { waiting: { reason: 'PodInitializing' } };
    return { ...identity, ready: false, started: false, restartCount: 0, state };
  }
  if (container.restartPolicy === 'Always' && (step.do === 'run' || step.do === 'crash')) {
    return { ...identity, ready: true, started: true, restartCount: 0, state: { running: { startedAt } } };
  }
  const state = { terminated: { ...SUCCEEDED, startedAt, finishedAt: now } };
  return { ...identity, ready: true, started: false, restartCount: 0, state };
}

function identityOf({ name, image }: Fields): Fields {
  return { name, image: textOf(image), imageID: '' };
}
