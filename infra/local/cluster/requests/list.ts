import { ApiError, badRequest } from '../api-error.ts';
import type { Call, Entry, ListQuery, Page, ResourceId, Store } from '../model.ts';
import { resourceId } from '../store/entry.ts';
import { keyOf } from '../store/entry-table.ts';
import { continueToken, readContinueToken } from './continue-token.ts';
import { readRevision, tooLarge } from './resource-version.ts';
import { selection } from './selectors/selection.ts';
import { shownEntry } from './stored-object.ts';
import type { World } from './world.ts';

interface Position {
  readonly revision: number;
  readonly after?: string;
}

/** A page of a collection, as of one revision. */
export function list(world: World, call: Call, query: ListQuery): Page {
  const { store } = world;
  const selects = selection(query, call.type);
  const { revision, after } = positionOf(store, query);
  const id = resourceId(call.type);
  const all = entriesAt(store, id, call.namespace || undefined, revision, after !== undefined);
  const found: Entry[] = [];
  let index = after === undefined ? 0 : indexAfter(all, after, call.namespace);
  for (; index < all.length && found.length < (query.limit ?? Infinity); index++) {
    const entry = shownEntry(world, all[index] as Entry, call.type);
    if (isNamed(call, entry) && (!selects || selects(entry))) found.push(entry);
  }
  const last = found.at(-1);
  const more = last !== undefined && index < all.length;
  return {
    entries: found,
    resourceVersion: String(revision),
    ...(more && { continue: continueToken({ revision, after: placeOf(last, call.namespace) }) }),
    // With selectors nobody has counted them.
    ...(more && !selects && { remainingItemCount: all.length - index }),
  };
}

function isNamed({ name }: Call, entry: Entry): boolean {
  return name === '' || entry.name === name;
}

function positionOf(store: Store, query: ListQuery): Position {
  const asked = readRevision(query.resourceVersion, (why) => badRequest(`invalid resource version: ${why}`));
  if (query.continue) {
    if (asked) throw badRequest('specifying resource version is not allowed when using continue');
    const { revision, after } = readContinueToken(query.continue);
    // The API server's mark of a list that goes on with what is there now.
    return { revision: revision === -1 ? store.revision : revision, after };
  }
  if (asked !== undefined && asked > store.revision) throw tooLarge(asked, store.revision);
  const isExact = query.resourceVersionMatch === 'Exact' && asked !== undefined;
  return { revision: isExact ? asked : store.revision };
}

/** The entries as they were at `revision`: what happened since is undone. */
function entriesAt(
  store: Store,
  id: ResourceId,
  namespace: string | undefined,
  revision: number,
  continues: boolean,
): readonly Entry[] {
  const now = store.list(id, namespace);
  if (revision >= store.revision) return now;
  const changes = store.since(revision);
  if (!changes) throw expired(continues ? PAGE_TOO_OLD : LIST_TOO_OLD);
  const ours = changes.filter(
    ({ entry }) => entry.id === id && (namespace === undefined || entry.namespace === namespace),
  );
  if (ours.length === 0) return now;
  const byKey = new Map(now.map((entry) => [keyOf(entry.namespace, entry.name), entry]));
  for (const { entry, before } of ours.toReversed()) {
    const key = keyOf(entry.namespace, entry.name);
    if (before) byKey.set(key, before);
    else byKey.delete(key);
  }
  return [...byKey].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry);
}

function placeOf({ namespace, name }: Entry, within: string): string {
  return within === '' ? keyOf(namespace, name) : name;
}

function indexAfter(entries: readonly Entry[], after: string, within: string): number {
  const index = entries.findIndex((entry) => placeOf(entry, within) > after);
  return index === -1 ? entries.length : index;
}

const LIST_TOO_OLD = 'The resourceVersion for the provided list is too old.';
const PAGE_TOO_OLD =
  'The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.';

function expired(message: string): ApiError {
  return new ApiError(410, 'Expired', message);
}
