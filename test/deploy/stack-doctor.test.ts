import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { CreateRoleCommand, DeleteRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import {
  DeleteFunctionCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { GetScheduleCommand, SchedulerClient, UpdateScheduleCommand } from '@aws-sdk/client-scheduler';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, onTestFailed, test } from 'vitest';
import type { Finding } from '../../infra/cli/doctor/finding.ts';
import { createS3Store, type S3Store } from '../../shared/adapters/aws/s3-store.ts';
import { readStack, type Stack } from '../../shared/adapters/aws/stack.ts';
import { systemChance as chance, systemClock as clock } from '../../shared/adapters/local/system.ts';
import { signIn } from '../contracts/aws-deployment.ts';
import { collect } from '../contracts/collect.ts';
import type { Session } from '../features/cli/recorded-world.ts';
import { reachHere } from '../flow/bundles/network.ts';
import { useOwnPlane } from '../flow/own-plane.ts';
import { type DeployedStack, deployStack, STACK, startFunction } from './stack/deployed-stack.ts';
import { personOf } from './stack/person.ts';

const HERE_ONLY = '10.20.30.41';
const GUARDED = [
  'receive',
  'artifact',
  'arrivals',
  'later',
  'tick',
  'sweep',
  'source',
  'apply',
  'blobs',
] as const;
const own = useOwnPlane({ controllers: true });
let stack: DeployedStack;
let outputs: Stack['outputs'];
let person: Session;
let state: S3Store;
let signOut: () => void;

beforeAll(async () => {
  await own.place();
  stack = await deployStack(inject('package'));
  const { access } = stack.moto;
  signOut = signIn(access);
  person = personOf(stack, own.plane);
  ({ outputs } = await readStack(access, STACK));
  state = bucketOf(outputs.StateBucketName);
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
      console.log([name, ...log.slice(-5)].join('\n  '));
  });
});

function bucketOf(bucket: string): S3Store {
  return createS3Store({ access: stack.moto.access, bucket, clock, chance });
}

/** What the doctor says: problems and warnings with what to do, and everything as lines. */
async function examined(): Promise<{ readonly code: number; readonly wrong: string; readonly said: string }> {
  const { code, out, err } = await person.sluice('doctor', '-o', 'json');
  expect(out, err).not.toBe('');
  const findings = JSON.parse(out) as readonly Finding[];
  const lineOf = ({ level, where, what, todo }: Finding) =>
    `${level} ${where}: ${what}${todo ? ` -> ${todo}` : ''}`;
  const wrong = findings.filter(({ level }) => level !== 'ok').map(lineOf);
  return { code, wrong: wrong.join('\n'), said: findings.map(lineOf).join('\n') };
}

