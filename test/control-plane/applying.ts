import { randomUUID } from 'node:crypto';
import { inject } from 'vitest';
import { type Connection, connect as connectCluster } from '../../shared/adapters/kubernetes/connect.ts';
import { systemClock } from '../../shared/adapters/local/system.ts';
import { type ApplyReport, type ApplyRequest, applyAll } from '../../shared/apply/apply.ts';
import type { Baseline } from '../../shared/apply/baseline.ts';
import { checkDrift, type DriftReport } from '../../shared/apply/drift.ts';
import { readClusterState } from '../../shared/apply/kinds.ts';
import { takenManagers } from '../../shared/apply/managed-fields.ts';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import { type Owner, ownerLabels } from '../../shared/core/owner-labels.ts';
import type { Cluster } from '../../shared/ports.ts';
import { type Api, connect as connectApi, successful } from './api.ts';

export const FIELD_MANAGER = 'kustomize-controller';
const KEY = new TextEncoder().encode('the key of a test deployment');

/** One request on the wire, discovery left out: it is cached per connection. */
export interface Sent {
  readonly method: string;
  readonly path: string;
}

/** A namespace on the real API server, one owner, and what the product sends there. */
export interface Field {
  readonly namespace: string;
  readonly owner: Owner;
  readonly cluster: Connection;
  /** Writes as anybody but us. */
  readonly api: Api;
  /** What was sent since the last call, cluster facts and discovery left out. */
  sent(): readonly Sent[];
  /** Adds namespace and owner labels. */
  own(object: KubernetesObject): KubernetesObject;
  apply(objects: readonly KubernetesObject[], more?: Partial<ApplyRequest>): Promise<ApplyReport>;
  check(baseline: Baseline, as?: Cluster, audit?: boolean): Promise<DriftReport>;
  /** A server-side apply, merge patch or PUT by `manager`. */
  change(path: string, patch: unknown, manager?: string): Promise<KubernetesObject>;
  read(path: string): Promise<KubernetesObject>;
  close(): Promise<void>;
}

/** Opens a fresh namespace. */
export async function openField(prefix: string): Promise<Field> {
  const access = { server: inject('server'), ca: inject('ca') };
  let requests: Sent[] = [];
  const cluster = connectCluster({
    id: 'test',
    ...access,
    credentials: { token: inject('token') },
    onRequest: ({ method, path }) => {
      if (!isDiscovery(path)) requests.push({ method, path });
    },
  });
  const api = connectApi({ ...access, token: inject('token') });
  const namespace = `${prefix}-${randomUUID().slice(0, 8)}`;
  const owner = { name: namespace, namespace: 'flux-system' };
  await api.create('/api/v1/namespaces', { metadata: { name: namespace } });

  const common = async (as: Cluster) => ({
    cluster: as,
    owner,
    fieldManager: FIELD_MANAGER,
    concurrency: 16,
    clock: systemClock,
    signal: AbortSignal.timeout(60_000),
    key: KEY,
    state: await readClusterState(cluster),
  });
  return {
    namespace,
    owner,
    cluster,
    api,
    sent() {
      const all = requests.filter(({ path }) => !isFact(path));
      requests = [];
      return all;
    },
    own: (object) => ({
      ...object,
      metadata: {
        ...object.metadata,
        labels: { ...object.metadata.labels, ...ownerLabels(owner) },
      },
    }),
    async apply(objects, more = {}) {
      const { state, ...rest } = await common(more.cluster ?? cluster);
      return applyAll({ ...rest, facts: state, objects, force: false, baseline: undefined, ...more });
    },
    async check(baseline, as = cluster, audit = false) {
      return checkDrift({ ...(await common(as)), taken: takenManagers(FIELD_MANAGER) }, baseline, { audit });
    },
    async change(path, patch, manager = 'somebody') {
      const url = `${path}?fieldManager=${manager}`;
      return successful(
        url,
        await api.send<KubernetesObject>('PATCH', url, patch, 'application/merge-patch+json'),
      );
    },
    async read(path) {
      const object = await api.get<KubernetesObject>(path);
      if (!object) throw new Error(`${path} is not there`);
      return object;
    },
    async close() {
      await api.send('DELETE', `/api/v1/namespaces/${namespace}`);
      api.close();
      cluster.close();
    },
  };
}

/** The baseline a caller would store after this report. */
export async function baselineOf(field: Field, report: ApplyReport): Promise<Baseline> {
  const { uid, version } = await readClusterState(field.cluster);
  return {
    header: {
      rendered: 'rendered',
      owner: 'owner-uid',
      inputDigest: 'input',
      revision: 'main@sha1:1',
      cluster: uid,
      serverVersion: version,
      definitions: report.definitions,
    },
    entries: report.entries,
  };
}

/** Each object's name and what happened to it. */
export function actionsOf(report: ApplyReport): Readonly<Record<string, string>> {
  return Object.fromEntries(
    report.changes.map(({ reference, action }) => [`${reference.kind}/${reference.name}`, action]),
  );
}

function isDiscovery(path: string): boolean {
  return /^\/(api\/[^/?]+|apis\/[^/?]+\/[^/?]+)$/.test(path);
}

function isFact(path: string): boolean {
  return (
    path === '/version' ||
    path === '/api/v1/namespaces/kube-system' ||
    /^\/apis\/apiextensions\.k8s\.io\/v1\/customresourcedefinitions\?limit=\d+$/.test(path)
  );
}

/** Waits for the first part of a second: what follows bears the same time in managedFields, which count in seconds. */
export async function withinOneSecond(): Promise<void> {
  const past = Date.now() % 1_000;
  if (past > 200) await systemClock.sleep(1_000 - past);
}
