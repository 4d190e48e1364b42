import * as z from 'zod';
import { Artifact, Condition, Metadata, NamespacedObjectKindReference } from './meta.ts';
import { AGE, column, describeKind, READY, STATUS } from './printer-columns.ts';
import type { Infer } from './schema.ts';
import { API_VERSION } from './vocabulary.ts';

/** What an ExternalArtifact asks for. */
export const ExternalArtifactSpec = z.object({
  sourceRef: NamespacedObjectKindReference.exactOptional().describe('The object that made the artifact.'),
});
export type ExternalArtifactSpec = Infer<typeof ExternalArtifactSpec>;

/** What is known of an ExternalArtifact. */
export const ExternalArtifactStatus = z.object({
  artifact: Artifact.exactOptional(),
  conditions: z.array(Condition).exactOptional(),
});
export type ExternalArtifactStatus = Infer<typeof ExternalArtifactStatus>;

/** An artifact that somebody else made and keeps. */
export const ExternalArtifact = z
  .object({
    apiVersion: z.literal(API_VERSION.source),
    kind: z.literal('ExternalArtifact'),
    metadata: Metadata,
    spec: ExternalArtifactSpec,
    status: ExternalArtifactStatus.exactOptional(),
  })
  .meta(
    describeKind(
      'An artifact that somebody else made and keeps.',
      AGE,
      READY,
      STATUS,
      column('Source', '.spec.sourceRef.name'),
    ),
  );
export type ExternalArtifact = Infer<typeof ExternalArtifact>;
