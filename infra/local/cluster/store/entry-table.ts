import type { Entry } from '../model.ts';

/** The entries of one resource, in order of their keys. */
export interface EntryTable {
  get(namespace: string, name: string): Entry | undefined;
  /** In order of namespace and name; `namespace` undefined means all. */
  list(namespace: string | undefined): readonly Entry[];
  set(entry: Entry): void;
  delete(entry: Entry): void;
}

/** An empty table. */
export function entryTable(): EntryTable {
  const byKey = new Map<string, Entry>();
  const keys: string[] = [];

  function range(from: number, to: number): Entry[] {
    const entries: Entry[] = [];
    for (let index = from; index < to; index++) {
      const entry = byKey.get(keys[index] as string);
      if (entry) entries.push(entry);
    }
    return entries;
  }

  return {
    get: (namespace, name) => byKey.get(keyOf(namespace, name)),
    list(namespace) {
      if (namespace === undefined) return range(0, keys.length);
      // `0` follows `/`.
      return range(placeOf(keys, `${namespace}/`), placeOf(keys, `${namespace}0`));
    },
    set(entry) {
      const key = keyOf(entry.namespace, entry.name);
      if (!byKey.has(key)) {
        const last = keys.at(-1);
        if (last === undefined || last < key) keys.push(key);
        else keys.splice(placeOf(keys, key), 0, key);
      }
      byKey.set(key, entry);
    },
    delete(entry) {
      const key = keyOf(entry.namespace, entry.name);
      if (byKey.delete(key)) keys.splice(placeOf(keys, key), 1);
    },
  };
}

/** As in etcd: of a cluster-scoped object its name alone. */
export function keyOf(namespace: string, name: string): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}

/** Where `key` is in `keys`, or would have to be. */
function placeOf(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((keys[middle] as string) < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
