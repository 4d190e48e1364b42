import { systemClock } from '../../shared/adapters/local/system.ts';
import { DEFAULT_LIMITS } from '../../shared/artifact/limits.ts';
import { readTarGz } from '../../shared/artifact/read-tar-gz.ts';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import type { ObjectStore } from '../../shared/ports.ts';
import { helmChart } from '../../shared/reconcile/helm-chart/effects.ts';
import { type Fleet, openFleet, type SourceStatus } from './many-clusters.ts';

const API = 'source.toolkit.fluxcd.io/v1';

/** Where the charts of a fleet come from. */
export interface Source {
  readonly kind: 'GitRepository' | 'Bucket';
  readonly fleet: Fleet;
  /** Puts another text into a file of it. */
  readonly write: (path: string, text: string) => Promise<unknown>;
}

/** The charts of a fleet's sources, each cluster's run in a worker of its own. */
export function chartsOf(
  { kind, fleet }: Source,
  spec: object,
  secretsOf: Parameters<typeof openFleet>[2] = () => ({}),
  objectsOf: (cluster: string) => readonly KubernetesObject[] = () => [],
) {
  const sourceRef = { kind, name: 'app' };
  const object = { spec: { sourceRef, interval: '10m', ...spec } };
  const around = {
    of: fleet,
    objectsOf: (cluster: string) => [
      objectOf(kind, 'app', {}, fleet.statusOf(cluster)),
      ...objectsOf(cluster),
    ],
  };
  const charts = openFleet(helmChart, object, secretsOf, around);
  const { store } = fleet.ports;
  const visit = (cluster: string, more: object = {}): Promise<SourceStatus> =>
    charts.visit(cluster, { store: { ...store, put: distant(store.put) } }, more);
  return { ...charts, visit };
}

/** What takes its time, so that others are at work meanwhile. */
function distant(put: ObjectStore['put']): ObjectStore['put'] {
  return async (...written) => {
    await systemClock.sleep(50, AbortSignal.timeout(60_000));
    return put(...written);
  };
}

/** An object of sources, as its cluster has it. */
export function objectOf(kind: string, name: string, spec: object, status?: object): KubernetesObject {
  const found = { apiVersion: API, kind, metadata: { namespace: 'apps', name }, spec, status };
  return found as unknown as KubernetesObject;
}

/** Status and reason. */
export const readyOf = ({ conditions = [] }: SourceStatus): string => {
  const { status = '', reason = '' } = conditions.find(({ type }) => type === 'Ready') ?? {};
  return `${status} ${reason}`;
};
/** What Ready says. */
export const messageOf = ({ conditions = [] }: SourceStatus): string =>
  conditions.find(({ type }) => type === 'Ready')?.message ?? '';

/** The stored bytes that were written. */
export function blobPuts({ puts }: Pick<Fleet, 'puts'>): readonly string[] {
  return puts.filter((key) => key.startsWith('blobs/'));
}

/** The files of a chart, as text. */
export async function inChart(
  { ports }: Fleet,
  { artifact }: SourceStatus,
): Promise<Readonly<Record<string, string>>> {
  const stored = await ports.store.get(`blobs/${artifact?.digest.slice('sha256:'.length)}`);
  const files = [...readTarGz(stored?.body ?? new Uint8Array(), DEFAULT_LIMITS)];
  return Object.fromEntries(files.map(([path, body]) => [path, Buffer.from(body).toString()]));
}
