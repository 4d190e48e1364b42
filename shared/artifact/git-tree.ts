import { Fault } from '../core/failures.ts';
import {
  bytesOf,
  type Directory,
  directoryAt,
  elementsOf,
  emptyDirectory,
  findIn,
  type TreeFile,
} from './directory.ts';
import { entriesOf, objectOf } from './git-objects.ts';
import type { ArtifactLimits } from './limits.ts';
import { type BinaryId, type GitObjects, hexId } from './pack.ts';

/** A tree as a checkout makes it, but for symlinks, which no artifact has (COM-17). */
export interface GitTree {
  readonly root: Directory;
  /** Commits that submodules are at, by path; a checkout makes an empty directory of each. */
  readonly submodules: ReadonlyMap<string, string>;
}

interface Walk {
  readonly objects: GitObjects;
  readonly limits: ArtifactLimits;
  readonly submodules: Map<string, string>;
  entries: number;
}

/** Reads `tree` and all below it. Faults: `malformed`, `too-large`. */
export function readGitTree(objects: GitObjects, tree: BinaryId, limits: ArtifactLimits): GitTree {
  const walk: Walk = { objects, limits, submodules: new Map(), entries: 0 };
  return { root: readDirectory(walk, tree, ''), submodules: walk.submodules };
}

function readDirectory(walk: Walk, tree: BinaryId, parent: string): Directory {
  const directory = emptyDirectory();
  const entries = entriesOf(objectOf(walk.objects, tree, 'tree'));
  walk.entries += entries.length;
  if (walk.entries > walk.limits.entries) throw tooLarge('files and directories', walk.limits.entries);
  for (const { kind, name, id } of entries) {
    const path = parent === '' ? name : `${parent}/${name}`;
    if (path.length > walk.limits.pathBytes) throw tooLarge('bytes in one path', walk.limits.pathBytes);
    if (kind === 'symlink') continue;
    if (kind === 'submodule') walk.submodules.set(path, hexId(id));
    directory.children.set(name, nodeOf(walk, kind, id, path));
  }
  return directory;
}

function nodeOf(
  walk: Walk,
  kind: 'directory' | 'file' | 'executable' | 'submodule',
  id: BinaryId,
  path: string,
): Directory | TreeFile {
  if (kind === 'directory') return readDirectory(walk, id, path);
  if (kind === 'submodule') return emptyDirectory();
  return { kind, data: objectOf(walk.objects, id, 'blob') };
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
