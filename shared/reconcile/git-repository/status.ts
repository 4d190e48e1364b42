import type { GitRepository, GitRepositoryStatus } from '../../api/git-repository.ts';
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
import type { Plan, Seen } from './decide.ts';

/** The conditions of a GitRepository, in upstream's order of priority (COM-08, COM-09). */
export const RULES: ConditionRules = {
  owned: [
    'StorageOperationFailed',
    'FetchFailed',
    'IncludeUnavailable',
    'ArtifactOutdated',
    'ArtifactInStorage',
    'SourceVerified',
    'Ready',
    'Reconciling',
    'Stalled',
  ],
  summarised: [
    'StorageOperationFailed',
    'FetchFailed',
    'IncludeUnavailable',
    'ArtifactOutdated',
    'ArtifactInStorage',
    'SourceVerified',
    'Stalled',
    'Reconciling',
  ],
  negative: [
    'StorageOperationFailed',
    'FetchFailed',
    'IncludeUnavailable',
    'ArtifactOutdated',
    'Stalled',
    'Reconciling',
  ],
};

/** The status while a fetch runs: Reconciling says why (COM-10). */
export function progressing(
  object: GitRepository,
  plan: Plan & { do: 'fetch' },
  seen: Seen,
): GitRepositoryStatus {
  const { observedGeneration = -1, ...status } = object.status ?? {};
  const generation = object.metadata.generation ?? 0;
  const message =
    observedGeneration === generation
      ? plan.why
      : `processing object: new generation ${observedGeneration} -> ${generation}`;
  const reconciling = { type: 'Reconciling', status: 'True', reason: REASON.progressing, message } as const;
  const seenNow = { generation, now: seen.now };
  const gone = seen.stored === 'gone' || seen.stored === 'corrupt';
  const { artifact, ...rest } = status;
  const base = removeConditions(status.conditions ?? [], 'Stalled', ...(gone ? ['ArtifactInStorage'] : []));
  const outdated = artifact && !gone && artifact.revision !== plan.remote.revision;
  const drafts: ConditionDraft[] = [
    reconciling,
    { ...reconciling, type: 'Ready', status: 'Unknown' },
    ...(outdated
      ? [
          {
            type: CONDITION.artifactOutdated,
            status: 'True',
            reason: 'NewRevision',
            message: `new upstream revision '${plan.remote.revision}'`,
          } as const,
        ]
      : []),
  ];
  const conditions = drafts.reduce((all: Conditions, draft) => setCondition(all, draft, seenNow), base);
  return {
    ...(gone ? rest : status),
    ...(observedGeneration !== -1 || object.status ? { observedGeneration } : {}),
    conditions: [...conditions],
  };
}

/** What Reconciling goes on saying while a failure is retried: what the run was about when it failed. */
export function retryingMessage({ metadata, status }: GitRepository, seen: Seen): string {
  const shown = conditionOf(status?.conditions, CONDITION.reconciling);
  if (shown?.reason === REASON.progressing) return shown.message;
  if (seen.stored === 'gone' || seen.stored === 'corrupt')
    return 'building artifact: disappeared from storage';
  if (status?.artifact === undefined) return 'building artifact';
  const { observedGeneration = -1 } = status;
  if (observedGeneration === metadata.generation) return 'reconciliation in progress';
  return `processing object: new generation ${observedGeneration} -> ${metadata.generation}`;
}

/** The conditions with Ready merged from them (COM-09). */
export function withReady(
  conditions: Conditions,
  generation: number,
  now: Date,
): GitRepositoryStatus['conditions'] & object {
  const draft = summarise(conditions, RULES);
  return [...(draft === undefined ? conditions : setCondition(conditions, draft, { generation, now }))];
}
