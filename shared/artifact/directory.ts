import { Fault } from '../core/failures.ts';
import type { TarMember } from '../core/tar/tar-header.ts';
import { IGNORE_FILE, type IgnorePattern, type Ignores, ignoring, readPatterns } from './ignore.ts';
import type { ArtifactLimits } from './limits.ts';

/** A directory or regular file that goes into the artifact. */
export type Member = TarMember;

/** A regular file in memory. */
export interface TreeFile {
  readonly kind: 'file' | 'executable';
  readonly data: Buffer;
}

/** A directory in memory; names are bytes as latin1, as Git does not say which encoding they have. */
export interface Directory {
  readonly kind: 'directory';
  readonly children: Map<string, Directory | TreeFile>;
}

const NOTHING = Buffer.alloc(0);

/** A directory with nothing in it. */
export function emptyDirectory(): Directory {
  return { kind: 'directory', children: new Map() };
}

/**
 * What of a tree is archived, in the order of a lexical walk: each directory before what is in it, an ignored
 * directory without its own entry but with the files that were included again; `ignore` wins over the ignore files.
 */
export function membersOf(root: Directory, ignore: string | undefined): Member[] {
  const patterns = collectPatterns(root, []);
  if (ignore !== undefined) patterns.push(...readPatterns(ignore, []));
  return membersKept(root, ignoring(patterns));
}

/** The same of what `ignores` keeps, whatever ignore files are in the tree. */
export function membersKept(root: Directory, ignores: Ignores): Member[] {
  const members: Member[] = [{ path: '.', kind: 'directory', data: NOTHING }];
  collectMembers(root, [], '', ignores, members);
  return members;
}

/** What is at `path`, elements separated by `/`; `.` elements and empty ones do not count. */
export function findIn(root: Directory, path: string): Directory | TreeFile | undefined {
  let found: Directory | TreeFile | undefined = root;
  for (const name of elementsOf(path)) {
    if (found?.kind !== 'directory') return undefined;
    found = found.children.get(name);
  }
  return found;
}

/** The directory at `path`, made where there is none. Fault `malformed` when a file is in the way. */
export function directoryAt(root: Directory, path: string): Directory {
  let found = root;
  for (const name of elementsOf(path)) {
    let child = found.children.get(name);
    if (child === undefined) {
      child = emptyDirectory();
      found.children.set(name, child);
    }
    if (child.kind !== 'directory')
      throw new Fault('malformed', `part of '${textOf(path)}' is a file and a directory`, {});
    found = child;
  }
  return found;
}

/** Files and directories in a tree, at most `limits.entries`. Fault `too-large`. */
export function countIn(root: Directory, limits: ArtifactLimits): number {
  let count = 0;
  const visit = ({ children }: Directory): void => {
    count += children.size;
    if (count > limits.entries) {
      const message = `the repository has more than ${limits.entries} files and directories`;
      throw new Fault('too-large', message, { limit: limits.entries });
    }
    for (const child of children.values()) if (child.kind === 'directory') visit(child);
  };
  visit(root);
  return count;
}

/** A name's or a path's bytes as UTF-8. */
export function textOf(bytes: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
  return /^[\x00-\x7f]*$/.test(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString();
}

/** A text as UTF-8 bytes in latin1, as names are kept. */
export function bytesOf(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII
  return /^[\x00-\x7f]*$/.test(text) ? text : Buffer.from(text).toString('latin1');
}

/** The names of a path. */
export function elementsOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

/** A directory's own file first, then its subdirectories', in lexical order. */
function collectPatterns(directory: Directory, domain: readonly string[]): IgnorePattern[] {
  const own = directory.children.get(IGNORE_FILE);
  const patterns = own && own.kind !== 'directory' ? readPatterns(own.data.toString(), domain) : [];
  for (const [name, child] of sorted(directory))
    if (child.kind === 'directory') patterns.push(...collectPatterns(child, [...domain, textOf(name)]));
  return patterns;
}

function collectMembers(
  directory: Directory,
  elements: string[],
  parent: string,
  ignores: Ignores,
  into: Member[],
): void {
  for (const [name, node] of sorted(directory)) {
    const path = parent === '' ? name : `${parent}/${name}`;
    elements.push(textOf(name));
    if (node.kind === 'directory') {
      if (!ignores(elements, true)) into.push({ path, kind: 'directory', data: NOTHING });
      collectMembers(node, elements, path, ignores, into);
    } else if (!ignores(elements, false)) {
      into.push({ path, ...node });
    }
    elements.pop();
  }
}

function sorted({ children }: Directory): (readonly [string, Directory | TreeFile])[] {
  return [...children].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
