import type { ObjectStore } from '../../ports.ts';

/** Two buckets as one store: what is under `hooks/`, `urls/` and `probes/` lies in the bucket of the index. */
export function joinStores(state: ObjectStore, index: ObjectStore): ObjectStore {
  const of = (key: string): ObjectStore => (/^(?:hooks|urls|probes)\//.test(key) ? index : state);
  return {
    get: (key) => of(key).get(key),
    head: (key) => of(key).head(key),
    put: (key, body, condition) => of(key).put(key, body, condition),
    delete: (key, condition) => of(key).delete(key, condition),
    list: (prefix) => of(prefix).list(prefix),
  };
}
