import { isFault } from '../core/failures.ts';
import type { KubernetesObject } from '../core/kubernetes-object.ts';
import { conditionsOf, integerAt, observedGenerationOf } from './fields.ts';
import { current, failed, type Health, inProgress } from './health.ts';
import { ruleOf, wholeRuleOf } from './kinds.ts';

/** How `object` is by itself, as kstatus and Flux's Job rule see it; Unknown when its status has a shape nobody can judge. */
export function statusOf(object: KubernetesObject, now: Date): Health {
  try {
    const whole = wholeRuleOf(object);
    if (whole) return whole(object, now);
    return genericHealth(object) ?? ruleOf(object)?.(object, now) ?? readyHealth(object);
  } catch (error) {
    if (isFault(error, 'malformed')) return { status: 'Unknown', message: error.message };
    throw error;
  }
}

function genericHealth(object: KubernetesObject): Health | undefined {
  if (object.metadata.deletionTimestamp) {
    return { status: 'Terminating', message: 'Resource scheduled for deletion' };
  }
  const generation = integerAt(object, 'metadata.generation', undefined);
  const observed = generation === undefined ? undefined : observedGenerationOf(object);
  if (observed !== undefined && observed !== generation) {
    return inProgress(
      `${object.kind} generation is ${generation}, but latest observed generation is ${observed}`,
    );
  }
  const abnormal = conditionsOf(object).find(
    ({ type, status }) => (type === 'Reconciling' || type === 'Stalled') && status === 'True',
  );
  if (!abnormal) return undefined;
  return abnormal.type === 'Stalled' ? failed(abnormal.message) : inProgress(abnormal.message);
}

function readyHealth(object: KubernetesObject): Health {
  const ready = conditionsOf(object).find(
    ({ type, status }) => type === 'Ready' && ['True', 'False', 'Unknown'].includes(status),
  );
  if (!ready) return current('Resource is current');
  return ready.status === 'True' ? current('Resource is Ready') : inProgress(ready.message);
}
