import { expect, test as vitest } from 'vitest';
import type { LocalDelivery, WorkQueues } from '../../shared/adapters/local/work-queues.ts';
import { createManualClock } from '../../shared/adapters/memory/manual-clock.ts';
import type { QueueName } from '../../shared/core/messages.ts';
import type { Clock, OutgoingMessage, Queues } from '../../shared/ports.ts';
import { type KnownFailures, testOrKnown } from './known-failures.ts';

let serial = 0;

/** A valid message for a FIFO queue with a deduplication id of its own. */
export function fifo(body: string, group = 'g', dedupId = nextId()): OutgoingMessage {
  return { body, group, dedupId };
}

function nextId(): string {
  serial += 1;
  return `d${serial}`;
}

/** The bodies of deliveries, in order. */
export function bodies(deliveries: readonly LocalDelivery[]): readonly string[] {
  return deliveries.map(({ body }) => body);
}

/** What SQS refuses, every sending port refuses, all or nothing; runs against any Queues. */
export function sendingContract(open: () => Promise<Queues>): void {
  const id128 = 'x'.repeat(128);
  const bad: readonly (readonly [string, QueueName, OutgoingMessage])[] = [
    ['a FIFO message without a group', 'apply', { body: 'x', dedupId: 'd' }],
    ['a FIFO message without a dedup id', 'apply', { body: 'x', group: 'g' }],
    ['an empty group', 'apply', fifo('x', '')],
    ['a group of 129 characters', 'apply', fifo('x', `${id128}x`)],
    ['a dedup id of 129 characters', 'apply', fifo('x', 'g', `${id128}x`)],
    ['a group with a blank', 'apply', fifo('x', 'a b')],
    ['a dedup id with a letter outside ASCII', 'apply', fifo('x', 'g', '\u00e9')],
    ['a delay on FIFO', 'apply', { ...fifo('x'), delaySeconds: 1 }],
    ['an empty body', 'apply', fifo('')],
    ['a body over 256 KiB', 'apply', fifo('\u00e9'.repeat(128 * 1024 + 1))],
    ['a control character', 'apply', fifo('a\u0000b')],
    ['a group on a standard queue', 'later', { body: 'x', group: 'g' }],
    ['a dedup id on a standard queue', 'later', { body: 'x', dedupId: 'd' }],
    ['a delay of 901 s', 'later', { body: 'x', delaySeconds: 901 }],
    ['a negative delay', 'later', { body: 'x', delaySeconds: -1 }],
    ['half a second', 'later', { body: 'x', delaySeconds: 0.5 }],
  ];

  vitest.each(bad)('%s is refused, with the whole call', async (_what, queue, message) => {
    const queues = await open();
    const good = queue === 'later' ? { body: 'good' } : fifo('good');

    await expect(queues.send(queue, [good, message])).rejects.toMatchObject({ code: 'invalid' });
  });

  vitest('the limits themselves are allowed', async () => {
    const queues = await open();
    const punctuation = '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~';

    await queues.send('apply', [
      fifo('x'.repeat(256 * 1024), id128, id128),
      fifo('x', punctuation, punctuation),
    ]);
    await queues.send('later', [
      { body: 'x', delaySeconds: 900 },
      { body: 'x', delaySeconds: 0 },
    ]);
    await queues.send('later', []);
  });
}

/** Opens queues on a clock; called once per test. */
export type OpenQueues = (clock: Clock) => Promise<WorkQueues>;

/** A queue on a manual clock. */
export async function queuesAt(open: OpenQueues) {
  const clock = createManualClock();
  return { clock, queues: await open(clock) };
}

