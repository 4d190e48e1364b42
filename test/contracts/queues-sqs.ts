import { expect } from 'vitest';
import { type KnownFailures, testOrKnown } from './known-failures.ts';
import { bodies, fifo, type OpenQueues, queuesAt } from './queues.ts';

/** Deduplication and delays; runs against every queue with both ends, SQS's own too. */
export function delayedQueuesContract(open: OpenQueues, knownFailures: KnownFailures = {}): void {
  const test = testOrKnown(knownFailures);

  test('an equal dedup id of a group is dropped for 5 minutes, even after the first was handled', async () => {
    const { clock, queues } = await queuesAt(open);
    await queues.send('apply', [fifo('first', 'g', 'same'), fifo('second', 'g', 'same')]);
    await queues.acknowledge('apply', await queues.receive('apply', 10, 1000));

    await clock.advance(299_999);
    await queues.send('apply', [fifo('third', 'g', 'same')]);
    expect(await queues.receive('apply', 10, 1000)).toEqual([]);
    await clock.advance(1);
    await queues.send('apply', [fifo('fourth', 'g', 'same')]);

    expect(bodies(await queues.receive('apply', 10, 1000))).toEqual(['fourth']);
  });

  test('dedup ids are a group\u2019s and a queue\u2019s own', async () => {
    const { queues } = await queuesAt(open);

    await queues.send('apply', [fifo('a', 'a', 'same'), fifo('b', 'b', 'same')]);
    await queues.send('helm', [fifo('c', 'a', 'same')]);

    expect(bodies(await queues.receive('apply', 10, 1000))).toEqual(['a', 'b']);
    expect(bodies(await queues.receive('helm', 10, 1000))).toEqual(['c']);
  });

  test('a standard queue does not deduplicate', async () => {
    const { queues } = await queuesAt(open);

    await queues.send('arrivals', [{ body: 'x' }, { body: 'x' }]);

    expect(bodies(await queues.receive('arrivals', 10, 1000))).toEqual(['x', 'x']);
  });

  test('delayed messages come when they are due, in the order of their times', async () => {
    const { clock, queues } = await queuesAt(open);
    await queues.send('later', [
      { body: '900', delaySeconds: 900 },
      { body: '2', delaySeconds: 2 },
    ]);
    await queues.send('later', [{ body: '1', delaySeconds: 1 }, { body: '0' }]);

    expect(bodies(await queues.receive('later', 10, 5_000_000))).toEqual(['0']);
    await clock.advance(999);
    expect(await queues.receive('later', 10, 5_000_000)).toEqual([]);
    await clock.advance(2000);
    expect(bodies(await queues.receive('later', 10, 5_000_000))).toEqual(['1', '2']);
    await clock.advance(900_000);

    expect(bodies(await queues.receive('later', 10, 5_000_000))).toEqual(['900']);
  });

  test('a message of a standard queue is held and comes again as well', async () => {
    const { clock, queues } = await queuesAt(open);
    await queues.send('later', [{ body: 'x' }]);
    await queues.receive('later', 1, 1000);

    expect(await queues.receive('later', 1, 1000)).toEqual([]);
    await clock.advance(1000);

    expect(await queues.receive('later', 1, 1000)).toMatchObject([{ body: 'x', receiveCount: 2 }]);
  });
}
