import * as z from 'zod';
import { commonStatus, ResourceInventory } from './meta.ts';
import { type Infer, Int64, Timestamp } from './schema.ts';

/** How a test of a release went. */
export const TestHookStatus = z.object({
  lastStarted: Timestamp.exactOptional(),
  lastCompleted: Timestamp.exactOptional(),
  phase: z.string().exactOptional(),
});
export type TestHookStatus = Infer<typeof TestHookStatus>;

/** One revision of a release, newest first in `status.history`. */
export const ReleaseSnapshot = z.object({
  apiVersion: z.string().exactOptional().describe('Version of the way `digest` is made.'),
  action: z.string().exactOptional(),
  digest: z.string().describe('Checksum of the stored release.'),
  name: z.string(),
  namespace: z.string().describe('Where the release is stored.'),
  version: z.int(),
  status: z.string(),
  chartName: z.string(),
  chartVersion: z.string(),
  appVersion: z.string().exactOptional(),
  configDigest: z.string().describe('Checksum of the values.'),
  firstDeployed: Timestamp,
  lastDeployed: Timestamp,
  deleted: Timestamp.exactOptional(),
  testHooks: z.record(z.string(), TestHookStatus).exactOptional(),
  ociDigest: z.string().exactOptional(),
});
export type ReleaseSnapshot = Infer<typeof ReleaseSnapshot>;

/** What is known of a HelmRelease. */
export const HelmReleaseStatus = z.object({
  ...commonStatus,
  failures: Int64.exactOptional(),
  installFailures: Int64.exactOptional(),
  upgradeFailures: Int64.exactOptional(),
  helmChart: z.string().exactOptional().describe('`<namespace>/<name>` of the HelmChart made for it.'),
  history: z.array(ReleaseSnapshot).exactOptional(),
  inventory: ResourceInventory.exactOptional(),
  lastAttemptedConfigDigest: z.string().exactOptional(),
  lastAttemptedGeneration: Int64.exactOptional(),
  lastAttemptedReleaseAction: z.enum(['install', 'upgrade']).exactOptional(),
  lastAttemptedReleaseActionDuration: z.string().exactOptional(),
  lastAttemptedRevision: z.string().exactOptional(),
  lastAttemptedRevisionDigest: z.string().exactOptional(),
  lastAttemptedValuesChecksum: z.string().exactOptional().describe('Deprecated: see the config digest.'),
  lastHandledForceAt: z.string().exactOptional(),
  lastHandledResetAt: z.string().exactOptional(),
  lastReleaseRevision: z.int().exactOptional().describe('Deprecated: see history.'),
  observedCommonMetadataDigest: z.string().exactOptional(),
  observedPostRenderersDigest: z.string().exactOptional(),
  storageNamespace: z.string().min(1).max(63).exactOptional(),
});
export type HelmReleaseStatus = Infer<typeof HelmReleaseStatus>;
