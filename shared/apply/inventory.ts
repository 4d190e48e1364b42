import { groupOf, type ObjectReference, versionOf } from '../core/kubernetes-object.ts';
import { inApplyOrder } from './order.ts';

/** One entry of `status.inventory.entries`; the id leaves the version out, so that a new version is the same object. */
export interface InventoryEntry {
  readonly id: string;
  readonly v: string;
}

// Only names of these kinds may hold colons, which an id spells as two underscores.
const RBAC_GROUP = 'rbac.authorization.k8s.io';
const RBAC_KINDS: ReadonlySet<string> = new Set(['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding']);

/** `<namespace>_<name>_<group>_<Kind>`, parts that are empty stay empty. */
export function inventoryId(reference: ObjectReference): string {
  const { apiVersion, kind, namespace, name } = reference;
  const group = groupOf(apiVersion);
  const spelled = group === RBAC_GROUP && RBAC_KINDS.has(kind) ? name.replaceAll(':', '__') : name;
  return `${namespace ?? ''}_${spelled}_${group}_${kind}`;
}

/** The entry that tracks an object. */
export function inventoryEntry(reference: ObjectReference): InventoryEntry {
  return { id: inventoryId(reference), v: versionOf(reference.apiVersion) };
}

/** 1 MiB of `status.inventory` as JSON, some 15 000 objects: etcd refuses objects beyond 1.5 MiB (its --max-request-bytes), and the rest of the object needs room as well. */
export const MAX_INVENTORY_BYTES = 1024 * 1024;

/** Why these objects cannot be tracked in one inventory; undefined when they can. */
export function refusedInventory(references: readonly ObjectReference[]): string | undefined {
  const bytes = Buffer.byteLength(JSON.stringify(references.map(inventoryEntry)));
  if (bytes <= MAX_INVENTORY_BYTES) return undefined;
  return `the inventory of ${references.length} objects takes ${bytes} bytes, where ${MAX_INVENTORY_BYTES} are the most that a status can hold: nothing was applied, split it into several Kustomizations`;
}

/** The object an entry tracks; undefined when the id is not one of ours. */
export function referenceOfEntry({ id, v }: InventoryEntry): ObjectReference | undefined {
  const match = /^([^_]*)_(.*)_([^_]*)_([^_]*)$/s.exec(id);
  if (!match) return undefined;
  const [, namespace = '', name = '', group = '', kind = ''] = match;
  const reference = {
    apiVersion: group ? `${group}/${v}` : v,
    kind,
    name: name.replaceAll('__', ':'),
  };
  return namespace ? { ...reference, namespace } : reference;
}

/** What `old` tracks and `next` does not, by id alone, in the order of apply. */
export function staleEntries(
  old: readonly InventoryEntry[],
  next: readonly InventoryEntry[],
): readonly InventoryEntry[] {
  const kept = new Set(next.map((entry) => entry.id));
  const stale = old.filter((entry) => !kept.has(entry.id));
  const tracked = stale.map((entry) => ({
    entry,
    // An unreadable id sorts last and is refused by name when its deletion is tried.
    ...(referenceOfEntry(entry) ?? { apiVersion: entry.v, kind: '', name: entry.id }),
  }));
  return inApplyOrder(tracked).map(({ entry }) => entry);
}

/** `inventory` and, at its end, those of `more` it does not track yet: what could not be deleted stays tracked. */
export function mergeInventory(
  inventory: readonly InventoryEntry[],
  more: readonly InventoryEntry[],
): readonly InventoryEntry[] {
  const seen = new Set(inventory.map((entry) => entry.id));
  return [...inventory, ...more.filter((entry) => !seen.has(entry.id) && seen.add(entry.id))];
}
