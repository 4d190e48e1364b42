import type { ClusterSettings, Collection } from '../ports.ts';

/** The collections to list instead of all namespaces of a kind, where the credentials reach into some only. */
export function withinReach(collection: Collection, { namespaces }: ClusterSettings): readonly Collection[] {
  return namespaces?.map((namespace) => ({ ...collection, namespace })) ?? [collection];
}
