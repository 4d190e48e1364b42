import '../flow/bundles/network.ts';
import { createHmac } from 'node:crypto';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, onTestFailed, test } from 'vitest';
import { lookAtRole } from '../../shared/adapters/aws/look-roles.ts';
import { createS3Store } from '../../shared/adapters/aws/s3-store.ts';
import { readStack } from '../../shared/adapters/aws/stack.ts';
import { systemChance as chance, systemClock as clock } from '../../shared/adapters/local/system.ts';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import type { ObjectStore } from '../../shared/ports.ts';
import { signIn } from '../contracts/aws-deployment.ts';
import type { Session } from '../features/cli/recorded-world.ts';
import { BUCKET } from '../flow/bucket.ts';
import { allows, type Statement } from '../flow/bundles/calls.ts';
import { PRIVATE_ADDRESS } from '../flow/bundles/network.ts';
import { create, gitRepository, kustomization, read } from '../flow/drive.ts';
import { useOwnPlane } from '../flow/own-plane.ts';
import { applierAt, configMap, publish, sourceAt, useWorld } from '../flow/setting.ts';
import { pathOf, receiver, receiverAt, tokenSecret } from '../flow/webhook.ts';
import { type DeployedStack, deployStack, STACK } from './stack/deployed-stack.ts';
import { personOf } from './stack/person.ts';
import { eventOfBridge, notificationOfS3 } from './stack/s3-events.ts';

const SOON = { timeout: 30_000, interval: 50 };
/** What Lambda does itself in a function's name: it writes the log, and reads the queue. */
const LAMBDAS_OWN = /^logs:|^sqs:(?:ReceiveMessage|DeleteMessage|GetQueueAttributes)$/;
/** Rights that the story has no use for, and when a function has. */
const NOT_PLAYED: Readonly<Record<string, string>> = {
  's3:ListBucket': 'something is absent',
  's3:AbortMultipartUpload': 'an upload in parts breaks off',
  'sqs:ChangeMessageVisibility': 'a worker is about to end when its lease is renewed',
  'ssm:GetParameters': 'a cluster is asked for what a wildcard means',
  'secretsmanager:GetSecretValue': "a cluster's credentials are large",
  'sts:AssumeRole': 'a cluster is registered with a role',
  'kms:Decrypt': 'the key of the webhook index was made before',
  'tick s3:PutObject': 'no person was there before the clock',
  'blobs s3:DeleteObject': 'a blob is older than a day',
  'blobs s3:PutObject': 'a blob is wanted again while it is deleted',
};
const own = useOwnPlane({ controllers: true });
const setting = useWorld('stack', own.place);
const { namespace } = setting;
let stack: DeployedStack;
let person: Session;
let store: ObjectStore;
let webhook: string;
let bucket: string;
let signOut: () => void;

beforeAll(async () => {
  stack = await deployStack(inject('package'));
  signOut = signIn(stack.moto.access);
  const { outputs } = await readStack(stack.moto.access, STACK);
  webhook = outputs.Webhook;
  bucket = outputs.StateBucketName;
  store = createS3Store({ access: stack.moto.access, bucket, clock, chance });
  person = personOf(stack, own.plane);
  stack.start();
}, 180_000);
afterAll(async () => {
  signOut?.();
  await stack?.stop();
});

/** What failed is told by the functions' own logs. */
beforeEach(() => {
  onTestFailed(() => {
    for (const { name, log } of Object.values(stack.lambdas))
      console.log([name, ...log.slice(-6)].join('\n  '));
  });
});

/** The clock, as EventBridge Scheduler calls it. */
function tick(): Promise<unknown> {
  const minute = Math.floor(Date.now() / 60_000) * 60_000;
  return stack.lambdas.tick.invoke({ time: new Date(minute).toISOString().replace('.000', '') });
}

/** A trigger of ours. */
function wake(kind: string, name: string): Promise<void> {
  const { clusterId: cluster } = setting.world;
  const about = { reason: 'delivery', hops: 0, since: new Date().toISOString(), trace: crypto.randomUUID() };
  return arrive({ cluster, kind, namespace, name, ...about });
}

