import type { KubernetesObject } from '../core/kubernetes-object.ts';
import { conditionsOf, integerAt, textAt } from './fields.ts';
import { current, failed, type Health, inProgress } from './health.ts';

/** The Deployment controller's words for "no deadline": Go's largest 32-bit integer. */
const NO_DEADLINE = 2 ** 31 - 1;

/** Enough replicas of the newest template, no older ones, and the controller says Progressing and Available. */
export function deploymentHealth(object: KubernetesObject): Health {
  const conditions = conditionsOf(object);
  const progressing = conditions.filter(({ type }) => type === 'Progressing');
  if (progressing.some(({ reason }) => reason === 'ProgressDeadlineExceeded')) {
    return failed('Progress deadline exceeded');
  }

  const wanted = integerAt(object, 'spec.replicas', 1);
  const all = integerAt(object, 'status.replicas', 0);
  const updated = integerAt(object, 'status.updatedReplicas', 0);
  const ready = integerAt(object, 'status.readyReplicas', 0);
  const available = integerAt(object, 'status.availableReplicas', 0);
  if (wanted > all) return inProgress(`Replicas: ${all}/${wanted}`);
  if (wanted > updated) return inProgress(`Updated: ${updated}/${wanted}`);
  if (all > wanted) return inProgress(`Pending termination: ${all - wanted}`);
  if (updated > available) return inProgress(`Available: ${available}/${updated}`);
  if (wanted > ready) return inProgress(`Ready: ${ready}/${wanted}`);

  const settled = progressing.some(
    ({ status, reason }) => status === 'True' && reason === 'NewReplicaSetAvailable',
  );
  // Without a deadline the controller never sets Progressing.
  const deadline = integerAt(object, 'spec.progressDeadlineSeconds', NO_DEADLINE);
  if (!settled && deadline !== NO_DEADLINE) return inProgress('ReplicaSet not Available');
  if (!conditions.some(({ type, status }) => type === 'Available' && status === 'True')) {
    return inProgress('Deployment not Available');
  }
  return current(`Deployment is available. Replicas: ${all}`);
}

/** All replicas ready and of the wanted revision; a partition needs only those above it. */
export function statefulSetHealth(object: KubernetesObject): Health {
  if (textAt(object, 'spec.updateStrategy.type', '') === 'OnDelete') {
    return current('StatefulSet is using the ondelete update strategy');
  }

  const wanted = integerAt(object, 'spec.replicas', 1);
  const all = integerAt(object, 'status.replicas', 0);
  const ready = integerAt(object, 'status.readyReplicas', 0);
  if (wanted > all) return inProgress(`Replicas: ${all}/${wanted}`);
  if (wanted > ready) return inProgress(`Ready: ${ready}/${wanted}`);
  if (all > wanted) return inProgress(`Pending termination: ${all - wanted}`);

  const partition = integerAt(object, 'spec.updateStrategy.rollingUpdate.partition', -1);
  const updated = integerAt(object, 'status.updatedReplicas', 0);
  if (partition !== -1) {
    return updated < wanted - partition
      ? inProgress(`updated: ${updated}/${wanted - partition}`)
      : current(`Partition rollout complete. updated: ${updated}`);
  }

  const ofCurrent = integerAt(object, 'status.currentReplicas', 0);
  if (wanted > ofCurrent) return inProgress(`current: ${ofCurrent}/${wanted}`);
  if (textAt(object, 'status.currentRevision', '') !== textAt(object, 'status.updateRevision', '')) {
    return inProgress('Waiting for updated revision to match current');
  }
  return current(`All replicas scheduled as expected. Replicas: ${all}`);
}

/** Current, updated, available and ready on every node it wants; both generations must be there. */
export function daemonSetHealth(object: KubernetesObject): Health {
  for (const path of ['metadata.generation', 'status.observedGeneration']) {
    if (integerAt(object, path, undefined) === undefined) {
      return inProgress(`${object.kind} ${path} not found`);
    }
  }

  const wanted = integerAt(object, 'status.desiredNumberScheduled', -1);
  if (wanted === -1) return inProgress('Missing .status.desiredNumberScheduled');
  const stages = [
    ['Current', 'status.currentNumberScheduled'],
    ['Updated', 'status.updatedNumberScheduled'],
    ['Available', 'status.numberAvailable'],
    ['Ready', 'status.numberReady'],
  ] as const;
  for (const [name, path] of stages) {
    const count = integerAt(object, path, 0);
    if (wanted > count) return inProgress(`${name}: ${count}/${wanted}`);
  }
  return current(`All replicas scheduled as expected. Replicas: ${wanted}`);
}

/** Labelled, available and ready, none too many; a replica that cannot be created is no failure yet. */
export function replicaSetHealth(object: KubernetesObject): Health {
  if (conditionsOf(object).some(({ type, status }) => type === 'ReplicaFailure' && status === 'True')) {
    return inProgress('Replica Failure condition. Check Pods');
  }

  const wanted = integerAt(object, 'spec.replicas', 1);
  const stages = [
    ['Labelled', 'status.fullyLabeledReplicas'],
    ['Available', 'status.availableReplicas'],
    ['Ready', 'status.readyReplicas'],
  ] as const;
  for (const [name, path] of stages) {
    const count = integerAt(object, path, 0);
    if (wanted > count) return inProgress(`${name}: ${count}/${wanted}`);
  }
  const all = integerAt(object, 'status.replicas', 0);
  if (all > wanted) return inProgress(`Pending termination: ${all - wanted}`);
  return current(`ReplicaSet is available. Replicas: ${all}`);
}
