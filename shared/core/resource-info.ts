import { conditionOf } from './conditions.ts';
import type { KubernetesObject } from './kubernetes-object.ts';
import type { Resource } from './metrics.ts';
import { redact } from './redaction.ts';

/** What labels of a kind are read from, as Flux's monitoring guide has them. */
const LABELS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  Bucket: {
    revision: 'status.artifact.revision',
    endpoint: 'spec.endpoint',
    bucket_name: 'spec.bucketName',
  },
  GitRepository: { revision: 'status.artifact.revision', url: 'spec.url' },
  HelmChart: {
    revision: 'status.artifact.revision',
    chart_name: 'spec.chart',
    chart_version: 'spec.version',
  },
  HelmRepository: { revision: 'status.artifact.revision', url: 'spec.url' },
  ImagePolicy: { source_name: 'spec.imageRepositoryRef.name' },
  ImageRepository: { image: 'spec.image' },
  ImageUpdateAutomation: { source_name: 'spec.sourceRef.name' },
  Kustomization: { revision: 'status.lastAppliedRevision', source_name: 'spec.sourceRef.name' },
  OCIRepository: { revision: 'status.artifact.revision', url: 'spec.url' },
};

/** What metrics tell of an object. A Receiver's path is a secret and is left out; so are credentials in a URL. */
export function resourceOf(object: KubernetesObject, cluster: string): Resource {
  const { apiVersion, kind, metadata } = object;
  const [group = '', version = ''] = apiVersion.split('/');
  const { spec, status } = object as { spec?: { suspend?: boolean }; status?: Status };
  return {
    ...{ cluster, kind, namespace: metadata.namespace ?? '', name: metadata.name },
    ...{ group, version },
    ready: conditionOf(status?.conditions, 'Ready')?.status ?? 'Unknown',
    suspended: spec?.suspend === true,
    labels: Object.fromEntries(
      Object.entries(LABELS[kind] ?? {}).flatMap(([label, path]) => {
        const value = path.split('.').reduce<unknown>(fieldOf, object);
        return typeof value === 'string' ? [[label, redact(value)]] : [];
      }),
    ),
  };
}

interface Status {
  readonly conditions?: Parameters<typeof conditionOf>[0];
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
