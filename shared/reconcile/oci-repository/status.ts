import type { ConditionRules } from '../../core/conditions.ts';

/** The conditions of an OCIRepository, in upstream's order of priority (COM-08, COM-09). */
export const RULES: ConditionRules = {
  owned: [
    'StorageOperationFailed',
    'FetchFailed',
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
    'ArtifactOutdated',
    'ArtifactInStorage',
    'SourceVerified',
    'Stalled',
    'Reconciling',
  ],
  negative: ['StorageOperationFailed', 'FetchFailed', 'ArtifactOutdated', 'Stalled', 'Reconciling'],
};
