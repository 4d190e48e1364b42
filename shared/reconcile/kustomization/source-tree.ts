import type { Kustomization } from '../../api/kustomization.ts';
import type { Artifact } from '../../api/meta.ts';
import { downloadArtifact } from '../../artifact/external.ts';
import { DEFAULT_LIMITS } from '../../artifact/limits.ts';
import { readTarGz } from '../../artifact/read-tar-gz.ts';
import { loadArtifact } from '../../artifact/store.ts';
import { isFault, messageOf } from '../../core/failures.ts';
import { sourceOf } from '../../core/references.ts';
import type { FileTree } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';

/** The artifact's files; undefined when it is gone, a text when it is not what its digest says, or cannot be had. */
export async function sourceTree(
  { spec, metadata }: Kustomization,
  artifact: Artifact,
  scope: Scope,
): Promise<FileTree | string | undefined> {
  const source = sourceOf(spec.sourceRef, metadata.namespace);
  try {
    return await loadArtifact(scope.ports.store, { cluster: scope.record.id, ...source }, artifact);
  } catch (error) {
    if (isFault(error, 'not-found'))
      return source.kind === 'ExternalArtifact' ? externalTree(source, artifact, scope) : undefined;
    if (isFault(error, 'malformed', 'too-large', 'invalid')) return messageOf(error);
    throw error;
  }
}

/** Files that somebody else keeps: whatever the URL answers must be what the digest says (EA-03). */
async function externalTree(
  source: { readonly namespace: string; readonly name: string },
  artifact: Artifact,
  { ports, record, signal }: Scope,
): Promise<FileTree | string | undefined> {
  try {
    const http = ports.http(record.settings.profile);
    const bytes = await downloadArtifact(source, artifact, { http, clock: ports.clock, signal });
    return bytes && readTarGz(bytes, DEFAULT_LIMITS);
  } catch (error) {
    if (signal.aborted || !isFault(error)) throw error;
    return messageOf(error);
  }
}
