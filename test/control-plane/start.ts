import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePorts } from '../servers/ports.ts';
import { type Api, type ApiAccess, connect, until } from './api.ts';
import { type Assets, assets, HOW_TO_BUILD } from './assets.ts';
import {
  type AccessOptions,
  apiServerArguments,
  controllerManagerArguments,
  etcdArguments,
  type Ports,
} from './command-lines.ts';
import {
  type IdentityFiles,
  identityFiles,
  takeAuthority,
  toKubeconfig,
  writeIdentities,
} from './identities.ts';
import { type Nursery, openNursery, type Running } from './processes.ts';

/** What to start, and where its data and logs go. */
export interface ControlPlaneOptions {
  /** Made when absent; the data of an earlier control plane in it is thrown away. */
  readonly dir: string;
  /** Whether a fake node runs the pods (default true). */
  readonly kubelet?: boolean;
  /** Whether kube-controller-manager runs (default true); without it no ServiceAccount is made or asked for. */
  readonly controllers?: boolean;
  /** How the API server knows people besides its own tokens. */
  readonly access?: AccessOptions;
}

/** The process ids of a running control plane. */
export interface ControlPlanePids {
  readonly etcd: number;
  readonly apiServer: number;
  readonly controllerManager?: number;
  readonly kubelet?: number;
}

/** A running control plane on loopback; its token belongs to the group system:masters. */
export interface ControlPlane extends ApiAccess {
  /** A self-contained kubeconfig in YAML. */
  readonly kubeconfig: string;
  readonly kubeconfigPath: string;
  /** The processes as they are now. */
  readonly pids: ControlPlanePids;
  /** Kills the API server: nobody answers, the data stays. */
  stopApiServer(): Promise<void>;
  /** Starts it anew at the same address with the same certificates, and waits until it is ready. */
  startApiServer(): Promise<void>;
  /** Ends every process; the directory stays. */
  stop(): Promise<void>;
}

interface Place {
  readonly dir: string;
  readonly files: IdentityFiles;
  readonly ports: Ports;
  readonly programs: Assets;
  readonly nursery: Nursery;
  readonly wants: {
    readonly kubelet: boolean;
    readonly controllers: boolean;
    readonly access?: AccessOptions;
  };
}

const READY_WITHIN_MS = 60_000;
const ASK_EVERY_MS = 50;
const BIND_ATTEMPTS = 3;
const NODE_NAME = 'fake-node';

/** Starts etcd, kube-apiserver, kube-controller-manager and a fake kubelet; throws with a log's end when one fails. */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const programs = assets();
  if (!programs) throw new Error(HOW_TO_BUILD);
  const dir = resolve(options.dir);
  const { kubelet = true, controllers = true, access } = options;
  const wants = { kubelet, controllers, ...(access && { access }) };
  for (let attempt = 1; ; attempt++) {
    rmSync(join(dir, 'etcd'), { recursive: true, force: true });
    mkdirSync(dir, { recursive: true });
    const [etcd = 0, etcdPeer = 0, apiServer = 0] = await freePorts(3);
    const nursery = openNursery(dir);
    try {
      const ports = { etcd, etcdPeer, apiServer };
      return await startIn({ dir, files: identityFiles(dir), ports, programs, nursery, wants });
    } catch (error) {
      await nursery.close();
      // Between finding a free port and using it another process may take it.
      const taken = error instanceof Error && error.message.includes('address already in use');
      if (!taken || attempt === BIND_ATTEMPTS) throw error;
    }
  }
}

async function startIn(place: Place): Promise<ControlPlane> {
  const { dir, files, nursery, ports, programs } = place;
  const token = writeIdentities(files);
  const etcd = nursery.start('etcd', programs.paths.etcd, etcdArguments(dir, ports));
  let apiServer = startServer(place);
  const ca = await ready('a certificate', [etcd, apiServer], async () => takeAuthority(files));

  const access = { server: `https://127.0.0.1:${ports.apiServer}`, ca, token };
  const kubeconfig = toKubeconfig(access);
  writeFileSync(files.kubeconfig, kubeconfig, { mode: 0o600 });
  const api = connect(access);
  await answers(api, '/readyz', [etcd, apiServer]);
  const workers = await startWorkers(place, api);

  return {
    ...access,
    kubeconfig,
    kubeconfigPath: files.kubeconfig,
    get pids() {
      return { etcd: etcd.pid, apiServer: apiServer.pid, ...workers };
    },
    stopApiServer: () => apiServer.kill(),
    async startApiServer() {
      await apiServer.kill();
      apiServer = startServer(place);
      await answers(api, '/readyz', [etcd, apiServer]);
    },
    async stop() {
      api.close();
      await nursery.close();
    },
  };
}

function startServer({ files, nursery, ports, programs, wants }: Place): Running {
  const args = apiServerArguments(files, ports, wants);
  return nursery.start('kube-apiserver', programs.paths['kube-apiserver'], args);
}

async function startWorkers(
  { files, nursery, programs, wants }: Place,
  api: Api,
): Promise<Omit<ControlPlanePids, 'etcd' | 'apiServer'>> {
  const manager =
    wants.controllers &&
    nursery.start(
      'kube-controller-manager',
      programs.paths['kube-controller-manager'],
      controllerManagerArguments(files),
    );
  const program = join(import.meta.dirname, 'kubelet.ts');
  const kubelet =
    wants.kubelet && nursery.start('kubelet', process.execPath, [program, files.kubeconfig, NODE_NAME]);

  if (manager) await answers(api, '/api/v1/namespaces/default/serviceaccounts/default', [manager]);
  if (kubelet) await answers(api, `/api/v1/nodes/${NODE_NAME}`, [kubelet]);
  return { ...(manager && { controllerManager: manager.pid }), ...(kubelet && { kubelet: kubelet.pid }) };
}

async function answers(api: Api, path: string, alive: readonly Running[]): Promise<void> {
  await ready(path, alive, async () => {
    // Until it listens, connections are refused.
    const answer = await api.send('GET', path).catch(() => undefined);
    return answer?.status === 200 || undefined;
  });
}

function ready<T>(
  what: string,
  alive: readonly Running[],
  question: () => Promise<T | undefined>,
): Promise<T> {
  return until(
    `the control plane has ${what}`,
    () => {
      for (const running of alive) running.assertAlive();
      return question();
    },
    READY_WITHIN_MS,
    ASK_EVERY_MS,
  );
}
