import { createEmf } from '../../shared/adapters/aws/emf.ts';
import { createConsoleLog } from '../../shared/adapters/local/console-log.ts';
import type { OutgoingMessage, Ports } from '../../shared/ports.ts';
import { work } from '../../shared/reconcile/work.ts';
import {
  create,
  GIT_REPOSITORY,
  gitRepository,
  KUSTOMIZATION,
  kustomization,
  read,
  reconcile,
} from '../flow/drive.ts';
import { push, RECEIVER, receiver, tokenSecret } from '../flow/webhook.ts';
import type { World } from '../flow/world.ts';
import { commit, createRepository } from '../servers/git-http.ts';
import { withWorld } from './cluster.ts';
import { LOG_LINE_BYTES } from './prices.ts';

/** Each a source and what applies it. */
const PAIRS = 10;
const OBJECTS_EACH = 10;
const NAMESPACE = 'cost';
const TOKEN = 'token';
const SOON_MS = 60_000;

/** What work called for, as calls of AWS. */
export interface Calls {
  /** Of the store, but those of clusters' records. */
  readonly gets: number;
  readonly puts: number;
  readonly lists: number;
  /** Messages by queue. */
  readonly sent: Readonly<Record<string, number>>;
  readonly apiRequests: number;
  /** Of one process, with the API server and half of the Git server in it. */
  readonly cpuSeconds: number;
  readonly logBytes: number;
}

/** What was counted: a no-op run of each kind a message, and a push that changes what is applied. */
export interface Counted {
  readonly source: Calls;
  readonly apply: Calls;
  readonly push: Calls;
}

/** Runs the real thing on an embedded cluster and counts; objects run in batches of `batch`. */
export async function countCalls(batch: number): Promise<Counted> {
  let apiRequests = 0;
  return withWorld(
    async (world) => {
      const counter = createCounter(world, () => apiRequests);
      await populate(world);
      const perMessage = async (kind: { apiVersion: string; kind: string }): Promise<Calls> => {
        await runBatches(world, kind, batch, counter.ports);
        counter.reset();
        await runBatches(world, kind, batch, counter.ports);
        return counter.calls(PAIRS);
      };
      const source = await perMessage(GIT_REPOSITORY);
      const apply = await perMessage(KUSTOMIZATION);
      return { source, apply, push: await countPush(world, counter) };
    },
    { ground: 'embedded', onRequest: () => apiRequests++ },
  );
}

async function populate(world: World): Promise<void> {
  await world.cluster.create(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    { fieldManager: 'bench' },
  );
  for (let index = 0; index < PAIRS; index++) {
    const name = `app-${index}`;
    await commit(await createRepository(world.gitRoot, name), filesOf(name, 1), 'first');
    await create(world, gitRepository(world, NAMESPACE, name), kustomization(NAMESPACE, name));
    await reconcile(world, { ...GIT_REPOSITORY, namespace: NAMESPACE, name });
    const reference = { ...KUSTOMIZATION, namespace: NAMESPACE, name };
    for (let run = 0; run < 3; run++) await reconcile(world, reference);
    const { conditions } = (await read(world, reference)).status;
    if (!conditions.some(({ type, status }) => type === 'Ready' && status === 'True'))
      throw new Error(`${name} is not ready: ${JSON.stringify(conditions)}`);
  }
}

function filesOf(name: string, version: number): Record<string, string> {
  const objects = Array.from({ length: OBJECTS_EACH }, (_, index) => ({
    ...{ apiVersion: 'v1', kind: 'ConfigMap', data: { version: String(version) } },
    metadata: { name: `${name}-${index}`, namespace: NAMESPACE },
  }));
  return { 'all.yaml': objects.map((one) => JSON.stringify(one)).join('\n---\n') };
}

