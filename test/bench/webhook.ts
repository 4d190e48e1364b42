import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { handler as receive } from '../../functions/receive.ts';
import { openDeployment } from '../../shared/adapters/local/deployment.ts';
import { openDirectoryStore } from '../../shared/adapters/local/directory-store.ts';
import { serveHooks } from '../../shared/adapters/local/hook-server.ts';
import { openSqliteQueues } from '../../shared/adapters/local/sqlite-queues.ts';
import { systemChance as chance, systemClock as clock } from '../../shared/adapters/local/system.ts';
import { createCollectingLog } from '../../shared/adapters/memory/collecting-log.ts';
import { putHook } from '../../shared/receive/hook-index.ts';
import { digestOfPath, webhookPath } from '../../shared/receive/webhook-path.ts';
import type { BenchRow } from './row.ts';

const RECEIVERS = 1000;
/** Receivers that share one path, as clusters do whose tokens were copied. */
const SHARED = 100;
const REQUESTS = 500;
const WARM_UP = 50;
/** About the size of GitHub's push of one commit. */
const BODY = JSON.stringify({ ref: 'refs/heads/main', commits: [{ message: 'a'.repeat(8000) }] });
const TOKEN = 'token';

/** How soon a delivery is answered, by the local server over HTTP, with 1000 Receivers in the index. */
export async function run(): Promise<BenchRow[]> {
  const dir = mkdtempSync(join(tmpdir(), 'bench-webhook-'));
  const deployment = await openDeployment(dir);
  const store = await openDirectoryStore({ directory: join(dir, 'store'), clock, chance });
  const queues = openSqliteQueues({ path: join(dir, 'queues.db'), clock, chance });
  const ports = { deployment, store, queues, clock, chance, log: createCollectingLog() };
  const key = (await deployment.hookKey?.()) ?? new Uint8Array();
  const put = (cluster: string, name: string): Promise<void> =>
    putHook(ports, key, digestOfPath(pathOf(name)) ?? '', {
      owner: { cluster, namespace: 'apps', name },
      type: 'github',
      token: Buffer.from(TOKEN).toString('base64'),
      events: ['push'],
      resources: [{ kind: 'GitRepository', name }],
    });
  for (let index = 0; index < RECEIVERS; index++) await put('c1', `receiver-${index}`);
  for (let index = 0; index < SHARED; index++) await put(`c${index}`, 'shared');
  const server = await serveHooks({
    handle: (event) => receive(event, ports),
    host: '127.0.0.1',
    port: 0,
    log: ports.log,
  });
  try {
    const spread = await times(server.url, (index) => pathOf(`receiver-${index % RECEIVERS}`), 202);
    const shared = await times(server.url, () => pathOf('shared'), 202);
    const unknown = await times(server.url, (index) => pathOf(`nobody-${index}`), 404);
    return [
      ...rows(`webhook answered, ${RECEIVERS} Receivers`, spread),
      ...rows(`webhook answered, ${SHARED} Receivers at its path`, shared),
      ...rows('webhook of an unknown path refused', unknown),
    ];
  } finally {
    await server.close();
    queues.close();
    store.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

function pathOf(name: string): string {
  return webhookPath(Buffer.from(TOKEN), name, 'apps');
}

/** Milliseconds of each request after the first few, sorted. */
async function times(
  url: string,
  path: (index: number) => string,
  expected: number,
): Promise<readonly number[]> {
  const taken: number[] = [];
  const mac = createHmac('sha256', TOKEN).update(BODY).digest('hex');
  for (let index = 0; index < WARM_UP + REQUESTS; index++) {
    const headers = {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': String(index),
      'x-hub-signature-256': `sha256=${mac}`,
    };
    const start = performance.now();
    const answer = await fetch(url + path(index), { method: 'POST', headers, body: BODY });
    await answer.arrayBuffer();
    if (answer.status !== expected) throw new Error(`answered ${answer.status} instead of ${expected}`);
    if (index >= WARM_UP) taken.push(performance.now() - start);
  }
  return taken.toSorted((one, other) => one - other);
}

function rows(what: string, sorted: readonly number[]): BenchRow[] {
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
  return [
    { id: 'webhook', what: `${what}, p50`, ours: at(0.5), unit: 'ms' },
    { id: 'webhook', what: `${what}, p99`, ours: at(0.99), unit: 'ms' },
  ];
}
