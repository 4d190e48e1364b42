import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type ApiAccess, connect, successful } from '../control-plane/api.ts';
import { assets } from '../control-plane/assets.ts';
import { startControlPlane } from '../control-plane/start.ts';
import { APPLY, type Applied, configMap, deployment } from './cluster-objects.ts';
import type { BenchRow } from './row.ts';

const SCRIPT = join(import.meta.dirname, 'cluster-process.ts');
const CLUSTERS = 1000;
const REQUESTS = 2000;

/** Embedded clusters: memory of 1000 empty ones and of one with 200 objects, and the time of requests beside a real API server. */
export async function run(): Promise<BenchRow[]> {
  const empty = await measure('empty', String(CLUSTERS));
  const filled = await measure('filled');
  const ours = await onEmbedded(timeRequests);
  const real = assets() && (await onControlPlane(timeRequests));
  const note = `${REQUESTS} one after the other, over loopback with TLS`;
  return [
    {
      ...{ id: 'clusters', what: `${CLUSTERS} empty clusters in one process`, ours: empty.rss, unit: 'MB' },
      note: `resident; ${empty.heap.toFixed(0)} MB of objects; limit 1000 MB`,
    },
    {
      ...{ id: 'clusters', what: 'a cluster with 200 objects', ours: filled.heap, unit: 'MB' },
      note: 'objects; limit 5 MB',
    },
    row('get a Deployment, p50', ours.get, real?.get, note),
    row('apply an unchanged Deployment, p50', ours.same, real?.same, note),
    row('apply a changed ConfigMap, p50', ours.changed, real?.changed, note),
  ];
}

function row(what: string, ours: number, peer: number | undefined, note: string): BenchRow {
  const measured = { id: 'clusters', what, ours, unit: 'ms', note };
  return peer === undefined ? measured : { ...measured, peer, ratio: ours / peer };
}

async function measure(...args: readonly string[]): Promise<{ readonly rss: number; readonly heap: number }> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', SCRIPT, ...args]);
  return JSON.parse(stdout);
}

interface Times {
  readonly get: number;
  readonly same: number;
  readonly changed: number;
}

async function timeRequests(access: ApiAccess): Promise<Times> {
  const api = connect(access);
  try {
    await api.create('/api/v1/namespaces', { metadata: { name: 'filled' } });
    const apply = async ({ path, object }: Applied) => {
      const url = `${path}/${object.metadata.name}?fieldManager=bench&force=true`;
      successful('apply', await api.send('PATCH', url, object, APPLY));
    };
    const { path, object } = deployment('app');
    await apply({ path, object });
    let version = 0;
    return {
      get: await median(() => api.get(`${path}/app`)),
      same: await median(() => apply({ path, object })),
      changed: await median(() => apply(configMap('app', `version ${++version}`))),
    };
  } finally {
    api.close();
  }
}

async function median(request: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  // Warmed up by the first fifth.
  for (let count = -REQUESTS / 5; count < REQUESTS; count++) {
    const start = performance.now();
    await request();
    if (count >= 0) times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[REQUESTS / 2] ?? Number.NaN;
}

async function onEmbedded<T>(use: (access: ApiAccess) => Promise<T>): Promise<T> {
  const server = spawn(process.execPath, [SCRIPT, 'serve'], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const line = await new Promise<Buffer>((resolve) => server.stdout.once('data', resolve));
    return await use(JSON.parse(line.toString()));
  } finally {
    server.kill();
  }
}

async function onControlPlane<T>(use: (access: ApiAccess) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'bench-clusters-'));
  const plane = await startControlPlane({ dir, kubelet: false, controllers: false });
  try {
    return await use(plane);
  } finally {
    await plane.stop();
    await rm(dir, { recursive: true, force: true });
  }
}
