import * as z from 'zod';
import {
  CommonMetadata,
  CustomHealthCheck,
  DependencyReference,
  IgnoreRule,
  KubeConfigReference,
  KustomizeImage,
  KustomizePatch,
} from './applier.ts';
import { Install, Rollback, Test, Uninstall, Upgrade } from './helm-actions.ts';
import { HelmReleaseStatus } from './helm-release-status.ts';
import { interval, LocalObjectReference, Metadata, suspend, UNOBSERVED } from './meta.ts';
import { AGE, describeKind, READY, STATUS } from './printer-columns.ts';
import { Duration, type Infer, REQUIRED, rules } from './schema.ts';
import { API_VERSION } from './vocabulary.ts';

const name = z.string().min(1).max(253);
const namespace = z.string().min(1).max(63).exactOptional();

/** The HelmChart that is made for a release. */
export const HelmChartTemplate = z.object({
  metadata: CommonMetadata.exactOptional(),
  spec: z.object({
    chart: z.string().min(1).max(2048),
    version: z.string().default('*'),
    sourceRef: z.object({
      apiVersion: z.string().exactOptional(),
      kind: z.enum(['HelmRepository', 'GitRepository', 'Bucket']),
      name,
      namespace,
    }),
    interval: Duration.exactOptional(),
    reconcileStrategy: z.enum(['ChartVersion', 'Revision']).default('ChartVersion'),
    valuesFiles: z.array(z.string()).exactOptional(),
    ignoreMissingValuesFiles: z.boolean().exactOptional(),
    verify: z
      .object({
        provider: z.enum(['cosign', 'notation']).default('cosign').meta(REQUIRED),
        secretRef: LocalObjectReference.exactOptional(),
      })
      .exactOptional(),
  }),
});
export type HelmChartTemplate = Infer<typeof HelmChartTemplate>;

/** A chart that is there already. */
export const CrossNamespaceChartReference = z.object({
  apiVersion: z.string().exactOptional(),
  kind: z.enum(['OCIRepository', 'HelmChart', 'ExternalArtifact']),
  name,
  namespace,
});
export type CrossNamespaceChartReference = Infer<typeof CrossNamespaceChartReference>;

// Texts, letter by letter: the formatter takes escapes out of literals that Flux's CRD has.
const VALUES_KEY = String.raw`^[\-._a-zA-Z0-9]+$`;
const TARGET_PATH = String.raw`^([a-zA-Z0-9_\-.\\\/]|\[[0-9]{1,5}\])+$`;

/** Values from a ConfigMap or Secret: a whole file, or (`targetPath`) one value. */
export const ValuesReference = z.object({
  kind: z.enum(['Secret', 'ConfigMap']),
  name,
  valuesKey: z
    .string()
    .max(253)
    .regex(new RegExp(VALUES_KEY))
    .exactOptional()
    .describe('The key in it; `values.yaml` when left out.'),
  targetPath: z.string().max(250).regex(new RegExp(TARGET_PATH)).exactOptional(),
  literal: z.boolean().exactOptional().describe('Take the value as text, without parsing it (`targetPath`).'),
  optional: z.boolean().exactOptional(),
});
export type ValuesReference = Infer<typeof ValuesReference>;

/** What to do about objects that were changed behind Helm's back. */
export const DriftDetection = z.object({
  mode: z.enum(['enabled', 'warn', 'disabled']).exactOptional(),
  ignore: z.array(IgnoreRule).exactOptional(),
});
export type DriftDetection = Infer<typeof DriftDetection>;

/** Changes to the rendered manifests. */
export const PostRenderer = z.object({
  kustomize: z
    .object({
      images: z.array(KustomizeImage).exactOptional(),
      patches: z.array(KustomizePatch).exactOptional(),
    })
    .exactOptional(),
});
export type PostRenderer = Infer<typeof PostRenderer>;

/** What a HelmRelease asks for. */
export const HelmReleaseSpec = rules(
  z.object({
    chart: HelmChartTemplate.exactOptional().describe('Makes a HelmChart.'),
    chartRef: CrossNamespaceChartReference.exactOptional().describe('Uses a chart that is there.'),
    interval,
    timeout: Duration.exactOptional().describe('How long each operation may take.'),
    suspend,
    releaseName: z.string().min(1).max(53).exactOptional(),
    targetNamespace: namespace.describe("The release's namespace."),
    storageNamespace: namespace.describe('Where the release is stored.'),
    serviceAccountName: name.exactOptional().describe('Whom to act as.'),
    kubeConfig: KubeConfigReference.exactOptional(),
    persistentClient: z.boolean().exactOptional(),
    maxHistory: z.int().exactOptional().describe('How many revisions to keep; 0 keeps all.'),
    dependsOn: z.array(DependencyReference).exactOptional().describe('Releases that must be ready first.'),
    values: z.unknown().meta({ 'x-kubernetes-preserve-unknown-fields': true }).exactOptional(),
    valuesFrom: z.array(ValuesReference).exactOptional().describe('Merged in order, under `values`.'),
    commonMetadata: CommonMetadata.exactOptional(),
    postRenderers: z.array(PostRenderer).exactOptional(),
    postRenderStrategy: z.enum(['nohooks', 'combined', 'separate']).exactOptional(),
    driftDetection: DriftDetection.exactOptional(),
    healthCheckExprs: z.array(CustomHealthCheck).exactOptional(),
    waitStrategy: z.object({ name: z.enum(['poller', 'legacy']) }).exactOptional(),
    install: Install.exactOptional(),
    upgrade: Upgrade.exactOptional(),
    test: Test.exactOptional(),
    rollback: Rollback.exactOptional(),
    uninstall: Uninstall.exactOptional(),
  }),
  {
    message: 'either chart or chartRef must be set',
    rule: '(has(self.chart) && !has(self.chartRef)) || (!has(self.chart) && has(self.chartRef))',
  },
);
export type HelmReleaseSpec = Infer<typeof HelmReleaseSpec>;

/** A chart, released to a cluster. */
export const HelmRelease = z
  .object({
    apiVersion: z.literal(API_VERSION.helm),
    kind: z.literal('HelmRelease'),
    metadata: Metadata,
    spec: HelmReleaseSpec,
    status: HelmReleaseStatus.default(UNOBSERVED),
  })
  .meta(describeKind('A chart, released to a cluster.', AGE, READY, STATUS));
export type HelmRelease = Infer<typeof HelmRelease>;
