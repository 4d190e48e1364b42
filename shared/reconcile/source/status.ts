import type { Condition } from '../../api/meta.ts';
import { CONDITION, REASON } from '../../api/vocabulary.ts';
import {
  type ConditionDraft,
  type ConditionRules,
  type Conditions,
  conditionOf,
  removeConditions,
  setCondition,
  summarise,
} from '../../core/conditions.ts';
import {
  type Fetching,
  isLost,
  type SourceObject,
  type SourceSeen,
  type SourceStatus,
  without,
} from './seen.ts';

/** The status while a fetch runs: Reconciling says why (COM-10). */
export function progressing<Status extends SourceStatus>(
  object: SourceObject<Status>,
  { revision, why, news = `new upstream revision '${revision}'`, newsReason = 'NewRevision' }: Fetching,
  seen: SourceSeen,
): Status {
  const status = (object.status ?? {}) as Status;
  const { observedGeneration = -1, artifact } = status;
  const generation = object.metadata.generation ?? 0;
  const message =
    observedGeneration === generation
      ? why
      : `processing object: new generation ${observedGeneration} -> ${generation}`;
  const reconciling = { type: 'Reconciling', status: 'True', reason: REASON.progressing, message } as const;
  const seenNow = { generation, now: seen.now };
  const gone = isLost(seen);
  const base = removeConditions(status.conditions ?? [], 'Stalled', ...(gone ? ['ArtifactInStorage'] : []));
  const outdated = artifact && !gone && artifact.revision !== revision;
  const drafts: ConditionDraft[] = [
    reconciling,
    { ...reconciling, type: 'Ready', status: 'Unknown' },
    ...(outdated
      ? [
          {
            type: CONDITION.artifactOutdated,
            status: 'True',
            reason: newsReason,
            message: news,
          } as const,
        ]
      : []),
  ];
  const conditions = drafts.reduce((all: Conditions, draft) => setCondition(all, draft, seenNow), base);
  return {
    ...(gone ? without(status, 'artifact', 'url') : status),
    ...(object.status && { observedGeneration }),
    conditions: [...conditions],
  };
}

/** What Reconciling goes on saying while a failure is retried: what the run was about when it failed. */
export function retryingMessage({ metadata, status }: SourceObject, seen: SourceSeen): string {
  const shown = conditionOf(status?.conditions, CONDITION.reconciling);
  if (shown?.reason === REASON.progressing) return shown.message;
  if (isLost(seen)) return 'building artifact: disappeared from storage';
  if (status?.artifact === undefined) return 'building artifact';
  const { observedGeneration = -1 } = status;
  if (observedGeneration === metadata.generation) return 'reconciliation in progress';
  return `processing object: new generation ${observedGeneration} -> ${metadata.generation}`;
}

/** The conditions with Ready merged from them; a signature that was refused is what it tells (COM-09). */
export function withReady(
  conditions: Conditions,
  rules: ConditionRules,
  generation: number,
  now: Date,
): Condition[] {
  const draft = refusedSignature(conditions) ?? summarise(conditions, rules);
  return [...(draft === undefined ? conditions : setCondition(conditions, draft, { generation, now }))];
}

function refusedSignature(conditions: Conditions): ConditionDraft | undefined {
  const verified = conditionOf(conditions, CONDITION.sourceVerified);
  if (verified?.status !== 'False') return undefined;
  return { type: 'Ready', status: 'False', reason: verified.reason, message: verified.message };
}
