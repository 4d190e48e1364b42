import type { GitReference } from '../api/git-repository.ts';
import { Fault, isFault } from '../core/failures.ts';
import type { TarGz } from '../core/tar/write-tar-gz.ts';
import type { GitRef, GitRemote } from '../ports.ts';
import type { Directory } from './directory.ts';
import { writeFrame } from './git-base.ts';
import { type IsForged, objectsOf, refuseForged } from './git-collisions.ts';
import { fetchSince, fetchWanted, type GitBase } from './git-fetch.ts';
import { commitOf, peel } from './git-objects.ts';
import { chooseRef, looksForBranch, prefixesFor, type Resolved, tagged } from './git-ref.ts';
import { DEFAULT_LIMITS } from './limits.ts';
import { binaryId, type GitObject, type GitObjects, type ObjectSource, readPack } from './pack.ts';
import {
  type Checkout,
  checkOut,
  type PackedArtifact,
  type PackOptions,
  packCheckout,
} from './pack-commit.ts';
import { fillSubmodules, type OpenSubmodule } from './submodules.ts';

// Commits without trees and files; a server that cannot filter sends those too.
const COMMITS_ONLY = 'tree:0';

/** `data.reason` of the Fault for a repository without any ref (GR-23). */
export const EMPTY_REPOSITORY = 'EmptyGitRepository';

/**
 * What `ref` means on the server now. Requests: none for a bare commit, else one; one more only when several tags
 * tie for the newest, or when a ref is missing. Faults: the Git port's, `invalid`, `not-found`; with
 * `data.reason` = `EmptyGitRepository` when a branch was looked for in an empty repository.
 */
export async function resolveRemote(git: GitRemote, ref: GitReference | undefined): Promise<Resolved> {
  const prefixes = prefixesFor(ref);
  const refs = prefixes.length === 0 ? [] : await git.lsRefs(prefixes);
  if (prefixes.length > 0 && refs.length === 0) await refuseEmpty(git, ref);
  const choice = chooseRef(ref, refs);
  return 'tied' in choice ? tagged(await newestOf(git, choice.tied)) : choice.resolved;
}

/** What is done to the files between their checkout and their archive, in this order. */
export interface FetchOptions extends PackOptions {
  /** Sees what was signed before anything else is done with it; a Fault ends the fetch. */
  readonly verify?: (raw: Checkout['raw']) => Promise<void>;
  /** With `verify`: which objects' ids prove nothing. */
  readonly isForged?: IsForged;
  /** The repository's own URL, and how those of its submodules are opened. */
  readonly submodules?: { readonly url: string; readonly open: OpenSubmodule };
  /** Puts other artifacts' files in. */
  readonly include?: (root: Directory) => void;
  /** What was fetched before from the same URL. */
  readonly base?: GitBase;
  /** Whether nothing was, so that its size is anybody's guess. */
  readonly isNew?: boolean;
}

/** An artifact, and what the next fetch can be based on where that pays. */
export interface FetchedArtifact extends PackedArtifact {
  readonly frame?: TarGz;
}

/** A repository that is fetched whole in less than this, bytes, is not worth two more reads of the store; ours. */
const SMALL_PACK = 64 * 1024;

/**
 * Fetches the resolved commit alone and packs it: what is new since `base`, or the files that are wanted, or all of
 * it. One request; for a pinned commit one more to see that it is on its branch, and the whole history where the
 * server hands out tips only; one or two more where files are asked for by their ids, or another way has to be tried.
 * Faults: the Git port's and `packCommit`'s.
 */
export async function fetchArtifact(
  git: GitRemote,
  resolved: Resolved,
  options: FetchOptions = {},
): Promise<FetchedArtifact> {
  const { limits = DEFAULT_LIMITS } = options;
  await checkBranch(git, resolved, options);
  const { checkout, small } = await fetchCheckout(git, resolved, options);
  await options.verify?.(checkout.raw);
  const check = options.verify && ((objects: Iterable<GitObject>) => refuseForged(objects, options.isForged));
  check?.(objectsOf(checkout));
  if (options.submodules) {
    const { url, open } = options.submodules;
    await fillSubmodules(checkout.tree, url, open, limits, check);
  }
  options.include?.(checkout.tree.root);
  const packed = await packCheckout(checkout, options);
  return small ? packed : { ...packed, frame: await writeFrame(checkout.frame, limits) };
}

