import { newMessage } from '../../shared/reconcile/enqueue.ts';
import { create, GIT_REPOSITORY, gitRepository, kustomization } from '../flow/drive.ts';
import type { World } from '../flow/world.ts';
import { commit } from '../servers/git-http.ts';
import { withWorld } from './cluster.ts';
import { generateRepository, SHAPES } from './git-repositories.ts';
import type { BenchRow } from './row.ts';

const PUSHES = 200;
const NAMESPACE = 'bench';

/** P1: from the trigger message right after a push to the last object applied, everything in one process, on a real API server. */
export function run(pushes = PUSHES): Promise<BenchRow[]> {
  return withWorld(async (world) => {
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
    );
    world.start();
    const seen = watchVersions(world);
    await seen.reached(0);
    const times: number[] = [];
    for (let version = 1; version <= pushes; version++) {
      await commit(repository, manifests(version), `Version ${version}`);
      const start = performance.now();
      await trigger(world);
      await seen.reached(version);
      times.push(performance.now() - start);
    }
    seen.stop();
    times.sort((a, b) => a - b);
    const note = `${pushes} pushes, 200 files, 4 objects; trigger in arrivals to last object applied`;
    return [
      { id: 'P1', what: 'push to applied, p50', ours: at(times, 0.5), unit: 'ms', note },
      {
        id: 'P1',
        what: 'push to applied, p99',
        ours: at(times, 0.99),
        unit: 'ms',
        note: `slowest ${at(times, 1).toFixed(0)} ms`,
      },
    ];
  });
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

async function trigger(world: World): Promise<void> {
  const target = { kind: GIT_REPOSITORY.kind, namespace: NAMESPACE, name: 'app' };
  const message = newMessage(world.clusterId, target, 'delivery', new Date(), crypto.randomUUID());
  await world.runtime.ports.queues.send('arrivals', [{ body: JSON.stringify(message) }]);
}

/** Follows the object that is applied last, by kind order: the Deployment. */
function watchVersions(world: World): { reached: (version: number) => Promise<void>; stop: () => void } {
  const over = new AbortController();
  let current = -1;
  let waiting: { version: number; done: () => void } | undefined;
  const follow = async (): Promise<void> => {
    const collection = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: NAMESPACE };
    const { resourceVersion } = await world.cluster.list(collection);
    for await (const { object } of world.cluster.watch(collection, {
      resourceVersion,
      signal: over.signal,
    })) {
      const version = Number(object.metadata.annotations?.version ?? -1);
      current = Math.max(current, version);
      if (waiting && current >= waiting.version) waiting.done();
    }
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
