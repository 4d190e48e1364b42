import type { Kustomization } from '../../api/kustomization.ts';
import type { Artifact } from '../../api/meta.ts';
import { downloadArtifact } from '../../artifact/external.ts';
import type { ArtifactLimits } from '../../artifact/limits.ts';
import { readTarGz } from '../../artifact/read-tar-gz.ts';
import { loadArtifact } from '../../artifact/store.ts';
import { isFault, messageOf } from '../../core/failures.ts';
import { sourceOf } from '../../core/references.ts';
import type { FileTree } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';

/** The artifact's files; undefined when it is gone, a text when it is not what its digest says, or cannot be had. Fault `too-large` of a trial. */
export async function sourceTree(
  { spec, metadata }: Kustomization,
  artifact: Artifact,
  limits: ArtifactLimits,
  scope: Scope,
): Promise<FileTree | string | undefined> {
  const source = sourceOf(spec.sourceRef, metadata.namespace);
  try {
    return await loadArtifact(scope.ports.store, { cluster: scope.record.id, ...source }, artifact, limits);
  } catch (error) {
    if (isFault(error, 'not-found'))
      return source.kind === 'ExternalArtifact' ? externalTree(source, artifact, limits, scope) : undefined;
    if (limits.isTrial && isFault(error, 'too-large')) throw error;
    if (isFault(error, 'malformed', 'too-large', 'invalid')) return messageOf(error);
    throw error;
  }
}

/** Files that somebody else keeps: whatever the URL answers must be what the digest says (EA-03). */
async function externalTree(
  source: { readonly namespace: string; readonly name: string },
  artifact: Artifact,
  limits: ArtifactLimits,
  { ports, record, signal }: Scope,
): Promise<FileTree | string | undefined> {
  try {
    const http = ports.http(record.settings.profile);
    const bytes = await downloadArtifact(source, artifact, { http, clock: ports.clock, signal, limits });
    return bytes && readTarGz(bytes, limits);
  } catch (error) {
    if (signal.aborted || !isFault(error)) throw error;
    if (limits.isTrial && error.code === 'too-large') throw error;
    return messageOf(error);
  }
}
