import { groupOf, type KubernetesObject } from '../core/kubernetes-object.ts';
import { conditionsOf, fieldAt, integerAt, textAt } from './fields.ts';
import { current, failed, type Health, inProgress } from './health.ts';

/**
 * Flux's own rule for Jobs: done is Complete (or suspended), and running is not done. It replaces the generic rules
 * too, so a Job that is being deleted is judged by its conditions.
 */
export function jobHealth(object: KubernetesObject): Health {
  if (fieldAt(object, 'spec.suspend') === true) return current('Job is suspended');

  const parallelism = integerAt(object, 'spec.parallelism', 1);
  const completions = integerAt(object, 'spec.completions', parallelism);
  const succeeded = integerAt(object, 'status.succeeded', 0);
  const failures = integerAt(object, 'status.failed', 0);
  const end = conditionsOf(object).find(
    ({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True',
  );
  if (end?.type === 'Complete') return current(`Job Completed. succeeded: ${succeeded}/${completions}`);
  if (end?.type === 'Failed') return failed(`Job Failed. failed: ${failures}/${completions}`);

  if (textAt(object, 'status.startTime', '') === '') {
    return inProgress(`Job not started. active: 0/${parallelism}`);
  }
  const active = integerAt(object, 'status.active', 0);
  return inProgress(`Job in progress. success:${succeeded}, active: ${active}, failed: ${failures}`);
}

/** Whether this is a Job. */
export function isJob({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): boolean {
  return kind === 'Job' && groupOf(apiVersion) === 'batch';
}

/** Whether the cluster deletes this Job some time after it finished, so that its absence means success. */
export function vanishesWhenDone(object: KubernetesObject): boolean {
  return isJob(object) && integerAt(object, 'spec.ttlSecondsAfterFinished', undefined) !== undefined;
}
