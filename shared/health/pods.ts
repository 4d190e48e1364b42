import { Fault } from '../core/failures.ts';
import type { KubernetesObject } from '../core/kubernetes-object.ts';
import { conditionsOf, fieldAt, isFields, textAt } from './fields.ts';
import { current, failed, type Health, inProgress } from './health.ts';

/** How long kstatus lets a pod look for a node before it calls it unschedulable. */
const SCHEDULE_WINDOW_MS = 15_000;

/** Ready or ended (either way); a crash loop, or no node for 15 s, is a failure. */
export function podHealth(object: KubernetesObject, now: Date): Health {
  const conditions = conditionsOf(object);
  const phase = textAt(object, 'status.phase', '');
  switch (phase) {
    case 'Succeeded':
      return current('Pod has completed successfully');
    case 'Failed':
      return current('Pod has completed, but not successfully');
    case 'Running': {
      if (conditions.some(({ type, status }) => type === 'Ready' && status === 'True')) {
        return current('Pod is Ready');
      }
      const looping = crashLooping(object);
      return looping.length > 0
        ? failed(`Containers in CrashLoop state: ${looping.join(',')}`)
        : inProgress('Pod is running but is not Ready');
    }
    case 'Pending': {
      if (!isUnschedulable(object)) return inProgress('Pod is in the Pending phase');
      const age = now.getTime() - Date.parse(object.metadata.creationTimestamp ?? '');
      return age < SCHEDULE_WINDOW_MS
        ? inProgress('Pod has not been scheduled')
        : failed('Pod could not be scheduled');
    }
    case '':
      return inProgress('Pod phase not available');
    default:
      throw new Fault('malformed', `unknown phase ${phase}`);
  }
}

/** Whether the scheduler finds no node for it, which an autoscaler may change. */
export function isUnschedulable(pod: KubernetesObject): boolean {
  const scheduled = conditionsOf(pod).find(
    ({ type, status }) => type === 'PodScheduled' && status === 'False',
  );
  return scheduled?.reason === 'Unschedulable';
}

function crashLooping(pod: KubernetesObject): readonly string[] {
  const statuses = fieldAt(pod, 'status.containerStatuses');
  return (Array.isArray(statuses) ? statuses : []).filter(isFields).flatMap(({ name, state }) => {
    const waiting = isFields(state) ? state.waiting : undefined;
    const reason = isFields(waiting) ? waiting.reason : undefined;
    return reason === 'CrashLoopBackOff' && typeof name === 'string' ? [name] : [];
  });
}
