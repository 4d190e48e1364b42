import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { ApiError, badRequest } from '../api-error.ts';
import type { Call } from '../model.ts';

/** The object in the namespace of the URL; throws 400 when it names another. */
export function inNamespace({ type, namespace }: Call, object: KubernetesObject): KubernetesObject {
  const { namespace: own, ...metadata } = object.metadata;
  const expected = type.namespaced ? namespace : '';
  if (own && own !== expected) {
    // A cluster-scoped object that names a namespace is taken without it.
    if (expected === '') return { ...object, metadata };
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  if ((own ?? '') === expected) return object;
  return { ...object, metadata: { ...object.metadata, namespace: expected } };
}

/** Throws 400 when the object has no name, or another than the URL. */
export function demandName({ name }: Call, { metadata }: KubernetesObject): void {
  if (!metadata.name) {
    throw badRequest(
      `the name of the object (${name} based on URL) was undeterminable: name must be provided`,
    );
  }
  if (metadata.name !== name) {
    throw badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    );
  }
}

/** The revision that an object names as its own; 0 when none. Throws 500 when it is no number, as the API server does. */
export function namedRevision({ metadata }: KubernetesObject): number {
  const { resourceVersion = '' } = metadata;
  if (resourceVersion === '' || resourceVersion === '0') return 0;
  if (/^\d{1,19}$/.test(resourceVersion)) return Number(resourceVersion);
  throw new ApiError(
    500,
    '',
    `strconv.ParseUint: parsing ${JSON.stringify(resourceVersion)}: invalid syntax`,
  );
}

/** The object without owners that are named twice, and a warning about them. */
export function withUniqueOwners(
  object: KubernetesObject,
  patched: boolean,
): { object: KubernetesObject; warnings: string[] } {
  const owners = object.metadata.ownerReferences ?? [];
  const texts = owners.map((owner) => JSON.stringify(Object.entries(owner).sort()));
  const unique = owners.filter((_, index) => texts.indexOf(texts[index] as string) === index);
  if (unique.length === owners.length) return { object, warnings: [] };
  const twice = owners.filter((_, index) => texts.indexOf(texts[index] as string) !== index);
  const after = patched ? ' after mutating admission happens' : '';
  const warning = `.metadata.ownerReferences contains duplicate entries${after}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${twice.map(({ uid }) => uid).join(', ')}`;
  return {
    object: { ...object, metadata: { ...object.metadata, ownerReferences: unique } },
    warnings: [warning],
  };
}
