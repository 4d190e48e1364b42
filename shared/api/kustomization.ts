import * as z from 'zod';
import {
  CommonMetadata,
  CustomHealthCheck,
  DependencyReference,
  IgnoreRule,
  KubeConfigReference,
  KustomizeImage,
  KustomizePatch,
} from './applier.ts';
import {
  commonStatus,
  interval,
  LocalObjectReference,
  Metadata,
  NamespacedObjectKindReference,
  ResourceInventory,
  suspend,
  UNOBSERVED,
} from './meta.ts';
import { AGE, describeKind, READY, STATUS } from './printer-columns.ts';
import { Duration, type Infer, Int64, StringMap, Timestamp } from './schema.ts';
import { API_VERSION } from './vocabulary.ts';

/** Names a source, in this namespace or another one. */
export const CrossNamespaceSourceReference = z.object({
  apiVersion: z.string().exactOptional(),
  kind: z.enum(['OCIRepository', 'GitRepository', 'Bucket', 'ExternalArtifact']),
  name: z.string(),
  namespace: z.string().exactOptional(),
});
export type CrossNamespaceSourceReference = Infer<typeof CrossNamespaceSourceReference>;

/** How encrypted files are decrypted. */
export const Decryption = z.object({
  provider: z.enum(['sops']),
  secretRef: LocalObjectReference.exactOptional().describe('Private keys and static cloud credentials.'),
  serviceAccountName: z.string().exactOptional().describe('Whose cloud identity may use the KMS.'),
});
export type Decryption = Infer<typeof Decryption>;

/** Variables from a ConfigMap or Secret. */
export const SubstituteReference = z.object({
  kind: z.enum(['Secret', 'ConfigMap']),
  name: z.string().min(1).max(253),
  optional: z.boolean().default(false),
});
export type SubstituteReference = Infer<typeof SubstituteReference>;

/** What is done to the rendered manifests before they are applied. */
export const PostBuild = z.object({
  substitute: StringMap.exactOptional().describe('Variables and their values.'),
  substituteFrom: z.array(SubstituteReference).exactOptional(),
  substituteStrategy: z
    .enum(['WithVariables', 'Always'])
    .exactOptional()
    .describe('Whether to substitute even when no variable is defined.'),
});
export type PostBuild = Infer<typeof PostBuild>;

/** One revision's story, newest first in `status.history`. */
export const Snapshot = z.object({
  digest: z.string(),
  firstReconciled: Timestamp,
  lastReconciled: Timestamp,
  lastReconciledDuration: z.string(),
  lastReconciledStatus: z.string(),
  totalReconciliations: Int64,
  metadata: StringMap.exactOptional(),
});
export type Snapshot = Infer<typeof Snapshot>;

/** What a Kustomization asks for. */
export const KustomizationSpec = z.object({
  sourceRef: CrossNamespaceSourceReference.describe('Whose artifact to apply.'),
  path: z.string().exactOptional().describe('The directory to build; the root when left out.'),
  interval,
  retryInterval: Duration.exactOptional().describe('How soon to try again after a failure.'),
  timeout: Duration.exactOptional().describe(
    'How long applying and health checks may take; `interval` when left out.',
  ),
  suspend,
  prune: z.boolean().describe('Delete objects that are no longer in the source.'),
  deletionPolicy: z
    .enum(['MirrorPrune', 'Delete', 'WaitForTermination', 'Orphan'])
    .exactOptional()
    .describe('What happens to the applied objects when this object is deleted.'),
  force: z.boolean().default(false).describe('Recreate objects whose immutable fields change.'),
  wait: z.boolean().exactOptional().describe('Wait until every applied object is healthy.'),
  healthChecks: z.array(NamespacedObjectKindReference).exactOptional(),
  healthCheckExprs: z.array(CustomHealthCheck).exactOptional(),
  dependsOn: z
    .array(DependencyReference)
    .exactOptional()
    .describe('Kustomizations that must be ready first.'),
  serviceAccountName: z.string().exactOptional().describe('Whom to act as.'),
  kubeConfig: KubeConfigReference.exactOptional(),
  targetNamespace: z.string().min(1).max(63).exactOptional().describe('The namespace of every object.'),
  namePrefix: z.string().min(1).max(200).exactOptional(),
  nameSuffix: z.string().min(1).max(200).exactOptional(),
  commonMetadata: CommonMetadata.exactOptional(),
  images: z.array(KustomizeImage).exactOptional(),
  patches: z.array(KustomizePatch).exactOptional(),
  components: z.array(z.string()).exactOptional().describe('Paths of kustomize components.'),
  ignoreMissingComponents: z.boolean().exactOptional(),
  buildMetadata: z.array(z.enum(['originAnnotations', 'transformerAnnotations'])).exactOptional(),
  decryption: Decryption.exactOptional(),
  postBuild: PostBuild.exactOptional(),
  ignore: z.array(IgnoreRule).exactOptional().describe('Fields that drift detection leaves alone.'),
});
export type KustomizationSpec = Infer<typeof KustomizationSpec>;

/** What is known of a Kustomization. */
export const KustomizationStatus = z.object({
  ...commonStatus,
  lastAppliedRevision: z.string().exactOptional(),
  lastAppliedOriginRevision: z.string().exactOptional(),
  lastAttemptedRevision: z.string().exactOptional(),
  inventory: ResourceInventory.exactOptional(),
  history: z.array(Snapshot).exactOptional(),
});
export type KustomizationStatus = Infer<typeof KustomizationStatus>;

/** A directory of a source, built and applied. */
export const Kustomization = z
  .object({
    apiVersion: z.literal(API_VERSION.kustomize),
    kind: z.literal('Kustomization'),
    metadata: Metadata,
    spec: KustomizationSpec,
    status: KustomizationStatus.default(UNOBSERVED),
  })
  .meta(describeKind('A directory of a source, built and applied.', AGE, READY, STATUS));
export type Kustomization = Infer<typeof Kustomization>;
