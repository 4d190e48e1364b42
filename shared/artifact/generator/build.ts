import type { OutputArtifact } from '../../api/artifact-generator.ts';
import { writeTarGz } from '../../core/tar/write-tar-gz.ts';
import { membersKept } from '../directory.ts';
import { ignoring } from '../ignore.ts';
import { DEFAULT_LIMITS } from '../limits.ts';
import type { NewArtifact } from '../store.ts';
import { type Budget, MAX_PACKED } from './budget.ts';
import { contentsHash } from './contents-hash.ts';
import { copyAll, type Sources } from './copy.ts';

/** What was packed, before it has a revision. */
export type BuiltArtifact = Required<Pick<NewArtifact, 'file' | 'body' | 'digest'>>;

/** Copies an output's files and packs them, without what `.sourceignore` leaves out by default; ignore files mean nothing here (AG-06). Faults say why not. */
export async function buildArtifact(
  output: OutputArtifact,
  sources: Sources,
  budget: Budget,
): Promise<BuiltArtifact> {
  const stage = copyAll(output.copy, sources, budget);
  const file = `${contentsHash(stage, output.name)}.tar.gz`;
  const members = membersKept(stage, ignoring([]));
  budget.spend(
    'copiedBytes',
    members.reduce((sum, { data }) => sum + data.length, 0),
  );
  const { body, digest } = await writeTarGz(members, MAX_PACKED, DEFAULT_LIMITS.inflatedBytes);
  return { file, body, digest };
}
