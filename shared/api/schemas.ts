import type * as z from 'zod';
import { Alert } from './alert.ts';
import { ArtifactGenerator } from './artifact-generator.ts';
import { Bucket } from './bucket.ts';
import { type CustomResourceDefinition, crdOf } from './crd.ts';
import { ExternalArtifact } from './external-artifact.ts';
import { GitRepository } from './git-repository.ts';
import { HelmChart } from './helm-chart.ts';
import { HelmRelease } from './helm-release.ts';
import { HelmRepository } from './helm-repository.ts';
import { ImagePolicy } from './image-policy.ts';
import { ImageRepository } from './image-repository.ts';
import { ImageUpdateAutomation } from './image-update-automation.ts';
import { KINDS } from './kinds.ts';
import { Kustomization } from './kustomization.ts';
import { OCIRepository } from './oci-repository.ts';
import { Provider } from './provider.ts';
import { Receiver } from './receiver.ts';

/** The schema of every kind in the table. */
export const SCHEMAS: Readonly<Record<string, z.ZodType>> = {
  Alert,
  ArtifactGenerator,
  Bucket,
  ExternalArtifact,
  GitRepository,
  HelmChart,
  HelmRelease,
  HelmRepository,
  ImagePolicy,
  ImageRepository,
  ImageUpdateAutomation,
  Kustomization,
  OCIRepository,
  Provider,
  Receiver,
};

/** The CRDs of all kinds, in the table's order. Throws when a kind has no schema. */
export function allCrds(): readonly CustomResourceDefinition[] {
  return KINDS.map((kind) => {
    const schema = SCHEMAS[kind.kind];
    if (!schema) throw new Error(`${kind.kind} has no schema`);
    return crdOf(kind, schema);
  });
}
