import { isFault } from '../core/failures.ts';
import { type IndexedObject, keepRepository } from '../receive/repository-index.ts';
import type { Reconciled, Scope } from './reconciler.ts';
import { hasBoundary } from './slots.ts';

/** How often an object whose spec did not change is looked for in the index, milliseconds: an entry that was lost is back within it. */
const LOOK_EVERY = 3_600_000;
/** Runs may be this much farther apart than the interval. */
const LATE = 1.25;

/** Sees to it that a webhook of the fleet finds the object by its repository's URL; a store that refuses is told, no failure of the run. */
export async function keepFound(
  url: string | undefined,
  { metadata, status }: Reconciled,
  interval: number,
  scope: Scope,
): Promise<void> {
  if (url === undefined) return;
  const now = scope.ports.clock.now().getTime();
  const isNews = status?.observedGeneration !== metadata.generation;
  const window = { from: now - interval * LATE, to: now };
  if (!isNews && !hasBoundary(metadata.uid ?? '', LOOK_EVERY, window)) return;
  try {
    await keepRepository(scope.ports.store, indexed(scope), url);
  } catch (error) {
    if (!isFault(error)) throw error;
    scope.ports.log.warn('repository not indexed', { ...indexed(scope), error: error.message });
  }
}

/** The object of this run, as the index names it. */
export function indexed({ record, message }: Scope): IndexedObject {
  return { cluster: record.id, kind: message.kind, namespace: message.namespace, name: message.name };
}
