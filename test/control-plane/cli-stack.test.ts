import '../flow/bundles/network.ts';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createSqsQueues } from '../../shared/adapters/aws/sqs-queues.ts';
import { systemChance as chance, systemClock as clock } from '../../shared/adapters/local/system.ts';
import { buriedBody } from '../../shared/core/dead-letters.ts';
import { listHooks } from '../../shared/receive/hook-index.ts';
import { openClusters } from '../../shared/runtime/aws/clusters.ts';
import { openReceive } from '../../shared/runtime/aws/receive.ts';
import { workMessage } from '../builders.ts';
import { deployOnMoto, signIn, withVariables } from '../contracts/aws-deployment.ts';
import { openSession, type Session } from '../features/cli/recorded-world.ts';
import { PRIVATE_ADDRESS } from '../flow/bundles/network.ts';
import { type Moto, startMoto } from '../servers/moto.ts';
import { useCliCluster } from './cli-session.ts';

const STACK = 'sluice-prod';
const setting = useCliCluster();
let moto: Moto;
let outputs: Readonly<Record<string, string>>;
let person: Session;

beforeAll(async () => {
  moto = await startMoto();
  outputs = await deployOnMoto(moto.access, STACK);
  person = personAt();
}, 60_000);
afterAll(() => moto?.stop());

/** A person whose kubeconfig has an address that functions may reach, too, and a name that is in the server's certificate. */
function personAt(address = PRIVATE_ADDRESS): Session {
  const { controlPlane } = setting.cluster;
  const server = `https://${address}:${new URL(controlPlane.server).port}`;
  const { endpoint, region } = moto.access;
  const session = openSession({
    env: { KUBECONFIG: 'kubeconfig', SLUICE_STACK: STACK, AWS_REGION: region, AWS_ENDPOINT_URL: endpoint },
  });
  const named = controlPlane.kubeconfig.replace(
    /^( *)"?server"?: .*$/m,
    `$1server: ${server}\n$1tls-server-name: kubernetes.default.svc`,
  );
  writeFileSync(join(session.cwd, 'kubeconfig'), named);
  return session;
}

/** This process is a function of the deployment until the test has finished. */
function beFunction(): void {
  const { region, endpoint } = moto.access;
  onTestFinished(
    withVariables({
      AWS_REGION: region,
      AWS_ENDPOINT_URL: endpoint,
      SLUICE_ACCOUNT: '123456789012',
      SLUICE_DEPLOYMENT: outputs.DeploymentId,
      SLUICE_BUCKET: outputs.StateBucketName,
      SLUICE_INDEX_BUCKET: outputs.IndexBucketName,
      SLUICE_HOOK_KEY: outputs.HookKeyArn,
      SLUICE_QUEUES: outputs.QueueUrls,
      SLUICE_SECRETS: outputs.SecretsPrefix,
    }),
  );
}

