import type { ArtifactGenerator, ExternalArtifactReference } from '../../api/artifact-generator.ts';
import type { ExternalArtifact } from '../../api/external-artifact.ts';
import type { Condition } from '../../api/meta.ts';
import { type ObservedSources, observedSourcesDigest } from '../../artifact/generator/observed-sources.ts';
import type { SpecProblem } from '../../artifact/generator/validate.ts';
import { conditionOf, hasStatus } from '../../core/conditions.ts';
import { isDisabled } from './disabled.ts';

/** How it stands with the stored files of the inventory. */
export type Kept = 'whole' | 'missing' | 'corrupted';

/** Everything that the decision rests on. */
export interface Seen {
  readonly now: Date;
  /** Ready as it was when the run began. */
  readonly ready: Condition | undefined;
  readonly problem: SpecProblem | undefined;
  /** Why the sources' artifacts are not known. */
  readonly unready: string | undefined;
  readonly sources: ObservedSources;
  readonly kept: Kept;
  /** The ExternalArtifacts that carry the generator's label, and where those of the inventory are to be had. */
  readonly externals: readonly ExternalArtifact[];
  readonly urlOf: (path: string) => string;
  /** The generators through which it is made of itself, itself first, once they have woken each other often. */
  readonly circle?: readonly string[];
}

/** Why artifacts are generated anew, in upstream's words (AG-09). */
export type Drift =
  | 'NotReady'
  | 'GenerationChanged'
  | 'SourcesChanged'
  | 'ArtifactsChanged'
  | 'ArtifactMissing'
  | 'ArtifactCorrupted'
  | 'ExternalArtifactsChanged';

/** What to do about an ArtifactGenerator. */
export type Plan =
  /** Its annotation disables it. */
  | { readonly do: 'rest' }
  | { readonly do: 'stall'; readonly problem: SpecProblem }
  | { readonly do: 'wait'; readonly message: string }
  | { readonly do: 'keep' }
  | { readonly do: 'generate'; readonly why: Drift };

/** Decides from the sources' artifacts, the store and the ExternalArtifacts there are: generate, keep, wait or say what is wrong. */
export function decide(object: ArtifactGenerator, seen: Seen): Plan {
  if (isDisabled(object)) return { do: 'rest' };
  if (seen.problem !== undefined) return { do: 'stall', problem: seen.problem };
  if (seen.unready !== undefined) return { do: 'wait', message: `get sources failed: ${seen.unready}` };
  const why = driftOfStatus(object, seen.sources) ?? driftOfArtifacts(object, seen);
  return why === undefined ? { do: 'keep' } : { do: 'generate', why };
}

/** What the object itself and its sources tell. */
export function driftOfStatus(
  { metadata, spec, status = {} }: ArtifactGenerator,
  sources: ObservedSources,
): Drift | undefined {
  const ready = conditionOf(status.conditions, 'Ready');
  if (hasStatus(status.conditions, 'Ready', 'False')) return 'NotReady';
  if ((ready?.observedGeneration ?? 0) !== metadata.generation) return 'GenerationChanged';
  if (status.observedSourcesDigest !== observedSourcesDigest(sources)) return 'SourcesChanged';
  const count = status.inventory?.length ?? 0;
  return !spec.pathPattern && count !== spec.artifacts.length ? 'ArtifactsChanged' : undefined;
}

function driftOfArtifacts({ status = {} }: ArtifactGenerator, seen: Seen): Drift | undefined {
  if (seen.kept !== 'whole') return seen.kept === 'missing' ? 'ArtifactMissing' : 'ArtifactCorrupted';
  const { inventory = [] } = status;
  if (seen.externals.length !== inventory.length) return 'ExternalArtifactsChanged';
  const isAll = seen.externals.every((external) => isOf(external, inventory, seen));
  return isAll ? undefined : 'ExternalArtifactsChanged';
}

function isOf(
  { metadata, status }: ExternalArtifact,
  inventory: readonly ExternalArtifactReference[],
  { urlOf }: Seen,
): boolean {
  const { artifact } = status ?? {};
  if (artifact === undefined || artifact.url !== urlOf(artifact.path)) return false;
  return inventory.some(
    ({ name, namespace, digest }) =>
      name === metadata.name && namespace === metadata.namespace && digest === artifact.digest,
  );
}
