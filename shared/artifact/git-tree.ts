import { Fault } from '../core/failures.ts';
import {
  bytesOf,
  type Directory,
  directoryAt,
  elementsOf,
  emptyDirectory,
  findIn,
  membersOf,
  type TreeFile,
} from './directory.ts';
import { entriesOf, objectOf } from './git-objects.ts';
import { IGNORE_FILE } from './ignore.ts';
import type { ArtifactLimits } from './limits.ts';
import { type BinaryId, hexId, type ObjectSource } from './pack.ts';

/** A tree as a checkout makes it, but for symlinks, which no artifact has (COM-17). */
export interface GitTree {
  readonly root: Directory;
  /** Commits that submodules are at, by path; a checkout makes an empty directory of each. */
  readonly submodules: ReadonlyMap<string, string>;
}

/** A tree before its files are read. */
export interface GitListing extends GitTree {
  /** What each file is called in place of its bytes; ignore files that are at hand have theirs. */
  readonly ids: ReadonlyMap<Uint8Array, BinaryId>;
  /** Every directory, as Git keeps it. */
  readonly trees: ReadonlyMap<BinaryId, Buffer>;
  /** The ignore files, by id; undefined when they are not at hand. */
  readonly rules: ReadonlyMap<BinaryId, Buffer | undefined>;
}

interface Walk {
  readonly objects: ObjectSource;
  readonly limits: ArtifactLimits;
  readonly submodules: Map<string, string>;
  readonly ids: Map<Uint8Array, BinaryId>;
  readonly trees: Map<BinaryId, Buffer>;
  readonly rules: Map<BinaryId, Buffer | undefined>;
  entries: number;
}

/** Reads `tree` and all below it. Faults: `malformed`, `too-large`. */
export function readGitTree(objects: ObjectSource, tree: BinaryId, limits: ArtifactLimits): GitTree {
  const listing = listGitTree(objects, tree, limits);
  return { root: fill(listing.root, listing, objects), submodules: listing.submodules };
}

/** Reads the directories of `tree` alone. Faults: `malformed`, also when one is missing, and `too-large`. */
export function listGitTree(objects: ObjectSource, tree: BinaryId, limits: ArtifactLimits): GitListing {
  const found = { submodules: new Map(), ids: new Map(), trees: new Map(), rules: new Map() };
  const root = readDirectory({ objects, limits, ...found, entries: 0 }, tree, '');
  return { root, ...found };
}

/** The files of `root` that go into an archive by the ignore rules, `ignore` the last of them. */
export function unignored(
  root: Directory,
  ignore: string | undefined,
  { ids }: GitListing,
): ReadonlySet<BinaryId> {
  const members = membersOf(root, ignore);
  return new Set(members.flatMap(({ data }) => ids.get(data) ?? []));
}

/** All files of `root`. */
export function everyFile(root: Directory, { ids }: GitListing): ReadonlySet<BinaryId> {
  const found = new Set<BinaryId>();
  const visit = ({ children }: Directory): void => {
    for (const child of children.values()) {
      if (child.kind === 'directory') visit(child);
      else found.add(ids.get(child.data) ?? '');
    }
  };
  visit(root);
  found.delete('');
  return found;
}

/** `root` with the bytes of its files, but without those that are not `wanted`. Fault `malformed` when one is missing. */
export function fill(
  root: Directory,
  { ids }: GitListing,
  objects: ObjectSource,
  wanted?: ReadonlySet<BinaryId>,
): Directory {
  const copy = ({ children }: Directory): Directory => {
    const filled = emptyDirectory();
    for (const [name, node] of children) {
      if (node.kind === 'directory') filled.children.set(name, copy(node));
      else {
        const id = ids.get(node.data);
        if (id === undefined) filled.children.set(name, node);
        else if (wanted === undefined || wanted.has(id))
          filled.children.set(name, { kind: node.kind, data: objectOf(objects, id, 'blob') });
      }
    }
    return filled;
  };
  return copy(root);
}

function readDirectory(walk: Walk, tree: BinaryId, parent: string): Directory {
  const directory = emptyDirectory();
  const data = objectOf(walk.objects, tree, 'tree');
  walk.trees.set(tree, data);
  const entries = entriesOf(data, walk.limits.entries - walk.entries);
  walk.entries += entries.length;
  if (walk.entries > walk.limits.entries) throw tooLarge('files and directories', walk.limits.entries);
  for (const { kind, name, id } of entries) {
    const path = parent === '' ? name : `${parent}/${name}`;
    if (path.length > walk.limits.pathBytes) throw tooLarge('bytes in one path', walk.limits.pathBytes);
    if (kind === 'symlink') continue;
    if (kind === 'submodule') walk.submodules.set(path, hexId(id));
    if (kind === 'directory') directory.children.set(name, readDirectory(walk, id, path));
    else if (kind === 'submodule') directory.children.set(name, emptyDirectory());
    else directory.children.set(name, fileOf(walk, kind, name, id));
  }
  return directory;
}

function fileOf({ objects, ids, rules }: Walk, kind: TreeFile['kind'], name: string, id: BinaryId): TreeFile {
  if (name === IGNORE_FILE) {
    const blob = objects.get(id);
    const data = blob === undefined ? undefined : objectOf(objects, id, 'blob');
    rules.set(id, data);
    if (data !== undefined) return { kind, data };
  }
  const data = Buffer.from(id, 'latin1');
  ids.set(data, id);
  return { kind, data };
}

/**
 * Leaves of `root` what begins with one of `paths`, as go-git compares names (GR-22): files at the root go, and `app`
 * keeps `apple/` too. Fault `not-found` when nothing is at one of them.
 */
export function sparse(root: Directory, paths: readonly string[]): Directory {
  const prefixes = paths.map((path) => bytesOf(path.replace(/^\.\//, '')));
  const kept = keep(root, '', prefixes) ?? emptyDirectory();
  for (const path of paths) {
    if (elementsOf(path).includes('..') || findIn(kept, bytesOf(path)) === undefined)
      throw noSuchDirectory(path);
  }
  return kept;
}

function keep(directory: Directory, parent: string, prefixes: readonly string[]): Directory | undefined {
  const kept = emptyDirectory();
  for (const [name, node] of directory.children) {
    const path = parent === '' ? name : `${parent}/${name}`;
    const isLeaf = node.kind !== 'directory' || node.children.size === 0;
    const child = isLeaf
      ? prefixes.some((prefix) => path.startsWith(prefix))
        ? node
        : undefined
      : keep(node, path, prefixes);
    if (child !== undefined) kept.children.set(name, child);
  }
  return kept.children.size === 0 ? undefined : kept;
}

/** Puts `tree` where a submodule is. */
export function mount(root: Directory, path: string, tree: Directory): void {
  const at = directoryAt(root, path);
  for (const [name, node] of tree.children) at.children.set(name, node);
}

function noSuchDirectory(path: string): Fault {
  const message = `failed to sparse checkout directories : sparse checkout dir '${path}' does not exist in repository`;
  return new Fault('not-found', message, { path, about: 'sparse checkout' });
}

function tooLarge(what: string, limit: number): Fault {
  return new Fault('too-large', `the repository has more than ${limit} ${what}`, { what, limit });
}
