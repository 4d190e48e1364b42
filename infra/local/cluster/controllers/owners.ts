import type { KubernetesObject, OwnerReference } from '../../../../shared/core/kubernetes-object.ts';
import type { Entry } from '../model.ts';
import { metadataOf } from '../store/entry.ts';
import { controllerOf } from './control.ts';
import type { Key } from './controller.ts';

/** The reference by which `owner` controls an object. */
export function controllerReference(owner: KubernetesObject): OwnerReference {
  const { apiVersion, kind, metadata } = owner;
  return {
    ...{ apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '' },
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** The key of the controller of an entry when it is of `kind`. */
export function controllerKeys(entry: Entry, kind: string): readonly Key[] {
  if (entry.owners.length === 0) return [];
  const owner = controllerOf({ metadata: metadataOf(entry) });
  return owner?.kind === kind ? [{ namespace: entry.namespace, name: owner.name }] : [];
}

/** The key of an entry itself. */
export function keyOf({ namespace, name }: Entry): Key {
  return { namespace, name };
}
