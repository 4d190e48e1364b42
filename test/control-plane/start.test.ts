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

test('an API server that comes back has the same address, certificate and data', async () => {
  const controlPlane = await startControlPlane({
    dir: await newDirectory(),
    kubelet: false,
    controllers: false,
  });
  cleanups.push(controlPlane.stop);
  const api = connect(controlPlane);
  await api.create('/api/v1/namespaces/default/configmaps', { metadata: { name: 'kept' }, data: { a: 'b' } });

  await controlPlane.stopApiServer();
  await expect(api.get('/readyz')).rejects.toThrow();
  await controlPlane.startApiServer();

  const kept = await api.get<{ data: object }>('/api/v1/namespaces/default/configmaps/kept');
  expect(kept?.data).toEqual({ a: 'b' });
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
