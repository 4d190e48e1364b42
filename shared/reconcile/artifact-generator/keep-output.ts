import type { ArtifactGenerator, ExternalArtifactReference } from '../../api/artifact-generator.ts';
import type { ExternalArtifact } from '../../api/external-artifact.ts';
import { MAX_PACKED } from '../../artifact/generator/budget.ts';
import type { BuiltArtifact } from '../../artifact/generator/build.ts';
import { type ObservedSources, revisionsOf } from '../../artifact/generator/observed-sources.ts';
import type { ArtifactRequest } from '../../artifact/generator/path-pattern.ts';
import { artifactPath, collectGarbage, storeArtifact, verifyStored } from '../../artifact/store.ts';
import { isFault } from '../../core/failures.ts';
import type { Scope } from '../reconciler.ts';
import { applyExternal, externalOf, isAsWanted, ownerOf, tellArtifact } from './externals.ts';

/** What all outputs of a run have in common. */
export interface Making {
  readonly object: ArtifactGenerator;
  readonly sources: ObservedSources;
  /** The ExternalArtifacts of the generator that are there. */
  readonly live: ReadonlyMap<string, ExternalArtifact>;
  /** Some of the stored bytes are known to be spoilt: each file is looked into. */
  readonly areSpoilt: boolean;
  readonly now: Date;
}

/** Stores an output and says so in its ExternalArtifact; what is there already, as it is wanted, is left alone (AG-06). Faults: the store's and the API server's. */
export async function keepOutput(
  { object, sources, live, areSpoilt, now }: Making,
  { output, labels }: ArtifactRequest,
  { file, body, digest }: BuiltArtifact,
  scope: Scope,
): Promise<ExternalArtifactReference> {
  const { name } = output;
  const { namespace } = object.metadata;
  const { store } = scope.ports;
  const owner = ownerOf({ namespace, name }, scope);
  const path = artifactPath(owner, file);
  const wanted = externalOf(object, name, labels);
  const revisions = revisionsOf(output, digest, sources);
  const url = scope.ports.artifactUrl(scope.record.id, path);
  const told = { path, url, digest, size: body.length, ...revisions };
  const reference = { name, namespace, digest, filename: file };
  const before = live.get(name);
  const deepBytes = areSpoilt ? MAX_PACKED : 0;
  const isStored = (await verifyStored(store, owner, { path, digest }, deepBytes)) === 'stored';
  if (isStored && isAsWanted(before, wanted, told)) return reference;
  // The object first: what is stored for one that never came about, nobody would find to remove.
  const applied = await applyExternal(wanted, scope);
  const stored = await storeArtifact(store, owner, { file, body, digest, ...revisions }, now);
  await tellArtifact(applied, { ...stored, url }, before, scope);
  await collectGarbage(store, owner, path, now).catch((error: unknown) => {
    if (!isFault(error)) throw error;
    scope.ports.log.warn('previous artifacts not collected', { path, error: error.message });
  });
  return reference;
}