function sourceOf(name: string, annotations = {}): KubernetesObject {
  const url = `${setting.world.git.url.replace('127.0.0.1', PRIVATE_ADDRESS)}/${name}.git`;
  const source = gitRepository(setting.world, namespace, name, { url });
  return { ...source, metadata: { ...source.metadata, annotations } };
}

function bucketOf(name: string, spec: object): readonly KubernetesObject[] {
  const where = { interval: '10m', ...spec };
  const source = { ...BUCKET, metadata: { namespace, name }, spec: where } as KubernetesObject;
  return [source, kustomization(namespace, name, { sourceRef: { kind: 'Bucket', name }, path: './' })];
}

/** As GitHub sends a push, over HTTP. */
async function push(path: string, token: string): Promise<number> {
  const body = JSON.stringify({ ref: 'refs/heads/main' });
  const mac = createHmac('sha256', token).update(body).digest('hex');
  const headers = {
    ...{ 'content-type': 'application/json', 'x-github-event': 'push' },
    ...{ 'x-github-delivery': crypto.randomUUID(), 'x-hub-signature-256': `sha256=${mac}` },
  };
  return (await fetch(webhook + path, { method: 'POST', headers, body })).status;
}

async function arrive(body: object): Promise<void> {
  const QueueUrl = `https://sqs.eu-central-1.amazonaws.com/123456789012/${STACK}-arrivals`;
  await stack.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(body) }));
}

const revision = async (name: string): Promise<unknown> =>
  (await read(setting.world, applierAt(setting, name))).status.lastAppliedRevision;
const dataOf = async (name: string): Promise<unknown> => {
  const found = await setting.world.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
  return (found as { data?: unknown } | undefined)?.data;
};

