import { writeTarGz } from '../core/tar/write-tar-gz.ts';
import { countIn, type Member, membersOf } from './directory.ts';
import { type CommitFacts, commitOf, objectOf } from './git-objects.ts';
import { type GitTree, readGitTree, sparse } from './git-tree.ts';
import { type ArtifactLimits, DEFAULT_LIMITS } from './limits.ts';
import { binaryId, readPack } from './pack.ts';

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
}

/**
 * From the bytes of a Git pack to a normalised tar.gz, in memory, without a work tree.
 * Faults: `malformed` (pack, objects, unsafe paths), `too-large` (a limit), `not-found` (a directory to keep).
 */
export async function packCommit(
  pack: Uint8Array,
  commitId: string,
  options: PackOptions = {},
): Promise<PackedArtifact> {
  // nothing is awaited here, so that the pack can be let go while its files are compressed
  return packCheckout(checkOut(pack, commitId, commitId, options), options);
}

/** What of a pack is checked out; `want` is the commit or the tag that names it. Faults as `packCommit`'s. */
export function checkOut(
  pack: Uint8Array,
  want: string,
  commitId: string,
  { limits = DEFAULT_LIMITS, sparse: directories = [] }: PackOptions,
): Checkout {
  const objects = readPack(pack, limits);
  const commit = commitOf(objects, commitId);
  const { root, submodules } = readGitTree(objects, binaryId(commit.tree), limits);
  const kept = directories.length === 0 ? root : sparse(root, directories);
  const tag = want === commitId ? undefined : objects.get(binaryId(want));
  const raw = {
    commit: objectOf(objects, binaryId(commitId), 'commit'),
    ...(tag?.type === 'tag' && { tag: tag.data }),
  };
  return { commit, tree: { root: kept, submodules }, raw };
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
