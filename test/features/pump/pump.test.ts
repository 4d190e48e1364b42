import { describe, expect, test } from 'vitest';
import { heldHandler, messagesOf, pumpBench, recordingHandler } from './pump-bench.ts';

describe('what is handled', () => {
  test('is acknowledged, batch by batch in order', async () => {
    const { batches, handler } = recordingHandler();
    const { clock, queues, stop, start } = pumpBench(handler, { batch: 2 });
    await queues.send('apply', messagesOf('g', '1', '2', '3'));

    const pump = start();
    await clock.settle();
    stop.abort();
    await pump;

    expect(batches).toEqual([['1', '2'], ['3']]);
    expect(await queues.depth('apply')).toEqual({ ready: 0, inFlight: 0, delayed: 0 });
  });

  test('starts at once when something is sent to an idle pump', async () => {
    const { batches, handler } = recordingHandler();
    const { clock, queues, stop, start } = pumpBench(handler);
    const pump = start();
    await clock.settle();

    await queues.send('apply', messagesOf('g', 'x'));
    await clock.settle();
    stop.abort();
    await pump;

    expect(batches).toEqual([['x']]);
  });

  test('groups run side by side up to the concurrency, one group never', async () => {
    const { running, handler } = heldHandler();
    const { clock, queues, stop, start } = pumpBench(handler, { batch: 1, concurrency: 2 });
    await queues.send('apply', [
      ...messagesOf('a', 'a1', 'a2'),
      ...messagesOf('b', 'b1'),
      ...messagesOf('c', 'c1'),
    ]);
    const pump = start();

    await clock.settle();
    expect(running.flatMap(({ bodies }) => bodies)).toEqual(['a1', 'b1']);
    running[1]?.finish();
    await clock.settle();
    expect(running.flatMap(({ bodies }) => bodies)).toEqual(['a1', 'b1', 'c1']);
    running[2]?.finish();
    await clock.settle();
    expect(running).toHaveLength(3);
    running[0]?.finish();
    await clock.settle();

    expect(running.at(-1)?.bodies).toEqual(['a2']);
    running.at(-1)?.finish();
    stop.abort();
    await pump;
  });
});

describe('what failed', () => {
  test('comes again with all that is behind it in its group, and other groups are done', async () => {
    let broken = true;
    const { batches, handler } = recordingHandler(({ body }) => !(broken && body === 'a2'));
    const { clock, queues, stop, start } = pumpBench(handler);
    await queues.send('apply', [...messagesOf('a', 'a1', 'a2', 'a3'), ...messagesOf('b', 'b1')]);
    const pump = start();
    await clock.settle();
    broken = false;

    await clock.advance(60_000);
    stop.abort();
    await pump;

    expect(batches).toEqual([
      ['a1', 'a2', 'a3', 'b1'],
      ['a2', 'a3'],
    ]);
    expect(await queues.depth('apply')).toEqual({ ready: 0, inFlight: 0, delayed: 0 });
  });

  test('pauses longer each time, and goes to dead after maxReceives', async () => {
    const times: number[] = [];
    const { clock, queues, stop, start } = pumpBench(async () => {
      times.push(clock.now().getTime());
      throw new Error('broken');
    });
    const begun = clock.now().getTime();
    await queues.send('apply', messagesOf('g', 'poison'));
    const pump = start();

    await clock.advance(300_000);
    stop.abort();
    await pump;

    expect(times.map((time) => time - begun)).toEqual([0, 1_000, 5_000, 21_000, 81_000]);
    expect(await queues.receive('dead', 1, 1000)).toMatchObject([
      { body: 'poison', died: { queue: 'apply' } },
    ]);
  });

  test.each([
    ['a throw', () => Promise.reject(new Error('at https://u:p@h/'))],
    ['an answer that does not mention it', async () => []],
  ])('is also what met %s', async (_what, handler) => {
    const { clock, queues, log, stop, start } = pumpBench(handler);
    await queues.send('apply', messagesOf('g', '1', '2'));

    const pump = start();
    await clock.settle();
    stop.abort();
    await pump;

    expect(await queues.depth('apply')).toEqual({ ready: 0, inFlight: 2, delayed: 0 });
    expect(JSON.stringify(log.entries)).not.toContain('u:p');
  });
});

