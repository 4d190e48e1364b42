import type { Kustomization } from '../../api/kustomization.ts';
import { type Baseline, baselineKey } from '../../apply/baseline.ts';
import { writeBaseline } from '../../apply/baseline-store.ts';
import { concurrently } from '../../apply/concurrently.ts';
import type { ApplyContext } from '../../apply/context.ts';
import {
  type InventoryEntry,
  inventoryEntry,
  mergeInventory,
  referenceOfEntry,
} from '../../apply/inventory.ts';
import { isFault } from '../../core/failures.ts';
import { referenceOf } from '../../core/kubernetes-object.ts';
import type { Cluster, KubernetesObject } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';
import { getIfServed } from '../served.ts';
import type { Place } from '../target/target.ts';

/** The baseline as it was read, with the etag to replace it by. */
export interface StoredBaseline {
  readonly baseline: Baseline | undefined;
  readonly etag: string | undefined;
}

/** Where the baseline of this Kustomization lies. */
export function storeKeyOf(object: Kustomization, scope: Scope): string {
  return baselineKey(scope.record.id, object.kind, object.metadata.namespace, object.metadata.name);
}

/** A baseline of another cluster proves nothing and names nothing here; its place in the store is taken. */
export function storedOf({ baseline, etag }: StoredBaseline, { facts }: Place): StoredBaseline {
  return { baseline: baseline?.header.cluster === facts.uid ? baseline : undefined, etag };
}

/**
 * What an interrupted run may have left in the cluster that the inventory does not know: all that the store says was
 * applied, or was about to be. Empty when the baseline is another object's.
 */
export function untracked(object: Kustomization, stored: StoredBaseline): readonly InventoryEntry[] {
  const baseline = ownBaseline(object, stored);
  if (baseline === undefined) return [];
  const recorded = baseline.entries.map(({ id, version }) => ({ id, v: version }));
  const known = new Set((object.status?.inventory?.entries ?? []).map(({ id }) => id));
  return mergeInventory(recorded, baseline.header.pending ?? []).filter(({ id }) => !known.has(id));
}

/** Ids of what an apply is known to have written; what was only announced may never have been. */
export function recordedIds(object: Kustomization, stored: StoredBaseline): ReadonlySet<string> {
  return new Set(ownBaseline(object, stored)?.entries.map(({ id }) => id));
}

/** The baseline, unless it is of an earlier object of this name, whose objects are not ours to delete. */
function ownBaseline(object: Kustomization, { baseline }: StoredBaseline): Baseline | undefined {
  return baseline?.header.owner === object.metadata.uid ? baseline : undefined;
}

/**
 * Writes down the names of objects that are applied for the first time, before they are: a process that dies in between
 * leaves no orphans. Returns the etag by which the baseline is replaced afterwards; nothing is written without new names.
 */
export async function announce(
  object: Kustomization,
  built: readonly KubernetesObject[],
  stored: StoredBaseline,
  scope: Scope,
  place: Place,
): Promise<string | undefined> {
  const before = [...(object.status?.inventory?.entries ?? []), ...untracked(object, stored)];
  const known = new Set(before.map(({ id }) => id));
  const fresh = built.map((one) => inventoryEntry(referenceOf(one))).filter(({ id }) => !known.has(id));
  if (fresh.length === 0) return stored.etag;
  const pending = mergeInventory(untracked(object, stored), fresh);
  const own = ownBaseline(object, stored);
  const owner = object.metadata.uid ?? '';
  const header = { ...(own?.header ?? emptyHeader(place)), owner, inputDigest: '', pending };
  const entries = own?.entries ?? [];
  return writeBaseline(scope.ports.store, storeKeyOf(object, scope), { header, entries }, stored.etag);
}

function emptyHeader({ facts }: Place): Baseline['header'] {
  const nothing = { rendered: '', owner: '', inputDigest: '', revision: '', definitions: {} };
  return { ...nothing, cluster: facts.uid, serverVersion: facts.version };
}

/** `entries` without those that are gone. What cannot be read counts as there: forgotten, it would be an orphan. */
export async function withoutGone(
  { cluster, concurrency }: Pick<ApplyContext, 'cluster' | 'concurrency'>,
  entries: readonly InventoryEntry[],
  recorded: ReadonlySet<string>,
): Promise<readonly InventoryEntry[]> {
  const gone = await concurrently(entries, concurrency, (entry) =>
    isGone(cluster, entry, recorded.has(entry.id)),
  );
  return entries.filter((_, index) => !gone[index]);
}

async function isGone(cluster: Cluster, entry: InventoryEntry, isRecorded: boolean): Promise<boolean> {
  const reference = referenceOfEntry(entry);
  if (reference === undefined) return false;
  try {
    return (await getIfServed(cluster, reference)) === undefined;
  } catch (error) {
    if (!isFault(error)) throw error;
    // Who may not read a kind was refused to write it, and could never delete it: the run would fail for ever.
    return isFault(error, 'forbidden') && !isRecorded;
  }
}
