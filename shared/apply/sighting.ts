import { isFault } from '../core/failures.ts';
import type { KubernetesObject, ObjectMetadata, ObjectReference } from '../core/kubernetes-object.ts';
import type { BaselineEntry, BaselineHeader } from './baseline.ts';
import { referenceOfBaseline } from './baseline.ts';
import { concurrently } from './concurrently.ts';
import type { ApplyContext } from './context.ts';
import { entryHash, metadataHash, valueHash } from './fingerprint.ts';
import { type KindTrust, trustOf } from './kinds.ts';
import { byCollection, type Collected, readIfAllowed } from './look.ts';
import { cleanupOperations } from './managed-fields.ts';
import { ownerSelector } from './owner.ts';
import { isExcluded } from './switches.ts';

/**
 * What metadata alone proves of one object (drift.md, section 5): `same`, the recorded bytes (C1); `owned`, our
 * fields as recorded (C2); `left`, to be left alone; `candidate`, nothing (C0, C3). `live` is there when it was
 * read in full anyway.
 */
export interface Sight {
  readonly state: 'same' | 'owned' | 'left' | 'candidate';
  readonly metadata?: ObjectMetadata;
  readonly live?: KubernetesObject;
}

/** Sees the objects of a baseline with one metadata LIST per kind and namespace; by inventory id. */
export async function sightAll(
  context: ApplyContext,
  header: BaselineHeader,
  entries: readonly BaselineEntry[],
): Promise<ReadonlyMap<string, Sight>> {
  // What its own manifest excludes is left alone whatever the cluster holds.
  const left = entries.filter((entry) => entry.skipped === 'manifest');
  const readable = entries.flatMap((entry) => {
    const reference = referenceOfBaseline(entry);
    return reference && entry.skipped !== 'manifest' ? [{ entry, reference }] : [];
  });
  const groups = byCollection(readable, (each) => each.reference);
  const sights = await Promise.all(groups.map((group) => sightCollection(context, header, group)));
  return new Map([...left.map((entry): [string, Sight] => [entry.id, { state: 'left' }]), ...sights.flat()]);
}

interface Known {
  readonly entry: BaselineEntry;
  readonly reference: ObjectReference;
}

async function sightCollection(
  context: ApplyContext,
  header: BaselineHeader,
  group: Collected<Known>,
): Promise<readonly [string, Sight][]> {
  const { items, ...collection } = group;
  const trust = await trustOf(context.cluster, collection, context.state);
  const proves = trust.known && sameEpoch(context, header, trust);
  const list = await listCollection(context, collection, items);
  if (list) {
    const byName = new Map(list.items.map((item) => [item.metadata.name, item]));
    const { apiVersion, kind } = collection;
    return items.map(({ entry, reference }): [string, Sight] => {
      const item = byName.get(reference.name);
      const sight = classify(context, entry, item?.metadata, trust, proves);
      return [entry.id, item && list.full ? { ...sight, live: { ...item, apiVersion, kind } } : sight];
    });
  }
  return concurrently(items, context.concurrency, async ({ entry, reference }): Promise<[string, Sight]> => {
    const live = await readIfAllowed(context.cluster, reference);
    const sight = classify(context, entry, live?.metadata, trust, proves);
    return [entry.id, live ? { ...sight, live } : sight];
  });
}

/** What needs no escape in a selector: all but some names of RBAC. */
const PLAIN_NAME = /^[A-Za-z0-9.:-]+$/;

/** Undefined when the server refuses to list: then objects are read by name. */
async function listCollection(
  context: ApplyContext,
  collection: Omit<Collected<unknown>, 'items'>,
  items: readonly Known[],
): Promise<{ readonly items: readonly KubernetesObject[]; readonly full: boolean } | undefined> {
  const { cluster, inFull } = context;
  const [first] = items;
  // The API server looks a single name up, where it would go through the whole collection for labels.
  const isOnly = items.length === 1 && first !== undefined && PLAIN_NAME.test(first.reference.name);
  const only = isOnly && { fieldSelector: `metadata.name=${first.reference.name}` };
  const options = { labelSelector: ownerSelector(context.owner), ...only };
  const whole = async () => ({ ...(await cluster.list(collection, options)), full: true });
  try {
    if (inFull?.(collection)) return await whole();
    return { ...(await cluster.listMetadata(collection, options)), full: false };
  } catch (error) {
    if (isFault(error, 'forbidden')) return undefined;
    if (isFault(error, 'no-such-kind')) return { items: [], full: false };
    if (isFault(error, 'not-acceptable')) return whole();
    throw error;
  }
}

// Obligation 6: a CRD's new schema changes what is served without any write to its objects.
function sameEpoch({ state }: ApplyContext, header: BaselineHeader, { definition }: KindTrust): boolean {
  return (
    header.cluster === state.uid &&
    header.serverVersion === state.version &&
    (!definition || header.definitions[definition] === state.definitions?.get(definition))
  );
}

function classify(
  context: ApplyContext,
  entry: BaselineEntry,
  metadata: ObjectMetadata | undefined,
  trust: KindTrust,
  proves: boolean,
): Sight {
  // Missing from a label-selected LIST means look, not gone: somebody may have taken our label off.
  if (!metadata) return { state: 'candidate' };
  const seen = { metadata };
  if (isExcluded(seen)) return { state: 'left', metadata };
  if (entry.skipped === 'present') return { state: 'left', metadata };
  const alive = metadata.uid === entry.uid && !metadata.deletionTimestamp;
  if (!proves || entry.skipped || !alive || metadata.generation !== entry.generation) {
    return { state: 'candidate', metadata };
  }
  if (metadata.resourceVersion === entry.resourceVersion) return { state: 'same', metadata };
  const { fieldManager, key, taken } = context;
  const owned =
    trust.generation &&
    metadata.generation !== undefined &&
    entryHash(seen, fieldManager) === entry.entry &&
    metadataHash(seen, fieldManager, key) === entry.metadata &&
    cleanupOperations(seen, undefined, fieldManager, taken).length === 0;
  return { state: owned ? 'owned' : 'candidate', metadata };
}

/** What a full read says of a candidate: still left alone, clean (then this very read is recorded), or to be applied. */
export function settle(
  context: ApplyContext,
  entry: BaselineEntry,
  live: KubernetesObject | undefined,
): 'left' | 'clean' | 'drifted' {
  if (!live) return 'drifted';
  if (isExcluded(live) || entry.skipped === 'present') return 'left';
  const { fieldManager, key, taken } = context;
  const clean =
    !entry.skipped &&
    live.metadata.uid === entry.uid &&
    entryHash(live, fieldManager) === entry.entry &&
    valueHash(live, fieldManager, key) === entry.values &&
    cleanupOperations(live, undefined, fieldManager, taken).length === 0;
  return clean ? 'clean' : 'drifted';
}
