import * as z from 'zod';
import { Duration, type Infer, Int64, StringMap, Timestamp } from './schema.ts';

const ManagedFieldsEntry = z.object({
  manager: z.string().exactOptional(),
  operation: z.enum(['Apply', 'Update']).exactOptional(),
  apiVersion: z.string().exactOptional(),
  time: z.string().exactOptional(),
  fieldsType: z.string().exactOptional(),
  fieldsV1: z.record(z.string(), z.unknown()).exactOptional(),
  subresource: z.string().exactOptional(),
});

const OwnerReference = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  name: z.string(),
  uid: z.string(),
  controller: z.boolean().exactOptional(),
  blockOwnerDeletion: z.boolean().exactOptional(),
});

/** `metadata` of a namespaced object; a CRD says nothing of it but that it is an object. */
export const Metadata = z.object({
  name: z.string(),
  namespace: z.string(),
  generateName: z.string().exactOptional(),
  uid: z.string().exactOptional(),
  resourceVersion: z.string().exactOptional(),
  generation: z.number().exactOptional(),
  creationTimestamp: z.string().nullable().exactOptional(),
  deletionTimestamp: z.string().exactOptional(),
  labels: StringMap.exactOptional(),
  annotations: StringMap.exactOptional(),
  finalizers: z.array(z.string()).exactOptional(),
  ownerReferences: z.array(OwnerReference).exactOptional(),
  managedFields: z.array(ManagedFieldsEntry).exactOptional(),
});
export type Metadata = Infer<typeof Metadata>;

/** Names an object in the same namespace. */
export const LocalObjectReference = z.object({ name: z.string() });
export type LocalObjectReference = Infer<typeof LocalObjectReference>;

/** Names an object in this namespace or (`namespace`) another one. */
export const NamespacedObjectReference = z.object({
  name: z.string(),
  namespace: z.string().exactOptional(),
});
export type NamespacedObjectReference = Infer<typeof NamespacedObjectReference>;

/** Names an object of any kind. */
export const NamespacedObjectKindReference = z.object({
  apiVersion: z.string().exactOptional(),
  kind: z.string(),
  name: z.string(),
  namespace: z.string().exactOptional(),
});
export type NamespacedObjectKindReference = Infer<typeof NamespacedObjectKindReference>;

/** One aspect of an object's state, as in Kubernetes' own API. */
export const Condition = z.object({
  type: z
    .string()
    .max(316)
    .regex(
      /^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$/,
    ),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z
    .string()
    .min(1)
    .max(1024)
    .regex(/^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$/),
  message: z.string().max(32768),
  observedGeneration: z.int().min(0).meta({ format: 'int64' }).exactOptional(),
  lastTransitionTime: Timestamp,
});
export type Condition = Infer<typeof Condition>;

/** A packed source, as consumers fetch it (COM-14). */
export const Artifact = z.object({
  path: z.string().describe('Where the file lies in the artifact store.'),
  url: z.string().describe('Where consumers fetch it.'),
  revision: z.string().describe('Human-readable revision of the source.'),
  digest: z
    .string()
    .regex(/^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/)
    .describe('`<algorithm>:<checksum>` of the file.'),
  lastUpdateTime: Timestamp,
  size: Int64.exactOptional().describe('In bytes.'),
  metadata: StringMap.exactOptional().describe('What the source says of itself, such as OCI annotations.'),
});
export type Artifact = Infer<typeof Artifact>;

/** Every object that a Kustomization or HelmRelease owns: `<namespace>_<name>_<group>_<kind>` and its version. */
export const ResourceInventory = z.object({
  entries: z.array(
    z.object({
      id: z.string().describe('`<namespace>_<name>_<group>_<kind>`.'),
      v: z.string().describe('The version of the API group.'),
    }),
  ),
});
export type ResourceInventory = Infer<typeof ResourceInventory>;

/** The namespaces whose objects may use this one. */
export const AccessFrom = z.object({
  namespaceSelectors: z.array(z.object({ matchLabels: StringMap.exactOptional() })),
});
export type AccessFrom = Infer<typeof AccessFrom>;

/** Who must have signed keylessly: regular expressions. */
export const OidcIdentityMatch = z.object({ issuer: z.string(), subject: z.string() });
export type OidcIdentityMatch = Infer<typeof OidcIdentityMatch>;

/** The status fields that every reconciled kind has. */
export const commonStatus = {
  conditions: z.array(Condition).exactOptional(),
  observedGeneration: Int64.exactOptional().describe('The last generation that was dealt with.'),
  lastHandledReconcileAt: z
    .string()
    .exactOptional()
    .describe('The last value of `reconcile.fluxcd.io/requestedAt` that was acted on.'),
};

/** The status fields that every source with an artifact adds. */
export const sourceStatus = {
  ...commonStatus,
  artifact: Artifact.exactOptional().describe('The last artifact.'),
};

/** What a status is before the first run (COM-02). */
export const UNOBSERVED = { observedGeneration: -1 };

/** The fields that many specs share. */
export const interval = Duration.describe('How often to look again, such as `10m`.');
export const suspend = z.boolean().exactOptional().describe('Stop reconciling, leaving everything as it is.');
export const registryProvider = z
  .enum(['generic', 'aws', 'azure', 'gcp'])
  .default('generic')
  .describe('How to authenticate; `generic` uses the Secret.');
