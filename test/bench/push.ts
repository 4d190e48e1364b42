import type { KubernetesObject } from '../../shared/ports.ts';
import { create, GIT_REPOSITORY, gitRepository, kustomization } from '../flow/drive.ts';
import { pathOf, push, RECEIVER, receiver, tokenSecret } from '../flow/webhook.ts';
import type { World } from '../flow/world.ts';
import { commit } from '../servers/git-http.ts';
import { type Ground, withWorld } from './cluster.ts';
import { generateRepository, SHAPES } from './git-repositories.ts';
import type { BenchRow } from './row.ts';
import { openTally, type Tally } from './tally.ts';

const PUSHES = 200;
const NAMESPACE = 'bench';
const TOKEN = 'token';

/** P1: from the signed delivery right after a push to the last object applied, everything in one process, on a real API server and on the embedded cluster; P10: what one such push takes. */
export async function run(pushes = PUSHES): Promise<BenchRow[]> {
  return [...(await runOn('real', pushes)), ...(await runOn('embedded', pushes))];
}

async function runOn(ground: Ground, pushes: number): Promise<BenchRow[]> {
  const tally = openTally();
  const times = await withWorld((world) => timesOf(world, pushes, tally), {
    ground,
    onRequest: () => tally.count('API requests'),
  });
  const what = ground === 'real' ? 'push to applied' : 'push to applied, embedded cluster';
  const slowest = `slowest ${at(times, 1).toFixed(0)} ms`;
  const note = `${pushes} pushes, 200 files, 4 objects; signed delivery to last object applied`;
  return [
    { id: 'P1', what: `${what}, p50`, ours: at(times, 0.5), unit: 'ms', note },
    { id: 'P1', what: `${what}, p99`, ours: at(times, 0.99), unit: 'ms', note: slowest },
    ...(ground === 'real' ? hopRows(tally) : []),
  ];
}

function hopRows(tally: Tally): readonly BenchRow[] {
  const queues = tally.names('queue ');
  const calls = [...tally.names('API'), ...tally.names('git'), ...tally.names('store')];
  const total = calls.reduce((sum, [, count]) => sum + count, 0);
  const listed = calls.map(([name, count]) => `${count} ${name}`).join(', ');
  return [
    {
      ...{ id: 'P10', what: 'webhook to applied, queues passed', ours: queues.length, unit: 'hops' },
      note: queues.map(([name]) => name.replace('queue ', '')).join(', '),
    },
    {
      ...{ id: 'P10', what: 'webhook to applied, remote calls until then', ours: total, unit: 'calls' },
      note: `${listed}; some at the same time`,
    },
  ];
}

/** Milliseconds of each push, the quickest first; the last one is tallied. */
async function timesOf(world: World, pushes: number, tally: Tally): Promise<readonly number[]> {
  await world.cluster.create(
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    { fieldManager: 'bench' },
  );
  const [shape] = SHAPES;
  if (shape === undefined) throw new Error('no shape to generate');
  const repository = await generateRepository(world.gitRoot, { ...shape, name: 'app' });
  await commit(repository, manifests(0), 'Version 0');
  await create(
    world,
    gitRepository(world, NAMESPACE, 'app'),
    kustomization(NAMESPACE, 'app', { path: './deploy' }),
    tokenSecret(NAMESPACE, 'app', TOKEN),
    receiver(NAMESPACE, 'app', [{ kind: GIT_REPOSITORY.kind, name: 'app' }]),
  );
  world.start();
  const seen = watchVersions(world);
  await seen.reached(0);
  const path = await listening(world);
  const times: number[] = [];
  for (let version = 1; version <= pushes; version++) {
    await commit(repository, manifests(version), `Version ${version}`);
    if (version === pushes) tally.start(world);
    const start = performance.now();
    if ((await push({ world }, path, TOKEN)) !== 202) throw new Error('the delivery was not taken');
    await seen.reached(version);
    times.push(performance.now() - start);
  }
  tally.stop();
  seen.stop();
  return times.toSorted((a, b) => a - b);
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** The path of the Receiver, as soon as it has one. */
async function listening(world: World): Promise<string> {
  const reference = { ...RECEIVER, namespace: NAMESPACE, name: 'app' };
  for (;;) {
    const path = await pathOf({ world }, reference).catch(() => undefined);
    if (path) return path;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Follows the object that is applied last, by kind order: the Deployment. */
function watchVersions(world: World): { reached: (version: number) => Promise<void>; stop: () => void } {
  const over = new AbortController();
  let current = -1;
  let waiting: { version: number; done: () => void } | undefined;
  const saw = ({ metadata }: KubernetesObject): void => {
    current = Math.max(current, Number(metadata.annotations?.version ?? -1));
    if (waiting && current >= waiting.version) waiting.done();
  };
  const follow = async (): Promise<void> => {
    const collection = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: NAMESPACE };
    const { items, resourceVersion } = await world.cluster.list(collection);
    for (const item of items) saw(item);
    const options = { resourceVersion, signal: over.signal };
    for await (const { object } of world.cluster.watch(collection, options)) saw(object);
  };
  follow().catch((error: unknown) => {
    if (!over.signal.aborted) throw error;
  });
  return {
    reached: (version) =>
      new Promise((done) => {
        if (current >= version) return done();
        waiting = { version, done };
      }),
    stop: () => over.abort(),
  };
}

function manifests(version: number): Record<string, string> {
  const metadata = { namespace: NAMESPACE, name: 'app', annotations: { version: String(version) } };
  const labels = { app: 'app' };
  const containers = [{ name: 'app', image: `example.invalid/app:${version}` }];
  const template = { metadata: { labels }, spec: { containers } };
  const objects = {
    'account.yaml': { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { ...metadata, name: 'app' } },
    'settings.yaml': { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { version: String(version) } },
    'service.yaml': {
      apiVersion: 'v1',
      kind: 'Service',
      metadata,
      spec: { selector: labels, ports: [{ port: 80 }] },
    },
    'deployment.yaml': {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: { replicas: 0, selector: { matchLabels: labels }, template },
    },
  };
  return Object.fromEntries(
    Object.entries(objects).map(([file, object]) => [`deploy/${file}`, JSON.stringify(object)]),
  );
}
