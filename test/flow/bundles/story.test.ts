import { createHmac } from 'node:crypto';
import { DeleteQueueCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFailed, test } from 'vitest';
import { saveCluster } from '../../../shared/adapters/kubernetes/registration.ts';
import type { KubernetesObject } from '../../../shared/core/kubernetes-object.ts';
import { create, gitRepository, kustomization, read } from '../drive.ts';
import { useOwnPlane } from '../own-plane.ts';
import { applierAt, configMap, publish, useWorld } from '../setting.ts';
import { pathOf, receiver, receiverAt, tokenSecret } from '../webhook.ts';
import { type Deployed, deploy } from './deployed.ts';
import { PRIVATE_ADDRESS } from './network.ts';

/** What the worlds of the flow tests claim their clusters for. */
const DEPLOYMENT = 'flow-tests';
/** A name in every API server's certificate. */
const SERVER_NAME = 'kubernetes.default.svc';
const SOON = { timeout: 25_000, interval: 20 };
const own = useOwnPlane();
const setting = useWorld('bundles', own.place);
const { namespace } = setting;
let deployed: Deployed;

beforeAll(async () => {
  deployed = await deploy(DEPLOYMENT);
  const { ca, token } = own.plane;
  const server = own.plane.server.replace('127.0.0.1', PRIVATE_ADDRESS);
  const settings = { owns: 'all', profile: 'flux', groups: 16 } as const;
  const record = { id: setting.world.clusterId, name: 'test', server, ca, labels: {}, settings };
  await saveCluster(deployed, record, { server, ca, tlsServerName: SERVER_NAME, credentials: { token } });
  deployed.start();
}, 300_000);
afterAll(() => deployed?.stop());

/** What failed is told by the functions' own logs. */
beforeEach(() => {
  onTestFailed(() => {
    for (const { name, log } of Object.values(deployed.lambdas))
      console.log([name, ...log.slice(-5)].join('\n  '));
  });
});

/** A source whose address is what a Git host in the same network would have. */
function sourceOf(name: string): KubernetesObject {
  const url = `${setting.world.git.url.replace('127.0.0.1', PRIVATE_ADDRESS)}/${name}.git`;
  return gitRepository(setting.world, namespace, name, { url });
}

/** The clock, as EventBridge Scheduler calls it. */
function tick(minutes: number): Promise<unknown> {
  const now = Math.floor(Date.now() / 60_000) + minutes;
  return deployed.lambdas.tick.invoke({ time: new Date(now * 60_000).toISOString().replace('.000', '') });
}

/** A push as API Gateway hands it on. */
function delivery(path: string, token: string, id: string): object {
  const body = JSON.stringify({ ref: 'refs/heads/main' });
  const mac = createHmac('sha256', token).update(body).digest('hex');
  const routeKey = 'POST /hook/{path}';
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: '',
    headers: {
      'content-type': 'application/json',
      'x-github-event': 'push',
      'x-github-delivery': id,
      'x-hub-signature-256': `sha256=${mac}`,
    },
    requestContext: {
      http: {
        method: 'POST',
        path,
        protocol: 'HTTP/1.1',
        sourceIp: '192.0.2.1',
        userAgent: 'GitHub-Hookshot',
      },
      routeKey,
      stage: '$default',
      requestId: id,
      timeEpoch: Date.now(),
    },
    pathParameters: { path: path.slice('/hook/'.length) },
    body,
    isBase64Encoded: false,
  };
}

/** What only the real kustomize does. */
const PATCH = {
  target: { kind: 'ConfigMap' },
  options: { allowNameChange: true },
  patch: JSON.stringify([{ op: 'add', path: '/data/b', value: 'x' }]),
};

const revision = async (name: string): Promise<unknown> =>
  (await read(setting.world, applierAt(setting, name))).status?.lastAppliedRevision;

