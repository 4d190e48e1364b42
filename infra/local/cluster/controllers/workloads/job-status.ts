import type { KubernetesObject } from '../../../../../shared/core/kubernetes-object.ts';
import { type Fields, fieldsOf, itemsOf, numberOf } from '../../strategies/rules/fields.ts';
import { secondsOf } from '../../strategies/rules/times.ts';
import { conditionOf } from '../conditions.ts';
import { isActive, isReady, phaseOf, restartsOf } from './pods.ts';

/** The annotation (and label) with the number of an indexed Job's pod. */
export const COMPLETION_INDEX = 'batch.kubernetes.io/job-completion-index';

/** What has become of a Job's pods so far. */
export interface Tally {
  readonly active: readonly KubernetesObject[];
  readonly terminating: number;
  readonly ready: number;
  readonly succeeded: number;
  readonly failed: number;
  /** How often containers of running pods were started again. */
  readonly restarts: number;
  /** Numbers of an indexed Job that are done. */
  readonly done: readonly number[];
}

/** Why a Job is over, in the words of its conditions. */
export interface Verdict {
  readonly type: 'Complete' | 'Failed';
  readonly reason: string;
  readonly message: string;
}

/** Counts pods: those that have ended, of which some are gone already, and the others. */
export function tallyOf(job: KubernetesObject, pods: readonly KubernetesObject[]): Tally {
  const active = pods.filter(isActive);
  const succeeded = pods.filter((pod) => phaseOf(pod) === 'Succeeded');
  const indexes = succeeded.flatMap((pod) => indexOf(pod) ?? []);
  const isIndexed = fieldsOf(job.spec)?.completionMode === 'Indexed';
  // A pod that was counted counts, though somebody has deleted it since.
  const before = fieldsOf(job.status) ?? {};
  const done = [...new Set(indexes)].toSorted((one, other) => one - other);
  return {
    active,
    terminating: pods.filter(({ metadata }) => metadata.deletionTimestamp !== undefined).length,
    ready: active.filter(isReady).length,
    succeeded: isIndexed ? done.length : Math.max(succeeded.length, numberOf(before.succeeded)),
    failed: Math.max(pods.filter((pod) => phaseOf(pod) === 'Failed').length, numberOf(before.failed)),
    restarts: active.reduce((sum, pod) => sum + restartsOf(pod), 0),
    done,
  };
}

/** The number of an indexed Job's pod. */
export function indexOf({ metadata }: KubernetesObject): number | undefined {
  const index = metadata.annotations?.[COMPLETION_INDEX];
  return index === undefined ? undefined : Number(index);
}

/** Whether a Job is over, and how; `elapsed` seconds since it started. */
export function verdictOf(job: KubernetesObject, tally: Tally, elapsed: number): Verdict | undefined {
  const spec = fieldsOf(job.spec) ?? {};
  const limit = numberOf(spec.backoffLimit);
  const mayRestart = fieldsOf(fieldsOf(spec.template)?.spec)?.restartPolicy === 'OnFailure';
  const isBeyond = tally.failed > limit || (mayRestart && tally.restarts > 0 && tally.restarts >= limit);
  if (isBeyond) {
    const message = 'Job has reached the specified backoff limit';
    return { type: 'Failed', reason: 'BackoffLimitExceeded', message };
  }
  if (spec.activeDeadlineSeconds !== undefined && elapsed >= numberOf(spec.activeDeadlineSeconds)) {
    const message = 'Job was active longer than specified deadline';
    return { type: 'Failed', reason: 'DeadlineExceeded', message };
  }
  const isEnough =
    spec.completions === undefined
      ? tally.succeeded > 0 && tally.active.length === 0
      : tally.succeeded >= numberOf(spec.completions);
  if (!isEnough) return undefined;
  const message = 'Reached expected number of succeeded pods';
  return { type: 'Complete', reason: 'CompletionsReached', message };
}

/** Whether a Job has ended; it never begins again. */
export function isOver(job: KubernetesObject): boolean {
  const { conditions } = fieldsOf(job.status) ?? {};
  return ['Complete', 'Failed'].some((type) => conditionOf(conditions, type)?.status === 'True');
}

/** A Job's status after a look at its pods. */
export function jobStatus(
  job: KubernetesObject,
  tally: Tally,
  verdict: Verdict | undefined,
  now: Date,
): Fields {
  const spec = fieldsOf(job.spec) ?? {};
  const before = fieldsOf(job.status) ?? {};
  const isSuspended = spec.suspend === true && verdict === undefined;
  const time = secondsOf(now);
  const startTime = isSuspended ? undefined : (before.startTime ?? time);
  const active = verdict ? 0 : tally.active.length;
  const terminating = verdict ? 0 : tally.terminating;
  return {
    ...(startTime !== undefined && { startTime }),
    ...(active > 0 && { active }),
    ...(tally.succeeded > 0 && { succeeded: tally.succeeded }),
    ...((tally.failed > 0 || verdict?.type === 'Failed') && {
      failed: tally.failed + (verdict?.type === 'Failed' ? tally.active.length : 0),
    }),
    ...(verdict?.type === 'Complete' && { completionTime: time }),
    ...(tally.done.length > 0 && { completedIndexes: ranges(tally.done) }),
    ready: verdict ? 0 : tally.ready,
    terminating,
    uncountedTerminatedPods: {},
    conditions: conditionsOf(before, spec, verdict, time),
  };
}

function conditionsOf(before: Fields, spec: Fields, verdict: Verdict | undefined, time: string): Fields[] {
  const present = itemsOf(before.conditions);
  if (verdict) {
    const { type, reason, message } = verdict;
    const first = type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget';
    return [
      ...present,
      made(first, 'True', reason, message, time),
      made(type, 'True', reason, message, time),
    ];
  }
  const old = conditionOf(present, 'Suspended');
  const status = spec.suspend === true ? 'True' : 'False';
  if (old ? old.status === status : status === 'False') return present;
  const [reason, message] =
    status === 'True' ? ['JobSuspended', 'Job suspended'] : ['JobResumed', 'Job resumed'];
  return [...present.filter((one) => one !== old), made('Suspended', status, reason, message, time)];
}

function made(type: string, status: string, reason: string, message: string, time: string): Fields {
  return { type, status, lastProbeTime: time, lastTransitionTime: time, reason, message };
}

// `0-2,5,6`: as the API writes completed indexes, two neighbours as two.
function ranges(numbers: readonly number[]): string {
  const parts: [number, number][] = [];
  for (const number of numbers) {
    const last = parts.at(-1);
    if (last && last[1] === number - 1) last[1] = number;
    else parts.push([number, number]);
  }
  return parts
    .map(([first, last]) => {
      if (first === last) return `${first}`;
      return last === first + 1 ? `${first},${last}` : `${first}-${last}`;
    })
    .join(',');
}
