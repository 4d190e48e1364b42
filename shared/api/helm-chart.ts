import * as z from 'zod';
import {
  interval,
  LocalObjectReference,
  Metadata,
  OidcIdentityMatch,
  sourceStatus,
  suspend,
  UNOBSERVED,
} from './meta.ts';
import { AGE, column, describeKind, READY, STATUS } from './printer-columns.ts';
import { type Infer, REQUIRED, rules } from './schema.ts';
import { API_VERSION } from './vocabulary.ts';

/** Names the source a chart is in; it lies in the same namespace. */
export const LocalHelmChartSourceReference = z.object({
  apiVersion: z.string().exactOptional(),
  kind: z.enum(['HelmRepository', 'GitRepository', 'Bucket']),
  name: z.string(),
});
export type LocalHelmChartSourceReference = Infer<typeof LocalHelmChartSourceReference>;

/** Whose signature is demanded. */
export const HelmChartVerification = z.object({
  provider: z.enum(['cosign', 'notation']).default('cosign').meta(REQUIRED),
  secretRef: LocalObjectReference.exactOptional().describe('Trusted public keys.'),
  matchOIDCIdentity: z.array(OidcIdentityMatch).exactOptional().describe('Trusted keyless signers.'),
});
export type HelmChartVerification = Infer<typeof HelmChartVerification>;

/** What a HelmChart asks for. */
export const HelmChartSpec = rules(
  z.object({
    chart: z.string().describe('Name of the chart in a Helm repository, or its path in another source.'),
    version: z.string().default('*').describe('A version or range; of no effect in Git and bucket sources.'),
    sourceRef: LocalHelmChartSourceReference,
    interval,
    suspend,
    reconcileStrategy: z
      .enum(['ChartVersion', 'Revision'])
      .default('ChartVersion')
      .describe("What makes a new artifact: the chart's version, or each revision of its source."),
    valuesFiles: z
      .array(z.string())
      .exactOptional()
      .describe('Values files to merge, in order, into the default.'),
    ignoreMissingValuesFiles: z.boolean().exactOptional(),
    verify: HelmChartVerification.exactOptional(),
  }),
  {
    message: "spec.verify is only supported when spec.sourceRef.kind is 'HelmRepository'",
    rule: "!has(self.verify) || self.sourceRef.kind == 'HelmRepository'",
  },
);
export type HelmChartSpec = Infer<typeof HelmChartSpec>;

/** What is known of a HelmChart. */
export const HelmChartStatus = z.object({
  ...sourceStatus,
  observedChartName: z.string().exactOptional(),
  observedSourceArtifactRevision: z.string().exactOptional(),
  observedValuesFiles: z.array(z.string()).exactOptional(),
  url: z.string().exactOptional().describe('Where the newest chart is always found.'),
});
export type HelmChartStatus = Infer<typeof HelmChartStatus>;

/** A Helm chart, found in a source and packed. */
export const HelmChart = z
  .object({
    apiVersion: z.literal(API_VERSION.source),
    kind: z.literal('HelmChart'),
    metadata: Metadata,
    spec: HelmChartSpec,
    status: HelmChartStatus.default(UNOBSERVED),
  })
  .meta(
    describeKind(
      'A Helm chart, found in a source and packed.',
      column('Chart', '.spec.chart'),
      column('Version', '.spec.version'),
      column('Source Kind', '.spec.sourceRef.kind'),
      column('Source Name', '.spec.sourceRef.name'),
      AGE,
      READY,
      STATUS,
    ),
  );
export type HelmChart = Infer<typeof HelmChart>;
