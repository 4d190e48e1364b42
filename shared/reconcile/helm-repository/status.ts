import type { ConditionRules } from '../../core/conditions.ts';

/** The conditions of a HelmRepository, in upstream's order of priority (COM-08, COM-09). */
export const RULES: ConditionRules = {
  owned: [
    'StorageOperationFailed',
    'FetchFailed',
    'ArtifactOutdated',
    'ArtifactInStorage',
    'Ready',
    'Reconciling',
    'Stalled',
  ],
  summarised: [
    'StorageOperationFailed',
    'FetchFailed',
    'ArtifactOutdated',
    'ArtifactInStorage',
    'Stalled',
    'Reconciling',
  ],
  negative: ['StorageOperationFailed', 'FetchFailed', 'ArtifactOutdated', 'Stalled', 'Reconciling'],
};
