import { Fault } from '../core/failures.ts';
import { writeTarGz } from '../core/tar/write-tar-gz.ts';
import { countIn, type Directory, type Member, membersOf } from './directory.ts';
import { type CommitFacts, commitOf, objectOf, pathOf } from './git-objects.ts';
import type { Resolved } from './git-ref.ts';
import {
  everyFile,
  fill,
  type GitListing,
  type GitTree,
  listGitTree,
  sparse,
  unignored,
} from './git-tree.ts';
import { type ArtifactLimits, DEFAULT_LIMITS } from './limits.ts';
import { type BinaryId, binaryId, type GitObject, type ObjectSource, readPack } from './pack.ts';

/** A commit's tree as an artifact. */
export interface PackedArtifact {
  readonly body: Uint8Array;
  /** `sha256:<hex>` of `body`. */
  readonly digest: string;
  readonly size: number;
  /** Regular files in it. */
  readonly files: number;
  readonly commit: CommitFacts;
}

export interface PackOptions {
  /** `spec.ignore`: patterns that win over those in the repository. */
  readonly ignore?: string;
  readonly limits?: ArtifactLimits;
  /** `spec.sparseCheckout`: the only directories to keep. */
  readonly sparse?: readonly string[];
}

/** A commit's files before what is ignored is left out. */
export interface Checkout {
  readonly commit: CommitFacts;
  readonly tree: GitTree;
  /** The commit as stored, and the tag that names it. */
  readonly raw: { readonly commit: Buffer; readonly tag?: Buffer };
  /** What says how the files hang together: commit, tag and the tags that it is a tag of, directories and ignore files. */
  readonly frame: readonly GitObject[];
}

/** Which object is checked out: `want` is the commit, or the tag that names it. */
export type Wanted = Pick<Resolved, 'want' | 'commit'>;

/**
 * From the bytes of a Git pack to a normalised tar.gz, in memory, without a work tree.
 * Faults: `malformed` (pack, objects, unsafe paths), `too-large` (a limit), `not-found` (a directory to keep).
 */
export async function packCommit(
  pack: Uint8Array,
  commitId: string,
  options: PackOptions = {},
): Promise<PackedArtifact> {
  const { limits = DEFAULT_LIMITS } = options;
  // nothing is awaited here, so that the pack can be let go while its files are compressed
  const wanted = { want: commitId, commit: commitId };
  return packCheckout(checkOut(readPack(pack, limits), wanted, options), options);
}

/** Checks out what is all there. Faults as `packCommit`'s. */
export function checkOut(objects: ObjectSource, wanted: Wanted, options: PackOptions): Checkout {
  const listed = list(objects, wanted, options);
  return checkedOut(listed, fill(listed.kept, listed.listing, objects));
}

/** A checkout, or the ids of files without which there is none, and how many files the commit has. */
export type Partly =
  | { readonly checkout: Checkout }
  | { readonly missing: ReadonlySet<BinaryId>; readonly files: number };

/**
 * Checks out what of the files gets past the ignore rules, or all of them when there is more to come that they decide
 * over; the rest need not be there. Faults as `packCommit`'s.
 */
export function checkOutPart(
  objects: ObjectSource,
  wanted: Wanted,
  options: PackOptions & { readonly whole?: boolean },
): Partly {
  const listed = list(objects, wanted, options);
  const { listing, kept } = listed;
  const unread = [...listing.rules].flatMap(([id, data]) => (data === undefined ? [id] : []));
  if (unread.length > 0) return { missing: new Set(unread), files: listing.ids.size };
  const files = options.whole ? everyFile(kept, listing) : unignored(kept, options.ignore, listing);
  const missing = new Set([...files].filter((id) => objects.get(id) === undefined));
  if (missing.size > 0) return { missing, files: listing.ids.size };
  return { checkout: checkedOut(listed, fill(kept, listing, objects, files)) };
}

interface Listed extends Pick<Checkout, 'commit' | 'raw'> {
  /** From the one that was asked for to the commit. */
  readonly tags: readonly Buffer[];
  readonly listing: GitListing;
  /** What of it is in the directories to keep. */
  readonly kept: Directory;
}

function list(objects: ObjectSource, { want, commit: id }: Wanted, options: PackOptions): Listed {
  const { limits = DEFAULT_LIMITS, sparse: directories = [] } = options;
  const commit = commitOf(objects, id);
  const listing = listGitTree(objects, binaryId(commit.tree), limits);
  const kept = directories.length === 0 ? listing.root : sparse(listing.root, directories);
  const { tags, end } = pathOf(objects, want);
  const [tag] = tags;
  if (tag !== undefined) refuseOther(want, end, id);
  const raw = { commit: objectOf(objects, binaryId(id), 'commit'), ...(tag && { tag }) };
  return { commit, listing, kept, raw, tags };
}

/** A signed tag says nothing of another commit than its own, whatever the server says of where it is. */
function refuseOther(tag: string, own: string, commit: string): void {
  if (own === commit) return;
  const message = `the Git server says that tag ${tag} is at ${commit}; it is at ${own}`;
  throw new Fault('malformed', message, { tag, commit, own });
}

function checkedOut({ commit, raw, tags, listing }: Listed, root: Directory): Checkout {
  const { submodules, trees, rules } = listing;
  const frame: GitObject[] = [{ type: 'commit', data: raw.commit }];
  for (const data of tags) frame.push({ type: 'tag', data });
  for (const data of trees.values()) frame.push({ type: 'tree', data });
  for (const data of rules.values()) if (data) frame.push({ type: 'blob', data });
  return { commit, raw, frame, tree: { root, submodules } };
}

/** Archives what was checked out, which is empty afterwards: what is written need not be kept. */
export async function packCheckout(
  { commit, tree }: Checkout,
  { ignore, limits = DEFAULT_LIMITS }: PackOptions,
): Promise<PackedArtifact> {
  // What other artifacts put in counts as well.
  countIn(tree.root, limits);
  const members = membersOf(tree.root, ignore);
  tree.root.children.clear();
  const files = members.filter(({ kind }) => kind !== 'directory').length;
  const { body, digest } = await writeTarGz(drain(members), limits.packBytes, limits.inflatedBytes);
  return { body, digest, size: body.length, files, commit };
}

/** Yields the members in order and forgets each. */
function* drain(members: Member[]): Generator<Member> {
  members.reverse();
  for (let member = members.pop(); member; member = members.pop()) yield member;
}
