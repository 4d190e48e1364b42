import { CONDITION } from '../../api/vocabulary.ts';
import type { ConditionRules } from '../../core/conditions.ts';

/** Conditions that some sources have besides those of all. */
type OwnCondition = 'IncludeUnavailable' | 'BuildFailed' | 'SourceVerified';

/** The conditions of a source in upstream's order of priority (COM-08, COM-09); True is good in two of them. */
export function sourceRules(...own: readonly OwnCondition[]): ConditionRules {
  const has = (condition: OwnCondition): readonly string[] => (own.includes(condition) ? [condition] : []);
  const trouble = [
    CONDITION.storageOperationFailed,
    CONDITION.fetchFailed,
    ...has('IncludeUnavailable'),
    ...has('BuildFailed'),
    CONDITION.artifactOutdated,
  ];
  const before = [...trouble, CONDITION.artifactInStorage, ...has('SourceVerified')];
  return {
    summarised: [...before, CONDITION.stalled, CONDITION.reconciling],
    negative: [...trouble, CONDITION.stalled, CONDITION.reconciling],
  };
}
