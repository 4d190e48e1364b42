import * as z from 'zod';
import {
  AccessFrom,
  commonStatus,
  interval,
  LocalObjectReference,
  Metadata,
  registryProvider,
  suspend,
  UNOBSERVED,
} from './meta.ts';
import { AGE, column, describeKind, READY, STATUS } from './printer-columns.ts';
import { type Infer, ShortDuration, Timestamp } from './schema.ts';
import { API_VERSION } from './vocabulary.ts';

/** What an ImageRepository asks for. */
export const ImageRepositorySpec = z.object({
  image: z.string().describe('Name of the image, without a tag or digest.'),
  interval,
  timeout: ShortDuration.exactOptional().describe('How long a scan may take; `interval` when left out.'),
  suspend,
  exclusionList: z
    .array(z.string())
    .max(25)
    .default([String.raw`^.*\.sig$`])
    .describe('Regular expressions: tags to leave out.'),
  secretRef: LocalObjectReference.exactOptional().describe('A Docker config for the registry.'),
  provider: registryProvider,
  serviceAccountName: z.string().max(253).exactOptional(),
  certSecretRef: LocalObjectReference.exactOptional(),
  proxySecretRef: LocalObjectReference.exactOptional(),
  insecure: z.boolean().exactOptional().describe('Allow plain HTTP.'),
  accessFrom: AccessFrom.exactOptional(),
});
export type ImageRepositorySpec = Infer<typeof ImageRepositorySpec>;

/** What the last listing of the tags found. */
export const ScanResult = z.object({
  tagCount: z.int(),
  latestTags: z.array(z.string()).exactOptional(),
  revision: z.string().exactOptional().describe('Changes whenever the set of tags does.'),
  scanTime: Timestamp.exactOptional(),
});
export type ScanResult = Infer<typeof ScanResult>;

/** What is known of an ImageRepository. */
export const ImageRepositoryStatus = z.object({
  ...commonStatus,
  canonicalImageName: z.string().exactOptional(),
  lastScanResult: ScanResult.exactOptional(),
  observedExclusionList: z.array(z.string()).exactOptional(),
});
export type ImageRepositoryStatus = Infer<typeof ImageRepositoryStatus>;

/** An image repository whose tags are listed. */
export const ImageRepository = z
  .object({
    apiVersion: z.literal(API_VERSION.image),
    kind: z.literal('ImageRepository'),
    metadata: Metadata,
    spec: ImageRepositorySpec,
    status: ImageRepositoryStatus.default(UNOBSERVED),
  })
  .meta(
    describeKind(
      'An image repository whose tags are listed.',
      column('Image', '.spec.image'),
      column('Tags', '.status.lastScanResult.tagCount'),
      READY,
      STATUS,
      { ...column('Last scan', '.status.lastScanResult.scanTime'), priority: 1 },
      AGE,
    ),
  );
export type ImageRepository = Infer<typeof ImageRepository>;
