import * as z from 'zod';
import { CommonMetadata } from './applier.ts';
import { Condition, Metadata } from './meta.ts';
import { AGE, describeKind, READY, STATUS } from './printer-columns.ts';
import { type Infer, rules } from './schema.ts';
import { API_VERSION } from './vocabulary.ts';

const AliasReference = z
  .string()
  .max(64)
  .regex(/^@([a-z0-9]([a-z0-9_-]*[a-z0-9])?)$/);

/** A source, and the alias by which the copies name it. */
export const SourceReference = z.object({
  alias: z
    .string()
    .max(63)
    .regex(/^[a-z0-9]([a-z0-9_-]*[a-z0-9])?$/),
  kind: z.enum(['Bucket', 'GitRepository', 'OCIRepository', 'HelmChart', 'ExternalArtifact']),
  name: z
    .string()
    .max(253)
    .regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/),
  namespace: z
    .string()
    .min(1)
    .max(63)
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/)
    .exactOptional(),
});
export type SourceReference = Infer<typeof SourceReference>;

/** Files copied from a source into the artifact. */
export const CopyOperation = z.object({
  from: z
    .string()
    .min(1)
    .max(1024)
    .regex(/^@([a-z0-9]([a-z0-9_-]*[a-z0-9])?)\/(.*)$/)
    .describe('`@<alias>/<glob>`.'),
  to: z
    .string()
    .min(1)
    .max(1024)
    .regex(/^@(artifact)\/(.*)$/)
    .describe('`@artifact/<path>`.'),
  exclude: z.array(z.string()).max(100).exactOptional().describe('Globs of files to leave out.'),
  strategy: z
    .enum(['Overwrite', 'Merge', 'Extract'])
    .exactOptional()
    .describe('What to do with a file that is there already, or with an archive.'),
});
export type CopyOperation = Infer<typeof CopyOperation>;

/** One artifact to make. */
export const OutputArtifact = z.object({
  name: z.string().min(1).max(253),
  copy: z.array(CopyOperation).min(1),
  revision: AliasReference.exactOptional().describe('`@<alias>`: the source whose revision it takes.'),
  originRevision: AliasReference.exactOptional().describe(
    '`@<alias>`: the source whose origin revision it takes.',
  ),
});
export type OutputArtifact = Infer<typeof OutputArtifact>;

/** What an ArtifactGenerator asks for. */
export const ArtifactGeneratorSpec = rules(
  z.object({
    sources: z.array(SourceReference).min(1).max(1000),
    artifacts: z.array(OutputArtifact).min(1).max(1000),
    pathPattern: z
      .string()
      .max(1024)
      .regex(/^@([a-z0-9]([a-z0-9_-]*[a-z0-9])?)\/(.*)$/)
      .exactOptional()
      .describe('`@<alias>/<path with captures>`: makes the artifacts once for each directory that matches.'),
    commonMetadata: CommonMetadata.exactOptional(),
  }),
  {
    message: 'artifact names must be valid Kubernetes object names when pathPattern is not set',
    rule: String.raw`has(self.pathPattern) && size(self.pathPattern) > 0 || self.artifacts.all(a, a.name.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$'))`,
  },
);
export type ArtifactGeneratorSpec = Infer<typeof ArtifactGeneratorSpec>;

/** An ExternalArtifact that was made and has to be removed again. */
export const ExternalArtifactReference = z.object({
  name: z.string(),
  namespace: z.string(),
  digest: z.string(),
  filename: z.string(),
});
export type ExternalArtifactReference = Infer<typeof ExternalArtifactReference>;

/** What is known of an ArtifactGenerator. */
export const ArtifactGeneratorStatus = z.object({
  conditions: z.array(Condition).exactOptional(),
  inventory: z.array(ExternalArtifactReference).exactOptional(),
  lastHandledReconcileAt: z.string().exactOptional(),
  observedSourcesDigest: z.string().exactOptional(),
});
export type ArtifactGeneratorStatus = Infer<typeof ArtifactGeneratorStatus>;

/** Makes artifacts out of parts of other artifacts. */
export const ArtifactGenerator = z
  .object({
    apiVersion: z.literal(API_VERSION.sourceExtensions),
    kind: z.literal('ArtifactGenerator'),
    metadata: Metadata,
    spec: ArtifactGeneratorSpec,
    status: ArtifactGeneratorStatus.exactOptional(),
  })
  .meta(describeKind('Makes artifacts out of parts of other artifacts.', AGE, READY, STATUS));
export type ArtifactGenerator = Infer<typeof ArtifactGenerator>;
