import { Fault } from '../../../shared/core/failures.ts';
import type { Objects } from './objects.ts';

/** Modes of tree entries, in octal as trees hold them. */
export const MODE = {
  file: '100644',
  executable: '100755',
  symlink: '120000',
  directory: '40000',
  submodule: '160000',
} as const;

/** What stands at a path. */
export interface Leaf {
  readonly mode: string;
  readonly id: string;
}

/** `name` holds the bytes of the name, one a character: Git does not say which encoding names have. */
export interface TreeEntry extends Leaf {
  readonly name: string;
}

/** A new leaf by path (`/`-separated bytes, one a character), or null to remove what is there. */
export type TreeEdits = ReadonlyMap<string, Leaf | null>;

const ID_BYTES = 20;

/** The entries of a tree as stored; faults with `malformed`. */
export function entriesOf(data: Buffer): TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < data.length; ) {
    const space = data.indexOf(0x20, at);
    const nul = data.indexOf(0, space + 1);
    if (space === -1 || nul === -1 || nul + 1 + ID_BYTES > data.length)
      throw new Fault('malformed', 'a tree of the repository is broken');
    entries.push({
      mode: data.toString('latin1', at, space),
      name: data.toString('latin1', space + 1, nul),
      id: data.toString('hex', nul + 1, nul + 1 + ID_BYTES),
    });
    at = nul + 1 + ID_BYTES;
  }
  return entries;
}

/** The form of paths in this file from a text, and back. */
export const pathBytes = {
  of: (path: string): string => Buffer.from(path).toString('latin1'),
  text: (path: string): string => Buffer.from(path, 'latin1').toString(),
};

/** All leaves below a tree, by path. */
export async function leavesOf(objects: Objects, tree: string, folder = ''): Promise<Map<string, Leaf>> {
  const leaves = new Map<string, Leaf>();
  for (const { name, mode, id } of entriesOf(await objects.read(tree, 'tree'))) {
    const path = folder + name;
    if (mode !== MODE.directory) leaves.set(path, { mode, id });
    else for (const [below, leaf] of await leavesOf(objects, id, `${path}/`)) leaves.set(below, leaf);
  }
  return leaves;
}

/** Writes the tree that `edits` make of `base` (undefined: nothing), without empty folders; undefined when nothing is left. */
export async function editTree(
  objects: Objects,
  base: string | undefined,
  edits: TreeEdits,
): Promise<string | undefined> {
  const present = base === undefined ? [] : entriesOf(await objects.read(base, 'tree'));
  const entries = new Map(present.map((entry) => [entry.name, entry]));
  const folders = new Map<string, Map<string, Leaf | null>>();
  for (const [path, leaf] of edits) {
    const slash = path.indexOf('/');
    const name = slash === -1 ? path : path.slice(0, slash);
    if (slash !== -1) {
      const inner = folders.get(name) ?? new Map<string, Leaf | null>();
      folders.set(name, inner.set(path.slice(slash + 1), leaf));
    } else if (leaf === null) entries.delete(name);
    else entries.set(name, { name, ...leaf });
  }
  for (const [name, inner] of folders) {
    const entry = entries.get(name);
    const isFolder = entry?.mode === MODE.directory;
    const onlyRemoves = [...inner.values()].every((leaf) => leaf === null);
    if (!isFolder && onlyRemoves) continue;
    const id = await editTree(objects, isFolder ? entry.id : undefined, inner);
    if (id === undefined) entries.delete(name);
    else entries.set(name, { name, mode: MODE.directory, id });
  }
  return entries.size === 0 ? undefined : writeTree(objects, [...entries.values()]);
}

/** Writes one tree. */
export async function writeTree(objects: Objects, entries: readonly TreeEntry[]): Promise<string> {
  const parts = entries
    .toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1))
    .flatMap(({ mode, name, id }) => [Buffer.from(`${mode} ${name}\0`, 'latin1'), Buffer.from(id, 'hex')]);
  return objects.write('tree', Buffer.concat(parts));
}

// Git sorts folders as if their names ended in a slash, by bytes.
function sortKey({ name, mode }: TreeEntry): string {
  return mode === MODE.directory ? `${name}/` : name;
}
