import * as z from 'zod';
import {
  interval,
  LocalObjectReference,
  Metadata,
  OidcIdentityMatch,
  registryProvider,
  sourceStatus,
  suspend,
  UNOBSERVED,
} from './meta.ts';
import { AGE, column, describeKind, READY, STATUS } from './printer-columns.ts';
import { type Infer, REQUIRED, ShortDuration } from './schema.ts';
import { API_VERSION } from './vocabulary.ts';

/** Which artifact of the repository; `digest` wins, then `semver`, then `tag`. */
export const OCIRepositoryRef = z.object({
  digest: z.string().exactOptional(),
  semver: z.string().exactOptional(),
  semverFilter: z
    .string()
    .exactOptional()
    .describe('A regular expression: the tags that count for `semver`.'),
  tag: z.string().exactOptional(),
});
export type OCIRepositoryRef = Infer<typeof OCIRepositoryRef>;

/** Which layer becomes the artifact: the first of that media type, unpacked or as it is. */
export const OCILayerSelector = z.object({
  mediaType: z.string().exactOptional(),
  operation: z.enum(['extract', 'copy']).exactOptional(),
});
export type OCILayerSelector = Infer<typeof OCILayerSelector>;

/** Whose signature is demanded. */
export const OCIRepositoryVerification = z.object({
  provider: z.enum(['cosign', 'notation']).default('cosign').meta(REQUIRED),
  secretRef: LocalObjectReference.exactOptional().describe('Trusted public keys.'),
  matchOIDCIdentity: z.array(OidcIdentityMatch).exactOptional().describe('Trusted keyless signers.'),
  trustedRootSecretRef: LocalObjectReference.exactOptional().describe('A Sigstore trusted root of your own.'),
});
export type OCIRepositoryVerification = Infer<typeof OCIRepositoryVerification>;

/** What an OCIRepository asks for. */
export const OCIRepositorySpec = z.object({
  url: z
    .string()
    .regex(/^oci:\/\/.*$/)
    .describe('Where the repository is, without a tag, such as `oci://ghcr.io/org/manifests`.'),
  ref: OCIRepositoryRef.exactOptional().describe('What to pull; tag `latest` when left out.'),
  layerSelector: OCILayerSelector.exactOptional(),
  interval,
  timeout: ShortDuration.default('60s').describe('How long pulling may take.'),
  suspend,
  secretRef: LocalObjectReference.exactOptional().describe('A Docker config for the registry.'),
  provider: registryProvider,
  serviceAccountName: z.string().exactOptional(),
  certSecretRef: LocalObjectReference.exactOptional(),
  proxySecretRef: LocalObjectReference.exactOptional(),
  insecure: z.boolean().exactOptional().describe('Allow plain HTTP.'),
  ignore: z.string().exactOptional().describe('Patterns of files to leave out, as in .gitignore.'),
  verify: OCIRepositoryVerification.exactOptional(),
});
export type OCIRepositorySpec = Infer<typeof OCIRepositorySpec>;

/** What is known of an OCIRepository. */
export const OCIRepositoryStatus = z.object({
  ...sourceStatus,
  observedIgnore: z.string().exactOptional(),
  observedLayerSelector: OCILayerSelector.exactOptional(),
  url: z.string().exactOptional().describe('Where the newest artifact is always found.'),
});
export type OCIRepositoryStatus = Infer<typeof OCIRepositoryStatus>;

/** An OCI repository, one layer of which becomes an artifact. */
export const OCIRepository = z
  .object({
    apiVersion: z.literal(API_VERSION.source),
    kind: z.literal('OCIRepository'),
    metadata: Metadata,
    spec: OCIRepositorySpec,
    status: OCIRepositoryStatus.default(UNOBSERVED),
  })
  .meta(
    describeKind(
      'An OCI repository, one layer of which becomes an artifact.',
      column('URL', '.spec.url'),
      READY,
      STATUS,
      AGE,
    ),
  );
export type OCIRepository = Infer<typeof OCIRepository>;
