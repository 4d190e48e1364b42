import { type CommitFacts, commitOf } from './git-objects.ts';
import { type ArtifactLimits, DEFAULT_LIMITS } from './limits.ts';
import { binaryId, readPack } from './pack.ts';
import { membersOf } from './tree-walk.ts';
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

/**
 * From the bytes of a Git pack to a normalised tar.gz, in memory, without a work tree.
 * Faults: `malformed` (pack, objects, unsafe paths), `too-large` (a limit).
 */
export async function packCommit(
  pack: Uint8Array,
  commitId: string,
  { ignore, limits = DEFAULT_LIMITS }: PackOptions = {},
): Promise<PackedArtifact> {
  const objects = readPack(pack, limits);
  const commit = commitOf(objects, commitId);
  const members = membersOf(objects, binaryId(commit.tree), ignore, limits);
  const { body, digest } = await writeTarGz(members, limits.packBytes);
  const files = members.filter(({ kind }) => kind !== 'directory').length;
  return { body, digest, size: body.length, files, commit };
}
