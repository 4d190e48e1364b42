import { describe, expect, test } from 'vitest';
import { engineOf } from '../../../shared/reconcile/engine.ts';
import { forward } from '../../../shared/reconcile/later.ts';
import type { CommonStatus, Next, Scope } from '../../../shared/reconcile/reconciler.ts';
import { clusterRecord, condition, kustomization, workMessage } from '../../builders.ts';
import { bodiesOf, createWorld } from './world.ts';

/** A world whose one Kustomization always ends with `next`; `run` handles one message, `pass` lets time pass and forwards. */
function chainWorld(next: Next, interval = '10m') {
  const waiting = condition('Healthy', 'Unknown');
  const object = kustomization({ spec: { interval }, status: { conditions: [waiting] } });
  const world = createWorld({ objects: [object] });
  const engine = engineOf<{ interval: string }, CommonStatus, string, string, string>(
    {
      apiVersion: object.apiVersion,
      kind: object.kind,
      manager: { status: 'status', component: 'component' },
      finalizer: 'finalizers.fluxcd.io',
      intervalOf: (spec) =>
        Number.parseInt(spec.interval, 10) * (spec.interval.endsWith('s') ? 1000 : 60_000),
      observe: async () => '',
      decide: () => '',
      act: async () => '',
      conclude: ({ status }) => ({ status: status ?? {}, events: [], next }),
      remove: async () => ({ finished: false, events: [], next }),
      fanOut: async () => {},
    },
    'apply',
  );
  const run = (message: object = {}) =>
    engine({
      ports: world.ports,
      record: clusterRecord(),
      cluster: world.cluster,
      message: workMessage(message),
    } as unknown as Scope);
  const pass = async (milliseconds: number) => {
    await world.clock.advance(milliseconds);
    const batch = await world.queues.receive('later', 10, 1000);
    await forward(batch, world.ports);
    await world.queues.acknowledge('later', batch);
    return bodiesOf(world, 'apply');
  };
  return { ...world, run, pass };
}

describe('what comes after a run', () => {
  test('nothing, when nothing is asked for', async () => {
    const { run, pass } = chainWorld({ after: 'nothing' });
    await run();

    expect(await pass(900_000)).toEqual([]);
  });

  test('below a minute a visit through later, with its reason and one hop more', async () => {
    const { run, pass } = chainWorld({ after: 'delay', milliseconds: 5000, reason: 'retry' });
    await run({ hops: 3 });

    expect(await pass(4000)).toEqual([]);
    expect(await pass(1000)).toMatchObject([{ reason: 'retry', hops: 4, trace: 'trace-1' }]);
  });

  test('from a minute on nothing: the slots own it', async () => {
    const { run, pass } = chainWorld({ after: 'delay', milliseconds: 60_000, reason: 'retry' });
    await run();

    expect(await pass(900_000)).toEqual([]);
  });

  test('after 50 hops nothing but waits', async () => {
    const retry = chainWorld({ after: 'delay', milliseconds: 5000, reason: 'retry' });
    const wait = chainWorld({ after: 'delay', milliseconds: 5000, reason: 'wait', hop: 51 });
    await retry.run({ hops: 50 });
    await wait.run({ hops: 50 });

    expect(await retry.pass(900_000)).toEqual([]);
    expect(await wait.pass(900_000)).toMatchObject([{ reason: 'wait', hops: 51 }]);
  });
});

describe('chains of visits merge', () => {
  test('runs of one slot lead to one visit, and the chain goes on', async () => {
    const { run, pass, clock } = chainWorld({ after: 'delay', milliseconds: 30_000, reason: 'dependency' });
    for (const reason of ['source', 'dependency', 'watch']) {
      await run({ reason });
      await clock.advance(3000);
    }

    const visits = [...(await pass(24_000)), ...(await pass(9000))];
    expect(visits).toHaveLength(1);
    await run(visits[0]);
    expect(await pass(30_000)).toHaveLength(1);
  });

  test('two chains of the same delay become one', async () => {
    const { run, pass, clock } = chainWorld({ after: 'delay', milliseconds: 10_000, reason: 'retry' });
    await run();
    await clock.advance(6000);
    await run();

    let seconds = 0;
    let visits = 0;
    for (; seconds < 300; seconds++) {
      for (const message of await pass(1000)) {
        visits++;
        await run(message);
      }
    }
    // Two chains would be 60 visits in 300 seconds.
    expect(visits).toBeGreaterThanOrEqual(28);
    expect(visits).toBeLessThanOrEqual(32);
  });

  test('a poll of a wait has one number, whoever asks for it', async () => {
    const { run, pass } = chainWorld({ after: 'delay', milliseconds: 2000, reason: 'wait', hop: 7 });
    await run({ hops: 0, reason: 'source' });
    await run({ hops: 6, reason: 'wait' });

    expect(await pass(2000)).toMatchObject([{ reason: 'wait', hops: 7 }]);
  });
});

describe('an interval below a minute', () => {
  test('is a visit at the next slot, asked for once', async () => {
    const { run, pass } = chainWorld({ after: 'interval' }, '20s');
    await run({ hops: 9 });
    await run();

    expect(await pass(21_000)).toMatchObject([{ reason: 'sweep', hops: 0 }]);
  });

  test('of zero is no visit', async () => {
    const { run, pass } = chainWorld({ after: 'interval' }, '0s');
    await run();

    expect(await pass(900_000)).toEqual([]);
  });

  test('and of a minute neither: the slots own it', async () => {
    const { run, pass } = chainWorld({ after: 'interval' }, '1m');
    await run();

    expect(await pass(900_000)).toEqual([]);
  });
});
