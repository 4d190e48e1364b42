import { Fault } from '../core/failures.ts';
import type { GitRemote } from '../ports.ts';
import { countIn, type Directory, findIn, textOf } from './directory.ts';
import { commitOf } from './git-objects.ts';
import { type GitTree, mount, readGitTree } from './git-tree.ts';
import type { ArtifactLimits } from './limits.ts';
import { binaryId, type GitObject, readPack } from './pack.ts';

/** Opens the repository of a submodule. */
export type OpenSubmodule = (url: string) => GitRemote;

/** go-git's DefaultSubmoduleRecursionDepth. */
const MAX_DEPTH = 10;
/** Repositories that one run fetches. */
const MAX_SUBMODULES = 100;

/** Sees all objects of a repository; a Fault ends the fetch. */
export type CheckObjects = (objects: Iterable<GitObject>) => void;

interface Filling {
  readonly open: OpenSubmodule;
  readonly limits: ArtifactLimits;
  readonly check: CheckObjects | undefined;
  fetched: number;
  /** Of packs, as sent. */
  bytes: number;
  /** Held in all trees together, and so are the entries. */
  inflated: number;
  entries: number;
}

/**
 * Puts the files of each submodule where it belongs, and theirs in turn; what `.gitmodules` does not name stays an
 * empty directory. Faults: the Git port's, `malformed` (a URL that is none), `too-large` (too many, too deep, too big).
 */
export async function fillSubmodules(
  tree: GitTree,
  url: string,
  open: OpenSubmodule,
  limits: ArtifactLimits,
  check?: CheckObjects,
): Promise<void> {
  const held = { inflated: bytesHeld(tree.root), entries: countIn(tree.root, limits) };
  await fill(tree, url, 1, { open, limits, check, fetched: 0, bytes: 0, ...held });
}

async function fill(
  { root, submodules }: GitTree,
  url: string,
  depth: number,
  filling: Filling,
): Promise<void> {
  const urls = submoduleUrls(root);
  for (const [path, commit] of submodules) {
    const named = urls.get(textOf(path));
    // A sparse tree may not have it any more.
    if (named === undefined || findIn(root, path) === undefined) continue;
    if (depth > MAX_DEPTH) throw tooLarge(`${MAX_DEPTH} levels of submodules`);
    const at = resolveUrl(url, named, textOf(path));
    const inner = await fetchTree(at, commit, textOf(path), filling);
    await fill(inner, at, depth + 1, filling);
    mount(root, path, inner.root);
  }
}

async function fetchTree(url: string, commit: string, path: string, filling: Filling): Promise<GitTree> {
  filling.fetched++;
  if (filling.fetched > MAX_SUBMODULES) throw tooLarge(`${MAX_SUBMODULES} submodules`);
  const { limits } = filling;
  try {
    const left = limits.packBytes - filling.bytes;
    const pack = await fetchCommit(filling.open(url), commit, left);
    filling.bytes += pack.length;
    // What one repository may hold is for all of them: a hundred small packs can be as many large trees.
    const rest = {
      ...limits,
      inflatedBytes: limits.inflatedBytes - filling.inflated,
      entries: limits.entries - filling.entries,
    };
    const objects = readPack(pack, rest);
    filling.check?.(objects.values());
    const tree = readGitTree(objects, binaryId(commitOf(objects, commit).tree), rest);
    filling.inflated += bytesHeld(tree.root);
    filling.entries += countIn(tree.root, limits);
    return tree;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new Fault(error.code, `submodule '${path}': ${error.message}`, error.data, error);
  }
}

/** The commit alone, or every branch's history where a server hands out tips only. */
async function fetchCommit(remote: GitRemote, commit: string, maxBytes: number): Promise<Uint8Array> {
  try {
    return await remote.fetchPack({ want: [commit], depth: 1 }, maxBytes);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'not-found') throw error;
    const heads = [...new Set((await remote.lsRefs(['refs/heads/'])).map(({ id }) => id))];
    if (heads.length === 0) throw error;
    return remote.fetchPack({ want: heads }, maxBytes);
  }
}

/** What `.gitmodules` at the root says: URLs by path. */
export function submoduleUrls(root: Directory): ReadonlyMap<string, string> {
  const file = findIn(root, '.gitmodules');
  const urls = new Map<string, string>();
  if (file === undefined || file.kind === 'directory') return urls;
  for (const section of file.data.toString().split(/^[ \t]*\[/m)) {
    if (!/^submodule\s/.test(section)) continue;
    const path = configValue(section, 'path');
    const url = configValue(section, 'url');
    if (path !== undefined && url !== undefined) urls.set(path, url);
  }
  return urls;
}

/** git-config's `key = value`, quotes and trailing comments taken away. */
function configValue(section: string, key: string): string | undefined {
  const line = new RegExp(`^[ \\t]*${key}[ \\t]*=[ \\t]*(.*)$`, 'im').exec(section)?.[1]?.trim();
  const quoted = /^"((?:[^"\\]|\\.)*)"/.exec(line ?? '')?.[1];
  return quoted?.replace(/\\(.)/g, '$1') ?? line?.replace(/\s[#;].*$/, '').trim();
}

/** A URL that begins with `./` or `../` is relative to the repository that names it; scp-like ones are SSH. Fault `malformed`. */
export function resolveUrl(base: string, url: string, path: string): string {
  const scp = /^([\w.-]+@)?([\w.-]+):(?!\/\/)(.+)$/.exec(url);
  const absolute =
    scp && !/^[a-z+]+:\/\//i.test(url)
      ? `ssh://${scp[1] ?? ''}${scp[2]}/${scp[3]?.replace(/^\/+/, '')}`
      : url;
  const parent = `${base.replace(/\/+$/, '')}/`;
  const resolved = /^\.\.?\//.test(absolute) ? URL.parse(absolute, parent) : URL.parse(absolute);
  if (resolved !== null && /^(https?|ssh):$/.test(resolved.protocol)) return resolved.href;
  throw new Fault(
    'malformed',
    `submodule '${path}' has a URL that cannot be fetched: use http, https or ssh`,
    { path },
  );
}

/** Of all files; one that is at several places is held once. */
function bytesHeld(root: Directory): number {
  const held = new Set<Uint8Array>();
  const visit = ({ children }: Directory): void => {
    for (const child of children.values()) {
      if (child.kind === 'directory') visit(child);
      else held.add(child.data);
    }
  };
  visit(root);
  return [...held].reduce((sum, { length }) => sum + length, 0);
}

function tooLarge(what: string): Fault {
  return new Fault('too-large', `the repository has more than ${what}`, { what });
}
