import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerOptions } from 'node:https';
import { DEFAULT_LIMITS } from '../../shared/artifact/limits.ts';
import { readTarGz } from '../../shared/artifact/read-tar-gz.ts';
import type { KubernetesObject, ObjectReference } from '../../shared/core/kubernetes-object.ts';
import { serve } from '../features/http/web-server.ts';
import { type ChartFiles, packCharts } from '../servers/helm.ts';
import { create, type Reconciled, reconcile } from './drive.ts';
import { helmAt, helmRepository } from './helm.ts';
import type { Setting } from './setting.ts';

export const HELM_CHART = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'HelmChart' } as const;

/** A chart repository of plain files, which a test may change; gone after the test. */
export interface Museum {
  readonly url: string;
  readonly files: Map<string, Uint8Array>;
  /** `GET /index.yaml`, for each request. */
  readonly asked: string[];
  /** Packs charts with the real helm beside those that are there, and makes the index of these alone. */
  readonly publish: (...charts: readonly ChartFiles[]) => Promise<void>;
}

export interface MuseumOptions {
  readonly tls?: ServerOptions;
  readonly allows?: (request: IncomingMessage) => boolean;
  /** Answers itself where it returns true. */
  readonly answers?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** Serves charts to those whom `allows` lets in. */
export async function openMuseum(
  charts: readonly ChartFiles[],
  { tls, allows, answers }: MuseumOptions = {},
): Promise<Museum> {
  const files = new Map<string, Uint8Array>();
  const asked: string[] = [];
  const url = await serve((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    const body = files.get(request.url ?? '');
    if (allows?.(request) === false) response.writeHead(401).end();
    else if (answers?.(request, response)) return;
    else if (body === undefined) response.writeHead(404).end();
    else response.end(body);
  }, tls);
  const publish = async (...more: readonly ChartFiles[]): Promise<void> => {
    const { packed, index } = await packCharts(more);
    for (const { file, body } of packed) files.set(`/${file}`, body);
    files.set('/index.yaml', Buffer.from(index));
  };
  await publish(...charts);
  return { url, files, asked, publish };
}

/** A HelmChart of the HelmRepository `name`. */
export function helmChart(
  { namespace }: Setting,
  name: string,
  spec: object,
  source: { readonly kind: string; readonly name: string } = { kind: 'HelmRepository', name },
): KubernetesObject {
  return {
    ...HELM_CHART,
    metadata: { namespace, name },
    spec: { interval: '10m', sourceRef: source, ...spec },
  };
}

/** The HelmChart `name` of the setting. */
export function chartAt({ namespace }: Setting, name: string): ObjectReference {
  return { ...HELM_CHART, namespace, name };
}

/** What tests read of a HelmChart. */
export interface ReconciledChart extends Reconciled {
  readonly status: Reconciled['status'] & {
    readonly url?: string;
    readonly observedChartName?: string;
    readonly observedSourceArtifactRevision?: string;
    readonly observedValuesFiles?: readonly string[];
  };
}

/** One visit of a HelmChart. */
export async function visitChart(
  setting: Setting,
  name: string,
  overrides: Parameters<typeof reconcile>[2] = {},
): Promise<ReconciledChart> {
  return (await reconcile(setting.world, chartAt(setting, name), overrides)) as ReconciledChart;
}

/** Creates a HelmRepository at `url` and a HelmChart of one name, one visit each. */
export async function startChart(
  setting: Setting,
  name: string,
  url: string,
  chart: object,
  repository: object = {},
): Promise<ReconciledChart> {
  await create(
    setting.world,
    helmRepository(setting, name, url, repository),
    helmChart(setting, name, chart),
  );
  await reconcile(setting.world, helmAt(setting, name));
  return visitChart(setting, name);
}

/** The stored bytes of an object's artifact. */
export async function storedChart(setting: Setting, { status }: Reconciled): Promise<Uint8Array> {
  const digest = status.artifact?.digest ?? '';
  const stored = await setting.world.runtime.ports.store.get(`blobs/${digest.slice('sha256:'.length)}`);
  return stored?.body ?? new Uint8Array();
}

/** The files in a chart's archive, as text. */
export function filesIn(archive: Uint8Array): Readonly<Record<string, string>> {
  const files = [...readTarGz(archive, DEFAULT_LIMITS)];
  return Object.fromEntries(files.map(([path, body]) => [path, Buffer.from(body).toString()]));
}

/** The digest of a tag's manifest. */
export async function digestOf(url: string, repository: string, tag: string): Promise<string> {
  const accept = 'application/vnd.oci.image.manifest.v1+json';
  const answer = await fetch(`${url}/v2/${repository}/manifests/${tag}`, {
    method: 'HEAD',
    headers: { accept },
  });
  return answer.headers.get('docker-content-digest') ?? '';
}
