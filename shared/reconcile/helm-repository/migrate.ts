import type { HelmRepository } from '../../api/helm-repository.ts';
import { FIELD_MANAGER, FINALIZER } from '../../api/vocabulary.ts';
import { forgetRepository } from '../../receive/repository-index.ts';
import { emit } from '../events.ts';
import { indexed } from '../found.ts';
import type { Reconciled, Scope } from '../reconciler.ts';
import { removeSource } from '../source/artifacts.ts';
import { isStatic, type WithInterval } from './static.ts';

/** Takes away what an object of type oci has of an earlier time: artifact, status and finalizer (HR-08, HR-10). */
export async function migrate(object: Reconciled & WithInterval, scope: Scope): Promise<void> {
  if (isStatic(object)) return;
  const { events } = await removeSource(object, scope);
  await emit(object, FIELD_MANAGER.source, events, scope);
  await forgetRepository(scope.ports.store, indexed(scope));
  const cleared = await withoutStatus(object, scope);
  const finalizers = (cleared.metadata.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER);
  if (finalizers.length === (cleared.metadata.finalizers ?? []).length) return;
  const { resourceVersion } = cleared.metadata;
  const merge = { metadata: { resourceVersion, finalizers } };
  await scope.cluster.patch(referenceTo(object), { merge }, { fieldManager: FIELD_MANAGER.source });
}

async function withoutStatus(object: Reconciled & HelmRepository, scope: Scope) {
  if (object.status === undefined) return object;
  const merge = { metadata: { resourceVersion: object.metadata.resourceVersion }, status: null };
  const options = { fieldManager: FIELD_MANAGER.source, subresource: 'status' } as const;
  return scope.cluster.patch(referenceTo(object), { merge }, options);
}

function referenceTo({ apiVersion, kind, metadata: { namespace, name } }: HelmRepository) {
  return { apiVersion, kind, namespace, name };
}
