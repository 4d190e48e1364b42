import type { Kustomization, KustomizationSpec, KustomizationStatus } from '../../api/kustomization.ts';
import { API_VERSION, FIELD_MANAGER, FINALIZER, REASON } from '../../api/vocabulary.ts';
import { conditionOf } from '../../core/conditions.ts';
import { wakeAgain, wakeDependents } from '../fan-out.ts';
import type { Reconciled, Reconciler, Scope } from '../reconciler.ts';
import { forgetRelations } from '../relations.ts';
import { act } from './act.ts';
import { conclude } from './conclude.ts';
import { decide, type Plan } from './decide.ts';
import { observe, type SeenAll } from './observe.ts';
import { remove } from './remove.ts';
import type { Report } from './report.ts';
import { intervalOf } from './settings.ts';

type Object = Reconciled<KustomizationSpec, KustomizationStatus> & Kustomization;

/** Kustomization: builds a directory of an artifact and applies it. */
export const kustomization: Reconciler<KustomizationSpec, KustomizationStatus, SeenAll, Plan, Report> = {
  apiVersion: API_VERSION.kustomize,
  kind: 'Kustomization',
  manager: { status: FIELD_MANAGER.kustomizeStatus, component: FIELD_MANAGER.kustomize },
  finalizer: FINALIZER,
  intervalOf,
  observe: (object, scope) => observe(object as Object, scope),
  decide: (object, seen) => decide(object as Object, seen),
  act: (object, plan, seen, scope, progress) => act(object as Object, plan, seen, scope, progress),
  conclude: (object, plan, seen, report) => conclude(object as Object, plan, seen, report),
  remove: (object, scope) => remove(object as Object, scope),
  fanOut: async (object, before, scope) => {
    const isWritten = object.metadata.resourceVersion !== before.metadata.resourceVersion;
    if (scope.redelivered || newsFor(object) !== newsFor(before)) await wakeDependents(object, scope);
    else if (isWritten) await wakeDependents(object, scope, { curious: true });
    if (!isWritten || !isPutOff(object)) return;
    forgetRelations(scope);
    if (await canGoOn(object as Object, scope)) await wakeAgain(object, scope);
  },
};

function isPutOff({ status }: Reconciled<KustomizationSpec, KustomizationStatus>): boolean {
  return conditionOf(status?.conditions, 'Ready')?.reason === REASON.dependencyNotReady;
}

/**
 * Whether the dependencies became ready after they were looked at: the last of them may have listed whom to wake before
 * this object's status said that it waits.
 */
async function canGoOn(object: Object, scope: Scope): Promise<boolean> {
  const { source, blocked, invalidExpression } = await observe(object, scope);
  return source.state === 'ready' && blocked === undefined && invalidExpression === undefined;
}

/** What dependents look at: when it changes they are woken. */
function newsFor({ status }: Reconciled<KustomizationSpec, KustomizationStatus>): string {
  const ready = conditionOf(status?.conditions, 'Ready')?.status;
  return [ready, status?.observedGeneration, status?.lastAppliedRevision].join('\n');
}
