import * as z from 'zod';
import { interval, LocalObjectReference, Metadata, sourceStatus, suspend, UNOBSERVED } from './meta.ts';
import { AGE, column, describeKind, READY, STATUS } from './printer-columns.ts';
import { type Infer, rules, ShortDuration } from './schema.ts';
import { API_VERSION } from './vocabulary.ts';

/** A security token service that gives out temporary credentials. */
export const BucketSTSSpec = z.object({
  provider: z.enum(['aws', 'ldap']),
  endpoint: z.string().regex(/^(http|https):\/\/.*$/),
  secretRef: LocalObjectReference.exactOptional(),
  certSecretRef: LocalObjectReference.exactOptional(),
});
export type BucketSTSSpec = Infer<typeof BucketSTSSpec>;

/** What a Bucket asks for. */
export const BucketSpec = rules(
  z.object({
    provider: z.enum(['generic', 'aws', 'gcp', 'azure']).default('generic'),
    bucketName: z.string(),
    endpoint: z.string().describe('Host, and port if need be, of the object storage.'),
    region: z.string().exactOptional(),
    prefix: z.string().exactOptional().describe('Only objects whose key begins with this.'),
    sts: BucketSTSSpec.exactOptional(),
    interval,
    timeout: ShortDuration.default('60s').describe('How long a download may take.'),
    suspend,
    secretRef: LocalObjectReference.exactOptional().describe('Credentials for the object storage.'),
    serviceAccountName: z.string().exactOptional(),
    certSecretRef: LocalObjectReference.exactOptional(),
    proxySecretRef: LocalObjectReference.exactOptional(),
    insecure: z.boolean().exactOptional().describe('Allow plain HTTP.'),
    ignore: z.string().exactOptional().describe('Patterns of objects to leave out, as in .gitignore.'),
  }),
  {
    message: "STS configuration is only supported for the 'aws' and 'generic' Bucket providers",
    rule: "self.provider == 'aws' || self.provider == 'generic' || !has(self.sts)",
  },
  {
    message: "'aws' is the only supported STS provider for the 'aws' Bucket provider",
    rule: "self.provider != 'aws' || !has(self.sts) || self.sts.provider == 'aws'",
  },
  {
    message: "'ldap' is the only supported STS provider for the 'generic' Bucket provider",
    rule: "self.provider != 'generic' || !has(self.sts) || self.sts.provider == 'ldap'",
  },
  {
    message: "spec.sts.secretRef is not required for the 'aws' STS provider",
    rule: "!has(self.sts) || self.sts.provider != 'aws' || !has(self.sts.secretRef)",
  },
  {
    message: "spec.sts.certSecretRef is not required for the 'aws' STS provider",
    rule: "!has(self.sts) || self.sts.provider != 'aws' || !has(self.sts.certSecretRef)",
  },
  {
    message: "ServiceAccountName is not supported for the 'generic' Bucket provider",
    rule: "self.provider != 'generic' || !has(self.serviceAccountName)",
  },
  {
    message: 'cannot set both .spec.secretRef and .spec.serviceAccountName',
    rule: '!has(self.secretRef) || !has(self.serviceAccountName)',
  },
);
export type BucketSpec = Infer<typeof BucketSpec>;

/** What is known of a Bucket. */
export const BucketStatus = z.object({
  ...sourceStatus,
  observedIgnore: z.string().exactOptional(),
  url: z.string().exactOptional().describe('Where the newest artifact is always found.'),
});
export type BucketStatus = Infer<typeof BucketStatus>;

/** An object storage bucket whose objects become an artifact. */
export const Bucket = z
  .object({
    apiVersion: z.literal(API_VERSION.source),
    kind: z.literal('Bucket'),
    metadata: Metadata,
    spec: BucketSpec,
    status: BucketStatus.default(UNOBSERVED),
  })
  .meta(
    describeKind(
      'An object storage bucket whose objects become an artifact.',
      column('Endpoint', '.spec.endpoint'),
      AGE,
      READY,
      STATUS,
    ),
  );
export type Bucket = Infer<typeof Bucket>;
