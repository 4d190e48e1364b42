import type { FileTree, ObjectStore } from '../ports.ts';

/** Ours: what unpacked artifacts may take in one worker, bytes, and one of them. */
export const CACHED_BYTES = 32 * 1024 * 1024;
export const CACHED_TREE_BYTES = 8 * 1024 * 1024;

/** An unpacked artifact, and the etag of the blob that it was read from. */
export interface CachedTree {
  readonly etag: string;
  readonly tree: FileTree;
}

interface Shelf {
  /** In the order of their last use. */
  readonly trees: Map<string, CachedTree & { readonly bytes: number }>;
  readonly loading: Map<string, Promise<CachedTree>>;
  bytes: number;
}

/** As long as its store lives: another world has another one. */
const shelves = new WeakMap<ObjectStore, Shelf>();

/** The unpacked artifact of that digest, when this worker has it at hand. */
export function cachedTree(store: ObjectStore, digest: string): CachedTree | undefined {
  const { trees } = shelfOf(store);
  const found = trees.get(digest);
  if (found === undefined) return undefined;
  trees.delete(digest);
  trees.set(digest, found);
  return found;
}

/** Unpacks an artifact by `load`, once for all who ask meanwhile in the same way, and keeps it; what was longest not used makes room. */
export async function keepTree(
  store: ObjectStore,
  digest: string,
  load: () => Promise<CachedTree>,
  way: string = digest,
): Promise<FileTree> {
  const shelf = shelfOf(store);
  const begun = shelf.loading.get(way);
  if (begun) return (await begun).tree;
  const loading = load().finally(() => shelf.loading.delete(way));
  shelf.loading.set(way, loading);
  const loaded = await loading;
  put(shelf, digest, loaded);
  return loaded.tree;
}

function put(shelf: Shelf, digest: string, { etag, tree }: CachedTree): void {
  take(shelf, digest);
  const bytes = [...tree.values()].reduce((sum, file) => sum + file.length, 0);
  if (bytes > CACHED_TREE_BYTES) return;
  shelf.trees.set(digest, { etag, tree, bytes });
  shelf.bytes += bytes;
  for (const oldest of shelf.trees.keys()) {
    if (shelf.bytes <= CACHED_BYTES) return;
    take(shelf, oldest);
  }
}

function take(shelf: Shelf, digest: string): void {
  const found = shelf.trees.get(digest);
  if (found === undefined) return;
  shelf.trees.delete(digest);
  shelf.bytes -= found.bytes;
}

function shelfOf(store: ObjectStore): Shelf {
  const found = shelves.get(store);
  if (found) return found;
  const made: Shelf = { trees: new Map(), loading: new Map(), bytes: 0 };
  shelves.set(store, made);
  return made;
}
