import type { Change, Entry } from '../model.ts';
import { keyOf } from './entry-table.ts';

/** The entries that name an owner, found without a look at all others. */
export interface OwnerIndex {
  /** In order of resource, namespace and name. */
  of(uid: string): readonly Entry[];
  /** Takes note of what became of an entry. */
  note(change: Change): void;
}

/** An index of nothing yet. */
export function ownerIndex(): OwnerIndex {
  const byOwner = new Map<string, Map<string, Entry>>();

  function add(entry: Entry): void {
    for (const uid of entry.owners) {
      const owned = byOwner.get(uid) ?? new Map<string, Entry>();
      byOwner.set(uid, owned.set(placeOf(entry), entry));
    }
  }

  function remove(entry: Entry): void {
    for (const uid of entry.owners) {
      const owned = byOwner.get(uid);
      if (owned?.delete(placeOf(entry)) && owned.size === 0) byOwner.delete(uid);
    }
  }

  return {
    of(uid) {
      const owned = [...(byOwner.get(uid) ?? [])];
      return owned.sort(([one], [other]) => (one < other ? -1 : 1)).map(([, entry]) => entry);
    },
    note({ type, entry, before }) {
      if (before) remove(before);
      if (type !== 'DELETED') add(entry);
    },
  };
}

// No part of it holds a space.
function placeOf({ id, namespace, name }: Entry): string {
  return `${id} ${keyOf(namespace, name)}`;
}
