import type { Kustomization } from '../../api/kustomization.ts';
import { FIELD_MANAGER } from '../../api/vocabulary.ts';
import type { ApplyContext } from '../../apply/context.ts';
import { takenManagers } from '../../apply/managed-fields.ts';
import type { Scope } from '../reconciler.ts';
import type { Place } from '../target/target.ts';

/** Requests under way at once for one object's apply; 16 to 48 measured alike on a real API server. */
const APPLY_CONCURRENCY = 16;
/** Whom objects without spec.serviceAccountName act as in profile `lockdown`. */
const LOCKDOWN_ACCOUNT = 'default';

/** The ServiceAccount to act as, in the object's namespace; undefined when the cluster's own credentials act. */
export function accountOf(object: Kustomization, scope: Pick<Scope, 'record'>): string | undefined {
  const fallback = scope.record.settings.profile === 'lockdown' ? LOCKDOWN_ACCOUNT : undefined;
  // Go takes an empty name for none.
  return object.spec.serviceAccountName || fallback;
}

/** The user to impersonate (KS-100), undefined when the cluster's own credentials act. */
export function identityOf(object: Kustomization, scope: Pick<Scope, 'record'>): string | undefined {
  const account = accountOf(object, scope);
  return account && `system:serviceaccount:${object.metadata.namespace}:${account}`;
}

/** What applying, pruning and looking at this Kustomization's objects works with; whom to act as is impersonated in the place where the work is done. */
export async function applyContext(
  object: Kustomization,
  scope: Scope,
  { cluster, state }: Place,
): Promise<ApplyContext> {
  const user = identityOf(object, scope);
  return {
    cluster: user === undefined ? cluster : cluster.as(user),
    owner: { name: object.metadata.name, namespace: object.metadata.namespace },
    fieldManager: FIELD_MANAGER.kustomize,
    taken: takenManagers(FIELD_MANAGER.kustomize, scope.record.settings.overrideManagers),
    key: scope.ports.deployment.key,
    state: await state(),
    concurrency: APPLY_CONCURRENCY,
    clock: scope.ports.clock,
    signal: scope.signal,
  };
}
