import type { HelmChart } from '../../api/helm-chart.ts';
import type { Artifact } from '../../api/meta.ts';
import { API_VERSION, GROUP } from '../../api/vocabulary.ts';
import { type ArtifactOwner, verifyStored } from '../../artifact/store.ts';
import type { Scope } from '../reconciler.ts';
import { getIfServed } from '../served.ts';
import type { Repository } from './repository.ts';
import type { Result } from './trouble.ts';

/** What a HelmChart takes its chart from. */
export type ChartSource =
  | {
      readonly kind: 'HelmRepository';
      readonly repository: Repository;
      readonly revision: string | undefined;
    }
  | {
      readonly kind: 'GitRepository' | 'Bucket';
      readonly owner: ArtifactOwner;
      readonly artifact: Artifact;
      readonly revision: string;
    };

interface SourceObject {
  readonly spec?: { readonly type?: string };
  readonly status?: { readonly artifact?: Artifact };
}

const SOURCES: readonly string[] = ['HelmRepository', 'GitRepository', 'Bucket'];

/** The source with its artifact, which has to be in the store unless it is a registry (HC-13). */
export async function readSource({ metadata, spec }: HelmChart, scope: Scope): Promise<Result<ChartSource>> {
  const { kind, name } = spec.sourceRef;
  const { namespace } = metadata;
  if (!SOURCES.includes(kind)) return unsupported(kind);
  const reference = { apiVersion: API_VERSION.source, kind, namespace, name };
  const found = (await getIfServed(scope.cluster, reference)) as SourceObject | undefined;
  if (found === undefined) return unavailable(`${kind}.${GROUP.source} "${name}" not found`);
  const { artifact } = found.status ?? {};
  const isRegistry = kind === 'HelmRepository' && found.spec?.type === 'oci';
  const owner = { cluster: scope.record.id, kind, namespace, name };
  const isThere =
    artifact !== undefined && (await verifyStored(scope.ports.store, owner, artifact)) === 'stored';
  if (!isThere && !isRegistry) return lacking(kind, name);
  if (kind === 'HelmRepository')
    return { found: { kind, repository: found as Repository, revision: artifact?.revision } };
  if (artifact === undefined) return lacking(kind, name);
  return { found: { kind, owner, artifact, revision: artifact.revision } };
}

function lacking(kind: string, name: string): Result<never> {
  const message = `no artifact available for ${kind} source '${name}'`;
  return { trouble: { condition: 'FetchFailed', reason: 'NoSourceArtifact', message, quiet: true } };
}

function unavailable(problem: string): Result<never> {
  const message = `failed to get source: ${problem}`;
  return { trouble: { condition: 'FetchFailed', reason: 'SourceUnavailable', message } };
}

/** No API server lets it through. */
function unsupported(kind: string): Result<never> {
  const kinds = SOURCES.join(' ');
  const message = `failed to get source: unsupported source kind '${kind}', must be one of: [${kinds}]`;
  const told = { reason: 'UnsupportedSourceKind', message };
  return {
    trouble: { condition: 'FetchFailed', reason: 'SourceUnavailable', message, told, stalling: true },
  };
}
