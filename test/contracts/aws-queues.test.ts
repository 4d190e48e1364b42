import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { createSqsQueues } from '../../shared/adapters/aws/sqs-queues.ts';
import { systemChance, systemClock } from '../../shared/adapters/local/system.ts';
import type { Clock } from '../../shared/ports.ts';
import { type Moto, startMoto } from '../servers/moto.ts';
import { faultOf } from './fault-of.ts';
import { fifo, receivingContract, sendingContract } from './queues.ts';
import { delayedQueuesContract } from './queues-sqs.ts';
import { createSqsWorld } from './sqs-work-queues.ts';

describe('SQS queues on moto', { timeout: 60_000 }, () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  }, 60_000);
  afterAll(() => moto.stop());

  async function world(clock?: Clock) {
    const made = await createSqsWorld(moto, clock);
    onTestFinished(made.close);
    return made;
  }
  const open = async (clock: Clock) => (await world(clock)).work;

  sendingContract(async () => (await world()).queues);
  receivingContract(open, {
    // SQS API reference, DeleteMessage: in a FIFO queue a handle is of no use once its visibility timeout is over.
    'a lost lease can neither acknowledge, renew nor release what another holds':
      'moto 5.2.5 takes every handle that a message ever had, SQS does not',
    // SQS API reference, ChangeMessageVisibility: it says nothing of a new handle, so workers must not count on one.
    'a release with a delay keeps the group waiting and makes the lease stale':
      'SQS leaves the handle of a released message valid, our own queues do not',
  });
  delayedQueuesContract(open, {
    // SQS developer guide, message deduplication id: tracked for 5 minutes, also after the message was received and deleted.
    'an equal dedup id of a group is dropped for 5 minutes, even after the first was handled':
      'moto 5.2.5 forgets the id of a deleted message, SQS does not',
    // SQS developer guide, high throughput for FIFO queues: DeduplicationScope messageGroup.
    'dedup ids are a group\u2019s and a queue\u2019s own':
      'moto 5.2.5 does not read DeduplicationScope, SQS does',
    // SQS developer guide, standard queues: best-effort ordering.
    'delayed messages come when they are due, in the order of their times':
      'a standard queue on SQS promises no order, our own keep one',
  });

  test('hundreds of messages come once, in order per group', async () => {
    const { queues, work } = await world();
    const sent = Array.from({ length: 123 }, (_, index) => fifo(`${index}`, `g${index % 7}`));

    await queues.send('apply', sent);

    const received = new Map<string, number[]>();
    for (;;) {
      const batch = await work.receive('apply', 10, 60_000);
      if (batch.length === 0) break;
      for (const { group = '', body } of batch)
        received.set(group, [...(received.get(group) ?? []), Number(body)]);
      await work.acknowledge('apply', batch);
    }
    expect([...received.values()].flat()).toHaveLength(123);
    for (const numbers of received.values()) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  });

  test('a queue that is not there is a fault that names it', async () => {
    const { prefix } = await world();
    const queues = createSqsQueues({
      access: moto.access,
      prefix: `${prefix}other-`,
      clock: systemClock,
      chance: systemChance,
    });

    const { message } = await faultOf(queues.send('apply', [fifo('x')]), 'not-found');

    expect(message).toMatch(/queue apply.*deploy again/);
  });

  test('leases that nobody ever held cannot be renewed', async () => {
    const { queues } = await world();

    const fault = await faultOf(queues.extend('apply', ['never given'], 60), 'not-found');

    expect(fault.data).toMatchObject({ lost: 1 });
  });
});
