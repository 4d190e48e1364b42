import * as z from 'zod';
import { LocalObjectReference } from './meta.ts';
import { type Infer, rules, StringMap } from './schema.ts';

/** What Kustomization and HelmRelease have in common. */

/** Names a Secret and a key in it. */
export const SecretKeyReference = z.object({
  name: z.string(),
  key: z.string().exactOptional(),
});
export type SecretKeyReference = Infer<typeof SecretKeyReference>;

/** A dependency, ready when its Ready condition or `readyExpr` (CEL) says so. */
export const DependencyReference = z.object({
  name: z.string(),
  namespace: z.string().exactOptional(),
  readyExpr: z.string().exactOptional(),
});
export type DependencyReference = Infer<typeof DependencyReference>;

const ONE_OF_KUBECONFIG =
  'exactly one of spec.kubeConfig.configMapRef or spec.kubeConfig.secretRef must be specified';

/** Another cluster to act on. */
export const KubeConfigReference = rules(
  z.object({
    configMapRef: LocalObjectReference.exactOptional().describe(
      'A ConfigMap that describes the cluster and how to authenticate.',
    ),
    secretRef: SecretKeyReference.exactOptional().describe(
      'A Secret that holds a kubeconfig, under `value` unless a key is named.',
    ),
  }),
  { message: ONE_OF_KUBECONFIG, rule: 'has(self.configMapRef) || has(self.secretRef)' },
  { message: ONE_OF_KUBECONFIG, rule: '!has(self.configMapRef) || !has(self.secretRef)' },
);
export type KubeConfigReference = Infer<typeof KubeConfigReference>;

/** Labels and annotations put on other objects. */
export const CommonMetadata = z.object({
  annotations: StringMap.exactOptional(),
  labels: StringMap.exactOptional(),
});
export type CommonMetadata = Infer<typeof CommonMetadata>;

/** Picks objects by kind, name, labels and annotations; the names are anchored regular expressions. */
export const Selector = z.object({
  group: z.string().exactOptional(),
  version: z.string().exactOptional(),
  kind: z.string().exactOptional(),
  namespace: z.string().exactOptional(),
  name: z.string().exactOptional(),
  annotationSelector: z.string().exactOptional(),
  labelSelector: z.string().exactOptional(),
});
export type Selector = Infer<typeof Selector>;

/** JSON pointers into the selected objects (all, without a target) that drift detection leaves alone. */
export const IgnoreRule = z.object({
  paths: z.array(z.string()),
  target: Selector.exactOptional(),
});
export type IgnoreRule = Infer<typeof IgnoreRule>;

/** An image to rename, retag or pin; a digest wins over a tag. */
export const KustomizeImage = z.object({
  name: z.string(),
  newName: z.string().exactOptional(),
  newTag: z.string().exactOptional(),
  digest: z.string().exactOptional(),
});
export type KustomizeImage = Infer<typeof KustomizeImage>;

/** A strategic merge or JSON 6902 patch, as YAML or JSON text. */
export const KustomizePatch = z.object({
  patch: z.string(),
  target: Selector.exactOptional(),
});
export type KustomizePatch = Infer<typeof KustomizePatch>;

/** CEL expressions that tell the health of a kind of custom resource. */
export const CustomHealthCheck = z.object({
  apiVersion: z.string(),
  kind: z.string().exactOptional(),
  current: z.string().describe('True when the object has reached its desired state.'),
  failed: z.string().exactOptional().describe('True when it will not reach it any more.'),
  inProgress: z.string().exactOptional().describe('True while it has not reached it yet.'),
});
export type CustomHealthCheck = Infer<typeof CustomHealthCheck>;
