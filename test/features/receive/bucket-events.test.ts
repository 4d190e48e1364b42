import { describe, expect, test } from 'vitest';
import { parseBucketMessage } from '../../../shared/receive/bucket-events.ts';
import { keepRepository } from '../../../shared/receive/repository-index.ts';
import { arrive } from '../../../shared/reconcile/arrivals.ts';
import { findableAt } from '../../../shared/reconcile/bucket/place.ts';
import { delivery } from '../../builders.ts';
import { bodiesOf, createWorld } from '../reconcile/world.ts';

const { signal } = new AbortController();

/** As in "Event message structure" of the S3 user guide. */
function notification(key: string, eventName = 'ObjectCreated:Put', bucket = 'apps'): object {
  const s3 = {
    s3SchemaVersion: '1.0',
    configurationId: 'c',
    bucket: { name: bucket, arn: `arn:aws:s3:::${bucket}` },
    object: { key, size: 1024, eTag: 'd41d8cd98f00b204e9800998ecf8427e', sequencer: '0A1B2C3D4E5F678901' },
  };
  const when = { eventTime: '1970-01-01T00:00:00.000Z', awsRegion: 'us-west-2' };
  return { Records: [{ eventVersion: '2.1', eventSource: 'aws:s3', ...when, eventName, s3 }] };
}

/** As in "Event message structure for Amazon EventBridge" of the S3 user guide. */
function bridged(key: string, type = 'Object Created', bucket = 'apps'): object {
  return {
    version: '0',
    id: '17793124-05d4-b198-2fde-7ededc63b103',
    'detail-type': type,
    source: 'aws.s3',
    account: '111122223333',
    time: '2021-11-12T00:00:00Z',
    region: 'ca-central-1',
    resources: [`arn:aws:s3:::${bucket}`],
    detail: { version: '0', bucket: { name: bucket }, object: { key, size: 5 }, reason: 'PutObject' },
  };
}

const read = (message: unknown) => parseBucketMessage(JSON.stringify(message));

describe('a message of S3', () => {
  test('names its objects, whichever way it came', () => {
    expect(read(notification('a+folder/it%2Bs+%C3%A9.yaml'))).toEqual({
      events: [{ bucket: 'apps', key: 'a folder/it+s é.yaml' }],
    });
    expect(read(bridged('a folder/it+s é.yaml'))).toEqual({
      events: [{ bucket: 'apps', key: 'a folder/it+s é.yaml' }],
    });
    for (const name of [
      'ObjectRemoved:Delete',
      's3:ObjectRemoved:DeleteMarkerCreated',
      'LifecycleExpiration:Delete',
    ])
      expect(read(notification('a', name))).toEqual({ events: [{ bucket: 'apps', key: 'a' }] });
    expect(read(bridged('a', 'Object Deleted'))).toEqual({ events: [{ bucket: 'apps', key: 'a' }] });
  });

  test('that changes no contents has no events', () => {
    const testEvent = { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'apps', HostId: 'x' };

    for (const message of [
      testEvent,
      notification('a', 'ObjectTagging:Put'),
      bridged('a', 'Object Tags Added'),
    ])
      expect(read(message)).toEqual({ events: [] });
  });

  test.each([
    { Records: [{ eventSource: 'aws:s3', eventName: 'ObjectCreated:Put' }] },
    {
      Records: [
        { eventSource: 'aws:s3', eventName: 'ObjectCreated:Put', s3: { bucket: {}, object: { key: 'a' } } },
      ],
    },
    { source: 'aws.s3', 'detail-type': 'Object Created' },
    {
      source: 'aws.s3',
      'detail-type': 'Object Created',
      detail: { bucket: { name: 'b' }, object: { key: 7 } },
    },
  ])('is broken when it names no object: %j', (message) => {
    expect(read(message)).toEqual({ broken: expect.stringContaining('names no object') });
  });

  test.each([
    [],
    null,
    7,
    { Records: [] },
    { Records: 'x' },
    { Records: [{ eventSource: 'aws:sqs', s3: {} }] },
    { source: 'aws.ec2', 'detail-type': 'Object Created' },
    { source: 'aws.s3' },
  ])('is none: %j', (message) => {
    expect(read(message)).toBeUndefined();
  });
});

