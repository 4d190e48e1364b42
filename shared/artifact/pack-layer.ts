import { Fault } from '../core/failures.ts';
import { IGNORE_FILE, type IgnorePattern, type Ignores, ignoring, readPatterns } from './ignore.ts';
import type { ArtifactLimits } from './limits.ts';
import { inflateTar, malformed, tarEntries } from './tar-entries.ts';
import type { Member } from './tree-walk.ts';
import { type TarGz, writeTarGz } from './write-tar-gz.ts';

/** A directory as it was unpacked, or a file. */
interface Node {
  /** Undefined for a directory. */
  file?: { readonly data: Buffer; readonly isExecutable: boolean } | undefined;
  readonly children: Map<string, Node>;
}

const NOTHING = Buffer.alloc(0);

/**
 * From a tar.gz of others to a normalised one: symlinks are dropped, ignore files and `ignore` obeyed (COM-17 to
 * COM-20). Faults: `malformed` (not a tar.gz; hard links, devices; names that leave the root), `too-large` (a limit).
 */
export async function packLayer(
  bytes: Uint8Array,
  ignore: string | undefined,
  limits: ArtifactLimits,
): Promise<TarGz> {
  const root = unpack(bytes, limits);
  const patterns = collectPatterns(root, []);
  if (ignore !== undefined) patterns.push(...readPatterns(ignore, []));
  return writeTarGz(membersOf(root, ignoring(patterns)), limits.packBytes);
}

function unpack(bytes: Uint8Array, limits: ArtifactLimits): Node {
  const root: Node = { children: new Map() };
  const made = { count: 0 };
  for (const { kind, path, isExecutable, body } of tarEntries(
    inflateTar(bytes, limits.inflatedBytes),
    limits,
  )) {
    if (kind === 'symlink') continue;
    if (kind === 'other')
      throw malformed(`entry '${path}' is a link or a device, which no artifact can have`);
    if (path === '' && kind === 'file') throw malformed('a file has no name');
    const node = nodeAt(root, path, made, limits);
    if (kind === 'directory') {
      if (node.file !== undefined) throw malformed(`'${path}' is a file and a directory`);
      continue;
    }
    if (node.children.size > 0) throw malformed(`'${path}' is a file and a directory`);
    node.file = { data: body, isExecutable };
  }
  return root;
}

function nodeAt(root: Node, path: string, made: { count: number }, limits: ArtifactLimits): Node {
  let node = root;
  for (const name of path.split('/').filter(Boolean)) {
    if (node.file !== undefined) throw malformed(`part of '${path}' is a file and a directory`);
    let child = node.children.get(name);
    if (child === undefined) {
      made.count++;
      // One entry can make as many directories as its path has parts.
      if (made.count > limits.entries) throw tooMany(limits.entries);
      child = { children: new Map() };
      node.children.set(name, child);
    }
    node = child;
  }
  return node;
}

/** A directory's own file first, then its subdirectories', in lexical order. */
function collectPatterns(directory: Node, domain: readonly string[]): IgnorePattern[] {
  const own = directory.children.get(IGNORE_FILE)?.file;
  const patterns = own ? readPatterns(own.data.toString(), domain) : [];
  for (const [name, child] of sorted(directory))
    if (child.file === undefined) patterns.push(...collectPatterns(child, [...domain, name]));
  return patterns;
}

function membersOf(root: Node, ignores: Ignores): Member[] {
  const members: Member[] = [{ path: '.', kind: 'directory', data: NOTHING }];
  collectMembers(root, [], '', ignores, members);
  return members;
}

/** An ignored directory goes without its own entry, but with the files that were included again. */
function collectMembers(
  directory: Node,
  elements: string[],
  parent: string,
  ignores: Ignores,
  into: Member[],
): void {
  for (const [name, node] of sorted(directory)) {
    const own = Buffer.from(name).toString('latin1');
    const path = parent === '' ? own : `${parent}/${own}`;
    elements.push(name);
    if (node.file === undefined) {
      if (!ignores(elements, true)) into.push({ path, kind: 'directory', data: NOTHING });
      collectMembers(node, elements, path, ignores, into);
    } else if (!ignores(elements, false)) {
      const { data, isExecutable } = node.file;
      into.push({ path, kind: isExecutable ? 'executable' : 'file', data });
    }
    elements.pop();
  }
}

function sorted({ children }: Node): readonly (readonly [string, Node])[] {
  const keyed = [...children].map(([name, node]) => ({
    name,
    node,
    key: Buffer.from(name).toString('latin1'),
  }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return keyed.map(({ name, node }) => [name, node] as const);
}

function tooMany(limit: number): Fault {
  return new Fault('too-large', `the archive has more than ${limit} files and directories`, { limit });
}
