import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { commit, createRepository } from '../servers/git-http.ts';
import { create, gitRepository, KUSTOMIZATION, kustomization, type Reconciled, read } from './drive.ts';
import type { Setting } from './setting.ts';
import { pathOf, push, RECEIVER, receiver, tokenSecret } from './webhook.ts';

/** What a storm of deliveries for one repository came to. */
export interface Storm {
  /** Answers other than 202. */
  readonly refused: number;
  /** The Git server was asked for its refs, and for a pack. */
  readonly looks: number;
  readonly fetches: number;
  /** How often the Kustomizations were applied, the least and the most. */
  readonly fewest: number;
  readonly most: number;
  /** Kustomizations that ended at the newest revision. */
  readonly newest: number;
  /** Milliseconds until the last delivery was answered, all were applied, and nothing was left to do. */
  readonly answered: number;
  readonly applied: number;
  readonly quiet: number;
}

const PATIENCE = 300_000;
const TOKEN = 'token';
const REPOSITORY = 'storm';

/** Sends `deliveries` signed pushes for one repository that `count` Kustomizations apply, while a second commit is pushed; the runtime runs. */
export async function storm(
  setting: Pick<Setting, 'world' | 'namespace' | 'requests'>,
  deliveries: number,
  count: number,
): Promise<Storm> {
  const { world, namespace, requests } = setting;
  const names = Array.from({ length: count }, (_, index) => `part-${String(index).padStart(3, '0')}`);
  const files = (value: string): Readonly<Record<string, string>> =>
    Object.fromEntries(names.map((name) => [`${name}/map.yaml`, configMap(namespace, name, value)]));
  const git = await countCommands(world.git.url);
  try {
    const repository = await createRepository(world.gitRoot, REPOSITORY);
    const first = await commit(repository, files('1'), 'one');
    const sourceRef = { kind: 'GitRepository', name: REPOSITORY };
    await create(
      world,
      gitRepository(world, namespace, REPOSITORY, { url: `${git.url}/${REPOSITORY}.git`, interval: '1h' }),
      ...names.map((name) =>
        kustomization(namespace, name, { sourceRef, path: `./${name}`, interval: '1h' }),
      ),
      tokenSecret(namespace, REPOSITORY, TOKEN),
      receiver(namespace, REPOSITORY, [sourceRef], { interval: '1h' }),
    );
    await until(async () => (await atRevision(setting, first)) === count);
    const path = await listeningPath(setting);
    await until(() => isQuiet(setting));
    requests.length = 0;
    git.commands.length = 0;

    await commit(repository, files('2'), 'two');
    const start = performance.now();
    const since = (): number => Math.round(performance.now() - start);
    const deliver = (): Promise<number> => push(setting, path, TOKEN);
    const half = Array.from({ length: deliveries / 2 }, deliver);
    const last = commit(repository, files('3'), 'three');
    const rest = Array.from({ length: deliveries / 2 }, deliver);
    const answers = await Promise.all([...half, ...rest]);
    const answered = since();
    const id = await last;
    // The last of those who push always tells of it.
    answers.push(await deliver());
    await until(async () => (await atRevision(setting, id)) === count);
    const applied = since();
    await until(() => isQuiet(setting));
    const quiet = since();
    const applies = names.map((name) => requests.filter((request) => isApplyOf(request, name)).length);
    return {
      refused: answers.filter((status) => status !== 202).length,
      looks: git.commands.filter((command) => command === 'ls-refs').length,
      fetches: git.commands.filter((command) => command === 'fetch').length,
      ...{ fewest: Math.min(...applies), most: Math.max(...applies), newest: await atRevision(setting, id) },
      ...{ answered, applied, quiet },
    };
  } finally {
    git.stop();
  }
}

function isApplyOf(
  { method, path }: { readonly method: string; readonly path: string },
  name: string,
): boolean {
  return (
    method === 'PATCH' &&
    path.split('?')[0]?.endsWith(`/configmaps/${name}`) === true &&
    !path.includes('dryRun')
  );
}

async function atRevision(
  { world, namespace }: Pick<Setting, 'world' | 'namespace'>,
  id: string,
): Promise<number> {
  const { items } = await world.cluster.list({ ...KUSTOMIZATION, namespace });
  return (items as readonly Reconciled[]).filter(({ status }) => status?.lastAppliedRevision?.includes(id))
    .length;
}

async function isQuiet({ world }: Pick<Setting, 'world'>): Promise<boolean> {
  const depths = await Promise.all(
    (['arrivals', 'source', 'apply'] as const).map((queue) => world.runtime.queues.depth(queue)),
  );
  return depths.every(({ ready, delayed, inFlight }) => ready + delayed + inFlight === 0);
}

/** The path of the Receiver once it is ready. */
async function listeningPath(setting: Pick<Setting, 'world' | 'namespace'>): Promise<string> {
  const reference = { ...RECEIVER, namespace: setting.namespace, name: REPOSITORY };
  await until(async () => {
    const { status } = await read(setting.world, reference);
    return status.conditions.some(({ type, status: state }) => type === 'Ready' && state === 'True');
  });
  return (await pathOf(setting, reference)) ?? '';
}

function configMap(namespace: string, name: string, value: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace, name },
    data: { value },
  });
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error('it takes too long');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Stands before a Git server and notes the commands of protocol v2. */
async function countCommands(url: string) {
  const commands: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    commands.push(/command=([a-z-]+)/.exec(body.toString('latin1'))?.[1] ?? request.method ?? '');
    const { host: _host, connection: _connection, ...headers } = request.headers as Record<string, string>;
    const method = request.method ?? 'GET';
    const answer = await fetch(url + request.url, { method, headers, ...(method === 'POST' && { body }) });
    const type = answer.headers.get('content-type') ?? '';
    response.writeHead(answer.status, { 'content-type': type }).end(Buffer.from(await answer.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = (): void => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, commands, stop };
}
