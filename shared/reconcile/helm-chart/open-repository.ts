import type { Artifact } from '../../api/meta.ts';
import { REASON } from '../../api/vocabulary.ts';
import { loadBlob } from '../../artifact/blobs.ts';
import { verifyStored } from '../../artifact/store.ts';
import { parseDuration } from '../../core/durations.ts';
import { isFault } from '../../core/failures.ts';
import { normaliseRepositoryUrl } from '../../helm/chart/dependencies.ts';
import { isOciUrl } from '../../helm/repository-url.ts';
import type { Scope } from '../reconciler.ts';
import { DEFAULT_HELM_TIMEOUT, readHelmAccess } from '../source/helm-access.ts';
import { openHttpRepository } from './http-repository.ts';
import { readOciAccess } from './oci-access.ts';
import { openOciCharts } from './oci-charts.ts';
import type { OpenedRepository, Repository } from './repository.ts';
import type { StoredIndex } from './repository-index.ts';
import { otherTrouble, type Result } from './trouble.ts';

/** Opens a repository; `byUrl`: its URL says what it is, as for dependencies, not its type. */
export async function openRepository(
  repository: Repository,
  scope: Scope,
  byUrl = false,
): Promise<Result<OpenedRepository>> {
  const { spec, status } = repository;
  const url = normaliseRepositoryUrl(spec.url);
  if (url === undefined) return stalled(REASON.urlInvalid, `invalid Helm repository URL: '${spec.url}'`);
  const access = await readHelmAccess(repository, scope);
  if ('trouble' in access) return otherTrouble(access.trouble.reason, access.trouble.message);
  const { headers, ca, clientCertificate } = access.found;
  const tls = { ...(ca !== undefined && { ca }), ...(clientCertificate && { clientCertificate }) };
  const timeout = timeoutOf(spec);
  if (timeout === undefined)
    return stalled(REASON.invalidSpec, `spec.timeout of the HelmRepository is invalid: '${spec.timeout}'`);
  const signal = (): AbortSignal => AbortSignal.any([scope.signal, scope.ports.clock.timeout(timeout)]);
  if (byUrl ? isOciUrl(url) : spec.type === 'oci') {
    if (!isOciUrl(url))
      return stalled(REASON.failed, `failed to construct Helm client: invalid OCI registry URL: ${url}`);
    const registry = await readOciAccess(repository, access.found, { ...scope, signal: signal() });
    return 'trouble' in registry ? registry : { found: openOciCharts(url, registry.found, signal) };
  }
  const { passCredentials = false } = spec;
  const way = { url, headers, tls, passCredentials, signal, scope };
  const index = await storedIndex(repository, status?.artifact, scope);
  return { found: openHttpRepository(way, index) };
}

/** The index that was stored for this very object: a status may name anybody's bytes. */
async function storedIndex(
  { metadata }: Repository,
  artifact: Artifact | undefined,
  { ports, record }: Scope,
): Promise<StoredIndex | undefined> {
  const { namespace, name } = metadata;
  if (artifact === undefined || name === undefined) return undefined;
  const owner = { cluster: record.id, kind: 'HelmRepository', namespace, name };
  if ((await verifyStored(ports.store, owner, artifact)) !== 'stored') return undefined;
  return { digest: artifact.digest, load: async () => (await loadBlob(ports.store, artifact.digest)).body };
}

function timeoutOf({ timeout = DEFAULT_HELM_TIMEOUT }: Repository['spec']): number | undefined {
  try {
    return parseDuration(timeout);
  } catch (error) {
    if (isFault(error, 'invalid')) return undefined;
    throw error;
  }
}

function stalled(reason: string, message: string): Result<never> {
  return otherTrouble(reason, message, { stalling: true });
}
