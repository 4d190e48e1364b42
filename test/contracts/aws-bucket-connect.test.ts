import {
  DescribeRuleCommand,
  EventBridgeClient,
  ListTargetsByRuleCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateBucketCommand,
  GetBucketNotificationConfigurationCommand,
  PutBucketNotificationConfigurationCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemChance } from '../../shared/adapters/local/system.ts';
import { openSession } from '../features/cli/recorded-world.ts';
import { type Moto, startMoto } from '../servers/moto.ts';
import { deployOnMoto, signIn } from './aws-deployment.ts';

const STACK = 'prod';
const QUEUE = 'arn:aws:sqs:eu-central-1:123456789012:prod-arrivals';
const OTHER = 'arn:aws:sqs:eu-central-1:123456789012:other';
let moto: Moto;
let s3: S3Client;
let signOut: () => void;

beforeAll(async () => {
  moto = await startMoto();
  s3 = new S3Client({ ...moto.access, forcePathStyle: true });
  signOut = signIn(moto.access);
  await deployOnMoto(moto.access, STACK);
  await new SQSClient(moto.access).send(new CreateQueueCommand({ QueueName: 'other' }));
}, 60_000);
afterAll(async () => {
  signOut?.();
  s3?.destroy();
  await moto?.stop();
});

/** A person; with `answers` at a terminal. */
function person(...answers: readonly string[]) {
  const { endpoint = '', region } = moto.access;
  const env = { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region, SLUICE_STACK: STACK };
  return openSession({ env, ...(answers.length > 0 && { answers }) });
}

async function emptyBucket(region: string): Promise<string> {
  const Bucket = `mine-${systemChance.uuid()}`;
  const configuration = { LocationConstraint: region as 'eu-central-1' };
  const there = new S3Client({ ...moto.access, region, forcePathStyle: true });
  await there.send(new CreateBucketCommand({ Bucket, CreateBucketConfiguration: configuration }));
  there.destroy();
  return Bucket;
}

/** A bucket that tells another queue of what is below `others/`. */
async function bucketOf(): Promise<string> {
  const Bucket = await emptyBucket('eu-central-1');
  const FilterRules = [{ Name: 'prefix' as const, Value: 'others/' }];
  const other = {
    Id: 'other',
    QueueArn: OTHER,
    Events: ['s3:ObjectCreated:*' as const],
    Filter: { Key: { FilterRules } },
  };
  const NotificationConfiguration = { QueueConfigurations: [other] };
  await s3.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
  return Bucket;
}

async function toldBy(Bucket: string) {
  const { $metadata: _, ...told } = await s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
  return told;
}

describe('sluice bucket connect', () => {
  test('adds the queue, keeps what is there, prints the Bucket, and does nothing a second time', async () => {
    const bucket = await bucketOf();
    const before = await toldBy(bucket);

    const { code, out, err } = await person().sluice('bucket', 'connect', bucket, '--prefix', 'apps/');

    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`tells ${QUEUE} of its changes; its other notification stays`);
    expect(out).toMatch(
      /kind: Bucket[\s\S]*endpoint: s3\.eu-central-1\.amazonaws\.com[\s\S]*prefix: "apps\/"/,
    );
    const after = await toldBy(bucket);
    expect(after.QueueConfigurations).toEqual([
      ...(before.QueueConfigurations ?? []),
      expect.objectContaining({ QueueArn: QUEUE }),
    ]);
    const again = await person().sluice('bucket', 'connect', bucket, '--prefix', 'apps/');
    expect(again.out).toContain('nothing was changed');
    expect(await toldBy(bucket)).toEqual(after);

    expect((await person().sluice('bucket', 'connect', bucket, '--prefix', 'apps/', '--remove')).code).toBe(
      0,
    );
    expect(await toldBy(bucket)).toEqual(before);
  });

  test('asks first, and changes nothing without a yes', async () => {
    const bucket = await bucketOf();
    const before = await toldBy(bucket);

    const { code, out } = await person('no').sluice('bucket', 'connect', bucket, '--prefix', 'apps/');

    expect({ code, asked: out.includes('Go on? [y/N]') }).toEqual({ code: 1, asked: true });
    expect(await toldBy(bucket)).toEqual(before);
  });

  test('names who is in the way, and goes beside it through EventBridge', async () => {
    const bucket = await bucketOf();
    const refused = await person().sluice('bucket', 'connect', bucket);
    expect(refused.err).toMatch(
      /tells arn:\S+:other \(prefix others\/\) of the same changes.*--via eventbridge/,
    );

    const { code, out } = await person().sluice('bucket', 'connect', bucket, '--via', 'eventbridge');

    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('through EventBridge') });
    const events = new EventBridgeClient(moto.access);
    const Name = `prod-bucket-${bucket}`;
    const { EventPattern = '' } = await events.send(new DescribeRuleCommand({ Name }));
    expect(JSON.parse(EventPattern)).toMatchObject({
      source: ['aws.s3'],
      detail: { bucket: { name: [bucket] } },
    });
    const { Targets } = await events.send(new ListTargetsByRuleCommand({ Rule: Name }));
    expect(Targets).toMatchObject([{ Arn: QUEUE }]);
    expect((await toldBy(bucket)).QueueConfigurations).toMatchObject([{ QueueArn: OTHER }]);
    // moto 5.2.5 forgets that a bucket tells EventBridge, so a second run writes it again.
    expect((await person().sluice('bucket', 'connect', bucket, '--via', 'eventbridge')).code).toBe(0);

    expect((await person().sluice('bucket', 'connect', bucket, '--remove')).out).toContain('no longer tells');
    await expect(events.send(new DescribeRuleCommand({ Name }))).rejects.toThrow(/does not exist/);
    expect((await person().sluice('bucket', 'connect', bucket, '--remove')).out).toContain(
      'nothing was changed',
    );
    events.destroy();
  });

  test('refuses a bucket of another region, one that is not there, and a laptop', async () => {
    const far = await emptyBucket('us-west-2');
    expect((await person().sluice('bucket', 'connect', far)).err).toContain(
      'is in us-west-2, stack prod in eu-central-1',
    );
    expect((await person().sluice('bucket', 'connect', 'nobodys')).err).toContain(
      'there is no bucket nobodys',
    );
    const { code, err } = await openSession().sluice('bucket', 'connect', 'x');
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining('give --stack') });
  });
});