describe('an event that arrives', () => {
  const spec = {
    provider: 'generic',
    interval: '1m',
    timeout: '60s',
    endpoint: 's3.eu-west-1.amazonaws.com',
    bucketName: 'apps',
  } as const;

  async function worldWith(specs: Readonly<Record<string, object>>, cluster = 'c1') {
    const world = createWorld();
    for (const [name, more] of Object.entries(specs)) {
      const url = findableAt({ ...spec, ...more }) ?? '';
      await keepRepository(world.store, { cluster, kind: 'Bucket', namespace: 'team', name }, url);
    }
    const deployment = { ...world.ports.deployment, bucket: { name: 'sluice-state' } };
    const ports = { ...world.ports, deployment };
    let count = 0;
    const arrives = (...messages: readonly object[]) =>
      arrive(
        messages.map((message) => delivery(String(count++), message)),
        ports,
        signal,
      );
    /** What waits, by name, after the longest delay. */
    const woken = async (): Promise<readonly string[]> => {
      await world.clock.advance(5000);
      const waiting = (await bodiesOf(world, 'later')) as unknown as readonly {
        to: string;
        dedupId: string;
        message: { kind: string; name: string; reason: string };
      }[];
      const distinct = new Map(waiting.map((one) => [one.dedupId, one]));
      return [...distinct.values()]
        .map(({ to, message }) => `${to} ${message.kind}/${message.name}`)
        .toSorted();
    };
    return { ...world, arrives, woken };
  }

  test('wakes the Buckets whose prefix the key is below, on whatever host of AWS they look', async () => {
    const world = await worldWith({
      all: {},
      folder: { prefix: 'team/app/' },
      start: { prefix: 'team/ap', endpoint: 's3.amazonaws.com' },
      other: { prefix: 'other/' },
      elsewhere: { endpoint: 'minio.example.com' },
      'other-bucket': { bucketName: 'apps2' },
    });

    expect(await world.arrives(notification('team/app/a.yaml'))).toEqual([{ id: '0', ok: true }]);

    expect(await world.woken()).toEqual(['source Bucket/all', 'source Bucket/folder', 'source Bucket/start']);
  });

  test('of the drop zone wakes the Buckets of that cluster', async () => {
    const zone = { endpoint: 'sluice.internal', bucketName: 'sources' };
    const world = await worldWith({
      zone,
      part: { ...zone, prefix: 'team/' },
      whole: { bucketName: 'sluice-state', prefix: 'sources/c1/team/' },
    });
    const dropped = (key: string) => bridged(key, 'Object Created', 'sluice-state');

    await world.arrives(dropped('sources/c1/team/a.yaml'));
    expect(await world.woken()).toEqual(['source Bucket/part', 'source Bucket/whole', 'source Bucket/zone']);

    await world.arrives(
      dropped('sources/c2/team/a.yaml'),
      dropped('sources/c1'),
      dropped('tree/c1/team/a.yaml'),
    );
    expect(await world.woken()).toEqual([]);
  });

  test('asks for one run with all others of its second, and for another one afterwards', async () => {
    const world = await worldWith({ all: {} });
    const upload = (count: number) => Array.from({ length: count }, (_, i) => notification(`f${i}`));

    await world.arrives(...upload(10));
    await world.arrives(...upload(10));
    const waiting = (): Promise<readonly { dedupId?: unknown }[]> => bodiesOf(world, 'later');
    await world.clock.advance(1000);
    await world.arrives(...upload(10));
    await world.clock.advance(5000);

    expect(new Set((await waiting()).map(({ dedupId }) => dedupId)).size).toBe(2);
  });

  test('comes after the end of its second, so that none of them is missed', async () => {
    const world = await worldWith({ all: {} });
    await world.arrives(notification('a'));

    await world.clock.advance(999);
    expect(await bodiesOf(world, 'later')).toEqual([]);
  });

  test('that nobody waits for, or of a cluster that is gone, is done with', async () => {
    const world = await worldWith({ all: {} }, 'c9');

    expect(await world.arrives(notification('a'), bridged('b'))).toEqual([
      { id: '0', ok: true },
      { id: '1', ok: true },
    ]);
    expect(await world.woken()).toEqual([]);
  });

  test('that says too little is buried with its reason, beside others', async () => {
    const world = await worldWith({ all: {} });

    await world.arrives(
      { Records: [{ eventSource: 'aws:s3', eventName: 'ObjectCreated:Put' }] },
      notification('a'),
    );

    expect(await bodiesOf(world, 'dead')).toMatchObject([
      { id: '0', reason: 'a notification of S3 that names no object', queue: 'arrivals' },
    ]);
    expect(await world.woken()).toEqual(['source Bucket/all']);
  });
});
