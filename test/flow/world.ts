import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect } from '../../shared/adapters/kubernetes/connect.ts';
import { saveCluster } from '../../shared/adapters/kubernetes/registration.ts';
import { openDeployment } from '../../shared/adapters/local/deployment.ts';
import { openDirectorySecrets } from '../../shared/adapters/local/directory-secrets.ts';
import { openDirectoryStore } from '../../shared/adapters/local/directory-store.ts';
import { systemChance, systemClock } from '../../shared/adapters/local/system.ts';
import type { Cluster, ClusterSettings, Log } from '../../shared/ports.ts';
import { OWNER } from '../../shared/reconcile/clusters.ts';
import { readLocalConfig } from '../../shared/runtime/config.ts';
import { type LocalRuntime, openLocal, type RequestHook } from '../../shared/runtime/local.ts';
import { type GitServer, startGitServer } from '../servers/git-http.ts';

export interface WorldOptions {
  /** A scratch directory of its own. */
  readonly dir: string;
  readonly server: string;
  readonly ca: string;
  /** The administrator's. */
  readonly token: string;
  /** What the cluster is registered with, where it is not the administrator's token. */
  readonly registeredToken?: string;
  readonly log: Log;
  readonly onRequest?: RequestHook;
  readonly settings?: Partial<ClusterSettings>;
}

/** A real cluster, a real Git server and the local runtime between them. */
export interface World {
  /** As cluster-admin. */
  readonly cluster: Cluster;
  readonly clusterId: string;
  readonly runtime: LocalRuntime;
  readonly git: GitServer;
  /** What the Git server was asked. */
  readonly gitLog: { readonly method: string; readonly path: string; readonly status: number }[];
  /** Where bare repositories lie. */
  readonly gitRoot: string;
  readonly stateDirectory: string;
  /** Registers the cluster anew with another token. */
  readonly register: (token: string) => Promise<void>;
  /** Starts the pumps, watches and the clock. */
  readonly start: () => void;
  readonly stop: () => Promise<void>;
}

/** The same for all test files, which share one cluster and so its claim. */
const DEPLOYMENT = { id: 'flow-tests', key: Buffer.alloc(32, 7).toString('base64') };

/** Registers the cluster with a fresh deployment, as `sluice cluster add --as-is` does, and opens the runtime. */
export async function openWorld(options: WorldOptions): Promise<World> {
  const { dir, server, ca, token } = options;
  const gitRoot = join(dir, 'git');
  mkdirSync(gitRoot, { recursive: true });
  const cluster = connect({ id: 'admin', server, ca, credentials: { token } });
  const { uid: clusterId } = await cluster.facts();
  const config = {
    ...readLocalConfig({ ...process.env, SLUICE_STATE: join(dir, 'state') }, dir, false),
    artifactPort: 0,
    webhookPort: 0,
    metricsPort: 0,
  };
  mkdirSync(config.stateDirectory, { recursive: true });
  writeFileSync(join(config.stateDirectory, 'deployment.json'), JSON.stringify(DEPLOYMENT), { mode: 0o600 });
  const deployment = await openDeployment(config.stateDirectory);
  const store = await openDirectoryStore({
    directory: config.storeDirectory,
    clock: systemClock,
    chance: systemChance,
  });
  const secrets = await openDirectorySecrets({
    directory: config.secretsDirectory,
    clock: systemClock,
    chance: systemChance,
  });
  const settings: ClusterSettings = { owns: 'all', profile: 'flux', groups: 16, ...options.settings };
  const record = { id: clusterId, name: 'test', server, ca, labels: {}, settings };
  const register = (bearer: string): Promise<void> =>
    saveCluster({ store, secrets }, record, { server, ca, credentials: { token: bearer } });
  await register(options.registeredToken ?? token);
  await claim(cluster, deployment.id, clusterId);
  const gitLog: { method: string; path: string; status: number }[] = [];
  const git = await startGitServer(gitRoot, { log: gitLog });
  const runtime = await openLocal(config, options.log, options.onRequest);
  const over = new AbortController();
  let running: Promise<void> = Promise.resolve();
  return {
    cluster,
    clusterId,
    runtime,
    git,
    gitLog,
    gitRoot,
    stateDirectory: config.stateDirectory,
    register,
    start: () => {
      running = runtime.run(over.signal);
    },
    stop: async () => {
      over.abort();
      await running;
      await runtime.close();
      await git.stop();
      store.close();
      cluster.close();
    },
  };
}

async function claim(cluster: Cluster, deployment: string, id: string): Promise<void> {
  const options = { fieldManager: 'sluice' };
  const { apiVersion, kind, namespace, name } = OWNER;
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, options);
  const data = { deployment, cluster: id, owns: 'all' };
  await cluster.apply({ apiVersion, kind, metadata: { namespace, name }, data }, options);
}
