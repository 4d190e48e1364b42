import type { Kustomization } from '../../../shared/api/kustomization.ts';
import type { Condition } from '../../../shared/api/meta.ts';
import type { Plan, Seen } from '../../../shared/reconcile/kustomization/decide.ts';
import type { AppliedWork } from '../../../shared/reconcile/kustomization/report.ts';
import type { EventDraft, Outcome } from '../../../shared/reconcile/reconciler.ts';
import { artifact, condition, NOW, REVISION } from '../../builders.ts';

const UID = '3f6c1c1e-0000-4000-8000-000000000001';
/** The digest of what was built last. */
export const RENDERED = `sha256:${'1'.repeat(64)}`;

/** Everything in order and nothing new: source ready, no dependencies, the same input as the last apply. */
export function seen(overrides: Partial<Seen> = {}): Seen {
  return {
    now: NOW,
    source: { state: 'ready', artifact: artifact() },
    blocked: undefined,
    unreachable: undefined,
    unreadable: undefined,
    variables: new Map(),
    inputDigest: 'input',
    baseline: { inputDigest: 'input', attemptedRevision: REVISION, uid: UID, renderedDigest: RENDERED },
    ...overrides,
  };
}

/** A plan to apply `REVISION`. */
export const applyPlan = { do: 'apply', artifact: artifact(), newAttempt: true } as const satisfies Plan;
export const verifyPlan = { do: 'verify', artifact: artifact(), newAttempt: false } as const satisfies Plan;
/** A wait for health that began at `NOW`. */
export const pollPlan = { do: 'poll', artifact: artifact(), since: NOW } as const satisfies Plan;

/** `NOW` and so many seconds. */
export function plus(seconds: number): Date {
  return new Date(NOW.getTime() + seconds * 1000);
}

/** An apply that created one object. */
export function applied(overrides: Partial<AppliedWork> = {}): AppliedWork {
  return {
    renderedDigest: RENDERED,
    inventory: { entries: [{ id: 'apps_podinfo__ConfigMap', v: 'v1' }] },
    changes: ['ConfigMap/apps/podinfo created'],
    pruned: [],
    ...overrides,
  };
}

type End = Outcome<NonNullable<Kustomization['status']>>;

/** One condition of an outcome. */
export function conditionIn({ status }: End, type: string): Condition | undefined {
  return status.conditions?.find((one) => one.type === type);
}

/** Events as `Type Reason: message`. */
export function told(events: readonly EventDraft[]): readonly string[] {
  return events.map(({ type, reason, message }) => `${type} ${reason}: ${message}`);
}

/** The conditions during a run, as the first stages write them. */
export function duringRun(): readonly Condition[] {
  return [
    condition('Reconciling', 'True', {
      reason: 'Progressing',
      message: `Detecting drift for revision ${REVISION} with a timeout of 9m30s`,
    }),
    condition('Ready', 'Unknown', { reason: 'Progressing', message: 'Reconciliation in progress' }),
  ];
}
