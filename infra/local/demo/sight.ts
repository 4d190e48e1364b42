import { Fault, isFault } from '../../../shared/core/failures.ts';
import type { Cluster, Collection, KubernetesObject, ObjectReference } from '../../../shared/ports.ts';

/** What is seen of a cluster, as it happens. */
export interface Sight {
  /** The object as last seen. */
  object(reference: ObjectReference): KubernetesObject | undefined;
  /** Every Event seen, oldest first. */
  events(): readonly KubernetesObject[];
  /** Resolves as soon as `question` has an answer, with the time of it. Fault `timeout` says what was awaited. */
  until<T>(what: string, question: () => T | undefined, withinMs: number): Promise<Answer<T>>;
}

/** What was awaited, and when it was seen, in milliseconds of `performance.now()`. */
export interface Answer<T> {
  readonly value: T;
  readonly at: number;
}

const REOPEN_AFTER_MS = 250;

/** Watches the collections until `signal` fires; resolves when all have been listed once. */
export async function openSight(
  cluster: Cluster,
  collections: readonly Collection[],
  signal: AbortSignal,
): Promise<Sight> {
  const objects = new Map<string, KubernetesObject>();
  const events = new Map<string, KubernetesObject>();
  const curious = new Set<() => void>();
  const seen: Keep = (object, gone) => {
    const all = object.kind === 'Event' ? events : objects;
    if (!gone) all.set(keyOf(object), object);
    else if (object.kind !== 'Event') all.delete(keyOf(object));
    for (const ask of [...curious]) ask();
  };
  await Promise.all(collections.map((collection) => follow(cluster, collection, seen, objects, signal)));
  return {
    object: (reference) => objects.get(keyOf({ ...reference, metadata: reference })),
    events: () => [...events.values()],
    until: (what, question, withinMs) => untilSeen(curious, what, question, withinMs, signal),
  };
}

type Keep = (object: KubernetesObject, gone: boolean) => void;

/** Resolves after the first list; goes on in the background. */
async function follow(
  cluster: Cluster,
  collection: Collection,
  seen: Keep,
  objects: ReadonlyMap<string, KubernetesObject>,
  signal: AbortSignal,
): Promise<void> {
  let resourceVersion = await list(cluster, collection, seen, objects);
  const watching = async (): Promise<void> => {
    while (!signal.aborted) {
      try {
        for await (const { type, object } of cluster.watch(collection, { resourceVersion, signal })) {
          resourceVersion = object.metadata.resourceVersion ?? resourceVersion;
          if (type !== 'BOOKMARK') seen(object, type === 'DELETED');
        }
      } catch (error) {
        if (signal.aborted) return;
        await new Promise((resolve) => setTimeout(resolve, REOPEN_AFTER_MS));
        if (isFault(error, 'gone'))
          resourceVersion = await list(cluster, collection, seen, objects).catch(() => resourceVersion);
      }
    }
  };
  void watching();
}

async function list(
  cluster: Cluster,
  collection: Collection,
  seen: Keep,
  objects: ReadonlyMap<string, KubernetesObject>,
): Promise<string> {
  const { items, resourceVersion } = await cluster.list(collection);
  const present = new Set(items.map(keyOf));
  const { kind, namespace } = collection;
  const gone = [...objects.values()].filter(
    (object) =>
      object.kind === kind && object.metadata.namespace === namespace && !present.has(keyOf(object)),
  );
  for (const object of gone) seen(object, true);
  for (const item of items) seen(item, false);
  return resourceVersion;
}

function untilSeen<T>(
  curious: Set<() => void>,
  what: string,
  question: () => T | undefined,
  withinMs: number,
  signal: AbortSignal,
): Promise<Answer<T>> {
  return new Promise((resolve, reject) => {
    const end = (settle: () => void) => {
      clearTimeout(timer);
      curious.delete(ask);
      signal.removeEventListener('abort', stop);
      settle();
    };
    const ask = () => {
      try {
        const value = question();
        if (value !== undefined) end(() => resolve({ value, at: performance.now() }));
      } catch (error) {
        end(() => reject(error));
      }
    };
    const stop = () => end(() => reject(new Fault('timeout', `interrupted while waiting for ${what}`)));
    const late = () =>
      end(() => reject(new Fault('timeout', `${what}: not seen within ${withinMs / 1000} s`)));
    const timer = setTimeout(late, withinMs);
    curious.add(ask);
    signal.addEventListener('abort', stop);
    if (signal.aborted) stop();
    else ask();
  });
}

function keyOf({ kind, metadata: { namespace = '', name } }: Named): string {
  return `${kind}/${namespace}/${name}`;
}

interface Named {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}
