import type { Kustomization } from '../../api/kustomization.ts';
import { type Baseline, baselineKey } from '../../apply/baseline.ts';
import { writeBaseline } from '../../apply/baseline-store.ts';
import {
  type InventoryEntry,
  inventoryEntry,
  mergeInventory,
  referenceOfEntry,
} from '../../apply/inventory.ts';
import { referenceOf } from '../../core/kubernetes-object.ts';
import type { Cluster, KubernetesObject } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';
import type { StoredBaseline } from './observe.ts';

/** Where the baseline of this Kustomization lies. */
export function storeKeyOf(object: Kustomization, scope: Scope): string {
  return baselineKey(scope.record.id, object.kind, object.metadata.namespace, object.metadata.name);
}

/**
 * What an interrupted run may have left in the cluster that the inventory does not know: all that the store says was
 * applied, or was about to be. Empty when the baseline is another object's.
 */
export function untracked(object: Kustomization, { baseline }: StoredBaseline): readonly InventoryEntry[] {
  if (baseline === undefined || baseline.header.owner !== object.metadata.uid) return [];
  const recorded = baseline.entries.map(({ id, version }) => ({ id, v: version }));
  const known = new Set((object.status?.inventory?.entries ?? []).map(({ id }) => id));
  return mergeInventory(recorded, baseline.header.pending ?? []).filter(({ id }) => !known.has(id));
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
): Promise<string | undefined> {
  const before = [...(object.status?.inventory?.entries ?? []), ...untracked(object, stored)];
  const known = new Set(before.map(({ id }) => id));
  const fresh = built.map((one) => inventoryEntry(referenceOf(one))).filter(({ id }) => !known.has(id));
  if (fresh.length === 0) return stored.etag;
  const pending = mergeInventory(untracked(object, stored), fresh);
  const header = {
    ...(stored.baseline?.header ?? emptyHeader(scope)),
    owner: object.metadata.uid ?? '',
    inputDigest: '',
    pending,
  };
  const entries = stored.baseline?.entries ?? [];
  return writeBaseline(scope.ports.store, storeKeyOf(object, scope), { header, entries }, stored.etag);
}

function emptyHeader({ facts }: Scope): Baseline['header'] {
  const nothing = { rendered: '', owner: '', inputDigest: '', revision: '', definitions: {} };
  return { ...nothing, cluster: facts.uid, serverVersion: facts.version };
}

/** Those of `entries` that are really there. */
export async function alive(
  cluster: Cluster,
  entries: readonly InventoryEntry[],
): Promise<readonly InventoryEntry[]> {
  const found = await Promise.all(
    entries.map(async (entry) => {
      const reference = referenceOfEntry(entry);
      return reference === undefined ? undefined : cluster.get(reference).catch(() => undefined);
    }),
  );
  return entries.filter((_, index) => found[index] !== undefined);
}
