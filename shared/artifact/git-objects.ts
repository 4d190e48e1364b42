import { Fault } from '../core/failures.ts';
import { type BinaryId, binaryId, type GitObject, hexId, type ObjectSource } from './pack.ts';

/** What conditions, events and tie-breaks need of a commit. */
export interface CommitFacts {
  readonly id: string;
  readonly tree: string;
  readonly subject: string;
  /** `Name <address>` of the author. */
  readonly author: string;
  /** The committer's time, whole seconds. */
  readonly when: Date;
}

export interface TreeEntry {
  readonly kind: 'directory' | 'file' | 'executable' | 'symlink' | 'submodule';
  /** Bytes as latin1: Git does not say which encoding names have. */
  readonly name: string;
  readonly id: BinaryId;
}

/** The object of that id and type; faults with `malformed` when the pack lacks it or it is of another type. */
export function objectOf(objects: ObjectSource, id: BinaryId, type: GitObject['type']): Buffer {
  const object = objects.get(id);
  if (object?.type === type) return object.data;
  const found = object ? `it is a ${object.type}` : 'the server did not send it';
  throw new Fault('malformed', `object ${hexId(id)} is not a usable ${type}: ${found}`, {
    id: hexId(id),
    type,
  });
}

/** Reads the commit `id` (hex). */
export function commitOf(objects: ObjectSource, id: string): CommitFacts {
  const { headers, message } = splitHeaders(objectOf(objects, binaryId(id), 'commit'));
  const tree = headers.get('tree') ?? '';
  if (!/^[0-9a-f]{40}$/.test(tree)) throw malformed('commit', id);
  return {
    id,
    tree,
    subject: message.split('\n', 1)[0] ?? '',
    author: (headers.get('author') ?? '').replace(/ -?\d+ [+-]\d+$/, ''),
    when: timeOf(headers.get('committer') ?? ''),
  };
}

/** The commit (hex) that `id` names, through any number of annotated tags that are in `objects`. */
export function peel(objects: ObjectSource, id: string): string {
  return pathOf(objects, id).end;
}

/** The tags on the way from `id` to what it names in the end, as stored. Fault `malformed`. */
export function pathOf(
  objects: ObjectSource,
  id: string,
): { readonly tags: readonly Buffer[]; readonly end: string } {
  const tags = new Map<string, Buffer>();
  let present = id;
  for (;;) {
    const object = objects.get(binaryId(present));
    if (object?.type !== 'tag') return { tags: [...tags.values()], end: present };
    if (tags.has(present)) throw malformed('tag', id);
    tags.set(present, object.data);
    const target = splitHeaders(object.data).headers.get('object') ?? '';
    if (!/^[0-9a-f]{40}$/.test(target)) throw malformed('tag', id);
    present = target;
  }
}

/** The first 50 characters of a subject, as Flux shows it in events (GR-07), and three dots when there are more. */
export function shortSubject(subject: string): string {
  const characters = [...subject];
  return characters.length > 50 ? `${characters.slice(0, 50).join('')}...` : subject;
}

/**
 * The entries of a tree in the order stored, one more than `most` at most: 64 MiB hold two millions of them. Faults with
 * `malformed` on broken ones and names that are not plain file names.
 */
export function entriesOf(data: Buffer, most: number): TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (let at = 0; at < data.length && entries.length <= most; ) {
    const space = data.indexOf(0x20, at);
    const nul = data.indexOf(0, space + 1);
    if (space === -1 || nul === -1 || nul + 21 > data.length) throw malformed('tree', '');
    const kind = kindOf(data.toString('latin1', at, space));
    const name = data.toString('latin1', space + 1, nul);
    if (!isSafeName(name)) throw unsafe(name);
    entries.push({ kind, name, id: data.toString('latin1', nul + 1, nul + 21) });
    at = nul + 21;
  }
  return entries;
}

function kindOf(mode: string): TreeEntry['kind'] {
  const value = Number.parseInt(mode, 8);
  switch (value & 0o170000) {
    case 0o040000:
      return 'directory';
    case 0o100000:
      return value & 0o111 ? 'executable' : 'file';
    case 0o120000:
      return 'symlink';
    case 0o160000:
      return 'submodule';
    default:
      throw malformed('tree', mode);
  }
}

// `git~1` is what NTFS makes of `.git`; go-git refuses it as well, and takes a backslash for a separator.
const FORBIDDEN: ReadonlySet<string> = new Set(['', '.', '..', '.git', 'git~1']);

function isSafeName(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  if (/[\x00-\x1f\x7f/]/.test(name)) return false;
  const [first = '', ...parts] = name.toLowerCase().split('\\');
  return !FORBIDDEN.has(first) && !parts.includes('..');
}

function unsafe(name: string): Fault {
  const shown = JSON.stringify(Buffer.from(name, 'latin1').toString());
  return new Fault('malformed', `invalid path: ${shown}`, { name: shown });
}

function splitHeaders(data: Buffer): { headers: Map<string, string>; message: string } {
  const text = data.toString();
  const end = text.indexOf('\n\n');
  const head = end === -1 ? text : text.slice(0, end);
  const headers = new Map<string, string>();
  for (const line of head.split('\n')) {
    const space = line.indexOf(' ');
    // continuation lines (signatures) begin with a space
    if (space > 0 && !headers.has(line.slice(0, space)))
      headers.set(line.slice(0, space), line.slice(space + 1));
  }
  return { headers, message: end === -1 ? '' : text.slice(end + 2) };
}

function timeOf(signature: string): Date {
  const seconds = Number(/ (-?\d{1,12}) [+-]\d+$/.exec(signature)?.[1] ?? 0);
  return new Date(seconds * 1000);
}

function malformed(what: string, id: string): Fault {
  return new Fault('malformed', `broken ${what} object ${id}`.trim(), { id });
}
