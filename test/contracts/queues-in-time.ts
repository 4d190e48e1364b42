import { expect, test } from 'vitest';
import { bodies, fifo, type OpenQueues, queuesAt } from './queues.ts';

/** Forgetting, dead letters and waiting; runs against every queue of ours with both ends. */
export function timedQueuesContract(open: OpenQueues): void {
  test('old dedup ids are forgotten, young ones are not', async () => {
    const { clock, queues } = await queuesAt(open);
    await queues.send('apply', [fifo('old', 'g', 'old')]);
    await clock.advance(200_000);
    await queues.send('apply', [fifo('young', 'g', 'young')]);
    await clock.advance(100_000);

    expect(await queues.housekeep()).toMatchObject({ dedupIds: 1 });
    expect(await queues.housekeep()).toMatchObject({ dedupIds: 0 });
    await queues.send('apply', [fifo('again', 'g', 'young')]);

    expect(bodies(await queues.receive('apply', 10, 1000))).toEqual(['old', 'young']);
  });

  test('dead letters are kept for 14 days, as long as SQS keeps anything; other messages stay', async () => {
    const { clock, queues } = await queuesAt(open);
    const days14 = 1_209_600_000;
    await queues.send('arrivals', [{ body: 'poison' }]);
    await queues.release('arrivals', await queues.receive('arrivals', 1, 1000, 1));
    await queues.receive('arrivals', 1, 1000, 1);
    await queues.send('dead', [fifo('buried')]);
    await queues.send('apply', [fifo('work')]);

    await clock.advance(days14 - 1);
    await queues.send('dead', [fifo('young')]);
    expect(await queues.housekeep()).toMatchObject({ deadLetters: 0 });
    await clock.advance(1);

    expect(await queues.housekeep()).toMatchObject({ deadLetters: 2 });
    expect(bodies(await queues.receive('dead', 10, 1000))).toEqual(['young']);
    expect(bodies(await queues.receive('apply', 10, 1000))).toEqual(['work']);
  });

  test('a message received too often goes to dead with its reason, and frees its group', async () => {
    const { queues } = await queuesAt(open);
    await queues.send('apply', [fifo('poison'), fifo('good')]);
    for (let turn = 0; turn < 3; turn += 1)
      await queues.release('apply', await queues.receive('apply', 1, 1000, 3));

    expect(await queues.receive('apply', 1, 1000, 3)).toMatchObject([{ body: 'good', receiveCount: 1 }]);
    expect(await queues.receive('dead', 10, 1000, 1)).toMatchObject([
      { body: 'poison', group: 'g', died: { queue: 'apply', reason: expect.stringContaining('3 times') } },
    ]);
    expect(await queues.depth('apply')).toMatchObject({ ready: 0, inFlight: 1 });
  });

  test('a dead letter of a standard queue has a group, and dead letters never die again', async () => {
    const { queues } = await queuesAt(open);
    await queues.send('arrivals', [{ body: 'poison' }]);
    await queues.release('arrivals', await queues.receive('arrivals', 1, 1000, 1));
    expect(await queues.receive('arrivals', 1, 1000, 1)).toEqual([]);

    for (let turn = 0; turn < 3; turn += 1) {
      const [dead] = await queues.receive('dead', 1, 1000, 1);
      expect(dead).toMatchObject({ body: 'poison', group: 'arrivals', receiveCount: turn + 1 });
      await queues.release('dead', dead === undefined ? [] : [dead]);
    }
  });

  test('a waiter wakes when something is sent, at once', async () => {
    const { clock, queues } = await queuesAt(open);
    const before = clock.now();
    const waiting = queues.waitForWork('apply', new AbortController().signal);

    await clock.settle();
    await queues.send('apply', [fifo('x')]);
    await waiting;

    expect(clock.now()).toEqual(before);
  });

  test('a waiter wakes when a delayed message is due, and not before', async () => {
    const { clock, queues } = await queuesAt(open);
    await queues.send('later', [{ body: 'x', delaySeconds: 7 }]);
    let woken = false;
    const waiting = queues.waitForWork('later', new AbortController().signal).then(() => {
      woken = true;
    });

    await clock.advance(6999);
    expect(woken).toBe(false);
    await clock.advance(1);
    await waiting;

    expect(woken).toBe(true);
  });

  test.each(['acknowledge', 'release', 'lease'] as const)(
    'a waiter wakes when a group becomes free by %s',
    async (how) => {
      const { clock, queues } = await queuesAt(open);
      await queues.send('apply', [fifo('1'), fifo('2')]);
      const batch = await queues.receive('apply', 1, 5000);
      let woken = false;
      const waiting = queues.waitForWork('apply', new AbortController().signal).then(() => {
        woken = true;
      });
      await clock.advance(1000);
      expect(woken).toBe(false);

      if (how === 'lease') await clock.advance(4000);
      else await queues[how]('apply', batch);
      await waiting;

      expect(bodies(await queues.receive('apply', 1, 1000))).toEqual([how === 'acknowledge' ? '2' : '1']);
    },
  );

  test('a waiter leaves when its signal fires, now or before, and no timer stays behind', async () => {
    const { clock, queues } = await queuesAt(open);
    await queues.send('later', [{ body: 'x', delaySeconds: 900 }]);
    const stop = new AbortController();
    const waiting = queues.waitForWork('later', stop.signal);
    await clock.settle();

    stop.abort();
    await waiting;
    await queues.waitForWork('later', stop.signal);

    expect(clock.sleepers()).toBe(0);
  });

  test('5000 messages of 100 groups come once, in order per group', async () => {
    const { queues } = await queuesAt(open);
    const started = performance.now();
    for (let start = 0; start < 5000; start += 10)
      await queues.send(
        'apply',
        Array.from({ length: 10 }, (_, index) => fifo(`${start + index}`, `g${(start + index) % 100}`)),
      );
    const received = new Map<string, number[]>();

    for (;;) {
      const batch = await queues.receive('apply', 10, 60_000);
      if (batch.length === 0) break;
      for (const { group = '', body } of batch)
        received.set(group, [...(received.get(group) ?? []), Number(body)]);
      await queues.acknowledge('apply', batch);
    }

    const seconds = (performance.now() - started) / 1000;
    process.stdout.write(
      `5000 messages in ${seconds.toFixed(2)} s, ${Math.round(5000 / seconds)} a second\n`,
    );
    expect([...received.values()].flat().toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 5000 }, (_, index) => index),
    );
    for (const numbers of received.values()) expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
  });
}