async function runBatches(
  world: World,
  { kind }: { readonly kind: string },
  batch: number,
  ports: Ports,
): Promise<void> {
  for (let start = 0; start < PAIRS; start += batch) {
    const names = Array.from(
      { length: Math.min(batch, PAIRS - start) },
      (_, index) => `app-${start + index}`,
    );
    const deliveries = names.map((name) => ({
      ...{ id: name, receiveCount: 1 },
      body: JSON.stringify({
        ...{ cluster: world.clusterId, kind, namespace: NAMESPACE, name, reason: 'sweep', hops: 0 },
        ...{ since: new Date().toISOString(), trace: crypto.randomUUID() },
      }),
    }));
    await work(deliveries, ports, AbortSignal.timeout(SOON_MS));
    ports.metrics?.flush();
  }
}

async function countPush(world: World, counter: Counter): Promise<Calls> {
  const name = 'app-0';
  const resources = [{ kind: GIT_REPOSITORY.kind, name }];
  await create(world, tokenSecret(NAMESPACE, name, TOKEN), receiver(NAMESPACE, name, resources));
  const listening = await reconcile(world, { ...RECEIVER, namespace: NAMESPACE, name });
  const { webhookPath = '' } = listening.status as { readonly webhookPath?: string };
  Object.assign(world.runtime.ports, counter.ports);
  world.start();
  const id = await commit(`${world.gitRoot}/${name}.git`, filesOf(name, 2), 'second');
  counter.reset();
  if ((await push({ world }, webhookPath, TOKEN)) !== 202) throw new Error('the delivery was not taken');
  const end = Date.now() + SOON_MS;
  for (;;) {
    const { lastAppliedRevision = '' } = (await read(world, { ...KUSTOMIZATION, namespace: NAMESPACE, name }))
      .status;
    if (lastAppliedRevision.endsWith(id)) return counter.calls(1);
    if (Date.now() > end) throw new Error('the push was not applied');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

interface Counter {
  readonly ports: Ports;
  readonly reset: () => void;
  readonly calls: (messages: number) => Calls;
}

/** The world's ports with everything counted that AWS would bill. */
function createCounter(world: World, requests: () => number): Counter {
  const { ports } = world.runtime;
  let counts = { gets: 0, puts: 0, lists: 0, logBytes: 0 };
  let sent: Record<string, number> = {};
  let before = { requests: 0, cpu: process.cpuUsage() };
  const isRecord = (key: string): boolean => key.startsWith('clusters/');
  const write = (line: string): void => {
    counts.logBytes += Buffer.byteLength(line) + LOG_LINE_BYTES;
  };
  const { clock, store, queues } = ports;
  const counted: Ports = {
    ...ports,
    log: createConsoleLog({ format: 'json', clock, write }),
    metrics: createEmf({ clock, write }),
    store: {
      ...store,
      get: (key) => {
        if (!isRecord(key)) counts.gets += 1;
        return store.get(key);
      },
      head: (key) => {
        counts.gets += 1;
        return store.head(key);
      },
      put: (...given) => {
        counts.puts += 1;
        return store.put(...given);
      },
      list: (prefix) => {
        counts.lists += 1;
        return store.list(prefix);
      },
    },
    queues: {
      send: (queue, messages: readonly OutgoingMessage[]) => {
        sent[queue] = (sent[queue] ?? 0) + messages.length;
        return queues.send(queue, messages);
      },
    },
  };
  return {
    ports: counted,
    reset: () => {
      counts = { gets: 0, puts: 0, lists: 0, logBytes: 0 };
      sent = {};
      before = { requests: requests(), cpu: process.cpuUsage() };
    },
    calls: (messages) => {
      const { user, system } = process.cpuUsage(before.cpu);
      const each = (count: number): number => count / messages;
      return {
        ...{ gets: each(counts.gets), puts: each(counts.puts), lists: each(counts.lists) },
        sent: Object.fromEntries(Object.entries(sent).map(([queue, count]) => [queue, each(count)])),
        apiRequests: each(requests() - before.requests),
        ...{ cpuSeconds: each((user + system) / 1e6), logBytes: each(counts.logBytes) },
      };
    },
  };
}
