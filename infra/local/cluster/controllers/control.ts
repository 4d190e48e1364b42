import type { KubernetesObject, OwnerReference } from '../../../../shared/core/kubernetes-object.ts';

/** The controller of an object; undefined when it has none. */
export function controllerOf({ metadata }: Pick<KubernetesObject, 'metadata'>): OwnerReference | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller === true);
}

/** Whether `owner` controls an object. */
export function controls(owner: KubernetesObject, object: KubernetesObject): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid;
}