/** What SQS does with what was sent; runs against every queue with both ends. */
export function receivingContract(open: OpenQueues, knownFailures: KnownFailures = {}): void {
  const test = testOrKnown(knownFailures);

  test('a delivery carries id, body, group and count', async () => {
    const { queues } = await queuesAt(open);
    await queues.send('apply', [fifo('{"a":"\u{1f600}"}', 'cluster#1')]);

    const [delivery] = await queues.receive('apply', 1, 1000);

    expect(delivery).toMatchObject({ body: '{"a":"\u{1f600}"}', group: 'cluster#1', receiveCount: 1 });
    expect(delivery?.id).toMatch(/^\S+$/);
  });

  test('a refused call leaves nothing behind', async () => {
    const { queues } = await queuesAt(open);

    await queues.send('apply', [fifo('good'), { body: 'bad' }]).catch(() => undefined);

    expect(await queues.receive('apply', 10, 1000)).toEqual([]);
  });

  test('a batch holds several of one group in order, and never more than asked for', async () => {
    const { queues } = await queuesAt(open);
    await queues.send('apply', [fifo('1'), fifo('2'), fifo('3')]);

    expect(bodies(await queues.receive('apply', 2, 1000))).toEqual(['1', '2']);
  });

  vitest.each([0, 11, 1.5])('a receive of %d messages is refused', async (max) => {
    const { queues } = await queuesAt(open);

    await expect(queues.receive('apply', max, 1000)).rejects.toMatchObject({ code: 'invalid' });
  });

  test('one batch of a group is in flight at a time, other groups go on', async () => {
    const { queues } = await queuesAt(open);
    await queues.send('apply', [fifo('a1', 'a'), fifo('a2', 'a'), fifo('b1', 'b')]);
    const first = await queues.receive('apply', 1, 1000);

    expect(bodies(first)).toEqual(['a1']);
    expect(bodies(await queues.receive('apply', 10, 1000))).toEqual(['b1']);
    await queues.acknowledge('apply', first);

    expect(bodies(await queues.receive('apply', 10, 1000))).toEqual(['a2']);
  });

  test('the same group name in two queues is two groups', async () => {
    const { queues } = await queuesAt(open);
    await queues.send('apply', [fifo('apply', 'g')]);
    await queues.send('helm', [fifo('helm', 'g')]);

    await queues.receive('apply', 1, 1000);

    expect(bodies(await queues.receive('helm', 1, 1000))).toEqual(['helm']);
  });

  test('order holds although messages fail: the failed one comes again before those behind it', async () => {
    const { queues } = await queuesAt(open);
    await queues.send(
      'apply',
      ['1', '2', '3', '4', '5'].map((body) => fifo(body)),
    );
    const handled: string[] = [];

    for (let turn = 0; handled.length < 5; turn += 1) {
      const batch = await queues.receive('apply', 2, 1000);
      const good = turn % 2 === 0 ? [] : batch;
      handled.push(...bodies(good));
      await queues.acknowledge('apply', good);
      await queues.release(
        'apply',
        batch.filter((delivery) => !good.includes(delivery)),
      );
    }

    expect(handled).toEqual(['1', '2', '3', '4', '5']);
  });

  test('a lease that ends gives the message back, with count 2, before those behind it', async () => {
    const { clock, queues } = await queuesAt(open);
    await queues.send('apply', [fifo('1'), fifo('2')]);
    const [lost] = await queues.receive('apply', 1, 30_000);

    await clock.advance(29_999);
    expect(await queues.receive('apply', 10, 30_000)).toEqual([]);
    await clock.advance(1);
    const again = await queues.receive('apply', 10, 30_000);

    expect(again.map(({ id, body, receiveCount }) => ({ id, body, receiveCount }))).toEqual([
      { id: lost?.id, body: '1', receiveCount: 2 },
      { id: again[1]?.id, body: '2', receiveCount: 1 },
    ]);
  });

  test('a renewed lease lasts', async () => {
    const { clock, queues } = await queuesAt(open);
    await queues.send('apply', [fifo('1')]);
    const batch = await queues.receive('apply', 1, 60_000);

    for (let turn = 0; turn < 5; turn += 1) {
      await clock.advance(50_000);
      expect(await queues.extend('apply', batch, 60_000)).toBe(1);
      expect(await queues.receive('apply', 1, 1000)).toEqual([]);
    }

    expect(await queues.acknowledge('apply', batch)).toBe(1);
  });

  test('a lost lease can neither acknowledge, renew nor release what another holds', async () => {
    const { clock, queues } = await queuesAt(open);
    await queues.send('apply', [fifo('1')]);
    const old = await queues.receive('apply', 1, 1000);
    await clock.advance(1000);
    const current = await queues.receive('apply', 1, 1000);

    expect(await queues.acknowledge('apply', old)).toBe(0);
    expect(await queues.extend('apply', old, 60_000)).toBe(0);
    expect(await queues.release('apply', old)).toBe(0);
    expect(await queues.receive('apply', 1, 1000)).toEqual([]);

    expect(await queues.acknowledge('apply', current)).toBe(1);
  });

  test('a release with a delay keeps the group waiting and makes the lease stale', async () => {
    const { clock, queues } = await queuesAt(open);
    await queues.send('apply', [fifo('1'), fifo('2')]);
    const batch = await queues.receive('apply', 1, 60_000);

    expect(await queues.release('apply', batch, 5000)).toBe(1);
    expect(await queues.acknowledge('apply', batch)).toBe(0);
    expect(await queues.receive('apply', 10, 1000)).toEqual([]);
    await clock.advance(5000);

    expect(bodies(await queues.receive('apply', 10, 1000))).toEqual(['1', '2']);
  });

  test('depth tells ready, in flight and delayed', async () => {
    const { clock, queues } = await queuesAt(open);
    await queues.send('apply', [fifo('1', 'a'), fifo('2', 'a'), fifo('3', 'b')]);
    await queues.send('later', [{ body: 'now' }, { body: 'then', delaySeconds: 5 }]);
    await queues.receive('apply', 1, 1000);

    expect(await queues.depth('apply')).toEqual({ ready: 2, inFlight: 1, delayed: 0 });
    expect(await queues.depth('later')).toEqual({ ready: 1, inFlight: 0, delayed: 1 });
    await clock.advance(5000);

    expect(await queues.depth('apply')).toEqual({ ready: 3, inFlight: 0, delayed: 0 });
    expect(await queues.depth('later')).toEqual({ ready: 2, inFlight: 0, delayed: 0 });
  });
}
