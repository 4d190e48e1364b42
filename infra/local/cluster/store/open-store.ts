import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { notFound } from '../api-error.ts';
import type { Change, Entry, Nature, ResourceId, Store } from '../model.ts';
import { changeLog } from './change-log.ts';
import { endedEntry, toEntry } from './entry.ts';
import { type EntryTable, entryTable } from './entry-table.ts';
import { type OwnerIndex, ownerIndex } from './owner-index.ts';
import { openStateFile, type StateFile } from './state-file.ts';

/** The first revision of a new cluster: nobody's `resourceVersion: "1"` is known. */
const FIRST_REVISION = 100;

/** A store that may be kept in a file. */
export interface OpenStore extends Store {
  /** Writes to the file what is not yet there; throws when it cannot. Nothing to do in memory. */
  flush(): void;
  /** Flushes and lets go of the file; nothing may be stored afterwards. */
  close(): void;
}

/** Where the state is kept; in memory when `file` is absent. */
export interface StoreOptions {
  readonly nature: Pick<Nature, 'uuid'>;
  readonly file?: string;
}

/** The state of a cluster, as it was when `file` was last written. Throws Fault malformed, unsupported or conflict of the file. */
export function openStore({ file }: StoreOptions): OpenStore {
  const state = file === undefined ? undefined : openStateFile(file);
  const owners = ownerIndex();
  const tables = readTables(state, owners);
  let revision = state?.revision ?? FIRST_REVISION;
  const log = changeLog(revision);
  const listeners = new Set<(change: Change) => void>();
  const untold: Change[] = [];
  let telling = false;

  function tell(change: Change): void {
    untold.push(change);
    // Who is told may store something: everybody hears of it after this one.
    if (telling) return;
    telling = true;
    const errors: unknown[] = [];
    for (let next = untold.shift(); next; next = untold.shift()) {
      for (const listener of listeners) {
        try {
          listener(next);
        } catch (error) {
          errors.push(error);
        }
      }
    }
    telling = false;
    // Everybody has heard; whose fault it is shall be seen.
    if (errors.length > 0) throw errors[0];
  }

  function record(change: Change): Entry {
    revision = change.entry.revision;
    state?.write(change);
    owners.note(change);
    log.add(change);
    tell(change);
    return change.entry;
  }

  return {
    get revision() {
      return revision;
    },
    get oldest() {
      return log.oldest;
    },
    get: (id, namespace, name) => tables.get(id)?.get(namespace, name),
    list: (id, namespace) => tables.get(id)?.list(namespace) ?? [],
    ownedBy: (uid) => owners.of(uid),
    put(id: ResourceId, object: KubernetesObject, rest?: string) {
      state?.demandWritable();
      const table = tables.get(id) ?? newTable(tables, id);
      const made = toEntry(id, object, revision + 1);
      const entry = rest === undefined ? made : { ...made, rest };
      const before = table.get(entry.namespace, entry.name);
      table.set(entry);
      return record(before ? { type: 'MODIFIED', entry, before } : { type: 'ADDED', entry });
    },
    remove(id, namespace, name) {
      state?.demandWritable();
      const before = tables.get(id)?.get(namespace, name);
      if (!before) throw notFound(nameOf(id), name);
      tables.get(id)?.delete(before);
      return record({ type: 'DELETED', entry: endedEntry(before, revision + 1), before });
    },
    since: (from) => log.since(from),
    subscribe(listener) {
      // A function of its own: the same one may be given twice.
      const own = (change: Change) => listener(change);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    flush: () => state?.flush(),
    close: () => state?.close(),
  };
}

function readTables(state: StateFile | undefined, owners: OwnerIndex): Map<ResourceId, EntryTable> {
  const tables = new Map<ResourceId, EntryTable>();
  for (const entry of state?.entries() ?? []) {
    (tables.get(entry.id) ?? newTable(tables, entry.id)).set(entry);
    owners.note({ type: 'ADDED', entry });
  }
  return tables;
}

function newTable(tables: Map<ResourceId, EntryTable>, id: ResourceId): EntryTable {
  const table = entryTable();
  tables.set(id, table);
  return table;
}

function nameOf(id: ResourceId): { group: string; plural: string } {
  const slash = id.indexOf('/');
  return { group: id.slice(0, slash), plural: id.slice(slash + 1) };
}
