import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { Fault } from '../../../shared/core/failures.ts';
import { codeOf, isMissing, textIfThere } from './file-system.ts';

export interface Ref {
  readonly name: string;
  readonly id: string;
  /** Of a symbolic reference: the reference it names. */
  readonly target?: string;
  /** What `packed-refs` says of an annotated tag; null when it says that there is none. */
  readonly peeled?: string | null;
}

/** The references of a repository at one moment. */
export interface RefList {
  /** By name, `HEAD` not among them. */
  readonly refs: readonly Ref[];
  readonly head: Ref | undefined;
  /** The branch that `HEAD` names while it does not exist yet. */
  readonly unborn: string | undefined;
}

interface PackedRefs {
  readonly stamp: string;
  readonly refs: ReadonlyMap<string, Ref>;
}

const ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
/** Symbolic references that name each other; Git follows 5. */
const MAX_HOPS = 5;

/** Reads references; only `packed-refs` is remembered, and read again when the file is another one. */
export function createRefReader(gitdir: string): () => RefList {
  let packed: PackedRefs | undefined;
  return () => {
    packed = readPacked(join(gitdir, 'packed-refs'), packed);
    const all = new Map<string, Ref | { readonly name: string; readonly target: string }>(packed.refs);
    for (const name of looseNames(gitdir, 'refs')) {
      const value = readValue(textIfThere(join(gitdir, name)));
      if (value !== undefined) all.set(name, { name, ...value });
    }
    const resolved = (name: string, hops = MAX_HOPS): Ref | undefined => {
      const ref = all.get(name);
      if (ref === undefined || 'id' in ref) return ref;
      const found = hops > 0 ? resolved(ref.target, hops - 1) : undefined;
      return found && { name, id: found.id, target: ref.target };
    };
    const names = [...all.keys()].sort((a, b) => (a < b ? -1 : 1));
    const refs = names.flatMap((name) => resolved(name) ?? []);
    const head = readValue(textIfThere(join(gitdir, 'HEAD')));
    if (head === undefined) return { refs, head: undefined, unborn: undefined };
    if ('id' in head) return { refs, head: { name: 'HEAD', ...head }, unborn: undefined };
    const at = resolved(head.target);
    return at
      ? { refs, head: { name: 'HEAD', id: at.id, target: head.target }, unborn: undefined }
      : { refs, head: undefined, unborn: head.target };
  };
}

/** Points `refs/...` at `id`, only if it is at `expected` (undefined: absent). Faults: `conflict`, also while another writer holds its lock. */
export function moveRef(gitdir: string, name: string, id: string, expected: string | undefined): void {
  const path = join(gitdir, name);
  const release = lockFile(path);
  try {
    const present = createRefReader(gitdir)().refs.find((ref) => ref.name === name)?.id;
    if (present !== expected) throw new Fault('conflict', `${name} has moved`, { name, expected, present });
    release(`${id}\n`);
  } finally {
    release();
  }
}

/** Takes Git's own lock of a file; the function gives it back, with new contents when there are any. Faults: `conflict`. */
export function lockFile(path: string): (contents?: string | Uint8Array) => void {
  const lock = `${path}.lock`;
  mkdirSync(dirname(path), { recursive: true });
  try {
    closeSync(openSync(lock, 'wx'));
  } catch (error) {
    if (codeOf(error) === 'EEXIST')
      throw new Fault('conflict', `${lock} exists: Git is at work there`, { lock });
    throw error;
  }
  let held = true;
  return (contents) => {
    if (!held) return;
    held = false;
    if (contents === undefined) return rmSync(lock, { force: true });
    try {
      writeFileSync(lock, contents);
      renameSync(lock, path);
    } catch (error) {
      rmSync(lock, { force: true });
      throw error;
    }
  };
}

function looseNames(gitdir: string, folder: string): string[] {
  try {
    return readdirSync(join(gitdir, folder), { withFileTypes: true }).flatMap((entry) => {
      const name = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return looseNames(gitdir, name);
      return entry.isFile() && isPlain(name) ? [name] : [];
    });
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Whether a name can stand in a list of references; locks and half-written files cannot. */
function isPlain(name: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused
  return !/[\x00-\x20\x7f~^:?*[\\]|\.\.|\.lock$|\.tmp$|\/\./.test(name);
}

function readValue(
  text: string | undefined,
): { readonly id: string } | { readonly target: string } | undefined {
  const line = text?.trim() ?? '';
  if (line.startsWith('ref: ')) return { target: line.slice(5).trim() };
  return ID.test(line) ? { id: line } : undefined;
}

function readPacked(path: string, known: PackedRefs | undefined): PackedRefs {
  const stamp = stampOf(path);
  if (known?.stamp === stamp) return known;
  const refs = new Map<string, Ref>();
  let last: string | undefined;
  const lines = (textIfThere(path) ?? '').split('\n');
  const fully = lines[0]?.startsWith('# pack-refs with:') && lines[0].split(' ').includes('fully-peeled');
  for (const line of lines) {
    const base = last === undefined ? undefined : refs.get(last);
    if (line.startsWith('^') && base) refs.set(base.name, { ...base, peeled: line.slice(1).trim() });
    const [id = '', name = ''] = line.split(' ');
    if (!ID.test(id) || !isPlain(name)) continue;
    refs.set(name, fully ? { name, id, peeled: null } : { name, id });
    last = name;
  }
  return { stamp, refs };
}

/** Tells one state of a file from the next; `none` when it is not there. */
export function stampOf(path: string): string {
  const found = statSync(path, { bigint: true, throwIfNoEntry: false });
  return found ? `${found.mtimeNs} ${found.size} ${found.ino}` : 'none';
}
