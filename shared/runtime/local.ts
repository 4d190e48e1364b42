import { handler as apply } from '../../functions/apply.ts';
import { handler as arrivals } from '../../functions/arrivals.ts';
import { handler as later } from '../../functions/later.ts';
import { handler as receive } from '../../functions/receive.ts';
import { handler as source } from '../../functions/source.ts';
import { handler as sweep } from '../../functions/sweep.ts';
import { kustomizeExec } from '../adapters/exec/kustomize.ts';
import { egressLookup } from '../adapters/http/egress.ts';
import { createIdentities } from '../adapters/identity/identities.ts';
import { createClusters } from '../adapters/kubernetes/registry.ts';
import { type ArtifactServer, serveArtifacts } from '../adapters/local/artifact-server.ts';
import { openDeployment } from '../adapters/local/deployment.ts';
import { openDirectorySecrets } from '../adapters/local/directory-secrets.ts';
import { openDirectoryStore } from '../adapters/local/directory-store.ts';
import { serveHooks } from '../adapters/local/hook-server.ts';
import { serveMetrics } from '../adapters/local/metrics-server.ts';
import { createPrometheus } from '../adapters/local/prometheus.ts';
import { openSqliteQueues } from '../adapters/local/sqlite-queues.ts';
import { systemChance, systemClock } from '../adapters/local/system.ts';
import type { WorkQueues } from '../adapters/local/work-queues.ts';
import type { OwnProxies } from '../core/proxy-address.ts';
import type { ClusterRecord, Log, Ports } from '../ports.ts';
import { QUEUE_TABLE } from '../reconcile/queue-table.ts';
import { claimStore } from '../reconcile/store-owner.ts';
import type { LocalConfig } from './config.ts';
import { type QueueFunction, recordOf } from './lambda.ts';
import { followClusters } from './local/clusters.ts';
import { runClock } from './local/tick.ts';
import { runPump } from './pump.ts';
import { waysOut } from './ways-out.ts';

/** A request to an API server, for counting. */
export type RequestHook = (request: { cluster: string; method: string; path: string; user?: string }) => void;

/** The whole pipeline in one process. */
export interface LocalRuntime {
  readonly ports: Ports;
  readonly queues: WorkQueues;
  readonly artifacts: ArtifactServer;
  /** Where deliveries are taken, as soon as the runtime is open. */
  readonly webhook: { readonly url: string };
  /** Where Prometheus finds what was measured. */
  readonly metrics: { readonly url: string };
  /** Runs until `signal` fires and what is in flight has ended. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  /** Takes up at once what a runtime that was killed had in hand, not when its leases end; only for whoever knows that no other one runs. */
  readonly resume: () => Promise<void>;
  readonly close: () => Promise<void>;
}

const FUNCTIONS = { arrivals, later, sweep, source, apply } as const;

/** Opens the state and composes the same handlers that run on AWS with the local adapters; nothing runs yet. */
export async function openLocal(
  config: LocalConfig,
  log: Log,
  onRequest?: RequestHook,
): Promise<LocalRuntime> {
  const clock = systemClock;
  const chance = systemChance;
  tellOfProxies(config.proxies, log);
  const { git, http, lookupForTarget, tunnelFor } = waysOut(true, config.proxies);
  const deployment = await openDeployment(config.stateDirectory);
  const store = await openDirectoryStore({ directory: config.storeDirectory, clock, chance });
  await claimStore(store, deployment.id).catch((error: unknown) => {
    store.close();
    throw error;
  });
  const secrets = await openDirectorySecrets({ directory: config.secretsDirectory, clock, chance });
  const queues = openSqliteQueues({ path: config.queuesFile, clock, chance });
  const artifacts = await serveArtifacts({
    store,
    key: deployment.key,
    host: config.host,
    port: config.artifactPort,
    ...(config.artifactBase !== undefined && { base: config.artifactBase }),
  });
  const prometheus = createPrometheus();
  const ports: Ports = {
    deployment,
    store,
    queues,
    clusters: createClusters({
      store,
      secrets,
      clock,
      lookupFor,
      lookupForTarget,
      tunnelFor,
      ...(onRequest && { onRequest }),
    }),
    git,
    http,
    identities: createIdentities({ http: http('flux'), clock }),
    exec: kustomizeExec({
      cacheDirectory: config.toolsDirectory,
      searchPath: config.searchPath,
      platform: `${process.platform}-${process.arch}`,
    }),
    clock,
    chance,
    log,
    metrics: prometheus,
    artifactUrl: artifacts.urlOf,
  };
  const webhook = await serveHooks({
    handle: (event) => receive(event, ports),
    host: config.host,
    port: config.webhookPort,
    log,
  });
  const metrics = await serveMetrics(prometheus.text, config.host, config.metricsPort);
  const run = async (signal: AbortSignal): Promise<void> => {
    const pumps = Object.entries(FUNCTIONS).map(([name, handle]) =>
      pump(name as keyof typeof FUNCTIONS, handle, ports, queues, config.concurrency, signal),
    );
    await Promise.all([...pumps, followClusters(ports, signal), runClock(ports, signal)]);
  };
  const close = async (): Promise<void> => {
    await Promise.all([artifacts, webhook, metrics].map((server) => server.close()));
    queues.close();
    store.close();
  };
  const resume = async (): Promise<void> => {
    const freed = await queues.freeHeld();
    if (freed > 0) log.info('taking up what an earlier run left', { messages: freed });
  };
  return { ports, queues, artifacts, webhook, metrics, run, resume, close };
}

/** Which variables of the environment are heeded is otherwise hard to see. */
function tellOfProxies({ http, https, ssh, except }: OwnProxies, log: Log): void {
  const ways = Object.entries({ http, https, ssh }).flatMap(([scheme, proxy]) =>
    proxy === undefined ? [] : [`${scheme} through ${new URL(proxy.url).host}`],
  );
  if (ways.length === 0) return;
  const but = except === undefined ? '' : `, but not ${except}`;
  log.info(`what names no proxy of its own is reached as the environment says: ${ways.join(', ')}${but}`);
}

/** The registered server's address is the operator's word, not a tenant's: only link-local and metadata addresses are refused. */
function lookupFor({ server }: ClusterRecord): ReturnType<typeof egressLookup> {
  return egressLookup({ loopback: true, privateRanges: true, exempt: [new URL(server).hostname] });
}

function pump(
  name: keyof typeof FUNCTIONS,
  handle: QueueFunction,
  ports: Ports,
  queues: WorkQueues,
  concurrency: number,
  signal: AbortSignal,
): Promise<void> {
  const { timeout, queue } = QUEUE_TABLE[name];
  return runPump({
    queues,
    queue: queue.name,
    batch: queue.batch,
    visibilityMs: queue.visibility * 1000,
    timeoutMs: timeout * 1000,
    maxReceives: queue.maxReceives,
    concurrency,
    clock: ports.clock,
    log: ports.log,
    signal,
    handler: async (batch, deadline) => {
      const { batchItemFailures } = await handle({ Records: batch.map(recordOf) }, ports, deadline);
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      return batch.map(({ id }) => ({ id, ok: !failed.has(id) }));
    },
  });
}
