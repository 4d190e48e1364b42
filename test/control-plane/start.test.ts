import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { connect, until } from './api.ts';
import { type ControlPlanePids, startControlPlane } from './start.ts';

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

test('an API server that comes back has its address, certificate and data, and the cluster works on', async () => {
  const controlPlane = await startControlPlane({ dir: await newDirectory() });
  cleanups.push(controlPlane.stop);
  const api = connect(controlPlane);
  const { pids } = controlPlane;
  await api.create('/api/v1/namespaces/default/configmaps', { metadata: { name: 'kept' }, data: { a: 'b' } });

  await controlPlane.stopApiServer();
  await expect(api.get('/readyz')).rejects.toThrow();
  await controlPlane.startApiServer();

  expect(controlPlane.pids.apiServer).not.toBe(pids.apiServer);
  expect(controlPlane.pids).toEqual({ ...pids, apiServer: expect.any(Number) });
  const kept = await api.get<{ data: object }>('/api/v1/namespaces/default/configmaps/kept');
  expect(kept?.data).toEqual({ a: 'b' });
  await api.create('/apis/batch/v1/namespaces/default/jobs', {
    metadata: { name: 'after' },
    spec: {
      template: { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'after:1' }] } },
    },
  });
  await until('a Job completes', async () => {
    const job = await api.get<{ status?: { succeeded?: number } }>(
      '/apis/batch/v1/namespaces/default/jobs/after',
    );
    return job?.status?.succeeded === 1 || undefined;
  });
  api.close();
});

test('without controllers and kubelet a pod may be created and stays pending', async () => {
  const controlPlane = await startControlPlane({
    dir: await newDirectory(),
    kubelet: false,
    controllers: false,
  });
  cleanups.push(controlPlane.stop);
  const api = connect(controlPlane);

  const pod = await api.create<{ status: { phase: string } }>('/api/v1/namespaces/default/pods', {
    metadata: { name: 'idle' },
    spec: { containers: [{ name: 'main', image: 'idle:1' }] },
  });

  expect(pod.status.phase).toBe('Pending');
  expect(Object.keys(controlPlane.pids)).toEqual(['etcd', 'apiServer']);
  api.close();
});

test('no process outlives a parent that was killed', async () => {
  const program = `
    import { startControlPlane } from ${JSON.stringify(join(import.meta.dirname, 'start.ts'))};
    const { pids } = await startControlPlane({ dir: process.argv[1] });
    console.log(JSON.stringify(pids));
  `;
  const parent = spawn(process.execPath, ['--input-type=module', '--eval', program, await newDirectory()], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pids = await new Promise<ControlPlanePids>((resolve, reject) => {
    parent.stdout.once('data', (line: Buffer) => resolve(JSON.parse(line.toString())));
    parent.once('exit', (code) => reject(new Error(`the parent ended with ${code}`)));
  });
  expect(Object.values(pids).filter(isAlive)).toHaveLength(4);

  parent.kill('SIGKILL');

  await until('all have ended', async () => (Object.values(pids).some(isAlive) ? undefined : true), 5_000);
});

async function newDirectory(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'sluice-control-plane-'));
  cleanups.push(() => rm(dir, { recursive: true, force: true }));
  return dir;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
