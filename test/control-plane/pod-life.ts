/** What the fake kubelet reads of a container. */
export interface PodContainer {
  readonly name: string;
  readonly image?: string;
}

/** What the fake kubelet reads of a container's status. */
export interface PodContainerStatus {
  readonly name: string;
  readonly restartCount: number;
}

/** What the fake kubelet reads of a pod. */
export interface Pod {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly uid: string;
    readonly resourceVersion: string;
    readonly generation?: number;
    readonly creationTimestamp: string;
    readonly deletionTimestamp?: string;
    readonly deletionGracePeriodSeconds?: number;
    readonly ownerReferences?: readonly { readonly kind: string; readonly apiVersion: string }[];
  };
  readonly spec: {
    readonly nodeName?: string;
    readonly restartPolicy?: 'Always' | 'OnFailure' | 'Never';
    readonly nodeSelector?: Readonly<Record<string, string>>;
    readonly schedulingGates?: readonly unknown[];
    readonly containers: readonly PodContainer[];
    readonly initContainers?: readonly PodContainer[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly startTime?: string;
    readonly podIP?: string;
    readonly containerStatuses?: readonly PodContainerStatus[];
  };
}

/** The one thing to do next with a pod, and after how long. */
export type Step =
  | { readonly do: 'bind' | 'remove' | 'run' | 'succeed' | 'fail'; readonly afterMs: number }
  | { readonly do: 'crash'; readonly afterMs: number; readonly restarts: number };

const START_MS = 1_000;
// A real kubelet's back-off starts at 10 s and ends at 5 min: too slow for tests.
const LONGEST_BACK_OFF_MS = 60_000;

/** Decides the next step of a pod on the node with these labels; undefined when nothing is left to do. */
export function nextStep(pod: Pod, node: string, labels: Readonly<Record<string, string>>): Step | undefined {
  const { metadata, spec, status } = pod;
  if (spec.nodeName === undefined || spec.nodeName === '') {
    return metadata.deletionTimestamp === undefined && fits(pod, labels)
      ? { do: 'bind', afterMs: 0 }
      : undefined;
  }
  if (spec.nodeName !== node) return undefined;
  if (metadata.deletionTimestamp !== undefined) {
    // At 0 only a finalizer still holds it, which is not the kubelet's to remove.
    return metadata.deletionGracePeriodSeconds === 0 ? undefined : { do: 'remove', afterMs: 0 };
  }
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return undefined;
  if (spec.containers.some(isBroken)) return nextCrash(pod);
  if (finishes(pod)) return { do: 'succeed', afterMs: START_MS };
  return status?.phase === 'Running' ? undefined : { do: 'run', afterMs: START_MS };
}

/** Whether a container stands for a program that exits with an error as soon as it starts. */
export function isBroken(container: PodContainer): boolean {
  return container.image?.endsWith(':broken') ?? false;
}

function nextCrash(pod: Pod): Step {
  if (pod.spec.restartPolicy === 'Never') return { do: 'fail', afterMs: START_MS };
  const restarts = Math.max(0, ...(pod.status?.containerStatuses ?? []).map((status) => status.restartCount));
  return {
    do: 'crash',
    afterMs: Math.min(START_MS * 2 ** restarts, LONGEST_BACK_OFF_MS),
    restarts: restarts + 1,
  };
}

function finishes(pod: Pod): boolean {
  const ofJob = pod.metadata.ownerReferences?.some(({ kind }) => kind === 'Job') ?? false;
  return ofJob && pod.spec.restartPolicy !== 'Always';
}

// Without a scheduler only what tests use to keep a pod Pending: selectors and gates.
function fits({ spec }: Pod, labels: Readonly<Record<string, string>>): boolean {
  const selected = Object.entries(spec.nodeSelector ?? {}).every(([name, value]) => labels[name] === value);
  return selected && (spec.schedulingGates ?? []).length === 0;
}
