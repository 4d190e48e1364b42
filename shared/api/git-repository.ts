import * as z from 'zod';
import {
  Artifact,
  interval,
  LocalObjectReference,
  Metadata,
  sourceStatus,
  suspend,
  UNOBSERVED,
} from './meta.ts';
import { AGE, column, describeKind, READY, STATUS } from './printer-columns.ts';
import { type Infer, rules, ShortDuration } from './schema.ts';
import { API_VERSION } from './vocabulary.ts';

/** What to check out of a Git repository; `commit` wins, then `name`, `tag`, `semver`, `branch` (GR-03). */
export const GitReference = z.object({
  branch: z.string().exactOptional(),
  tag: z.string().exactOptional(),
  semver: z.string().exactOptional(),
  name: z.string().exactOptional().describe('A full reference, such as `refs/pull/420/head`.'),
  commit: z.string().exactOptional(),
});
export type GitReference = Infer<typeof GitReference>;

/** Another repository's artifact, copied into this one's. */
export const GitRepositoryInclude = z.object({
  repository: LocalObjectReference,
  fromPath: z.string().exactOptional().describe('What to copy; the whole artifact when left out.'),
  toPath: z.string().exactOptional().describe("Where to; the repository's name when left out."),
});
export type GitRepositoryInclude = Infer<typeof GitRepositoryInclude>;

/** Which objects must be signed by one of the Secret's public keys. */
export const GitRepositoryVerification = z.object({
  mode: z.enum(['head', 'HEAD', 'Tag', 'TagAndHEAD']).default('HEAD'),
  secretRef: LocalObjectReference,
});
export type GitRepositoryVerification = Infer<typeof GitRepositoryVerification>;

/** What a GitRepository asks for. */
export const GitRepositorySpec = rules(
  z.object({
    url: z
      .string()
      .regex(/^(http|https|ssh):\/\/.*$/)
      .describe('Where the repository is, such as `https://github.com/org/repository`.'),
    ref: GitReference.exactOptional().describe('What to check out; branch `master` when left out.'),
    interval,
    timeout: ShortDuration.default('60s').describe('How long one Git operation may take.'),
    suspend,
    secretRef: LocalObjectReference.exactOptional().describe('Credentials for the Git server.'),
    provider: z
      .enum(['generic', 'aws', 'azure', 'github'])
      .exactOptional()
      .describe('How to authenticate; `generic` uses the Secret.'),
    serviceAccountName: z.string().exactOptional(),
    proxySecretRef: LocalObjectReference.exactOptional(),
    ignore: z
      .string()
      .exactOptional()
      .describe('Patterns of files to leave out, as in .gitignore; they win over .sourceignore files.'),
    include: z.array(GitRepositoryInclude).exactOptional(),
    recurseSubmodules: z.boolean().exactOptional(),
    sparseCheckout: z.array(z.string()).exactOptional().describe('The only directories to keep.'),
    verify: GitRepositoryVerification.exactOptional(),
  }),
  {
    message: "serviceAccountName can only be set when provider is 'azure' or 'aws'",
    rule: "!has(self.serviceAccountName) || (has(self.provider) && (self.provider == 'azure' || self.provider == 'aws'))",
  },
);
export type GitRepositorySpec = Infer<typeof GitRepositorySpec>;

/** What is known of a GitRepository. */
export const GitRepositoryStatus = z.object({
  ...sourceStatus,
  includedArtifacts: z.array(Artifact).exactOptional(),
  observedIgnore: z.string().exactOptional(),
  observedInclude: z.array(GitRepositoryInclude).exactOptional(),
  observedRecurseSubmodules: z.boolean().exactOptional(),
  observedSparseCheckout: z.array(z.string()).exactOptional(),
  sourceVerificationMode: z.string().exactOptional(),
});
export type GitRepositoryStatus = Infer<typeof GitRepositoryStatus>;

/** A Git repository whose files become an artifact. */
export const GitRepository = z
  .object({
    apiVersion: z.literal(API_VERSION.source),
    kind: z.literal('GitRepository'),
    metadata: Metadata,
    spec: GitRepositorySpec,
    status: GitRepositoryStatus.default(UNOBSERVED),
  })
  .meta(
    describeKind(
      'A Git repository whose files become an artifact.',
      column('URL', '.spec.url'),
      AGE,
      READY,
      STATUS,
    ),
  );
export type GitRepository = Infer<typeof GitRepository>;
