import type { Receiver, ReceiverStatus } from '../../api/receiver.ts';
import { CONDITION, REASON } from '../../api/vocabulary.ts';
import { type ConditionDraft, conditionOf, removeConditions, setCondition } from '../../core/conditions.ts';
import { formatDuration, parseDuration } from '../../core/durations.ts';
import { backoff } from '../delays.ts';
import type { EventDraft, Outcome } from '../reconciler.ts';
import type { Plan, Seen } from './decide.ts';

/** Status, events and the next visit after a plan was carried out. */
export function conclude(object: Receiver, plan: Plan, seen: Seen, hops: number): Outcome<ReceiverStatus> {
  switch (plan.do) {
    case 'serve':
      return served(object, plan.path, seen);
    case 'fail':
      return failed(object, plan.message, seen, hops);
    case 'stall':
      return stalled(object, plan, seen);
  }
}

function served(object: Receiver, path: string, seen: Seen): Outcome<ReceiverStatus> {
  const before = conditionOf(object.status?.conditions, CONDITION.ready);
  const message = `Receiver initialized for path: ${path}`;
  const ready: ConditionDraft = { type: 'Ready', status: 'True', reason: REASON.succeeded, message };
  const generation = object.metadata.generation ?? 0;
  const isNews =
    before?.status !== 'True' || before.message !== message || before.observedGeneration !== generation;
  const interval = formatDuration(parseDuration(object.spec.interval));
  const event: EventDraft = {
    type: 'Normal',
    reason: REASON.succeeded,
    message: `Reconciliation finished, next run in ${interval}`,
  };
  return {
    status: {
      ...withConditions(object, seen, ['Reconciling', 'Stalled'], ready),
      observedGeneration: generation,
      webhookPath: path,
    },
    events: isNews ? [event] : [],
    next: { after: 'interval' },
  };
}

/** Without a token there is no path, and whoever knew the old one finds nothing there (RC-07). */
function failed(object: Receiver, message: string, seen: Seen, hops: number): Outcome<ReceiverStatus> {
  const reconciling: ConditionDraft = {
    type: 'Reconciling',
    status: 'True',
    reason: REASON.progressingWithRetry,
    message: 'Reconciliation in progress',
  };
  const ready: ConditionDraft = { type: 'Ready', status: 'False', reason: REASON.tokenNotFound, message };
  const { webhookPath: _dead, ...status } = withConditions(object, seen, ['Stalled'], reconciling, ready);
  return {
    status,
    events: isNewsOf(object, message) ? [{ type: 'Warning', reason: REASON.failed, message }] : [],
    next: { after: 'delay', milliseconds: backoff(hops), reason: 'retry' },
  };
}

function stalled(
  object: Receiver,
  { reason, message }: { readonly reason: string; readonly message: string },
  seen: Seen,
): Outcome<ReceiverStatus> {
  const draft = { reason, message } as const;
  const status = withConditions(
    object,
    seen,
    ['Reconciling'],
    { type: 'Stalled', status: 'True', ...draft },
    { type: 'Ready', status: 'False', ...draft },
  );
  return {
    status: { ...status, observedGeneration: object.metadata.generation ?? 0 },
    events: isNewsOf(object, message) ? [{ type: 'Warning', reason, message }] : [],
    next: { after: 'nothing' },
  };
}

function withConditions(
  { metadata, status }: Receiver,
  seen: Seen,
  gone: readonly string[],
  ...drafts: readonly ConditionDraft[]
): ReceiverStatus {
  const observation = { generation: metadata.generation ?? 0, now: seen.now };
  const kept = removeConditions(status?.conditions ?? [], ...gone);
  return {
    ...status,
    conditions: [...drafts.reduce((all, draft) => setCondition(all, draft, observation), kept)],
  };
}

function isNewsOf({ metadata, status }: Receiver, message: string): boolean {
  const ready = conditionOf(status?.conditions, CONDITION.ready);
  return ready?.message !== message || ready.observedGeneration !== metadata.generation;
}
