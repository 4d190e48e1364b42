import { describe, expect, test } from 'vitest';
import { handler as apply } from '../../../functions/apply.ts';
import { handler as arrivals } from '../../../functions/arrivals.ts';
import { handler as later } from '../../../functions/later.ts';
import { handler as source } from '../../../functions/source.ts';
import { onTick, handler as sweep } from '../../../functions/sweep.ts';
import type { Ports } from '../../../shared/ports.ts';
import { QUEUE_TABLE } from '../../../shared/reconcile/queue-table.ts';
import { type Handle, onQueue, recordOf } from '../../../shared/runtime/lambda.ts';
import { delivery, NOW, workMessage } from '../../builders.ts';
import { bodiesOf, createWorld } from './world.ts';

const signal = new AbortController().signal;
const ports = {} as Ports;
/** An SQS record as Lambda hands it over; documented in the AWS Lambda guide for SQS. */
const record = (messageId: string, body: string, group?: string) => ({
  messageId,
  receiptHandle: 'AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a',
  body,
  attributes: {
    ApproximateReceiveCount: '2',
    SentTimestamp: '1545082649183',
    SenderId: 'AIDAIENQZJOLO23YVJ4VO',
    ApproximateFirstReceiveTimestamp: '1545082649185',
    ...(group && { MessageGroupId: group }),
  },
  messageAttributes: {},
  md5OfBody: 'e4e68fb7bd0e697a0ae8f1bb342846b3',
  eventSource: 'aws:sqs',
  eventSourceARN: 'arn:aws:sqs:us-east-2:123456789012:apply.fifo',
  awsRegion: 'us-east-2',
});

describe('a function of a queue', () => {
  test('takes SQS records as deliveries', async () => {
    const seen: unknown[] = [];
    const handle: Handle = async (batch) => {
      seen.push(...batch);
      return batch.map(({ id }) => ({ id, ok: true }));
    };

    const answer = await onQueue(handle)(
      { Records: [record('a', 'one', 'group'), record('b', 'two')] },
      ports,
      signal,
    );

    expect(answer).toEqual({ batchItemFailures: [] });
    expect(seen).toEqual([
      { id: 'a', body: 'one', receiveCount: 2, group: 'group' },
      { id: 'b', body: 'two', receiveCount: 2 },
    ]);
  });

  test('names what failed, and what was forgotten, in the order of the records', async () => {
    const handle: Handle = async () => [
      { id: 'c', ok: false },
      { id: 'a', ok: true },
    ];
    const Records = ['a', 'b', 'c'].map((id) => record(id, ''));

    expect(await onQueue(handle)({ Records }, ports, signal)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'b' }, { itemIdentifier: 'c' }],
    });
  });

  test('gives a local delivery the form that it would have on AWS', () => {
    expect(recordOf(delivery('a', 'one', { group: 'group', receiveCount: 3 }))).toEqual({
      messageId: 'a',
      body: 'one',
      attributes: { ApproximateReceiveCount: '3', MessageGroupId: 'group' },
    });
  });
});

describe('each function serves its queue', () => {
  const of = (body: unknown) => ({
    Records: [record('1', typeof body === 'string' ? body : JSON.stringify(body))],
  });
  const message = workMessage();

  test('arrivals and later hand on', async () => {
    const world = createWorld();

    await arrivals(of(message), world.ports, signal);
    await later(of({ to: 'source', dedupId: 'id', message }), world.ports, signal);

    expect(await bodiesOf(world, 'apply')).toEqual([message]);
    expect(await bodiesOf(world, 'source')).toEqual([message]);
  });

  test.each([
    ['source', source],
    ['apply', apply],
  ])('%s works', async (_name, handler) => {
    const world = createWorld();

    expect(await handler(of('no message'), world.ports, signal)).toEqual({ batchItemFailures: [] });
    expect(await bodiesOf(world, 'dead')).toMatchObject([{ reason: 'not a work message of ours' }]);
  });

  test('the tick leads to a sweep', async () => {
    const world = createWorld();

    await onTick(NOW, world.ports);
    for (const shard of await bodiesOf(world, 'sweep')) await sweep(of(shard), world.ports, signal);

    expect(await world.store.get('watermarks/0.json')).toBeDefined();
  });
});

test('timeouts, queues and batches are those of the design', () => {
  const rows = Object.entries(QUEUE_TABLE).map(([name, limits]) => {
    const queue = 'queue' in limits ? limits.queue : undefined;
    return [name, limits.timeout, queue?.name, queue?.visibility, queue?.batch, queue?.maxReceives];
  });

  expect(rows).toEqual([
    ['receive', 10, undefined, undefined, undefined, undefined],
    ['artifact', 10, undefined, undefined, undefined, undefined],
    ['arrivals', 30, 'arrivals', 60, 10, 5],
    ['later', 30, 'later', 60, 10, 5],
    ['tick', 30, undefined, undefined, undefined, undefined],
    ['sweep', 120, 'sweep', 150, 1, 1],
    ['source', 120, 'source', 150, 10, 5],
    ['apply', 120, 'apply', 150, 10, 5],
    ['render', 90, undefined, undefined, undefined, undefined],
    ['helm', 900, 'helm', 930, 1, 3],
    ['image', 300, 'image', 330, 1, 5],
    ['notify', 60, 'events', 90, 10, 5],
  ]);
});
