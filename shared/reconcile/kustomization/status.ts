import type { Kustomization, KustomizationStatus } from '../../api/kustomization.ts';
import { REASON } from '../../api/vocabulary.ts';
import {
  type ConditionDraft,
  type Conditions,
  conditionOf,
  hasStatus,
  type Observation,
  removeConditions,
  setCondition,
} from '../../core/conditions.ts';
import { formatDuration } from '../../core/durations.ts';
import { timeoutOf } from './settings.ts';

/** Upstream's cap of a condition message in kustomize-controller, characters (COM-13). */
const MAX_MESSAGE = 20_000;

/** What is being done, as upstream words it in Reconciling (KS-06). */
export type Stage = 'Fetching manifests' | 'Building manifests' | 'Detecting drift' | 'Running health checks';

/** The Reconciling message of a stage. */
export function stageMessage(object: Kustomization, stage: Stage, revision: string): string {
  return `${stage} for revision ${revision} with a timeout of ${formatDuration(timeoutOf(object.spec))}`;
}

/** Time and generation of the conditions of one run. */
export function observation(object: Kustomization, now: Date, newAttempt = false): Observation {
  return { generation: object.metadata.generation ?? 0, now, newAttempt, maxMessage: MAX_MESSAGE };
}

/** The status while a stage runs: Ready and Reconciling say so (KS-06). */
export function inProgress(
  status: KustomizationStatus,
  object: Kustomization,
  message: string,
  now: Date,
  revision?: string,
): KustomizationStatus {
  const seen = observation(object, now);
  const before = removeConditions(status.conditions ?? [], 'Stalled');
  const isNew = conditionOf(before, 'Reconciling')?.reason !== REASON.progressing;
  const reconciling = { type: 'Reconciling', status: 'True', reason: REASON.progressing, message } as const;
  const conditions = withDrafts(setCondition(before, reconciling, { ...seen, newAttempt: isNew }), seen, [
    { type: 'Ready', status: 'Unknown', reason: REASON.progressing, message: 'Reconciliation in progress' },
  ]);
  return { ...status, conditions, ...(revision && { lastAttemptedRevision: revision }) };
}

/** Ready False with retry: Reconciling, where it is set, says ProgressingWithRetry. */
export function failing(
  status: KustomizationStatus,
  object: Kustomization,
  { reason, message }: { readonly reason: string; readonly message: string },
  now: Date,
  newAttempt: boolean,
): KustomizationStatus {
  const seen = observation(object, now, newAttempt);
  const before = removeConditions(status.conditions ?? [], 'Stalled');
  const reconciling = conditionOf(before, 'Reconciling');
  const conditions = withDrafts(before, observation(object, now), [
    ...(reconciling ? [{ ...reconciling, reason: REASON.progressingWithRetry }] : []),
  ]);
  return {
    ...status,
    conditions: [...setCondition(conditions, { type: 'Ready', status: 'False', reason, message }, seen)],
  };
}

/** Ready False and Stalled: nothing happens until the user acts; the generation counts as observed (KS-05). */
export function stalled(
  status: KustomizationStatus,
  object: Kustomization,
  { reason, message }: { readonly reason: string; readonly message: string },
  now: Date,
): KustomizationStatus {
  const conditions = withDrafts(
    removeConditions(status.conditions ?? [], 'Reconciling'),
    observation(object, now),
    [
      { type: 'Ready', status: 'False', reason, message },
      { type: 'Stalled', status: 'True', reason, message },
    ],
  );
  return { ...status, conditions, ...generationOf(object) };
}

/** Ready True: revision applied, generation observed, Reconciling and Stalled gone. */
export function ready(
  status: KustomizationStatus,
  object: Kustomization,
  artifact: { readonly revision: string; readonly originRevision: string | undefined },
  now: Date,
): KustomizationStatus {
  const { revision, originRevision } = artifact;
  const message = `Applied revision: ${revision}`;
  const rest = removeConditions(status.conditions ?? [], 'Reconciling', 'Stalled');
  const draft = { type: 'Ready', status: 'True', reason: REASON.reconciliationSucceeded, message } as const;
  const { lastAppliedOriginRevision: _gone, ...others } = status;
  return {
    ...others,
    ...generationOf(object),
    conditions: setCondition(rest, draft, observation(object, now)),
    lastAttemptedRevision: revision,
    lastAppliedRevision: revision,
    ...(originRevision && { lastAppliedOriginRevision: originRevision }),
  };
}

/** The Healthy condition set, or taken away when health is not asked for (KS-06). */
export function withHealthy(
  conditions: Conditions,
  draft: Omit<ConditionDraft, 'type'> | undefined,
  seen: Observation,
): Conditions {
  if (draft === undefined) return removeConditions(conditions, 'Healthy');
  return setCondition(conditions, { type: 'Healthy', ...draft }, seen);
}

/** Whether the last check found everything healthy. */
export function wasHealthy(object: Kustomization): boolean {
  return hasStatus(object.status?.conditions, 'Healthy', 'True');
}

function withDrafts(
  conditions: Conditions,
  seen: Observation,
  drafts: readonly ConditionDraft[],
): Conditions {
  return drafts.reduce((result, draft) => setCondition(result, draft, seen), conditions);
}

function generationOf(object: Kustomization): { observedGeneration?: number } {
  const { generation } = object.metadata;
  return generation === undefined ? {} : { observedGeneration: generation };
}