describe('the built functions', () => {
  test('apply what the clock finds, and tell a Receiver its path', async () => {
    const id = await publish(setting, 'app', { 'a.yaml': configMap(namespace, 'app', { a: '1' }) });
    const resources = [{ kind: 'GitRepository', name: 'app' }];
    await create(
      setting.world,
      sourceOf('app'),
      kustomization(namespace, 'app'),
      tokenSecret(namespace, 'app', 'secret-of-app'),
      receiver(namespace, 'app', resources, { events: ['push'] }),
    );
    await tick(0);

    await expect.poll(() => revision('app'), SOON).toContain(id);
    await expect.poll(() => pathOf(setting, receiverAt(setting, 'app')), SOON).toMatch(/^\/hook\//);
  });

  test('turn a push into an applied object', async () => {
    const path = (await pathOf(setting, receiverAt(setting, 'app'))) ?? '';
    const id = await publish(setting, 'app', { 'a.yaml': configMap(namespace, 'app', { a: '2' }) });
    deployed.rounds.length = 0;
    deployed.front.calls.clear();
    const start = performance.now();

    const answer = await deployed.lambdas.receive.invoke(delivery(path, 'secret-of-app', 'one'));
    expect(answer).toMatchObject({ statusCode: 202 });
    const received = performance.now();
    await expect.poll(() => revision('app'), SOON).toContain(id);
    const done = performance.now();

    const at = (time: number): string => `${Math.round(time - start)} ms`;
    const rounds = deployed.rounds.map(
      ({ lambda, from, to }) => `${at(from)} ${lambda} begins, ${at(to)} ends`,
    );
    const calls = [...deployed.front.calls].map(([service, count]) => `${service} ${count}`);
    const story = [`0 ms receive begins, ${at(received)} ends`, ...rounds, `${at(done)} seen applied`];
    console.log([...story, `calls of AWS: ${calls.join(', ')}`].join('\n'));
    expect(deployed.rounds.map(({ lambda }) => lambda).slice(0, 2)).toEqual(['arrivals', 'source']);
  });

  test('answer a forged delivery as one for a path that nobody has', async () => {
    const path = (await pathOf(setting, receiverAt(setting, 'app'))) ?? '';
    const forged = await deployed.lambdas.receive.invoke(delivery(path, 'guessed', 'two'));
    const unknown = await deployed.lambdas.receive.invoke(delivery(`/hook/${'0'.repeat(64)}`, 'x', 'three'));

    expect(forged).toMatchObject({ statusCode: 404 });
    expect(forged).toEqual(unknown);
  });

  test('have the real kustomize built by the one that may do nothing else', async () => {
    const files = {
      'kustomization.yaml': JSON.stringify({ resources: ['a.yaml'], patches: [PATCH] }),
      'a.yaml': configMap(namespace, 'rendered', { a: 'x' }),
    };
    const id = await publish(setting, 'rendered', files);
    await create(setting.world, sourceOf('rendered'), kustomization(namespace, 'rendered'));
    deployed.front.calls.clear();
    await tick(1);

    await expect.poll(() => revision('rendered'), SOON).toContain(id);
    const built = await setting.world.cluster.get({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      namespace,
      name: 'rendered',
    });
    expect(built).toMatchObject({ data: { a: 'x', b: 'x' } });
    expect(deployed.front.calls.get('lambda')).toBe(1);
    const left = deployed.store.list('trees/')[Symbol.asyncIterator]();
    expect(await left.next()).toMatchObject({ done: true });
  });

  test('give back what failed and the rest of its group, and no more', async () => {
    const record = (id: string, group: string, to: string) => ({
      messageId: id,
      receiptHandle: `receipt-${id}`,
      body: JSON.stringify({
        cluster: 'gone',
        kind: to,
        namespace,
        name: id,
        reason: 'sweep',
        hops: 0,
        since: '',
        trace: '',
      }),
      attributes: { ApproximateReceiveCount: '1', MessageGroupId: group },
      eventSource: 'aws:sqs',
    });
    const Records = [
      record('a', 'g', 'GitRepository'),
      record('b', 'g', 'Nothing'),
      record('c', 'g', 'GitRepository'),
      record('d', 'h', 'GitRepository'),
    ];
    // Without a dead-letter queue a message that is none of ours cannot be buried.
    await withoutDeadLetters(async () => {
      expect(await deployed.lambdas.source.invoke({ Records })).toEqual({
        batchItemFailures: [{ itemIdentifier: 'b' }, { itemIdentifier: 'c' }],
      });
    });
  });

  test('keep secrets out of their logs', () => {
    const lines = Object.values(deployed.lambdas).flatMap(({ log }) => log);
    expect(lines.filter((line) => /secret-of-app|BEGIN/.test(line))).toEqual([]);
  });
});

async function withoutDeadLetters(work: () => Promise<void>): Promise<void> {
  await deployed.sqs.send(new DeleteQueueCommand({ QueueUrl: deployed.queueUrl('dead') }));
  await work();
}
