import { isFault } from '../core/failures.ts';
import { type IndexedObject, keepRepository } from '../receive/repository-index.ts';
import type { Scope } from './reconciler.ts';

/** Sees to it that a webhook of the fleet finds the object by its repository's URL; a store that refuses is told, no failure of the run. */
export async function keepFound(url: string | undefined, scope: Scope): Promise<void> {
  if (url === undefined) return;
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
