import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { openStoredState } from '../control-plane/cli-state.ts';
import { openSession } from '../features/cli/recorded-world.ts';

const SLUICE = join(import.meta.dirname, '../../infra/cli/sluice.ts');
const WITHIN_MS = 30_000;

interface Running {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly end: (signal: NodeJS.Signals) => Promise<void>;
}

const dirs: string[] = [];
const children: Running[] = [];
afterEach(async () => {
  for (const { end } of children.splice(0)) await end('SIGKILL');
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

function start(cwd: string): Running {
  const env = { HOME: cwd, PATH: '/nonexistent', SLUICE_ARTIFACT_PORT: '0', SLUICE_WEBHOOK_PORT: '0' };
  const child = spawn(process.execPath, [SLUICE, 'dev'], { cwd, env });
  let out = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text: Buffer) => {
      out += text.toString();
    });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const end = async (signal: NodeJS.Signals) => {
    child.kill(signal);
    await ended;
  };
  const running = { child, out: () => out, end };
  children.push(running);
  return running;
}

function emptyFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'sluice-start-'));
  dirs.push(dir);
  return dir;
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const end = performance.now() + WITHIN_MS;
  let trouble: unknown;
  for (;;) {
    const found = await look().catch((error: unknown) => {
      trouble = error;
      return undefined;
    });
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`${what}: not within ${WITHIN_MS} ms`, { cause: trouble });
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const WEB = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'sluice-demo-apps', name: 'web' };

/** The Deployment as Sluice's own registration of the cluster reads it. */
async function web(cwd: string) {
  const { clusters } = await openStoredState(openSession({ cwd }));
  const [record] = await clusters.list();
  const { cluster } = await clusters.open(record?.id ?? '');
  const object = await cluster.get(WEB);
  return object as { metadata: { uid: string }; spec: { replicas: number } } | undefined;
}

const replicas = (cwd: string, count: number) => async () => {
  const object = await web(cwd);
  return object?.spec.replicas === count ? object : undefined;
};

function edit(cwd: string, from: string, to: string): void {
  const file = join(cwd, '.sluice/gitops/apps/web.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace(from, to));
}

describe('npm start in an empty folder', () => {
  test('opens a cluster and a repository, and applies what is saved', { timeout: 60_000 }, async () => {
    const cwd = emptyFolder();
    const { out, end } = start(cwd);

    await until('the first apply', replicas(cwd, 2));
    edit(cwd, 'replicas: 2', 'replicas: 4');
    await until('the saved change', replicas(cwd, 4));
    await until(
      'the log of it',
      async () => /commit [0-9a-f]{7}: Save apps\/web.yaml/.exec(out()) ?? undefined,
    );

    for (const said of [
      /^cluster +embedded: a Kubernetes API in this process \(v[\d.]+\+sluice-embedded\), no container runs$/m,
      /^kubeconfig +\.sluice\/kubeconfig$/m,
      /^git +\.sluice\/gitops is served at http:\/\/127\.0\.0\.1:\d+\/gitops\.git$/m,
      /^webhook +http:\/\/127\.0\.0\.1:\d+$/m,
      /cloudflared tunnel --url http:\/\/127\.0\.0\.1:\d+$/m,
    ])
      expect(out()).toMatch(said);
    expect(statSync(join(cwd, '.sluice/kubeconfig')).mode & 0o777).toBe(0o600);
    expect(statSync(join(cwd, '.sluice/cluster.db')).mode & 0o777).toBe(0o600);
    await end('SIGINT');
    expect(out()).toContain('stopping; what is under way is finished first');
  });

  test('goes on after kill -9 with what was saved meanwhile', { timeout: 90_000 }, async () => {
    const cwd = emptyFolder();
    const first = start(cwd);
    const before = await until('the first apply', replicas(cwd, 2));
    const kubeconfig = readFileSync(join(cwd, '.sluice/kubeconfig'), 'utf8');

    await first.end('SIGKILL');
    edit(cwd, 'replicas: 2', 'replicas: 3');
    start(cwd);
    const after = await until('the change', replicas(cwd, 3));

    expect(after.metadata.uid).toBe(before.metadata.uid);
    expect(readFileSync(join(cwd, '.sluice/kubeconfig'), 'utf8')).toBe(kubeconfig);
  });

  test('begins anew what was killed before it had begun', { timeout: 90_000 }, async () => {
    const cwd = emptyFolder();
    const first = start(cwd);
    await until('the cluster', async () => existsSync(join(cwd, '.sluice/kubeconfig')) || undefined);

    await first.end('SIGKILL');
    start(cwd);

    await until('the first apply', replicas(cwd, 2));
  });

  test('finds another port when its own is taken, and registers anew when its file is gone', {
    timeout: 90_000,
  }, async () => {
    const cwd = emptyFolder();
    const first = start(cwd);
    const before = await until('the first apply', replicas(cwd, 2));
    const server = /server: (https:\S+)/.exec(readFileSync(join(cwd, '.sluice/kubeconfig'), 'utf8'))?.[1];
    await first.end('SIGINT');

    const taken = createServer((socket) => socket.destroy()).listen(
      Number(new URL(server ?? '').port),
      '127.0.0.1',
    );
    rmSync(join(cwd, '.sluice/cluster.db'));
    start(cwd);
    const after = await until('another cluster', async () => {
      const object = await replicas(cwd, 2)();
      return object && object.metadata.uid !== before.metadata.uid ? object : undefined;
    });
    taken.close();

    expect(after.spec.replicas).toBe(2);
    const { code, out } = await openSession({ cwd }).sluice('cluster', 'list');
    expect({ code, lines: out.split('\n').length }).toEqual({ code: 0, lines: 2 });
  });
});
