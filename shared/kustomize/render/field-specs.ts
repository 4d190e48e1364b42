/** A field of some kinds: what is absent matches all; `create` makes what is missing on the way. */
export interface FieldSpec {
  /** Names separated by `/`, or by `\/` inside a name; lists are passed through, a trailing `[]` says that one is expected. */
  readonly path: string;
  readonly group?: string;
  readonly version?: string;
  readonly kind?: string;
  readonly create?: boolean;
}

// All of this: api v0.21.1, internal/konfig/builtinpluginconsts.

function at(path: string, kinds: string, more: Omit<FieldSpec, 'path' | 'kind'> = {}): readonly FieldSpec[] {
  return kinds.split(' ').map((kind) => ({ path, kind, ...more }));
}

const create = { create: true } as const;
const WORKLOADS = 'Deployment ReplicaSet DaemonSet';

/** What `commonAnnotations` sets. */
export const ANNOTATIONS: readonly FieldSpec[] = [
  { path: 'metadata/annotations', ...create },
  ...at('spec/template/metadata/annotations', 'ReplicationController', { version: 'v1', ...create }),
  ...at('spec/template/metadata/annotations', `${WORKLOADS} StatefulSet`, create),
  ...at('spec/template/metadata/annotations', 'Job', { group: 'batch', ...create }),
  ...at('spec/jobTemplate/metadata/annotations', 'CronJob', { group: 'batch', ...create }),
  ...at('spec/jobTemplate/spec/template/metadata/annotations', 'CronJob', { group: 'batch', ...create }),
];

/** What `labels` sets. */
export const LABELS: readonly FieldSpec[] = [{ path: 'metadata/labels', ...create }];

/** What `labels` sets with `includeTemplates`. */
export const TEMPLATE_LABELS: readonly FieldSpec[] = [
  ...LABELS,
  ...at('spec/template/metadata/labels', 'ReplicationController', { version: 'v1', ...create }),
  ...at('spec/template/metadata/labels', WORKLOADS, create),
  ...at('spec/template/metadata/labels', 'StatefulSet', { group: 'apps', ...create }),
  ...at('spec/volumeClaimTemplates[]/metadata/labels', 'StatefulSet', { group: 'apps', ...create }),
  ...at('spec/template/metadata/labels', 'Job', { group: 'batch', ...create }),
  ...at('spec/jobTemplate/metadata/labels', 'CronJob', { group: 'batch', ...create }),
  ...at('spec/jobTemplate/spec/template/metadata/labels', 'CronJob', { group: 'batch', ...create }),
];

const AFFINITIES = ['podAffinity', 'podAntiAffinity'].flatMap((affinity) => [
  `spec/template/spec/affinity/${affinity}/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm/labelSelector/matchLabels`,
  `spec/template/spec/affinity/${affinity}/requiredDuringSchedulingIgnoredDuringExecution/labelSelector/matchLabels`,
]);

/** What `commonLabels` sets, and `labels` with `includeSelectors`. */
export const SELECTOR_LABELS: readonly FieldSpec[] = [
  ...at('spec/selector', 'Service ReplicationController', { version: 'v1', ...create }),
  ...at('spec/selector/matchLabels', WORKLOADS, create),
  ...at('spec/selector/matchLabels', 'StatefulSet', { group: 'apps', ...create }),
  ...[...AFFINITIES, 'spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels'].flatMap(
    (path) => at(path, 'Deployment StatefulSet', { group: 'apps' }),
  ),
  ...at('spec/selector/matchLabels', 'Job', { group: 'batch' }),
  ...at('spec/jobTemplate/spec/selector/matchLabels', 'CronJob', { group: 'batch' }),
  ...at('spec/selector/matchLabels', 'PodDisruptionBudget', { group: 'policy' }),
  ...[
    'spec/podSelector/matchLabels',
    'spec/ingress/from/podSelector/matchLabels',
    'spec/egress/to/podSelector/matchLabels',
  ].flatMap((path) => at(path, 'NetworkPolicy', { group: 'networking.k8s.io' })),
  ...TEMPLATE_LABELS,
];

/** Where `images` looks, besides every `containers` and `initContainers`; nothing is created. */
export const IMAGES: readonly FieldSpec[] = ['spec', 'spec/template/spec'].flatMap((spec) => [
  { path: `${spec}/containers[]/image` },
  { path: `${spec}/initContainers[]/image` },
  { path: `${spec}/volumes[]/image/reference` },
]);

/** What `replicas` sets. */
export const REPLICAS: readonly FieldSpec[] = at(
  'spec/replicas',
  'Deployment ReplicationController ReplicaSet StatefulSet',
  create,
);

/** What `namespace` sets besides `metadata.namespace` and the subjects of role bindings. */
export const NAMESPACES: readonly FieldSpec[] = [
  { path: 'spec/service/namespace', group: 'apiregistration.k8s.io', kind: 'APIService', ...create },
  {
    path: 'spec/conversion/webhook/clientConfig/service/namespace',
    group: 'apiextensions.k8s.io',
    kind: 'CustomResourceDefinition',
  },
];

/** Kinds whose names take no prefix and no suffix (internal/builtins, PrefixTransformer). */
export const FIXED_NAMES: readonly Omit<FieldSpec, 'path'>[] = [
  { kind: 'CustomResourceDefinition' },
  { group: 'apiregistration.k8s.io', kind: 'APIService' },
  { kind: 'Namespace' },
];
