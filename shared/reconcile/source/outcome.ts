import type { Artifact } from '../../api/meta.ts';
import { CONDITION, GROUP, REASON } from '../../api/vocabulary.ts';
import {
  type ConditionRules,
  type Conditions,
  conditionOf,
  hasStatus,
  removeConditions,
  setCondition,
} from '../../core/conditions.ts';
import { backoff } from '../delays.ts';
import { isChanged } from '../due.ts';
import type { EventDraft, Outcome } from '../reconciler.ts';
import { addressed, readdressed } from './addresses.ts';
import {
  isLost,
  type SourceObject,
  type SourceSeen,
  type SourceStatus,
  type Trouble,
  without,
} from './seen.ts';
import { retryingMessage, withReady } from './status.ts';

/** Conditions that say what failed. */
const FAILURES = ['FetchFailed', 'BuildFailed', 'IncludeUnavailable', 'StorageOperationFailed'];

/** With these nothing is known of what would be newer. */
const OUTDATED_UNTOLD: readonly string[] = ['FetchFailed', 'BuildFailed'];

/** Whether the last run failed. */
export function hasFailed({ status }: SourceObject): boolean {
  return FAILURES.some((type) => hasStatus(status?.conditions, type, 'True'));
}

/** What a run did about signatures: nothing is to be verified, the last verdict holds, or there is a new one. */
export type Verified = 'nothing' | 'before' | { readonly message: string };

/** `status` as it is when all went well; `reason` and `message` are what ArtifactInStorage, hence Ready, says. */
export function succeeded<Status extends SourceStatus>(
  object: SourceObject<Status>,
  status: Status,
  message: string,
  seen: SourceSeen,
  rules: ConditionRules,
  verified: Verified = 'nothing',
  reason: string = REASON.succeeded,
): Status {
  const generation = object.metadata.generation ?? 0;
  const past = [...FAILURES, 'ArtifactOutdated', 'Reconciling', 'Stalled'];
  const rest = verifiedConditions(
    removeConditions(status.conditions ?? [], ...past),
    verified,
    generation,
    seen.now,
  );
  const draft = {
    type: CONDITION.artifactInStorage,
    status: 'True',
    reason,
    message,
  } as const;
  const conditions = setCondition(rest, draft, { generation, now: seen.now });
  return {
    ...addressed(status, seen),
    observedGeneration: generation,
    conditions: withReady(conditions, rules, generation, seen.now),
  };
}

function verifiedConditions(
  before: Conditions,
  verified: Verified,
  generation: number,
  now: Date,
): Conditions {
  if (verified === 'before') return before;
  if (verified === 'nothing') return removeConditions(before, CONDITION.sourceVerified);
  const draft = { type: CONDITION.sourceVerified, status: 'True', reason: REASON.succeeded } as const;
  return setCondition(before, { ...draft, message: verified.message }, { generation, now });
}

/** What trouble leads to: conditions, a Warning when it is news, and the next try unless only the user can help. */
export function failed<Status extends SourceStatus>(
  object: SourceObject<Status>,
  trouble: Trouble,
  seen: SourceSeen,
  events: readonly EventDraft[],
  hops: number,
  rules: ConditionRules,
): Outcome<Status> {
  const { reason, message, stalling = false } = trouble;
  const generation = object.metadata.generation ?? 0;
  const now = { generation, now: seen.now };
  const before = conditionOf(object.status?.conditions, trouble.condition);
  const status = readdressed(withoutLostArtifact((object.status ?? {}) as Status, seen), seen);
  const gone = [
    ...FAILURES.filter((type) => type !== trouble.condition),
    ...(OUTDATED_UNTOLD.includes(trouble.condition) ? [CONDITION.artifactOutdated] : []),
    stalling ? 'Reconciling' : 'Stalled',
  ];
  const other = removeConditions(status.conditions ?? [], ...gone);
  const retrying = {
    type: 'Reconciling',
    status: 'True',
    reason: REASON.progressingWithRetry,
    message: retryingMessage(object, seen),
  } as const;
  const last = stalling ? ({ type: 'Stalled', status: 'True', reason, message } as const) : retrying;
  const marked = setCondition(
    setCondition(other, { type: trouble.condition, status: statusOf(trouble), reason, message }, now),
    last,
    now,
  );
  const conditions = withReady(marked, rules, generation, seen.now);
  const isNews = before?.message !== message || before.observedGeneration !== generation;
  return {
    status: { ...status, conditions, ...(stalling && { observedGeneration: generation }) },
    events: isNews ? [...events, { type: 'Warning', reason, message }] : events,
    next: nextAfter(trouble, hops),
  };
}

function nextAfter({ stalling, afterMs }: Trouble, hops: number): Outcome<never>['next'] {
  if (stalling) return { after: 'nothing' };
  return { after: 'delay', milliseconds: afterMs ?? backoff(hops), reason: 'retry' };
}

function statusOf({ condition }: Trouble): 'True' | 'False' {
  return condition === CONDITION.sourceVerified ? 'False' : 'True';
}

/** NewArtifact for other bytes than before, Succeeded for the same ones after a failure, else nothing (GR-25, BK-10). */
export function storedEvent(
  object: SourceObject,
  artifact: Artifact,
  message: string,
  ownReason?: string,
): readonly EventDraft[] {
  const isNew = object.status?.artifact?.digest !== artifact.digest;
  if (!isNew && !hasFailed(object)) return [];
  const reason = ownReason ?? (isNew ? REASON.newArtifact : REASON.succeeded);
  return [{ type: 'Normal', reason, message, metadata: metadataOf(artifact) }];
}

/** The trace of a fetch that only found what was there. */
export function upToDate(revision: string): EventDraft {
  const message = `artifact up-to-date with remote revision: '${revision}'`;
  return { type: 'Normal', reason: REASON.artifactUpToDate, message, trace: true };
}

/** The trace of a run that had nothing to do, for whoever waits for that run: a person who asked, or a new spec. Runs at intervals write nothing. */
export function whenAwaited(object: SourceObject, trace: EventDraft): readonly EventDraft[] {
  return isChanged(object) ? [trace] : [];
}

function metadataOf({ revision, digest }: Artifact): Readonly<Record<string, string>> {
  return { [`${GROUP.source}/revision`]: revision, [`${GROUP.source}/digest`]: digest };
}

function withoutLostArtifact<Status extends SourceStatus>(status: Status, seen: SourceSeen): Status {
  if (!isLost(seen)) return status;
  const conditions = removeConditions(status.conditions ?? [], 'ArtifactInStorage');
  return { ...without(status, 'artifact', 'url'), conditions: [...conditions] };
}
