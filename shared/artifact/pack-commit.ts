import { type Member, membersOf } from './directory.ts';
import { type CommitFacts, commitOf } from './git-objects.ts';
import { readGitTree } from './git-tree.ts';
import { type ArtifactLimits, DEFAULT_LIMITS } from './limits.ts';
import { binaryId, readPack } from './pack.ts';
import { writeTarGz } from './write-tar-gz.ts';

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
}

interface Plan {
  readonly commit: CommitFacts;
  readonly members: Member[];
  readonly maxBytes: number;
}

/**
 * From the bytes of a Git pack to a normalised tar.gz, in memory, without a work tree.
 * Faults: `malformed` (pack, objects, unsafe paths), `too-large` (a limit).
 */
export async function packCommit(
  pack: Uint8Array,
  commitId: string,
  options: PackOptions = {},
): Promise<PackedArtifact> {
  // nothing is awaited here, so that the pack can be let go while its files are compressed
  return archive(plan(pack, commitId, options));
}

function plan(pack: Uint8Array, commitId: string, { ignore, limits = DEFAULT_LIMITS }: PackOptions): Plan {
  const objects = readPack(pack, limits);
  const commit = commitOf(objects, commitId);
  const members = membersOf(readGitTree(objects, binaryId(commit.tree), limits).root, ignore);
  return { commit, members, maxBytes: limits.packBytes };
}

async function archive({ commit, members, maxBytes }: Plan): Promise<PackedArtifact> {
  const files = members.filter(({ kind }) => kind !== 'directory').length;
  const { body, digest } = await writeTarGz(drain(members), maxBytes);
  return { body, digest, size: body.length, files, commit };
}

/** Yields the members in order and forgets each: what is written need not be kept. */
function* drain(members: Member[]): Generator<Member> {
  members.reverse();
  for (let member = members.pop(); member; member = members.pop()) yield member;
}