describe('sluice doctor of a stack', { timeout: 120_000 }, () => {
  test('finds nothing wrong right after the deployment, but that there is no cluster', async () => {
    const { code, wrong } = await examined();

    expect(code).toBe(0);
    expect(wrong.split('\n').map((line) => line.replace(/:.*/, ''))).toEqual([
      'warning webhooks',
      'warning clusters',
    ]);
  });

  test('follows a signed delivery through the HTTP API and the queue, and leaves nothing behind', async () => {
    const added = await person.sluice('cluster', 'add', 'prod', '--yes');
    expect(added).toMatchObject({ code: 0, err: '' });
    expect(added.out).toMatch(/^stack sluice-prod reaches https:\/\/10\.20\.30\.40:\d+, in \d+ ms$/m);
    const minute = new Date(Math.floor(Date.now() / 60_000) * 60_000).toISOString().replace('.000', '');
    await stack.lambdas.tick.invoke({ time: minute });
    await expect
      .poll(async () => (await examined()).said, { timeout: 30_000 })
      .toContain('last swept the clusters');

    const { code, wrong, said } = await examined();

    expect({ code, wrong }).toEqual({ code: 0, wrong: '' });
    expect(said).toMatch(
      /webhooks: .* answered in \d+ ms and handled \d+ ms after it was received; a forged one/,
    );
    expect(said).toContain('functions: 11 functions can be called, and the roles allow what they call');
    expect(said).toMatch(/cluster prod: the deployment reaches it, in \d+ ms/);
    const index = bucketOf(outputs.IndexBucketName);
    expect(await collect(index.list('hooks/'))).toEqual([]);
    expect(await collect(index.list('probes/'))).toEqual([]);
  });

  test('and cluster add say when only this machine reaches the API server', async () => {
    reachHere(HERE_ONLY);
    const far = personOf(stack, own.plane, HERE_ONLY);

    const { code, err } = await far.sluice('cluster', 'add', 'prod', '--yes');

    expect(code).toBe(0);
    expect(err).toMatch(
      /^warning: this machine reaches https:\/\/10\.20\.30\.41:\d+, but the functions of stack sluice-prod do not/,
    );
    expect(err).toContain('--param subnets=');
    expect((await examined()).wrong).toMatch(
      /problem cluster prod: the deployment does not reach it.*--param subnets=/,
    );
    expect((await person.sluice('cluster', 'add', 'prod', '--yes')).err).toBe('');
  });

  test("looks at the role that is a cluster's identity", async () => {
    const arn = 'arn:aws:iam::123456789012:role/sluice-prod-cluster';
    await person.sluice('cluster', 'add', 'prod', '--yes', '--identity-role', arn);
    expect((await examined()).wrong).toContain(`problem cluster prod: its role ${arn} does not exist`);

    const iam = new IAMClient(stack.moto.access);
    const [{ id = '' } = {}] = JSON.parse((await person.sluice('cluster', 'list', '-o', 'json')).out);
    const trusting = async (name: string, externalId: string | undefined): Promise<string> => {
      const Condition = externalId === undefined ? {} : { StringEquals: { 'sts:ExternalId': externalId } };
      const AWS = `arn:aws:iam::123456789012:role/${stack.roles.source}`;
      const Statement = [{ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole', Condition }];
      const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement });
      await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument }));
      const role = `arn:aws:iam::123456789012:role/${name}`;
      await person.sluice('cluster', 'add', 'prod', '--yes', '--identity-role', role);
      return (await examined()).said;
    };
    expect(await trusting('sluice-a', undefined)).toMatch(
      /problem cluster prod: .* for every cluster, as it asks for no external id/,
    );
    expect(await trusting('sluice-b', 'another')).toMatch(
      /problem cluster prod: .* asks for another external id/,
    );
    const right = `sluice:${outputs.DeploymentId}:${id}`;
    expect(await trusting('sluice-c', right)).toMatch(
      /ok cluster prod: .*sluice-c trusts the deployment for this cluster alone/,
    );
    await person.sluice(
      'cluster',
      'add',
      'prod',
      '--yes',
      '--identity-role',
      'arn:aws:iam::999999999999:role/sluice-x',
    );
    expect((await examined()).wrong).toMatch(
      /^warning cluster prod: .* is in another account, so whom it trusts cannot be seen/,
    );
    await person.sluice('cluster', 'add', 'prod', '--yes', '--identity-role', '');
    iam.destroy();
  });

  test('says that another deployment has the buckets, and so do all functions and commands', async () => {
    const mine = await state.get('deployment.json');
    await state.put('deployment.json', Buffer.from(JSON.stringify({ deployment: 'other' })));
    const index = bucketOf(outputs.IndexBucketName);
    await index.put('deployment.json', Buffer.from(JSON.stringify({ deployment: 'other' })));

    expect((await examined()).wrong).toMatch(
      /problem bucket sluice-prod-statebucket-\S+: belongs to deployment other.*-> .*delete deployment\.json in it/,
    );
    const listed = await person.sluice('cluster', 'list');
    expect(listed).toMatchObject({ code: 1, err: expect.stringContaining('belongs to deployment other') });
    for (const name of GUARDED) {
      const { lambda } = await startFunction(name, stack.moto, stack.front.endpoint);
      const event = { Records: [], time: '2026-01-01T00:00:00Z' };
      await expect(lambda.invoke(event), name).rejects.toThrow(/belongs to deployment other, and this is/);
      lambda.stop();
    }

    for (const store of [state, index]) await store.put('deployment.json', mine?.body ?? new Uint8Array());
    expect((await examined()).code).toBe(0);
  });

  test('finds what was switched off, taken away or waits for too long', async () => {
    const { access } = stack.moto;
    const lambda = new LambdaClient(access);
    const scheduler = new SchedulerClient(access);
    const { ScheduleExpression, FlexibleTimeWindow, Target } = await scheduler.send(
      new GetScheduleCommand({ Name: `${STACK}-minute` }),
    );
    const schedule = { Name: `${STACK}-minute`, ScheduleExpression, FlexibleTimeWindow, Target };
    await scheduler.send(new UpdateScheduleCommand({ ...schedule, State: 'DISABLED' }));
    const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand({}));
    const waker = EventSourceMappings.find(({ FunctionArn }) => FunctionArn?.endsWith('-later'));
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID: waker?.UUID, Enabled: false }));
    await lambda.send(new DeleteFunctionCommand({ FunctionName: `${STACK}-blobs` }));
    const iam = new IAMClient(access);
    await iam.send(new DeleteRolePolicyCommand({ RoleName: stack.roles.sweep, PolicyName: 'sweep' }));
    const message = {
      QueueUrl: `${outputs.QueueUrls}helm.fifo`,
      MessageBody: '{}',
      MessageGroupId: 'g',
      MessageDeduplicationId: 'd',
    };
    await stack.sqs.send(new SendMessageCommand(message));
    const metrics = new CloudWatchClient(access);
    const Dimensions = [{ Name: 'QueueName', Value: `${STACK}-helm.fifo` }];
    const MetricData = [
      {
        MetricName: 'ApproximateAgeOfOldestMessage',
        Dimensions,
        Value: 400,
        Timestamp: new Date(Date.now() - 60_000),
      },
    ];
    await metrics.send(new PutMetricDataCommand({ Namespace: 'AWS/SQS', MetricData }));

    const { code, wrong } = await examined();

    expect(code).toBe(1);
    expect(wrong).toMatch(
      /problem function later: is not woken by its queue \(Disabled\) -> enable the event source mapping/,
    );
    expect(wrong).toMatch(/problem function blobs: there is no sluice-prod-blobs -> "npm run deploy"/);
    expect(wrong).toMatch(
      /problem function sweep: its role may not .*ssm:GetParameters.* -> "npm run deploy"/,
    );
    expect(wrong).toMatch(
      /problem clock: the schedule sluice-prod-minute is DISABLED, so nothing happens by itself/,
    );
    expect(wrong).toMatch(
      /problem queue helm: 1 waiting, the oldest for 6m.* -> look at the log of the function/,
    );
    for (const client of [lambda, scheduler, iam, metrics]) client.destroy();
  });
});
