import type { ResourceId, Store } from '../../model.ts';

const STORAGE_CLASSES: ResourceId = 'storage.k8s.io/storageclasses';
const IS_DEFAULT = /"storageclass\.(?:beta\.)?kubernetes\.io\/is-default-class":"true"/;

/** The class that claims get which name none: the newest that says it is the default; undefined when there is none. */
export function defaultStorageClass(store: Pick<Store, 'list'>): string | undefined {
  const defaults = store.list(STORAGE_CLASSES).filter(({ metadata }) => IS_DEFAULT.test(metadata));
  return defaults.toSorted((one, other) => other.revision - one.revision)[0]?.name;
}
