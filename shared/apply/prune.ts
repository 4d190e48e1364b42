import { isFault, messageOf } from '../core/failures.ts';
import { displayName, type KubernetesObject, type ObjectReference } from '../core/kubernetes-object.ts';
import type { Owner } from '../core/owner-labels.ts';
import type { Cluster } from '../ports.ts';
import { concurrently } from './concurrently.ts';
import { type InventoryEntry, referenceOfEntry } from './inventory.ts';
import { inDeleteOrder, runsOfKinds } from './order.ts';
import { isOwned } from './owner.ts';
import { withoutSecrets } from './sanitise.ts';
import { isKept } from './switches.ts';

export interface PruneRequest {
  /** Already impersonating. */
  readonly cluster: Cluster;
  /** What is tracked and no longer wanted. */
  readonly stale: readonly InventoryEntry[];
  readonly owner: Owner;
  /** Requests under way at once. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
}

export interface PruneReport {
  /** Gone already counts. In the order of deletion. */
  readonly deleted: readonly ObjectReference[];
  /** No longer ours, or told to be kept: settled too. */
  readonly skipped: readonly ObjectReference[];
  /** To be merged back into the inventory, so that the next run tries again. */
  readonly survivors: readonly InventoryEntry[];
  readonly failure?: { readonly message: string; readonly causes: readonly unknown[] };
}

/** Deletes stale objects in reverse order of apply, in the background. One failure does not stop the rest. */
export async function prune(request: PruneRequest): Promise<PruneReport> {
  const { stale, signal } = request;
  const cluster = request.cluster.until(signal);
  const readable = stale.flatMap((entry) => {
    const reference = referenceOfEntry(entry);
    return reference ? [{ ...reference, entry, reference }] : [];
  });
  const unreadable = stale.filter((entry) => !referenceOfEntry(entry));
  const outcomes: Outcome[] = unreadable.map((entry) => ({
    entry,
    failed: `unable to parse stored object metadata: ${entry.id}`,
    cause: undefined,
  }));
  for (const run of runsOfKinds(inDeleteOrder(readable))) {
    outcomes.push(
      ...(await concurrently(run, request.concurrency, (each) => pruneOne(cluster, request.owner, each))),
    );
  }
  return reportOf(outcomes);
}

type Outcome =
  | { readonly deleted: ObjectReference }
  | { readonly skipped: ObjectReference }
  | { readonly entry: InventoryEntry; readonly failed: string; readonly cause: unknown };

async function pruneOne(
  cluster: Cluster,
  owner: Owner,
  { entry, reference }: { readonly entry: InventoryEntry; readonly reference: ObjectReference },
): Promise<Outcome> {
  const { kind, name, namespace } = reference;
  const shown = displayName({ kind, metadata: namespace ? { name, namespace } : { name } });
  let step = 'query failed';
  let live: KubernetesObject | undefined;
  try {
    live = await cluster.get(reference);
    if (!live) return { deleted: reference };
    if (!isOwned(live, owner) || isKept(live)) return { skipped: reference };
    step = 'delete failed';
    const { uid } = live.metadata;
    await cluster.delete(reference, { propagation: 'Background', ...(uid ? { uid } : {}) });
    return { deleted: reference };
  } catch (cause) {
    // With its definition an object is gone, too.
    if (isFault(cause, 'no-such-kind')) return { deleted: reference };
    const why = live ? withoutSecrets(messageOf(cause), live) : messageOf(cause);
    return { entry, failed: `${shown} ${step}: ${why}`, cause };
  }
}

function reportOf(outcomes: readonly Outcome[]): PruneReport {
  const failed = outcomes.flatMap((outcome) => ('failed' in outcome ? [outcome] : []));
  const report = {
    deleted: outcomes.flatMap((outcome) => ('deleted' in outcome ? [outcome.deleted] : [])),
    skipped: outcomes.flatMap((outcome) => ('skipped' in outcome ? [outcome.skipped] : [])),
    survivors: failed.map(({ entry }) => entry),
  };
  if (failed.length === 0) return report;
  return {
    ...report,
    failure: {
      message: `delete failed, errors: ${failed.map((each) => `${each.failed};`).join('')}`,
      causes: failed.map(({ cause }) => cause),
    },
  };
}
