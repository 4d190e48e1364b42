import { GROUP } from './vocabulary.ts';

/** The queues that carry work for a kind: a subset of the pipeline's (core/messages.ts). */
export type KindQueue = 'source' | 'apply' | 'helm' | 'image' | 'events';

/** What must be known of a kind to find, install and schedule its objects, without its schema. */
export interface Kind {
  readonly kind: string;
  /** `<group>/<version>`. */
  readonly apiVersion: string;
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  /** `kubectl get fluxcd-sources` and the like. */
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  /** Where work on its objects goes; null for kinds that are only read. */
  readonly queue: KindQueue | null;
}

type Family = 'sources' | 'appliers' | 'notifications' | 'images';

function kind(
  group: string,
  version: string,
  name: string,
  shortNames: readonly string[],
  family: Family,
  queue: KindQueue | null,
): Kind {
  const singular = name.toLowerCase();
  return {
    kind: name,
    apiVersion: apiVersionOf({ group, version }),
    group,
    version,
    singular,
    plural: singular.endsWith('y') ? `${singular.slice(0, -1)}ies` : `${singular}s`,
    shortNames,
    categories: ['all', 'fluxcd', `fluxcd-${family}`],
    namespaced: true,
    queue,
  };
}

/** Every Flux kind at its newest version. */
export const KINDS: readonly Kind[] = [
  kind(GROUP.source, 'v1', 'GitRepository', ['gitrepo'], 'sources', 'source'),
  kind(GROUP.source, 'v1', 'OCIRepository', ['ocirepo'], 'sources', 'source'),
  kind(GROUP.source, 'v1', 'HelmRepository', ['helmrepo'], 'sources', 'source'),
  kind(GROUP.source, 'v1', 'HelmChart', ['hc'], 'sources', 'source'),
  kind(GROUP.source, 'v1', 'Bucket', [], 'sources', 'source'),
  kind(GROUP.source, 'v1', 'ExternalArtifact', ['ea'], 'sources', null),
  kind(GROUP.sourceExtensions, 'v1beta1', 'ArtifactGenerator', ['ag'], 'sources', 'source'),
  kind(GROUP.kustomize, 'v1', 'Kustomization', ['ks'], 'appliers', 'apply'),
  kind(GROUP.helm, 'v2', 'HelmRelease', ['hr'], 'appliers', 'helm'),
  kind(GROUP.notification, 'v1', 'Receiver', [], 'notifications', 'source'),
  kind(GROUP.notification, 'v1beta3', 'Provider', [], 'notifications', null),
  kind(GROUP.notification, 'v1beta3', 'Alert', [], 'notifications', null),
  kind(GROUP.image, 'v1', 'ImageRepository', ['imgrepo', 'imagerepo'], 'images', 'image'),
  kind(GROUP.image, 'v1', 'ImagePolicy', ['imgpol', 'imagepol'], 'images', 'image'),
  kind(GROUP.image, 'v1', 'ImageUpdateAutomation', ['iua', 'imgupd', 'imgauto'], 'images', 'image'),
];

/** `<group>/<version>` of a kind. */
export function apiVersionOf(of: Pick<Kind, 'group' | 'version'>): string {
  return `${of.group}/${of.version}`;
}

/** The Flux kind of that name, in that group if one is given; the version does not matter. */
export function kindOf(name: string, group?: string): Kind | undefined {
  return KINDS.find((known) => known.kind === name && (group === undefined || known.group === group));
}

/** Name of the kind's CustomResourceDefinition. */
export function crdNameOf(of: Pick<Kind, 'plural' | 'group'>): string {
  return `${of.plural}.${of.group}`;
}
