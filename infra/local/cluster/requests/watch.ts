import { ApiError } from '../api-error.ts';
import type { Call, Change, Entry, ResourceId, Watched, WatchQuery } from '../model.ts';
import { endedEntry, resourceId } from '../store/entry.ts';
import { readRevision, tooOld } from './resource-version.ts';
import { type Selection, selection } from './selectors/selection.ts';
import { shownEntry } from './stored-object.ts';
import type { World } from './world.ts';

/** How often a watcher hears of the present revision; the API server's period. */
const BOOKMARK_EVERY_MS = 60_000;

type Listener = (event: Watched) => void;

/** Watches of one cluster. */
export interface Watches {
  /** As of `Api`. */
  watch(call: Call, query: WatchQuery, listener: Listener): () => void;
}

interface Watcher {
  readonly after: number;
  tell(change: Change): void;
  bookmark(): void;
}

/** Opens the watches of a cluster: one subscription to its store, while anybody watches. */
export function openWatches(world: World): Watches {
  const { store, nature } = world;
  const watchers = new Map<ResourceId, Set<Watcher>>();
  let stopTelling: (() => void) | undefined;
  let stopBookmarks: (() => void) | undefined;

  function tell(change: Change): void {
    for (const watcher of watchers.get(change.entry.id) ?? []) {
      // One that began while changes were being told has seen them already.
      if (change.entry.revision > watcher.after) watcher.tell(change);
    }
  }

  function bookmarkLater(): void {
    stopBookmarks = nature.after(BOOKMARK_EVERY_MS, () => {
      for (const ofResource of watchers.values()) for (const watcher of ofResource) watcher.bookmark();
      bookmarkLater();
    });
  }

  function add(id: ResourceId, watcher: Watcher): () => void {
    if (watchers.size === 0) {
      stopTelling = store.subscribe(tell);
      bookmarkLater();
    }
    const ofResource = watchers.get(id) ?? new Set();
    watchers.set(id, ofResource.add(watcher));
    return () => {
      if (!ofResource.delete(watcher) || ofResource.size > 0) return;
      if (watchers.get(id) === ofResource) watchers.delete(id);
      if (watchers.size > 0) return;
      stopTelling?.();
      stopBookmarks?.();
    };
  }

  return {
    watch(call, query, listener) {
      const selects = selectionOf(call, query);
      const transition = transitions(world, call, selects, listener);
      const from = readRevision(query.resourceVersion, (why) => new ApiError(500, '', why));
      const id = resourceId(call.type);
      const isFromStart = query.sendInitialEvents ?? (from === undefined || from === 0);
      const missed = isFromStart || !from ? [] : (store.since(from) ?? undefined);
      if (missed === undefined) throw tooOld(from ?? 0, store.oldest);
      const now = store.revision;
      const watcher: Watcher = {
        after: Math.max(now, from ?? 0),
        tell: transition,
        bookmark: () => listener({ type: 'BOOKMARK', revision: store.revision }),
      };
      const stop = add(id, watcher);
      if (isFromStart) {
        for (const entry of store.list(id, call.namespace || undefined)) {
          const shown = shownEntry(world, entry, call.type);
          if (!selects || selects(shown)) listener({ type: 'ADDED', entry: shown });
        }
        if (query.sendInitialEvents) listener({ type: 'BOOKMARK', revision: now, initialEventsEnd: true });
      }
      for (const change of missed) if (change.entry.id === id) transition(change);
      return stop;
    },
  };
}

function selectionOf(call: Call, query: WatchQuery): Selection | undefined {
  const selects = selection(query, call.type);
  if (call.name === '') return selects;
  return (entry) => entry.name === call.name && (!selects || selects(entry));
}

/** Turns changes into a watcher's events: what stops being selected is deleted, to it. */
function transitions(
  world: World,
  { namespace, type }: Call,
  selects: Selection | undefined,
  listener: Listener,
): (change: Change) => void {
  const matches = (entry: Entry) => !selects || selects(entry);
  return (change) => {
    if (namespace !== '' && change.entry.namespace !== namespace) return;
    const entry = shownEntry(world, change.entry, type);
    const before = change.before && shownEntry(world, change.before, type);
    const was = before !== undefined && matches(before);
    const is = change.type !== 'DELETED' && matches(entry);
    if (is) listener({ type: was ? 'MODIFIED' : 'ADDED', entry });
    else if (was) {
      const ended = change.type === 'DELETED' ? entry : endedEntry(before, entry.revision);
      listener({ type: 'DELETED', entry: ended });
    }
  };
}
