import type { KubernetesObject } from '../../../../../shared/core/kubernetes-object.ts';
import { type Fields, fieldsOf, itemsOf, numberOf } from '../../strategies/rules/fields.ts';
import { isNews } from '../conditions.ts';
import type { Controller, ControllerWorld } from '../controller.ts';
import { controllerKeys, keyOf } from '../owners.ts';
import {
  COMPLETION_INDEX,
  indexOf,
  isOver,
  jobStatus,
  type Tally,
  tallyOf,
  type Verdict,
  verdictOf,
} from './job-status.ts';
import { hasEnded, PODS, podFrom, podsOf } from './pods.ts';

/** The resource of Jobs. */
export const JOBS = 'batch/jobs';
const CONTROLLER = 'job-controller';
const TRACKING = 'batch.kubernetes.io/job-tracking';

/** Runs a Job's pods until enough have succeeded or too many have failed. */
export const jobs: Controller = {
  name: 'job',
  watches: [JOBS, PODS],
  concerns: ({ entry }) => (entry.id === PODS ? controllerKeys(entry, 'Job') : [keyOf(entry)]),
  sync({ namespace, name }, world) {
    const job = world.manager.read(JOBS, namespace, name);
    if (!job) return undefined;
    if (fieldsOf(job.spec)?.managedBy !== undefined) return undefined;
    if (job.metadata.deletionTimestamp !== undefined) return releasePods(job, world);
    if (isOver(job)) return expire(job, world);
    return work(job, world);
  },
};

function work(job: KubernetesObject, world: ControllerWorld): number | undefined {
  const { manager, nature } = world;
  const spec = fieldsOf(job.spec) ?? {};
  const now = nature.now();
  const tally = tallyOf(job, podsOf(job, world));
  const startTime = fieldsOf(job.status)?.startTime;
  const elapsed = startTime === undefined ? 0 : (now.getTime() - Date.parse(String(startTime))) / 1_000;
  const verdict = verdictOf(job, tally, elapsed);
  const status = jobStatus(job, tally, verdict, now);
  if (verdict || spec.suspend === true) {
    for (const pod of tally.active) manager.delete(PODS, pod);
  }
  const { namespace = '', name } = job.metadata;
  const present = manager.read(JOBS, namespace, name);
  if (present && isNews(status, present.status)) manager.writeStatus(JOBS, present, status);
  if (verdict) tellEnd(job, verdict, world);
  releasePods(job, world);
  if (verdict || spec.suspend === true) return undefined;
  const wait = createPods(job, tally, world);
  const deadline = numberOf(spec.activeDeadlineSeconds);
  if (deadline === 0) return wait;
  const left = Math.max(1, (deadline - elapsed) * 1_000);
  return wait === undefined ? left : Math.min(wait, left);
}

function tellEnd(about: KubernetesObject, verdict: Verdict, { tell }: ControllerWorld): void {
  const { reason, message } = verdict;
  if (verdict.type === 'Failed') tell({ from: CONTROLLER, about, reason, message, isWarning: true });
  else tell({ from: CONTROLLER, about, reason: 'Completed', message: 'Job completed' });
}

// A pod that failed is followed by another after a pause that doubles.
function createPods(job: KubernetesObject, tally: Tally, world: ControllerWorld): number | undefined {
  const { delays, manager, nature, pending } = world;
  const spec = fieldsOf(job.spec) ?? {};
  const { uid = '' } = job.metadata;
  const left =
    spec.completions === undefined
      ? tally.succeeded > 0
        ? 0
        : Number.POSITIVE_INFINITY
      : numberOf(spec.completions) - tally.succeeded;
  const wanted = Math.min(numberOf(spec.parallelism), left);
  for (const pod of tally.active.slice(wanted)) manager.delete(PODS, pod);
  const missing = wanted - tally.active.length;
  if (missing <= 0) return undefined;
  if (tally.failed > 0) {
    const step = `retry ${tally.failed}`;
    const now = nature.now().getTime();
    if (pending.get(uid)?.step !== step) {
      const pause = Math.min(delays.backOff * 2 ** (tally.failed - 1), delays.longestBackOff);
      pending.set(uid, { step, due: now + pause });
    }
    const due = pending.get(uid)?.due ?? now;
    if (due > now) return due - now;
  }
  const indexes = spec.completionMode === 'Indexed' ? freeIndexes(spec, tally) : [];
  for (let place = 0; place < missing; place++) createPod(job, indexes[place], world);
  return undefined;
}

function freeIndexes(spec: Fields, tally: Tally): number[] {
  const taken = new Set([...tally.done, ...tally.active.map(indexOf)]);
  return Array.from({ length: numberOf(spec.completions) }, (_, index) => index).filter(
    (index) => !taken.has(index),
  );
}

function createPod(job: KubernetesObject, index: number | undefined, world: ControllerWorld): void {
  const { name } = job.metadata;
  const prefix = index === undefined ? `${name}-` : `${name}-${index}-`;
  const labels = index === undefined ? {} : { [COMPLETION_INDEX]: String(index) };
  const pod = podFrom(job, { generateName: prefix }, labels);
  const { metadata } = pod;
  const annotations = { ...metadata.annotations, ...labels };
  const spec = fieldsOf(pod.spec) ?? {};
  const made = world.manager.create(PODS, {
    ...pod,
    metadata: {
      ...metadata,
      finalizers: [TRACKING],
      ...(index !== undefined && { annotations }),
    },
    ...(index !== undefined && { spec: indexed(spec, `${name}-${index}`) }),
  });
  const message = `Created pod: ${made.metadata.name}`;
  world.tell({ from: CONTROLLER, about: job, reason: 'SuccessfulCreate', message });
}

function indexed(spec: Fields, hostname: string): Fields {
  const fieldRef = { fieldPath: `metadata.annotations['${COMPLETION_INDEX}']` };
  const variable = { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef } };
  const containers = itemsOf(spec.containers).map((one) => ({
    ...one,
    env: [...itemsOf(one.env), variable],
  }));
  return { ...spec, hostname, containers };
}

// What was counted no longer needs to be held.
function releasePods(job: KubernetesObject, world: ControllerWorld): undefined {
  const leaving = job.metadata.deletionTimestamp !== undefined;
  for (const pod of podsOf(job, world)) {
    const { finalizers = [], deletionTimestamp } = pod.metadata;
    const isCounted = leaving || hasEnded(pod) || deletionTimestamp !== undefined;
    if (!finalizers.includes(TRACKING) || !isCounted) continue;
    const kept = finalizers.filter((one) => one !== TRACKING);
    world.manager.update(PODS, { ...pod, metadata: { ...pod.metadata, finalizers: kept } });
  }
  return undefined;
}

function expire(job: KubernetesObject, world: ControllerWorld): number | undefined {
  releasePods(job, world);
  const seconds = fieldsOf(job.spec)?.ttlSecondsAfterFinished;
  if (seconds === undefined) return undefined;
  const conditions = itemsOf(fieldsOf(job.status)?.conditions);
  const ended = conditions.find(({ type }) => type === 'Complete' || type === 'Failed');
  const since = Date.parse(String(ended?.lastTransitionTime));
  const left = since + numberOf(seconds) * 1_000 - world.nature.now().getTime();
  if (left > 0) return left;
  world.manager.delete(JOBS, job, { propagationPolicy: 'Foreground' });
  return undefined;
}
