/** Flux's exact strings, each written once; nothing here imports anything, so that it weighs nothing in a bundle. */

/** API groups of the Flux kinds. */
export const GROUP = {
  source: 'source.toolkit.fluxcd.io',
  sourceExtensions: 'source.extensions.fluxcd.io',
  kustomize: 'kustomize.toolkit.fluxcd.io',
  helm: 'helm.toolkit.fluxcd.io',
  notification: 'notification.toolkit.fluxcd.io',
  image: 'image.toolkit.fluxcd.io',
} as const;

/** `apiVersion`s at the newest version of each group; Receiver is ahead of the other notification kinds. */
export const API_VERSION = {
  source: 'source.toolkit.fluxcd.io/v1',
  sourceExtensions: 'source.extensions.fluxcd.io/v1beta1',
  kustomize: 'kustomize.toolkit.fluxcd.io/v1',
  helm: 'helm.toolkit.fluxcd.io/v2',
  receiver: 'notification.toolkit.fluxcd.io/v1',
  notification: 'notification.toolkit.fluxcd.io/v1beta3',
  image: 'image.toolkit.fluxcd.io/v1',
} as const;

/** The finalizer of every kind but ArtifactGenerator (COM-03, RC-05). */
export const FINALIZER = 'finalizers.fluxcd.io';
/** The finalizer of ArtifactGenerator (AG-04). */
export const GENERATOR_FINALIZER = 'source.extensions.fluxcd.io/finalizer';

/** Annotations on Flux's own objects. */
export const ANNOTATION = {
  requestedAt: 'reconcile.fluxcd.io/requestedAt',
  forceAt: 'reconcile.fluxcd.io/forceAt',
  resetAt: 'reconcile.fluxcd.io/resetAt',
  generatorReconcile: 'source.extensions.fluxcd.io/reconcile',
} as const;

/** Annotations with this prefix are copied into the metadata of an object's events (COM-26). */
export const EVENT_ANNOTATION_PREFIX = 'event.toolkit.fluxcd.io/';

/** Switches on applied objects, as a label or an annotation (KS-67); the values are compared without case. */
export const SWITCH = {
  reconcile: 'kustomize.toolkit.fluxcd.io/reconcile',
  prune: 'kustomize.toolkit.fluxcd.io/prune',
  ssa: 'kustomize.toolkit.fluxcd.io/ssa',
  force: 'kustomize.toolkit.fluxcd.io/force',
  substitute: 'kustomize.toolkit.fluxcd.io/substitute',
  decrypt: 'kustomize.toolkit.fluxcd.io/decrypt',
  helmDriftDetection: 'helm.toolkit.fluxcd.io/driftDetection',
} as const;

/** The values a switch can have. */
export const SWITCH_VALUE = {
  enabled: 'enabled',
  disabled: 'disabled',
  merge: 'Merge',
  ifNotPresent: 'IfNotPresent',
  ignore: 'Ignore',
} as const;

/** Labels on applied objects and on objects that people mark for Flux. */
export const LABEL = {
  /** Who applied an object: name and namespace of its Kustomization or HelmRelease (KS-33, HRL-46). */
  kustomizeName: 'kustomize.toolkit.fluxcd.io/name',
  kustomizeNamespace: 'kustomize.toolkit.fluxcd.io/namespace',
  helmName: 'helm.toolkit.fluxcd.io/name',
  helmNamespace: 'helm.toolkit.fluxcd.io/namespace',
  /** On an ExternalArtifact: uid of the ArtifactGenerator that made it. */
  generator: 'source.extensions.fluxcd.io/generator',
  /** On ConfigMaps and Secrets whose changes are acted on at once (COM-25). */
  watch: 'reconcile.fluxcd.io/watch',
  shard: 'sharding.fluxcd.io/key',
  partOf: 'app.kubernetes.io/part-of',
  managedBy: 'app.kubernetes.io/managed-by',
} as const;

/** Value of the label `reconcile.fluxcd.io/watch`. */
export const WATCH_ENABLED = 'Enabled';
/** Value of `app.kubernetes.io/part-of` on everything that belongs to Flux. */
export const PART_OF_FLUX = 'flux';

/** Condition types (COM-08). */
export const CONDITION = {
  ready: 'Ready',
  reconciling: 'Reconciling',
  stalled: 'Stalled',
  healthy: 'Healthy',
  artifactInStorage: 'ArtifactInStorage',
  artifactOutdated: 'ArtifactOutdated',
  sourceVerified: 'SourceVerified',
  fetchFailed: 'FetchFailed',
  buildFailed: 'BuildFailed',
  storageOperationFailed: 'StorageOperationFailed',
  includeUnavailable: 'IncludeUnavailable',
  released: 'Released',
  testSuccess: 'TestSuccess',
  remediated: 'Remediated',
  drifted: 'Drifted',
  /** Ours: a generator is made of its own artifacts, which come out different each time. */
  circular: 'Circular',
} as const;

