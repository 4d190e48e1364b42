import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { openSession, type Session } from '../features/cli/recorded-world.ts';
import { type Api, connect, until } from './api.ts';
import { type ControlPlane, startControlPlane } from './start.ts';

/** A cluster of its own for the command line, whose claim and bindings are for the whole cluster. */
export interface CliCluster {
  readonly controlPlane: ControlPlane;
  readonly api: Api;
  /** uid of `kube-system`. */
  readonly id: string;
  readonly stop: () => Promise<void>;
}

/** Starts a control plane without CRDs. */
export async function startCliCluster(): Promise<CliCluster> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-cli-cluster-'));
  const controlPlane = await startControlPlane({ dir, kubelet: false, controllers: true });
  const api = connect(controlPlane);
  const system = await api.get<{ metadata: { uid: string } }>('/api/v1/namespaces/kube-system');
  return {
    controlPlane,
    api,
    id: system?.metadata.uid ?? '',
    async stop() {
      api.close();
      await controlPlane.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** What the tests of one file share: a cluster with our CRDs, forgotten by Sluice after each test. */
export interface CliSetting {
  readonly cluster: CliCluster;
  /** What the claim on the cluster says. */
  readonly owner: () => Promise<Claim['data'] | undefined>;
  /** A person whose kubeconfig differs by one replacement. */
  readonly personWith: (pattern: RegExp, replacement: string) => { session: Session; file: string };
}

interface Claim {
  readonly data: { readonly deployment: string; readonly cluster: string; readonly owns: string };
}

/** Starts the cluster before the file's tests and stops it after them. */
export function useCliCluster(): CliSetting {
  let started: CliCluster | undefined;
  const cluster = (): CliCluster => {
    if (started === undefined) throw new Error('the cluster starts before the first test');
    return started;
  };
  beforeAll(async () => {
    started = await startCliCluster();
    await personOf(started).sluice('install');
  });
  afterEach(() => forgetSluice(cluster()));
  afterAll(() => started?.stop());
  return {
    get cluster() {
      return cluster();
    },
    owner: async () => (await cluster().api.get<Claim>(CLAIM))?.data,
    personWith(pattern, replacement) {
      const session = personOf(cluster());
      const file = join(session.cwd, 'kubeconfig');
      writeFileSync(file, cluster().controlPlane.kubeconfig.replace(pattern, replacement));
      return { session, file };
    },
  };
}

/** A person of the cluster's with an empty state directory; with `answers`, at a terminal. */
export function personOf({ controlPlane }: CliCluster, answers?: readonly string[]): Session {
  return openSession({ env: { KUBECONFIG: controlPlane.kubeconfigPath }, ...(answers && { answers }) });
}

const RBAC = '/apis/rbac.authorization.k8s.io/v1';
export const CLAIM = '/api/v1/namespaces/flux-system/configmaps/sluice-owner';
export const ACCOUNT = '/api/v1/namespaces/flux-system/serviceaccounts/sluice';
export const TOKEN = '/api/v1/namespaces/flux-system/secrets/sluice-token';
export const BINDINGS = `${RBAC}/clusterrolebindings`;
export const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** As if Sluice had never been there: claim and identity go, and with the identity what it owns. */
export async function forgetSluice({ api }: CliCluster): Promise<void> {
  for (const path of [CLAIM, `${BINDINGS}/sluice`, `${BINDINGS}/sluice-namespaced`])
    await api.send('DELETE', path);
  await until('the identity is gone', async () => (await identityIsGone(api)) || undefined);
}

/** Whether account and token are gone. */
export async function identityIsGone(api: Api): Promise<boolean> {
  return (await api.get(ACCOUNT)) === undefined && (await api.get(TOKEN)) === undefined;
}

/** A Deployment called as one of Flux's. */
export function fluxDeployment(replicas: number, name = 'kustomize-controller') {
  const labels = { app: name };
  return {
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'manager', image: 'manager:1' }] } },
    },
  };
}
