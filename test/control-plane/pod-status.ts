import { isBroken, type Pod, type PodContainer, type Step } from './pod-life.ts';

interface Condition {
  readonly type: string;
  readonly status: 'True' | 'False';
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number;
  readonly reason?: string;
  readonly message?: string;
}

// What `sh -c 'exit 1'` ends with.
const FAILED = { exitCode: 1, reason: 'Error' };
const SUCCEEDED = { exitCode: 0, reason: 'Completed' };

/** The status a kubelet would report once `step` is done, as a merge patch; `ip` is the pod's address. */
export function statusAfter(step: Step, pod: Pod, ip: string, now: string): Record<string, unknown> {
  const phase = step.do === 'succeed' ? 'Succeeded' : step.do === 'fail' ? 'Failed' : 'Running';
  const startTime = pod.status?.startTime ?? now;
  return {
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
    phase,
    startTime,
    podIP: ip,
    podIPs: [{ ip }],
    hostIP: '127.0.0.1',
    hostIPs: [{ ip: '127.0.0.1' }],
    conditions: conditionsAfter(step, pod, now),
    containerStatuses: pod.spec.containers.map((container) =>
      containerAfter(step, container, startTime, now),
    ),
    initContainerStatuses: (pod.spec.initContainers ?? []).map((container) => ({
      ...identity(container),
      ready: true,
      started: false,
      restartCount: 0,
      state: { terminated: { ...SUCCEEDED, startedAt: startTime, finishedAt: now } },
    })),
  };
}

function conditionsAfter(step: Step, pod: Pod, now: string): Condition[] {
  const ready = step.do === 'run';
  const reason = step.do === 'succeed' ? 'PodCompleted' : 'ContainersNotReady';
  const broken = pod.spec.containers.filter(isBroken).map(({ name }) => name);
  const why = {
    ready: {},
    succeed: { reason },
    unready: { reason, message: `containers with unready status: [${broken.join(' ')}]` },
  }[ready ? 'ready' : step.do === 'succeed' ? 'succeed' : 'unready'];
  const condition = (type: string, holds: boolean, because: object = {}): Condition => ({
    type,
    status: holds ? 'True' : 'False',
    lastTransitionTime: now,
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
    ...because,
  });
  return [
    condition('PodReadyToStartContainers', step.do === 'run' || step.do === 'crash'),
    condition('Initialized', true, step.do === 'succeed' ? { reason } : {}),
    condition('Ready', ready, why),
    condition('ContainersReady', ready, why),
    condition('PodScheduled', true),
  ];
}

function containerAfter(step: Step, container: PodContainer, startedAt: string, now: string): object {
  const broken = isBroken(container);
  if (step.do === 'crash' && broken) {
    const message = `back-off restarting failed container=${container.name}`;
    return {
      ...identity(container),
      ready: false,
      started: false,
      restartCount: step.restarts,
      state: { waiting: { reason: 'CrashLoopBackOff', message } },
      lastState: { terminated: { ...FAILED, startedAt: now, finishedAt: now } },
    };
  }
  const ended = step.do === 'fail' && broken ? FAILED : SUCCEEDED;
  const runs = step.do === 'run' || step.do === 'crash';
  return {
    ...identity(container),
    ready: runs,
    started: runs,
    restartCount: 0,
    state: runs ? { running: { startedAt } } : { terminated: { ...ended, startedAt, finishedAt: now } },
  };
}

function identity({ name, image = '' }: PodContainer): object {
  return { name, image, imageID: `fake://${image}`, containerID: `fake://${name}` };
}
