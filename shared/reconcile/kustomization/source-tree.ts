import { createHash } from 'node:crypto';
import type { Kustomization } from '../../api/kustomization.ts';
import type { Artifact } from '../../api/meta.ts';
import { DEFAULT_LIMITS } from '../../artifact/limits.ts';
import { readTarGz } from '../../artifact/read-tar-gz.ts';
import { loadArtifact } from '../../artifact/store.ts';
import { Fault, isFault, messageOf } from '../../core/failures.ts';
import { namespacedName, sourceOf } from '../../core/references.ts';
import type { FileTree } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';

/** Of those that Flux knows, those that this runtime computes. */
const ALGORITHMS: ReadonlySet<string> = new Set(['sha256', 'sha384', 'sha512']);

/** Ours: time for an artifact that somebody else keeps, in ms; a worker has 120 s for all. */
const DOWNLOAD_MS = 30_000;

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
  { url, digest }: Artifact,
  scope: Scope,
): Promise<FileTree | string | undefined> {
  const title = `ExternalArtifact/${namespacedName(source)}`;
  const { http, clock } = scope.ports;
  const signal = AbortSignal.any([scope.signal, clock.timeout(DOWNLOAD_MS)]);
  try {
    const request = { method: 'GET', url, signal, maxBytes: DEFAULT_LIMITS.packBytes };
    const { status, body } = await http(scope.record.settings.profile).request(request);
    if (status === 404) return undefined;
    if (status !== 200) return `failed to download the artifact of ${title}: the server answered ${status}`;
    if (digestLike(digest, body) !== digest)
      throw new Fault('malformed', `computed digest doesn't match '${digest}'`);
    return readTarGz(body, DEFAULT_LIMITS);
  } catch (error) {
    if (scope.signal.aborted || !isFault(error)) throw error;
    const advice = isFault(error, 'unreachable', 'timeout', 'egress-denied')
      ? '; it has to be served where Sluice can reach it, not inside the cluster alone'
      : '';
    return `failed to download the artifact of ${title}: ${error.message}${advice}`;
  }
}

/** The digest of `bytes` by the algorithm that `digest` names. Fault `invalid` when that is not known. */
function digestLike(digest: string, bytes: Uint8Array): string {
  const [algorithm = ''] = digest.split(':');
  if (ALGORITHMS.has(algorithm)) return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
  const known = [...ALGORITHMS].join(', ');
  throw new Fault('invalid', `its digest is not one of ${known}: '${digest}'`);
}
