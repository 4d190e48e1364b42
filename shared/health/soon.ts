import { groupOf, type KubernetesObject } from '../core/kubernetes-object.ts';
import { integerAt } from './fields.ts';
import type { HealthReading } from './verdict.ts';

/** Kinds whose readiness is their pods', which take seconds. */
const POD_KINDS: ReadonlySet<string> = new Set([
  'apps/DaemonSet',
  'apps/Deployment',
  'apps/ReplicaSet',
  'apps/StatefulSet',
  'batch/Job',
  '/Pod',
  '/ReplicationController',
]);

/** Whether all that is missing may be there within a moment: a controller has to see an object, and no pod has to start. */
export function isReadySoon({ status, object }: HealthReading): boolean {
  if (status === 'Current') return true;
  return status === 'InProgress' && object !== undefined && isQuick(object);
}

function isQuick(object: KubernetesObject): boolean {
  if (POD_KINDS.has(`${groupOf(object.apiVersion)}/${object.kind}`))
    return integerAt(object, 'spec.replicas', 1) === 0;
  const { generation } = object.metadata;
  return generation !== undefined && integerAt(object, 'status.observedGeneration', undefined) !== generation;
}
