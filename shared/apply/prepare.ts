import { Fault } from '../core/failures.ts';
import type { KubernetesObject, ObjectReference } from '../core/kubernetes-object.ts';
import { referenceOf } from '../core/kubernetes-object.ts';
import type { ApiResource } from '../ports.ts';
import type { ApplyContext } from './context.ts';
import { withoutNamespace } from './dry-run.ts';
import { manifestHash } from './fingerprint.ts';
import { inventoryId } from './inventory.ts';
import { normalise } from './normalise.ts';
import { compareApplyOrder } from './order.ts';

/** An object ready to be sent: normalised, its scope settled. */
export interface Prepared {
  readonly object: KubernetesObject;
  readonly reference: ObjectReference;
  readonly id: string;
  /** D: fingerprint of `object`. */
  readonly manifest: string;
  /** Why it cannot even be tried. */
  readonly refused?: unknown;
}

/** Normalises objects, settles their scope by discovery and puts them in the order of apply. What cannot be tried carries the reason. */
export async function prepare(
  context: ApplyContext,
  objects: readonly KubernetesObject[],
): Promise<readonly Prepared[]> {
  const kinds = new Map(objects.map((each) => [`${each.apiVersion}/${each.kind}`, each]));
  const resources = new Map(
    await Promise.all(
      [...kinds].map(
        async ([name, { apiVersion, kind }]): Promise<[string, ApiResource | undefined]> => [
          name,
          await context.cluster.resource({ apiVersion, kind }),
        ],
      ),
    ),
  );
  return objects
    .map((object) => prepareOne(context, object, resources.get(`${object.apiVersion}/${object.kind}`)))
    .toSorted((a, b) => compareApplyOrder(a.reference, b.reference));
}

function prepareOne(
  context: ApplyContext,
  raw: KubernetesObject,
  resource: ApiResource | undefined,
): Prepared {
  const normal = normalise(raw);
  // A namespace that tools put on cluster-scoped objects is dropped by the server: the inventory must not carry it.
  const object = resource && !resource.namespaced ? withoutNamespaceField(normal) : normal;
  const reference = referenceOf(object);
  const item = {
    object,
    reference,
    id: inventoryId(reference),
    manifest: manifestHash(object, context.key),
  };
  if (!resource) {
    const { apiVersion, kind } = object;
    return {
      ...item,
      refused: new Fault('no-such-kind', `no ${kind} in ${apiVersion}`, { apiVersion, kind }),
    };
  }
  return resource.namespaced && !reference.namespace ? { ...item, refused: withoutNamespace() } : item;
}

function withoutNamespaceField(object: KubernetesObject): KubernetesObject {
  const { namespace: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}
