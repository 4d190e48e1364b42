import type { ConditionRules } from '../../core/conditions.ts';

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