interface Fetched {
  readonly checkout: Checkout;
  readonly small: boolean;
}

/** The pack is let go as soon as it is read. */
async function fetchCheckout(git: GitRemote, resolved: Resolved, options: FetchOptions): Promise<Fetched> {
  const { packBytes } = options.limits ?? DEFAULT_LIMITS;
  const part = { ...options, whole: options.submodules !== undefined || options.include !== undefined };
  const since = options.base && (await fetchSince(git, resolved, options.base, part));
  const checkout = since ?? (await fetchWanted(git, resolved, part));
  if (checkout) return { checkout, small: false };
  const { objects, bytes } = await fetchCommit(git, resolved, packBytes, options);
  return { checkout: checkOut(objects, resolved, options), small: bytes < SMALL_PACK };
}

async function refuseEmpty(git: GitRemote, ref: GitReference | undefined): Promise<void> {
  const everything = await git.lsRefs(['']);
  if (everything.length > 0) return;
  if (looksForBranch(ref))
    throw new Fault('not-found', 'git repository is empty', { reason: EMPTY_REPOSITORY });
  throw new Fault('not-found', 'remote repository is empty', {});
}

/** By the committer's time; equal times by name, so that two runs agree. */
async function newestOf(git: GitRemote, tied: readonly [GitRef, ...GitRef[]]): Promise<GitRef> {
  const want = [...new Set(tied.map(({ id }) => id))];
  const pack = await git.fetchPack({ want, depth: 1, filter: COMMITS_ONLY }, DEFAULT_LIMITS.packBytes);
  const objects = readPack(pack, DEFAULT_LIMITS);
  const dated = tied.map((ref) => ({ ref, when: timeOf(objects, ref) }));
  dated.sort((a, b) => a.when - b.when || (a.ref.name < b.ref.name ? -1 : 1));
  return dated.at(-1)?.ref ?? tied[0];
}

function timeOf(objects: GitObjects, ref: GitRef): number {
  return commitOf(objects, peel(objects, ref.id)).when.getTime();
}

async function checkBranch(
  git: GitRemote,
  { commit, branchTip }: Resolved,
  options: PackOptions,
): Promise<void> {
  if (branchTip === undefined || branchTip === commit) return;
  const limits = options.limits ?? DEFAULT_LIMITS;
  const history = await git.fetchPack({ want: [branchTip], filter: COMMITS_ONLY }, limits.packBytes);
  if (!readPack(history, limits).has(binaryId(commit))) throw noSuchCommit(commit);
}

async function fetchCommit(
  git: GitRemote,
  resolved: Resolved,
  packBytes: number,
  { limits = DEFAULT_LIMITS }: PackOptions,
): Promise<{ readonly objects: ObjectSource; readonly bytes: number }> {
  const read = (pack: Uint8Array) => ({ objects: readPack(pack, limits), bytes: pack.length });
  try {
    return read(await git.fetchPack({ want: [resolved.want], depth: 1 }, packBytes));
  } catch (error) {
    if (!resolved.pinned || !isFault(error, 'not-found')) throw error;
  }
  const heads = resolved.branchTip ? [resolved.branchTip] : await headsOf(git);
  if (heads.length === 0) throw noSuchCommit(resolved.commit);
  const all = readPack(await git.fetchPack({ want: heads }, packBytes), limits);
  if (!all.has(binaryId(resolved.commit))) throw noSuchCommit(resolved.commit);
  return { objects: all, bytes: SMALL_PACK };
}

async function headsOf(git: GitRemote): Promise<string[]> {
  const refs = await git.lsRefs(['refs/heads/']);
  return [...new Set(refs.map(({ id }) => id))];
}

function noSuchCommit(commit: string): Fault {
  return new Fault('not-found', `unable to resolve commit object for '${commit}': object not found`, {
    commit,
  });
}
