import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { ApiError, notFound, qualified } from '../api-error.ts';
import type { Call, ResourceType } from '../model.ts';
import { toObject } from '../store/entry.ts';
import type { World } from './world.ts';

/** The resource of namespaces. */
export const NAMESPACES = '/namespaces';

const NAMESPACE = { group: '', version: 'v1', kind: 'Namespace', plural: 'namespaces' };

/** Namespaces that nobody may delete. */
const IMMORTAL: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public']);

/** Throws 404 when the namespace of a new object is not there, and 403 when it is being deleted. */
export function demandNamespace({ store }: World, { type, namespace }: Call, name: string): void {
  if (namespace === '') return;
  const entry = store.get(NAMESPACES, '', namespace);
  if (!entry) throw notFound(NAMESPACE, namespace);
  // Read only when it may be so: every create comes by here.
  if (!entry.rest.includes('"Terminating"')) return;
  const { status } = toObject(entry, NAMESPACE) as { readonly status?: { readonly phase?: string } };
  if (status?.phase !== 'Terminating') return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  const cause = {
    reason: 'NamespaceTerminating',
    message: `namespace ${namespace} is being terminated`,
    field: 'metadata.namespace',
  };
  throw forbid(type, name, why, [cause]);
}

/** Throws 403 for the namespaces that every cluster has. */
export function demandMortal(type: ResourceType, name: string): void {
  if (type.group !== '' || type.plural !== 'namespaces' || !IMMORTAL.has(name)) return;
  throw forbid(type, name, 'this namespace may not be deleted');
}

/** Whether an object is a namespace whose content has not been removed yet. */
export function isHeldNamespace({ apiVersion, kind, spec }: KubernetesObject): boolean {
  if (apiVersion !== 'v1' || kind !== 'Namespace') return false;
  return ((spec as { readonly finalizers?: readonly string[] } | undefined)?.finalizers?.length ?? 0) > 0;
}

/** 403 of what is done, not of who does it. */
export function forbid(
  type: Pick<ResourceType, 'group' | 'plural'>,
  name: string,
  why: string,
  causes?: readonly { reason: string; message: string; field: string }[],
): ApiError {
  const { group, plural } = type;
  const message = `${qualified(type)} ${JSON.stringify(name)} is forbidden: ${why}`;
  const details = { name, ...(group !== '' && { group }), kind: plural, ...(causes && { causes }) };
  return new ApiError(403, 'Forbidden', message, details);
}
