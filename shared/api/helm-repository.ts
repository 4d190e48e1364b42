import * as z from 'zod';
import {
  AccessFrom,
  LocalObjectReference,
  Metadata,
  registryProvider,
  sourceStatus,
  suspend,
  UNOBSERVED,
} from './meta.ts';
import { AGE, column, describeKind, READY, STATUS } from './printer-columns.ts';
import { Duration, type Infer, ShortDuration } from './schema.ts';
import { API_VERSION } from './vocabulary.ts';

/** What a HelmRepository asks for. */
export const HelmRepositorySpec = z.object({
  url: z
    .string()
    .regex(/^(http|https|oci):\/\/.*$/)
    .describe('Where the index, or the OCI registry, is.'),
  type: z.enum(['default', 'oci']).exactOptional().describe('`oci` repositories have no index.'),
  interval: Duration.exactOptional().describe('How often to look again, such as `10m`.'),
  timeout: ShortDuration.exactOptional().describe('How long a download may take.'),
  suspend,
  secretRef: LocalObjectReference.exactOptional().describe('Credentials for the server.'),
  provider: registryProvider,
  certSecretRef: LocalObjectReference.exactOptional(),
  passCredentials: z
    .boolean()
    .exactOptional()
    .describe("Send the credentials to chart URLs on other hosts than the index's."),
  insecure: z.boolean().exactOptional().describe('Allow plain HTTP (type `oci`).'),
  accessFrom: AccessFrom.exactOptional(),
});
export type HelmRepositorySpec = Infer<typeof HelmRepositorySpec>;

/** What is known of a HelmRepository. */
export const HelmRepositoryStatus = z.object({
  ...sourceStatus,
  url: z.string().exactOptional().describe('Where the newest index is always found.'),
});
export type HelmRepositoryStatus = Infer<typeof HelmRepositoryStatus>;

/** A Helm chart repository, whose index becomes an artifact. */
export const HelmRepository = z
  .object({
    apiVersion: z.literal(API_VERSION.source),
    kind: z.literal('HelmRepository'),
    metadata: Metadata,
    spec: HelmRepositorySpec,
    status: HelmRepositoryStatus.default(UNOBSERVED),
  })
  .meta(
    describeKind(
      'A Helm chart repository, whose index becomes an artifact.',
      column('URL', '.spec.url'),
      AGE,
      READY,
      STATUS,
    ),
  );
export type HelmRepository = Infer<typeof HelmRepository>;