/** Reasons of conditions and events: generic (COM-11, KS-07), of sources (COM-12) and our own. */
export const REASON = {
  succeeded: 'Succeeded',
  failed: 'Failed',
  progressing: 'Progressing',
  progressingWithRetry: 'ProgressingWithRetry',
  suspended: 'Suspended',
  dependencyNotReady: 'DependencyNotReady',
  invalidPath: 'InvalidPath',
  invalidUrl: 'InvalidURL',
  insecureConnectionsDisallowed: 'InsecureConnectionsDisallowed',
  unsupportedConnectionType: 'UnsupportedConnectionType',
  pruneFailed: 'PruneFailed',
  artifactFailed: 'ArtifactFailed',
  buildFailed: 'BuildFailed',
  healthCheckFailed: 'HealthCheckFailed',
  healthCheckCanceled: 'HealthCheckCanceled',
  reconciliationSucceeded: 'ReconciliationSucceeded',
  reconciliationFailed: 'ReconciliationFailed',
  invalidCelExpression: 'InvalidCELExpression',
  featureGateDisabled: 'FeatureGateDisabled',
  accessDenied: 'AccessDenied',

  urlInvalid: 'URLInvalid',
  indexationFailed: 'IndexationFailed',
  authenticationFailed: 'AuthenticationFailed',
  verificationError: 'VerificationError',
  ociArtifactPullFailed: 'OCIArtifactPullFailed',
  ociArtifactLayerOperationFailed: 'OCIArtifactLayerOperationFailed',
  directoryCreationFailed: 'DirectoryCreationFailed',
  statOperationFailed: 'StatOperationFailed',
  readOperationFailed: 'ReadOperationFailed',
  acquireLockFailed: 'AcquireLockFailed',
  archiveOperationFailed: 'ArchiveOperationFailed',
  symlinkUpdateFailed: 'SymlinkUpdateFailed',
  artifactUpToDate: 'ArtifactUpToDate',
  cacheOperationFailed: 'CacheOperationFailed',
  patchOperationFailed: 'PatchOperationFailed',
  invalidStsConfiguration: 'InvalidSTSConfiguration',
  invalidProviderConfiguration: 'InvalidProviderConfiguration',
  sourceIgnoreError: 'SourceIgnoreError',

  newArtifact: 'NewArtifact',
  gitOperationSucceeded: 'GitOperationSucceeded',
  gitOperationFailed: 'GitOperationFailed',
  bucketOperationSucceeded: 'BucketOperationSucceeded',
  bucketOperationFailed: 'BucketOperationFailed',
  garbageCollectionSucceeded: 'GarbageCollectionSucceeded',
  garbageCollectionFailed: 'GarbageCollectionFailed',
  artifactVerificationFailed: 'ArtifactVerificationFailed',

  tokenNotFound: 'TokenNotFound',
  validationFailed: 'ValidationFailed',

  reconciliationDisabled: 'ReconciliationDisabled',
  sourceFetchFailed: 'SourceFetchFailed',

  /** Ours: the object asks for something this version of Sluice refuses or has not built. */
  notSupported: 'NotSupported',
  /** Ours: the spec is missing, or says something that no API server should have let through. */
  invalidSpec: 'InvalidSpec',
  /** Ours: the artifact cannot be kept as files. */
  mirrorRefused: 'MirrorRefused',
  /** Ours, of Circular. */
  madeOfItself: 'MadeOfItself',
} as const;

/** The Deployments of a Flux installation; source-watcher since 2.7. */
export const CONTROLLERS = [
  'source-controller',
  'kustomize-controller',
  'helm-controller',
  'notification-controller',
  'image-reflector-controller',
  'image-automation-controller',
  'source-watcher',
] as const;

/** Field managers, which decide who owns which field when a cluster is handed over (COM-29, KS-60). */
export const FIELD_MANAGER = {
  source: 'source-controller',
  sourceWatcher: 'source-watcher',
  kustomize: 'kustomize-controller',
  kustomizeStatus: 'gotk-kustomize-controller',
  helm: 'helm-controller',
  notification: 'notification-controller',
  imageReflector: 'image-reflector-controller',
  imageAutomation: 'image-automation-controller',
} as const;

/** Keys of an event's metadata; on the wire each is prefixed with `<API group>/` (COM-26). */
export const EVENT_METADATA = {
  revision: 'revision',
  originRevision: 'originRevision',
  digest: 'digest',
  checksum: 'checksum',
  token: 'token',
  commit: 'commit',
  commitStatus: 'commit_status',
  changeRequest: 'change_request',
} as const;
