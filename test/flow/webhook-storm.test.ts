import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { create, gitRepository, kustomization, read } from './drive.ts';
import { useOwnPlane } from './own-plane.ts';
import { applierAt, configMap, publish, sourceAt, told, useWorld } from './setting.ts';
import { pathOf, push, receiver, receiverAt, tokenSecret } from './webhook.ts';

const own = useOwnPlane();
const setting = useWorld('storm', own.place);
const { namespace } = setting;
const SOON = { timeout: 50_000, interval: 50 };
const DELIVERIES = 200;
const NAMES = Array.from({ length: 20 }, (_, index) => `part-${String(index).padStart(2, '0')}`);
const commands: string[] = [];
let counter: Server;

beforeAll(async () => {
  counter = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    commands.push(/command=([a-z-]+)/.exec(body.toString('latin1'))?.[1] ?? request.method ?? '');
    const { host: _host, connection: _connection, ...headers } = request.headers as Record<string, string>;
    const method = request.method ?? 'GET';
    const answer = await fetch(setting.world.git.url + request.url, {
      method,
      headers,
      ...(method === 'POST' && { body }),
    });
    const type = answer.headers.get('content-type') ?? '';
    response.writeHead(answer.status, { 'content-type': type }).end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => counter.listen(0, '127.0.0.1', resolve));
  setting.world.start();
});

afterAll(() => {
  counter.closeAllConnections();
  counter.close();
});

/** One file a Kustomization, in a folder of its own. */
function files(value: string): Readonly<Record<string, string>> {
  return Object.fromEntries(NAMES.map((name) => [`${name}/map.yaml`, configMap(namespace, name, { value })]));
}

async function allAt(id: string): Promise<void> {
  for (const name of NAMES)
    await expect
      .poll(
        async () => (await read(setting.world, applierAt(setting, name))).status.lastAppliedRevision,
        SOON,
      )
      .toContain(id);
}

async function depthOf(queue: 'arrivals' | 'source' | 'apply'): Promise<number> {
  const { ready, delayed, inFlight } = await setting.world.runtime.queues.depth(queue);
  return ready + delayed + inFlight;
}

test('200 deliveries for one repository with 20 Kustomizations cost two fetches, and no Kustomization is applied more than twice (P7)', async ({
  annotate,
}) => {
  const { world } = setting;
  const url = `http://127.0.0.1:${(counter.address() as AddressInfo).port}/storm.git`;
  const first = await publish(setting, 'storm', files('1'));
  const sourceRef = { kind: 'GitRepository', name: 'storm' };
  await create(
    world,
    gitRepository(world, namespace, 'storm', { url }),
    ...NAMES.map((name) => kustomization(namespace, name, { sourceRef, path: `./${name}` })),
    tokenSecret(namespace, 'storm', 'token'),
    receiver(namespace, 'storm', [{ kind: 'GitRepository', name: 'storm' }]),
  );
  await allAt(first);
  await expect
    .poll(async () => told(await read(world, receiverAt(setting, 'storm'))), SOON)
    .toMatch(/^True /);
  const path = (await pathOf(setting, receiverAt(setting, 'storm'))) ?? '';
  setting.requests.length = 0;
  commands.length = 0;

  await publish(setting, 'storm', files('2'));
  const start = performance.now();
  const half = Array.from({ length: DELIVERIES / 2 }, () => push(setting, path, 'token'));
  const last = publish(setting, 'storm', files('3'));
  const rest = Array.from({ length: DELIVERIES / 2 }, () => push(setting, path, 'token'));
  const answers = await Promise.all([...half, ...rest]);
  const answered = Math.round(performance.now() - start);
  // The last of those who push always tells of it.
  const id = await last;
  answers.push(await push(setting, path, 'token'));

  expect(new Set(answers)).toEqual(new Set([202]));
  await allAt(id);
  const took = Math.round(performance.now() - start);
  for (const queue of ['arrivals', 'source', 'apply'] as const)
    await expect.poll(() => depthOf(queue), SOON).toBe(0);
  const quiet = Math.round(performance.now() - start);
  const applies = NAMES.map(
    (name) =>
      setting.requests.filter(
        (request) =>
          request.method === 'PATCH' &&
          request.path.split('?')[0]?.endsWith(`/configmaps/${name}`) &&
          !request.path.includes('dryRun'),
      ).length,
  );
  const count = (command: string): number => commands.filter((one) => one === command).length;
  await annotate(
    `${DELIVERIES + 1} deliveries answered in ${answered} ms, all applied after ${took} ms, quiet after ${quiet} ms: ${count('ls-refs')} looks, ${count('fetch')} fetches, applied ${Math.min(...applies)} to ${Math.max(...applies)} times`,
  );
  expect(count('fetch')).toBeLessThanOrEqual(2);
  expect(Math.max(...applies)).toBeLessThanOrEqual(2);
  expect(Math.min(...applies)).toBeGreaterThanOrEqual(1);
  expect(told(await read(world, sourceAt(setting, 'storm')))).toContain(id);
});
