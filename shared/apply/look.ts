import { isFault } from '../core/failures.ts';
import type { KubernetesObject, ObjectReference } from '../core/kubernetes-object.ts';
import type { Cluster } from '../ports.ts';
import { concurrently } from './concurrently.ts';
import type { ApplyContext } from './context.ts';
import { inventoryId } from './inventory.ts';
import { ownerSelector } from './owner.ts';

/** A full LIST costs about two metadata LISTs: from this share of a kind's objects on it beats single reads (drift.md, section 7). */
const LIST_SHARE = 0.05;

/** Objects of one kind in one namespace (or cluster-scoped). */
export interface Collected<T> {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly items: readonly T[];
}

/** Groups what has a reference by kind and namespace. */
export function byCollection<T>(
  items: readonly T[],
  referenceOf: (item: T) => ObjectReference,
): readonly Collected<T>[] {
  const groups = Map.groupBy(items, (item) => collectionKey(referenceOf(item)));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first) return [];
    const { name: _, ...collection } = referenceOf(first);
    return [{ ...collection, items: group }];
  });
}

/** One name for a kind in a namespace. */
export function collectionKey({ apiVersion, kind, namespace = '' }: Omit<ObjectReference, 'name'>): string {
  return `${apiVersion}/${kind}/${namespace}`;
}

/** An object to read in full; `labelled` is false when a LIST by our labels is known not to show it. */
export interface Wanted {
  readonly reference: ObjectReference;
  readonly labelled: boolean;
}

/** Reads objects in full, by inventory id: one by one when they are few among `sizes` of their collection, else in one LIST; what a LIST does not show is read by name. */
export async function lookAt(
  context: ApplyContext,
  wanted: readonly Wanted[],
  sizes: ReadonlyMap<string, number>,
): Promise<ReadonlyMap<string, KubernetesObject | undefined>> {
  const listed = await Promise.all(
    byCollection(
      wanted.filter((each) => each.labelled),
      (each) => each.reference,
    ).map((group) => listMany(context, group, sizes.get(collectionKey(group)) ?? group.items.length)),
  );
  const seen = new Map(listed.flat().map((object) => [idOf(object), object]));
  const rest = wanted.filter(({ reference }) => !seen.has(inventoryId(reference)));
  const read = await concurrently(rest, context.concurrency, async ({ reference }) => ({
    id: inventoryId(reference),
    object: await readIfAllowed(context.cluster, reference),
  }));
  return new Map([
    ...seen,
    ...read.map(({ id, object }): [string, KubernetesObject | undefined] => [id, object]),
  ]);
}

/** The object; undefined when it or its kind is not there and, as in Flux, when we may not read it: then its dry-run says so. */
export async function readIfAllowed(
  cluster: Cluster,
  reference: ObjectReference,
): Promise<KubernetesObject | undefined> {
  try {
    return await cluster.get(reference);
  } catch (error) {
    if (isFault(error, 'forbidden', 'no-such-kind')) return undefined;
    throw error;
  }
}

async function listMany(
  context: ApplyContext,
  { items, ...collection }: Collected<Wanted>,
  size: number,
): Promise<readonly KubernetesObject[]> {
  if (items.length < 2 || items.length <= size * LIST_SHARE) return [];
  try {
    const list = await context.cluster.list(collection, { labelSelector: ownerSelector(context.owner) });
    const { apiVersion, kind } = collection;
    return list.items.map((item) => ({ ...item, apiVersion, kind }));
  } catch (error) {
    if (isFault(error, 'forbidden', 'no-such-kind')) return [];
    throw error;
  }
}

function idOf(object: KubernetesObject): string {
  const { name, namespace } = object.metadata;
  const reference = { apiVersion: object.apiVersion, kind: object.kind, name };
  return inventoryId(namespace ? { ...reference, namespace } : reference);
}