describe('the packaged template on a model of AWS', { timeout: 120_000 }, () => {
  test('applies what the clock finds on a cluster that a person registers', async () => {
    expect(await person.sluice('cluster', 'add', 'prod', '--take', '--yes')).toMatchObject({
      code: 0,
      err: '',
    });
    const id = await publish(setting, 'app', { 'a.yaml': configMap(namespace, 'app', { a: '1' }) });
    await create(
      setting.world,
      sourceOf('app', { 'sluice.dev/mirror': 'tree' }),
      kustomization(namespace, 'app'),
      tokenSecret(namespace, 'app', 'secret-of-app'),
      receiver(namespace, 'app', [{ kind: 'GitRepository', name: 'app' }], { events: ['push'] }),
    );

    await tick();

    await expect.poll(() => revision('app'), SOON).toContain(id);
    await expect.poll(() => pathOf(setting, receiverAt(setting, 'app')), SOON).toMatch(/^\/hook\//);
  });

  test('turns a push into an applied object, and a forged one into nothing', async () => {
    const path = (await pathOf(setting, receiverAt(setting, 'app'))) ?? '';
    const id = await publish(setting, 'app', { 'a.yaml': configMap(namespace, 'app', { a: '2' }) });

    expect(await push(path, 'guessed')).toBe(404);
    expect(await push(path, 'secret-of-app')).toBe(202);

    await expect.poll(() => revision('app'), SOON).toContain(id);
  });

  test('has the real kustomize built by the one that may do nothing', async () => {
    const options = { allowNameChange: true };
    const patch = JSON.stringify([{ op: 'add', path: '/data/b', value: 'y' }]);
    const patches = [{ target: { kind: 'ConfigMap' }, options, patch }];
    await publish(setting, 'rendered', {
      'kustomization.yaml': JSON.stringify({ resources: ['a.yaml'], patches }),
      'a.yaml': configMap(namespace, 'rendered', { a: 'x' }),
    });
    await create(setting.world, sourceOf('rendered'), kustomization(namespace, 'rendered'));

    await wake('GitRepository', 'rendered');

    await expect.poll(() => dataOf('rendered'), SOON).toEqual({ a: 'x', b: 'y' });
  });

  test('applies what is put into the drop zone, told by EventBridge', async () => {
    const { clusterId } = setting.world;
    const key = `sources/${clusterId}/team a/app.yaml`;
    await store.put(key, Buffer.from(configMap(namespace, 'dropped', { v: '1' })));
    const spec = { endpoint: 'sluice.internal', bucketName: 'sources', prefix: 'team a/' };
    await create(setting.world, ...bucketOf('dropped', spec));
    await wake('Bucket', 'dropped');
    await expect.poll(() => dataOf('dropped'), SOON).toEqual({ v: '1' });

    await store.put(key, Buffer.from(configMap(namespace, 'dropped', { v: '2' })));
    await arrive(eventOfBridge(bucket, key));

    await expect.poll(() => dataOf('dropped'), SOON).toEqual({ v: '2' });
  });

  test("applies what S3's own notifications tell, whose keys are encoded", async () => {
    const { clusterId } = setting.world;
    const prefix = `sources/${clusterId}/grüße + more/`;
    const key = `${prefix}app.yaml`;
    await store.put(key, Buffer.from(configMap(namespace, 'notified', { v: '1' })));
    const spec = { provider: 'aws', endpoint: 's3.eu-central-1.amazonaws.com', bucketName: bucket, prefix };
    await create(setting.world, ...bucketOf('notified', spec));
    await wake('Bucket', 'notified');
    await expect.poll(() => dataOf('notified'), SOON).toEqual({ v: '1' });

    await store.put(key, Buffer.from(configMap(namespace, 'notified', { v: '2' })));
    await arrive(notificationOfS3(bucket, key));

    await expect.poll(() => dataOf('notified'), SOON).toEqual({ v: '2' });
  });

  test('buries what is no message of ours, with the reason, for `sluice failed`', async () => {
    await arrive({ hello: 'world' });
    await arrive({ source: 'aws.s3', 'detail-type': 'Object Created', detail: { bucket: {} } });
    await arrive({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: bucket });

    const reasons = async (): Promise<readonly string[]> => {
      const { out } = await person.sluice('failed', 'list', '-o', 'json');
      return (JSON.parse(out) as { reason: string }[]).map(({ reason }) => reason).toSorted();
    };

    await expect
      .poll(reasons, SOON)
      .toEqual(['an event of S3 that names no object', 'not a trigger of ours']);
    const { err } = await person.sluice('doctor');
    expect(err).toBe('error: 1 problem found');
  });

  test('leads to artifacts, sweeps what nobody names, and takes away what is deleted', async () => {
    const source = await read(setting.world, sourceAt(setting, 'app'));
    const url = new URL(source.status.artifact?.url ?? '');
    const request = { rawPath: url.pathname, rawQueryString: url.search.slice(1), headers: {} };
    const event = { ...request, requestContext: { http: { method: 'GET' } } };
    const answer = await stack.lambdas.artifact.invoke(event);
    expect(answer).toMatchObject({ statusCode: 302 });
    const { headers } = answer as { readonly headers: { readonly location: string } };
    expect((await fetch(headers.location)).status).toBe(200);

    const gone = [applierAt(setting, 'app'), sourceAt(setting, 'app'), receiverAt(setting, 'app')];
    for (const at of gone) {
      await setting.world.cluster.delete(at);
      await wake(at.kind, at.name);
    }
    await expect.poll(() => setting.world.cluster.get(sourceAt(setting, 'app')), SOON).toBeUndefined();
    await expect.poll(() => setting.world.cluster.get(receiverAt(setting, 'app')), SOON).toBeUndefined();
    expect(await dataOf('app')).toBeUndefined();
    await stack.lambdas.blobs.invoke({ time: new Date().toISOString() });
  });

  test('did all of it within what the roles allow, and uses what they allow', async () => {
    const forbidden = new Set<string>();
    const unused: string[] = [];
    for (const [name, role] of Object.entries(stack.roles)) {
      const { statements } = await lookAtRole(stack.moto.access, role);
      const calls = stack.front.done.filter(({ key }) => key === name);
      for (const call of calls)
        if (!allows(statements as Statement[], call))
          forbidden.add(`${name} ${call.action} ${call.resource}`);
      const used = new Set(calls.map(({ action }) => action));
      const allowed = new Set(statements.flatMap(({ Action = [] }) => [Action].flat()));
      const idle = [...allowed].filter((action) => !used.has(action) && !LAMBDAS_OWN.test(action));
      unused.push(...idle.filter((one) => !(one in NOT_PLAYED)).map((action) => `${name} ${action}`));
    }

    expect([...forbidden]).toEqual([]);
    expect(unused.filter((right) => !(right in NOT_PLAYED))).toEqual([]);
  });
});
