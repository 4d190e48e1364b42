import type { KubernetesObject } from '../../../../../shared/core/kubernetes-object.ts';
import { NODE } from '../../simulation.ts';
import { type Fields, fieldsAt, fieldsOf, itemsOf, numberOf, textOf } from '../../strategies/rules/fields.ts';
import type { Delays } from '../delays.ts';
import { misfit } from './scheduling.ts';

/** The next thing that happens to a pod, and in how many milliseconds from its last change. */
export type Step =
  | {
      readonly do: 'bind' | 'wait' | 'accept' | 'remove' | 'run' | 'succeed' | 'fail';
      readonly after: number;
    }
  | { readonly do: 'crash'; readonly after: number; readonly restarts: number }
  | { readonly do: 'pull'; readonly after: number; readonly tries: number };

/** What becomes of a pod next, on the node as it is now; undefined when nothing does. */
export function nextStep(pod: KubernetesObject, node: KubernetesObject, delays: Delays): Step | undefined {
  const { metadata } = pod;
  const spec = fieldsOf(pod.spec) ?? {};
  const status = fieldsOf(pod.status) ?? {};
  const phase = textOf(status.phase);
  if (textOf(spec.nodeName) === '') {
    if (metadata.deletionTimestamp !== undefined || itemsOf(spec.schedulingGates).length > 0)
      return undefined;
    return { do: misfit(pod, node) === undefined ? 'bind' : 'wait', after: 0 };
  }
  if (spec.nodeName !== NODE) return undefined;
  if (metadata.deletionTimestamp !== undefined) return nextOfLeaving(metadata, delays);
  if (phase === 'Succeeded' || phase === 'Failed') return undefined;
  if (!Array.isArray(status.containerStatuses)) return { do: 'accept', after: 0 };
  return nextOfContainers(pod, spec, status, delays);
}

function nextOfLeaving(metadata: KubernetesObject['metadata'], { podStop }: Delays): Step | undefined {
  const grace = (metadata as { readonly deletionGracePeriodSeconds?: number }).deletionGracePeriodSeconds;
  // At 0 only a finalizer still holds it, which is not the node's to remove.
  return grace === 0 ? undefined : { do: 'remove', after: Math.min(podStop, numberOf(grace) * 1_000) };
}

function nextOfContainers(
  pod: KubernetesObject,
  spec: Fields,
  status: Fields,
  delays: Delays,
): Step | undefined {
  const containers = itemsOf(spec.containers);
  const isStarted = containersHaveStarted(status);
  if (containers.some(isMissing)) {
    const tries = Math.max(0, ...itemsOf(status.containerStatuses).map(pullsOf));
    if (tries === 0) return { do: 'pull', after: delays.podStart, tries: 1 };
    // Said once that it failed, and once that it waits: nothing changes from there on.
    return tries === 1 ? { do: 'pull', after: delays.backOff, tries: 2 } : undefined;
  }
  if (containers.some(isBroken)) {
    if (spec.restartPolicy === 'Never') return { do: 'fail', after: delays.podStart };
    const restarts = Math.max(
      0,
      ...itemsOf(status.containerStatuses).map(({ restartCount }) => numberOf(restartCount)),
    );
    const pause = Math.min(delays.backOff * 2 ** restarts, delays.longestBackOff);
    return { do: 'crash', after: isStarted ? pause : delays.podStart, restarts: restarts + 1 };
  }
  if (!isStarted) return { do: 'run', after: delays.podStart };
  return finishes(pod) ? { do: 'succeed', after: delays.jobRun } : undefined;
}

function containersHaveStarted(status: Fields): boolean {
  return itemsOf(status.containerStatuses).some(
    ({ state, lastState }) =>
      fieldsAt(state, 'running') !== undefined || fieldsAt(lastState, 'terminated') !== undefined,
  );
}

function pullsOf({ state }: Fields): number {
  const reason = fieldsAt(state, 'waiting')?.reason;
  return reason === 'ErrImagePull' ? 1 : reason === 'ImagePullBackOff' ? 2 : 0;
}

/** Whether a container stands for a program that exits with an error as soon as it starts. */
export function isBroken({ image }: Fields): boolean {
  return textOf(image).endsWith(':broken');
}

/** Whether a container's image stands for one that no registry has. */
export function isMissing({ image }: Fields): boolean {
  return textOf(image).endsWith(':missing');
}

function finishes(pod: KubernetesObject): boolean {
  const isOfJob = pod.metadata.ownerReferences?.some(({ kind }) => kind === 'Job') ?? false;
  return isOfJob && fieldsOf(pod.spec)?.restartPolicy !== 'Always';
}