describe('the command line on a deployment on AWS', { timeout: 60_000 }, () => {
  let signOut: () => void;
  beforeAll(() => {
    signOut = signIn(moto.access);
  });
  afterAll(() => signOut());

  test('registers a cluster that the functions then open, shows it, and forgets it', async () => {
    const added = await person.sluice('cluster', 'add', 'prod', '--yes');

    // This stack has no functions.
    expect(added).toMatchObject({
      code: 0,
      err: expect.stringMatching(/could not be asked: call sluice-prod-probe/),
    });
    expect(added.out).toContain(`cluster prod added in stack ${STACK}`);
    expect(await setting.owner()).toMatchObject({ deployment: outputs.DeploymentId });
    const [listed] = JSON.parse((await person.sluice('cluster', 'list', '-o', 'json')).out);
    expect(listed).toMatchObject({ name: 'prod', id: setting.cluster.id, status: 'ready' });
    expect(await person.sluice('get')).toMatchObject({
      ...{ code: 0, err: 'There are no Flux objects in 1 registered cluster.' },
    });
    const { code, out } = await person.sluice('doctor');
    expect({ code, out }).toMatchObject({ code: 1, out: expect.stringContaining('stack sluice-prod') });
    expect(out).toMatch(/^problem function receive: there is no sluice-prod-receive$/m);
    expect(out).toContain('claimed by this deployment');

    beFunction();
    const { ports } = await openClusters();
    const { cluster, record } = await ports.clusters.open(setting.cluster.id);
    expect(record.name).toBe('prod');
    expect((await cluster.facts()).uid).toBe(setting.cluster.id);

    expect(await person.sluice('cluster', 'remove', 'prod', '--yes')).toMatchObject({ code: 0, err: '' });
    expect((await person.sluice('cluster', 'list')).err).toContain(
      `No clusters are registered in stack ${STACK}`,
    );
    expect(existsSync(join(person.cwd, '.sluice'))).toBe(false);
  });

  test('makes a webhook whose index `receive` can read', async () => {
    beFunction();
    expect((await person.sluice('webhook', 'list')).err).toContain('There are none');

    const { code, out, err } = await person.sluice('webhook', 'add', 'github', '--org', 'acme');

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^URL +https:\/\/hooks\.test\/hook\/[0-9a-f]{64}$/m);
    expect((await person.sluice('webhook', 'list')).out).toContain('github-acme');
    const { store, deployment } = await openReceive();
    const key = await deployment.hookKey?.();
    const types = [];
    for await (const { entry } of listHooks(store, key ?? new Uint8Array())) types.push(entry.type);
    expect(types).toEqual(['github']);
    expect(await person.sluice('webhook', 'remove', 'github-acme', '--yes')).toMatchObject({ code: 0 });
  });

  test('lists what was given up, and puts it back into its queue', async () => {
    await person.sluice('cluster', 'add', 'prod', '--yes');
    const queues = createSqsQueues({ access: moto.access, prefix: outputs.QueueUrls ?? '', clock, chance });
    onTestFinished(() => queues.close());
    const message = workMessage({ cluster: setting.cluster.id, kind: 'Kustomization', name: 'bad' });
    const letter = { id: '1', body: JSON.stringify(message), reason: 'a bug', at: new Date() };
    const body = buriedBody({ ...letter, queue: 'apply' });
    await queues.send('dead', [{ body, group: 'g', dedupId: 'd' }]);

    const { out } = await person.sluice('failed', 'list');
    const [, row = ''] = out.split('\n');
    expect(row.split(/ {3,}/).slice(2)).toEqual(['prod', 'kustomization/apps/bad', 'a bug']);
    expect((await person.sluice('doctor')).code).toBe(1);
    expect((await person.sluice('failed', 'retry', '--all')).out).toContain('is in queue apply again');

    expect((await person.sluice('failed', 'list')).err).toBe('No message was given up.');
    const sqs = new SQSClient(moto.access);
    onTestFinished(() => sqs.destroy());
    const QueueUrl = `${outputs.QueueUrls}apply.fifo`;
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl }));
    expect(Messages.map(({ Body = '' }) => JSON.parse(Body))).toEqual([
      expect.objectContaining({ cluster: setting.cluster.id, name: 'bad', interrupted: true }),
    ]);
  });

  test('tells that functions cannot reach a cluster on this machine', async () => {
    const { code, err } = await personAt('127.0.0.1').sluice('cluster', 'add', 'prod', '--yes');

    expect({ code, err }).toMatchObject({
      ...{ code: 0, err: expect.stringContaining('functions on AWS cannot reach https://127.0.0.1:') },
    });
  });

  test('says that nobody takes the test delivery', async () => {
    await person.sluice('cluster', 'add', 'prod', '--yes');

    const { code, out } = await person.sluice('doctor', '--webhook-url', 'http://127.0.0.1:1');

    expect(code).toBe(1);
    expect(out).toMatch(
      /^problem webhooks: no answer at http:\/\/127\.0\.0\.1:1: .*\n.*-> look at the log of the function/m,
    );
  });
});
