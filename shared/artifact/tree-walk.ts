import { Fault } from '../core/failures.ts';
import { entriesOf, objectOf, type TreeEntry } from './git-objects.ts';
import { IGNORE_FILE, type IgnorePattern, type Ignores, ignoring, readPatterns } from './ignore.ts';
import type { ArtifactLimits } from './limits.ts';
import type { BinaryId, GitObjects } from './pack.ts';

/** A directory or regular file that goes into the artifact. */
export interface Member {
  /** Relative to the root, bytes as latin1; the root itself is `.`. */
  readonly path: string;
  readonly kind: 'directory' | 'file' | 'executable';
  /** Empty for directories. */
  readonly data: Buffer;
}

interface Node {
  readonly entry: TreeEntry;
  readonly path: string;
  /** The same, as UTF-8 text, for patterns. */
  readonly elements: readonly string[];
  readonly children: readonly Node[];
}

interface Walk {
  readonly objects: GitObjects;
  readonly limits: ArtifactLimits;
  entries: number;
}

const NOTHING = Buffer.alloc(0);

/**
 * What of the tree is archived, in the order of a lexical walk: each directory before what is in it, an ignored
 * directory without its own entry but with the files that were re-included. Symlinks are dropped; a submodule
 * is the empty directory that a checkout makes of it.
 */
export function membersOf(
  objects: GitObjects,
  tree: BinaryId,
  extraPatterns: string | undefined,
  limits: ArtifactLimits,
): Member[] {
  const nodes = readChildren({ objects, limits, entries: 0 }, tree, '', []);
  const patterns = collectPatterns(objects, nodes, []);
  if (extraPatterns !== undefined) patterns.push(...readPatterns(extraPatterns, []));
  const members: Member[] = [{ path: '.', kind: 'directory', data: NOTHING }];
  collectMembers(objects, nodes, ignoring(patterns), members);
  return members;
}

function readChildren(walk: Walk, tree: BinaryId, parent: string, above: readonly string[]): Node[] {
  const entries = entriesOf(objectOf(walk.objects, tree, 'tree'));
  walk.entries += entries.length;
  if (walk.entries > walk.limits.entries) throw tooLarge('files and directories', walk.limits.entries);
  entries.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return entries.map((entry) => {
    const path = parent === '' ? entry.name : `${parent}/${entry.name}`;
    if (path.length > walk.limits.pathBytes) throw tooLarge('bytes in one path', walk.limits.pathBytes);
    const elements = [...above, utf8(entry.name)];
    const children = entry.kind === 'directory' ? readChildren(walk, entry.id, path, elements) : [];
    return { entry, path, elements, children };
  });
}

/** A directory's own file first, then its subdirectories', in lexical order. */
function collectPatterns(
  objects: GitObjects,
  nodes: readonly Node[],
  domain: readonly string[],
): IgnorePattern[] {
  const own = nodes.find(({ entry }) => entry.name === IGNORE_FILE && isFile(entry));
  const patterns = own ? readPatterns(objectOf(objects, own.entry.id, 'blob').toString(), domain) : [];
  for (const node of nodes)
    if (node.children.length > 0) patterns.push(...collectPatterns(objects, node.children, node.elements));
  return patterns;
}

function collectMembers(objects: GitObjects, nodes: readonly Node[], ignores: Ignores, into: Member[]): void {
  for (const { entry, path, elements, children } of nodes) {
    if (isFile(entry)) {
      if (ignores(elements, false)) continue;
      const kind = entry.kind === 'executable' ? 'executable' : 'file';
      into.push({ path, kind, data: objectOf(objects, entry.id, 'blob') });
    } else if (entry.kind !== 'symlink') {
      if (!ignores(elements, true)) into.push({ path, kind: 'directory', data: NOTHING });
      collectMembers(objects, children, ignores, into);
    }
  }
}

function isFile(entry: TreeEntry): boolean {
  return entry.kind === 'file' || entry.kind === 'executable';
}

function utf8(name: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
  return /^[\x00-\x7f]*$/.test(name) ? name : Buffer.from(name, 'latin1').toString();
}

function tooLarge(what: string, limit: number): Fault {
  return new Fault('too-large', `the repository has more than ${limit} ${what}`, { what, limit });
}
