import { isFault } from '../core/failures.ts';
import type { Cluster, Collection, KubernetesObject, ListOptions, ObjectReference } from '../ports.ts';

/** The object; undefined when it is not there, or when the cluster does not even have its kind. */
export async function getIfServed(
  cluster: Cluster,
  reference: ObjectReference,
): Promise<KubernetesObject | undefined> {
  try {
    return await cluster.get(reference);
  } catch (error) {
    if (isFault(error, 'no-such-kind')) return undefined;
    throw error;
  }
}

/** The objects of a kind; none when the cluster does not have it. */
export async function listIfServed(
  cluster: Cluster,
  collection: Collection,
  options: ListOptions = {},
): Promise<readonly KubernetesObject[]> {
  try {
    return (await cluster.list(collection, options)).items;
  } catch (error) {
    if (isFault(error, 'no-such-kind')) return [];
    throw error;
  }
}