describe('the lease', () => {
  test('is a minute and renewed each 20 seconds while the handler runs', async () => {
    const { running, handler } = heldHandler();
    const { clock, queues, stop, start } = pumpBench(handler);
    await queues.send('apply', messagesOf('g', 'x'));
    const pump = start();

    await clock.advance(149_000);
    expect(await queues.receive('apply', 1, 1000)).toEqual([]);
    running[0]?.finish();
    await clock.settle();
    stop.abort();
    await pump;

    expect(running).toHaveLength(1);
    expect(await queues.depth('apply')).toEqual({ ready: 0, inFlight: 0, delayed: 0 });
  });

  test('of a worker that died ends within a minute', async () => {
    const { clock, queues } = pumpBench(async () => []);
    const dead = { now: clock.now, sleep: () => new Promise<void>(() => undefined), timeout: clock.timeout };
    await queues.send('apply', messagesOf('g', 'x'));
    const { handler } = heldHandler();
    void pumpBench(handler, { queues, clock: dead, concurrency: 1 }).start();
    await clock.settle();

    await clock.advance(59_999);
    expect(await queues.receive('apply', 1, 1000)).toEqual([]);
    await clock.advance(1);

    expect(await queues.receive('apply', 1, 1000)).toMatchObject([{ body: 'x', receiveCount: 2 }]);
  });

  test('ends with the visibility timeout, and the handler is told before', async () => {
    const { running, handler } = heldHandler();
    const { clock, queues, stop, start } = pumpBench(handler, { concurrency: 2, timeoutMs: 120_000 });
    await queues.send('apply', messagesOf('g', 'x'));
    const pump = start();

    await clock.advance(119_999);
    expect(running[0]?.signal.aborted).toBe(false);
    await clock.advance(1);
    expect(running[0]?.signal.aborted).toBe(true);
    await clock.advance(29_999);
    expect(running).toHaveLength(1);
    await clock.advance(1);

    expect(running).toHaveLength(2);
    for (const { finish } of running) finish();
    stop.abort();
    await pump;
  });
});

describe('the end', () => {
  test('waits for what is in flight and starts nothing new', async () => {
    const { running, handler } = heldHandler();
    const { clock, queues, stop, start } = pumpBench(handler, { batch: 1, concurrency: 3 });
    await queues.send('apply', [...messagesOf('a', 'a1'), ...messagesOf('b', 'b1')]);
    let ended = false;
    const pump = start().then(() => {
      ended = true;
    });
    await clock.settle();

    stop.abort();
    await queues.send('apply', messagesOf('c', 'c1'));
    running[1]?.finish();
    await clock.settle();
    expect(ended).toBe(false);
    running[0]?.finish();
    await pump;

    expect(running.flatMap(({ bodies }) => bodies)).toEqual(['a1', 'b1']);
    expect(await queues.depth('apply')).toEqual({ ready: 1, inFlight: 0, delayed: 0 });
    expect(clock.sleepers()).toBe(0);
  });

  test('ends an idle pump', async () => {
    const { clock, stop, start } = pumpBench(async () => []);
    const pump = start();
    await clock.settle();

    stop.abort();
    await pump;

    expect(clock.sleepers()).toBe(0);
  });

  test('a queue that cannot be read for a while is read again', async () => {
    const { batches, handler } = recordingHandler();
    const bench = pumpBench(handler);
    let failures = 2;
    const flaky: typeof bench.queues = {
      ...bench.queues,
      receive: async (...args) => {
        failures -= 1;
        if (failures >= 0) throw new Error('disk is full');
        return bench.queues.receive(...args);
      },
    };
    await bench.queues.send('apply', messagesOf('g', 'x'));
    const pump = pumpBench(handler, {
      queues: flaky,
      clock: bench.clock,
      log: bench.log,
      signal: bench.stop.signal,
    }).start();

    await bench.clock.advance(2_000);
    bench.stop.abort();
    await pump;

    expect(batches).toEqual([['x']]);
    expect(bench.log.entries.filter(({ level }) => level === 'error')).toHaveLength(2);
  });
});
