import { REASON } from '../../api/vocabulary.ts';
import { type ConditionDraft, type Conditions, conditionOf } from '../../core/conditions.ts';
import { nextPoll } from '../delays.ts';
import type { EventDraft, Next } from '../reconciler.ts';
import { type End, type Ended, remembered, tookOf, withInventory } from './ended.ts';
import { eventOf, workEvents } from './events.ts';
import type { HealthOutcome } from './report.ts';
import { retryIntervalOf } from './settings.ts';
import { failing, inProgress, observation, stageMessage, wasHealthy, withHealthy } from './status.ts';

/** The conditions and the event once nothing is waited for any more; what is not new is left as it is. */
export function passHealth(
  ended: Ended,
  health: HealthOutcome,
  conditions: Conditions,
): { readonly conditions: Conditions; readonly events: readonly EventDraft[] } {
  const { object, plan, work, at } = ended;
  if (health.state === 'off') {
    return { conditions: withHealthy(conditions, undefined, observation(object, at)), events: [] };
  }
  const before = conditionOf(object.status?.conditions, 'Healthy');
  const healthy = wasHealthy(object);
  const isCurrent = before?.observedGeneration === object.metadata.generation;
  const newRevision = object.status?.lastAppliedRevision !== plan.artifact.revision;
  const drifted = (work?.changes.length ?? 0) > 0;
  if (healthy && isCurrent && !drifted && !newRevision) return { conditions, events: [] };
  const message = `Health check passed in ${tookOf(ended)}`;
  const draft = { status: 'True', reason: REASON.succeeded, message } as const;
  const isNews = !healthy || (newRevision && drifted);
  return {
    conditions: withHealthy(conditions, draft, observation(object, at)),
    events: isNews ? [eventOf('Normal', REASON.progressing, message, plan.artifact)] : [],
  };
}

/** A wait that goes on leaves the status alone; a new one marks its beginning in Healthy. */
export function waitForHealth(ended: Ended): End {
  const { object, plan, at } = ended;
  if (plan.do === 'poll') {
    return { status: object.status ?? {}, events: [], next: pollAfter(plan.since, at) };
  }
  const { revision } = plan.artifact;
  const message = stageMessage(object, 'Running health checks', revision);
  const status = inProgress(withInventory(ended), object, message, at, revision);
  const draft = { status: 'Unknown', reason: REASON.progressing, message } as const;
  const conditions = withHealthy(status.conditions ?? [], draft, observation(object, at, true));
  const since = new Date(conditionOf(conditions, 'Healthy')?.lastTransitionTime ?? at);
  return {
    status: { ...status, conditions: [...conditions] },
    events: workEvents(ended),
    next: pollAfter(since, at),
  };
}

function pollAfter(since: Date, now: Date): Next {
  const { hop, at } = nextPoll(since.getTime(), now.getTime());
  return { after: 'delay', milliseconds: at - now.getTime(), reason: 'wait', hop };
}

/** Healthy tells what is not healthy, Ready also after how long. */
export function failHealth(ended: Ended, health: HealthOutcome & { readonly state: 'failed' }): End {
  const { object, plan, at } = ended;
  const reason = REASON.healthCheckFailed;
  const message = `health check failed after ${tookOf(ended)}: ${health.message}`;
  const status = remembered(withInventory(ended), ended, reason);
  const draft: Omit<ConditionDraft, 'type'> = { status: 'False', reason, message: health.message };
  const conditions = [...withHealthy(status.conditions ?? [], draft, observation(object, at))];
  const failed = failing({ ...status, conditions }, object, { reason, message }, at, true);
  return {
    status: { ...failed, lastAttemptedRevision: plan.artifact.revision },
    events: [...workEvents(ended), eventOf('Warning', reason, message, plan.artifact)],
    next: { after: 'delay', milliseconds: retryIntervalOf(object.spec), reason: 'retry' },
  };
}
