/** What a string names: decides how the walk follows it. */
export type Role =
  /** A file of objects, or a directory with a kustomization. */
  | 'resource'
  /** A directory with a component. */
  | 'component'
  /** One file, read as it is. */
  | 'file'
  /** `key=path` or a path, as in a generator's `files`. */
  | 'keyed-file'
  /** Inline plugin configuration, else a file or directory of it. */
  | 'plugin'
  /** An inline strategic merge patch, else a file. */
  | 'patch';

/** What a field holds. */
export type Field =
  | { readonly type: 'string'; readonly role?: Role }
  | { readonly type: 'boolean' | 'integer' | 'any' }
  | { readonly type: 'list' | 'map'; readonly of: Field }
  | { readonly type: 'object'; readonly fields: Fields }
  /** Known, and never allowed: the text says why. */
  | { readonly type: 'refused'; readonly why: string };

/** The fields of one type, by their canonical names. */
export type Fields = Readonly<Record<string, Field>>;

const text: Field = { type: 'string' };
const yes: Field = { type: 'boolean' };
const integer: Field = { type: 'integer' };
const file: Field = { type: 'string', role: 'file' };
const texts: Field = list(text);
const textMap: Field = { type: 'map', of: text };
const helm: Field = { type: 'refused', why: 'Helm charts are not inflated inside kustomize' };

function list(of: Field): Field {
  return { type: 'list', of };
}

function object(fields: Fields): Field {
  return { type: 'object', fields };
}

function paths(role: Role): Field {
  return list({ type: 'string', role });
}

const gvk: Fields = { group: text, version: text, kind: text };
const identity: Fields = { ...gvk, name: text, namespace: text };
const selector = object({ ...identity, annotationSelector: text, labelSelector: text });
/** Places in objects, as transformers are configured with. */
export const fieldSpecs: Field = list(object({ ...gvk, path: text, create: yes }));
const metadata = object({ name: text, namespace: text, labels: textMap, annotations: textMap });
const image = object({ name: text, newName: text, tagSuffix: text, newTag: text, digest: text });
const replica = object({ name: text, count: integer });
const fieldOptions = object({ delimiter: text, index: integer, encoding: text, create: yes });
const patchOptions = object({ allowNameChange: yes, allowKindChange: yes });
const patches = list(object({ path: file, patch: text, target: selector, options: patchOptions }));
const replacements = list(
  object({
    path: file,
    source: object({ ...identity, fieldPath: text, options: fieldOptions }),
    sourceValue: text,
    targets: list(
      object({ select: selector, reject: list(selector), fieldPaths: texts, options: fieldOptions }),
    ),
  }),
);
const generatorOptions = object({
  labels: textMap,
  annotations: textMap,
  disableNameSuffixHash: yes,
  immutable: yes,
});
const generator: Fields = {
  namespace: text,
  name: text,
  behavior: text,
  literals: texts,
  files: paths('keyed-file'),
  envs: paths('file'),
  env: file,
  options: generatorOptions,
};

/** Every field of kustomize 5.8's Kustomization and Component (api v0.21.1, types/kustomization.go). */
export const KUSTOMIZATION_FIELDS: Fields = {
  apiVersion: text,
  kind: text,
  metadata,
  openapi: object({ path: file, version: text }),
  namePrefix: text,
  nameSuffix: text,
  namespace: text,
  commonLabels: textMap,
  labels: list(object({ pairs: textMap, includeSelectors: yes, includeTemplates: yes, fields: fieldSpecs })),
  commonAnnotations: textMap,
  patchesStrategicMerge: paths('patch'),
  patchesJson6902: patches,
  patches,
  images: list(image),
  imageTags: list(image),
  replacements,
  replicas: list(replica),
  vars: list(
    object({
      name: text,
      objref: object({ apiVersion: text, ...identity }),
      fieldref: object({ fieldPath: text }),
    }),
  ),
  sortOptions: object({
    order: text,
    legacySortOptions: object({ orderFirst: texts, orderLast: texts }),
  }),
  resources: paths('resource'),
  components: paths('component'),
  crds: paths('file'),
  bases: paths('resource'),
  configMapGenerator: list(object(generator)),
  secretGenerator: list(object({ ...generator, type: text })),
  helmGlobals: helm,
  helmCharts: helm,
  helmChartInflationGenerator: helm,
  generatorOptions,
  configurations: paths('file'),
  generators: paths('plugin'),
  transformers: paths('plugin'),
  validators: paths('plugin'),
  buildMetadata: texts,
};

const plugin: Fields = { apiVersion: text, kind: text, metadata: { type: 'any' } };

/** The configuration of each builtin plugin (api v0.21.1, internal/builtins), by kind; no other kind may run. */
export const PLUGIN_FIELDS: Readonly<Record<string, Fields>> = {
  AnnotationsTransformer: { ...plugin, annotations: textMap, fieldSpecs },
  ConfigMapGenerator: { ...plugin, ...generator },
  SecretGenerator: { ...plugin, ...generator, type: text },
  IAMPolicyGenerator: {
    ...plugin,
    cloud: text,
    kubernetesService: object({ name: text, namespace: text }),
    serviceAccount: object({ name: text, projectId: text }),
  },
  HashTransformer: plugin,
  ImageTagTransformer: { ...plugin, imageTag: image, fieldSpecs },
  LabelTransformer: { ...plugin, labels: textMap, fieldSpecs },
  NamespaceTransformer: { ...plugin, fieldSpecs, unsetOnly: yes, setRoleBindingSubjects: text },
  PatchJson6902Transformer: { ...plugin, target: selector, path: file, jsonOp: text },
  PatchStrategicMergeTransformer: { ...plugin, paths: paths('patch'), patches: text },
  PatchTransformer: { ...plugin, path: file, patch: text, target: selector, options: patchOptions },
  PrefixSuffixTransformer: { ...plugin, prefix: text, suffix: text, fieldSpecs },
  PrefixTransformer: { ...plugin, prefix: text, fieldSpecs },
  SuffixTransformer: { ...plugin, suffix: text, fieldSpecs },
  ReplacementTransformer: { ...plugin, replacements },
  ReplicaCountTransformer: { ...plugin, replica, fieldSpecs },
  ValueAddTransformer: {
    ...plugin,
    value: text,
    targets: list(object({ selector, fieldPath: text, filePathPosition: integer })),
    targetFilePath: file,
  },
};
