import type { KubernetesObject } from '../../../../../shared/core/kubernetes-object.ts';
import { type Fields, fieldsOf, itemsOf, numberOf } from '../../strategies/rules/fields.ts';
import { secondsOf } from '../../strategies/rules/times.ts';
import { conditionOf } from '../conditions.ts';
import { bounds, type Revisions } from './deployment-revisions.ts';
import { availableOf, sum } from './rollout.ts';

const NO_DEADLINE = 2 ** 31 - 1;

/** Why a Deployment is moving, when a step has just been taken. */
export interface Step {
  readonly reason: 'NewReplicaSetCreated' | 'FoundNewReplicaSet';
  readonly message: string;
}

/** A Deployment's status, and in how many milliseconds its deadline for progress is over. */
export function deploymentStatus(
  deployment: KubernetesObject,
  { current, old }: Revisions,
  step: Step | undefined,
  now: Date,
): { readonly status: Fields; readonly again: number | undefined } {
  const spec = fieldsOf(deployment.spec) ?? {};
  const before = fieldsOf(deployment.status) ?? {};
  const sets = [...old, ...(current ? [current] : [])];
  const count = (field: string) => sum(sets, (set) => numberOf(fieldsOf(set.status)?.[field]));
  const available = sum(sets, availableOf);
  const replicas = numberOf(spec.replicas);
  const counts: Fields = {
    observedGeneration: deployment.metadata.generation,
    replicas: count('replicas'),
    updatedReplicas: numberOf(fieldsOf(current?.status)?.replicas),
    readyReplicas: count('readyReplicas'),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, sum(sets, (set) => numberOf(fieldsOf(set.spec)?.replicas)) - available),
    terminatingReplicas: count('terminatingReplicas'),
    ...(before.collisionCount !== undefined && { collisionCount: before.collisionCount }),
  };
  const change = changer(before.conditions, now);
  const enough = available >= replicas - bounds(deployment).missing;
  const [reason, message] = AVAILABLE[enough ? 'yes' : 'no'];
  change('Available', enough ? 'True' : 'False', reason, message);
  const again = progress(deployment, current, counts, step, change, now);
  failures(sets, change);
  return { status: { ...counts, conditions: change.conditions() }, again };
}

const AVAILABLE = {
  yes: ['MinimumReplicasAvailable', 'Deployment has minimum availability.'],
  no: ['MinimumReplicasUnavailable', 'Deployment does not have minimum availability.'],
} as const;

interface Changer {
  (type: string, status: 'True' | 'False' | 'Unknown', reason: string, message: string): void;
  remove(type: string): void;
  conditions(): Fields[];
}

// A condition of the same status and reason stays as it is, times and all.
function changer(present: unknown, now: Date): Changer {
  let conditions = itemsOf(present);
  const change = (type: string, status: string, reason: string, message: string) => {
    const old = conditionOf(conditions, type);
    if (old?.status === status && old.reason === reason) return;
    const time = secondsOf(now);
    const lastTransitionTime = old?.status === status ? old.lastTransitionTime : time;
    const made = { type, status, reason, message, lastUpdateTime: time, lastTransitionTime };
    conditions = [...conditions.filter((one) => one.type !== type), made];
  };
  return Object.assign(change, {
    remove: (type: string) => {
      conditions = conditions.filter((one) => one.type !== type);
    },
    conditions: () => conditions,
  });
}

function progress(
  deployment: KubernetesObject,
  current: KubernetesObject | undefined,
  counts: Fields,
  step: Step | undefined,
  change: Changer,
  now: Date,
): number | undefined {
  const spec = fieldsOf(deployment.spec) ?? {};
  const before = fieldsOf(deployment.status) ?? {};
  const deadline = numberOf(spec.progressDeadlineSeconds, NO_DEADLINE);
  if (deadline === NO_DEADLINE) {
    change.remove('Progressing');
    return undefined;
  }
  const known = conditionOf(before.conditions, 'Progressing');
  if (spec.paused === true) {
    change('Progressing', 'Unknown', 'DeploymentPaused', 'Deployment is paused');
    return undefined;
  }
  if (known?.reason === 'DeploymentPaused') {
    change('Progressing', 'Unknown', 'DeploymentResumed', 'Deployment is resumed');
  }
  if (step) change('Progressing', 'True', step.reason, step.message);
  const name = `ReplicaSet ${JSON.stringify(current?.metadata.name ?? '')}`;
  const replicas = numberOf(spec.replicas);
  const isComplete = ['updatedReplicas', 'replicas', 'availableReplicas'].every(
    (field) => counts[field] === replicas,
  );
  if (isComplete && counts.observedGeneration === deployment.metadata.generation) {
    change('Progressing', 'True', 'NewReplicaSetAvailable', `${name} has successfully progressed.`);
    return undefined;
  }
  if (moves(counts, before)) {
    // Each step counts from now on.
    change.remove('Progressing');
    change('Progressing', 'True', 'ReplicaSetUpdated', `${name} is progressing.`);
    return deadline * 1_000;
  }
  const since = conditionOf(change.conditions(), 'Progressing');
  if (!since || since.reason === 'NewReplicaSetAvailable') return undefined;
  if (since.reason === 'ProgressDeadlineExceeded') return undefined;
  const left = Date.parse(String(since.lastUpdateTime)) + deadline * 1_000 - now.getTime();
  if (left > 0) return left;
  change('Progressing', 'False', 'ProgressDeadlineExceeded', `${name} has timed out progressing.`);
  return undefined;
}

function moves(counts: Fields, before: Fields): boolean {
  const [was, is] = [before, counts].map((of) => ({
    updated: numberOf(of.updatedReplicas),
    old: numberOf(of.replicas) - numberOf(of.updatedReplicas),
    ready: numberOf(of.readyReplicas),
    available: numberOf(of.availableReplicas),
  }));
  if (!was || !is) return false;
  return is.updated > was.updated || is.old < was.old || is.ready > was.ready || is.available > was.available;
}

function failures(sets: readonly KubernetesObject[], change: Changer): void {
  const failed = sets
    .map((set) => conditionOf(fieldsOf(set.status)?.conditions, 'ReplicaFailure'))
    .find((condition) => condition?.status === 'True');
  if (failed) change('ReplicaFailure', 'True', String(failed.reason), String(failed.message));
  else change.remove('ReplicaFailure');
}
