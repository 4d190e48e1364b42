import { afterEach, expect, test } from 'vitest';
import { Fault } from '../../../shared/core/failures.ts';
import type { Clusters, Ports } from '../../../shared/ports.ts';
import { runClock } from '../../../shared/runtime/local/tick.ts';
import { bodiesOf, createWorld } from '../reconcile/world.ts';

const MINUTE = 60_000;
const stop = { now: new AbortController() };

afterEach(() => {
  stop.now.abort();
  stop.now = new AbortController();
});

test('the clock ticks at once and at every full minute', async () => {
  const world = createWorld();
  await world.clock.advance(40_000);
  const start = world.clock.now().getTime() - 40_000;

  void runClock(world.ports, stop.now.signal);
  await world.clock.advance(20_000 + MINUTE);

  expect(await ticks(world)).toEqual(
    [0, 1, 2].map((minute) => new Date(start + minute * MINUTE).toISOString()),
  );
});

test.each([
  ['the registry', new Fault('server-error', 'no disk')],
  ['what is no Error', 'text'],
])('a tick that fails because of %s does not end the clock', async (_what, thrown) => {
  const world = createWorld();
  let broken = true;
  const list: Clusters['list'] = async () => {
    if (broken) throw thrown;
    return world.ports.clusters.list();
  };
  const ports: Ports = { ...world.ports, clusters: { ...world.ports.clusters, list } };

  const running = runClock(ports, stop.now.signal);
  await world.clock.advance(3 * MINUTE);
  expect(await ticks(world)).toEqual([]);
  broken = false;
  await world.clock.advance(MINUTE);

  expect(await ticks(world)).toHaveLength(1);
  expect(world.log.entries.filter(({ message }) => message === 'tick failed')).toHaveLength(4);
  stop.now.abort();
  await running;
});

test('a queue that takes nothing does not end the clock', async () => {
  const world = createWorld();
  let broken = true;
  const send: Ports['queues']['send'] = async (queue, messages) => {
    if (broken) throw new Fault('server-error', 'locked');
    await world.queues.send(queue, messages);
  };

  void runClock({ ...world.ports, queues: { send } }, stop.now.signal);
  await world.clock.settle();
  broken = false;
  await world.clock.advance(MINUTE);

  expect(await ticks(world)).toHaveLength(1);
});

async function ticks(world: ReturnType<typeof createWorld>): Promise<readonly unknown[]> {
  return (await bodiesOf(world, 'sweep')).map(({ tick }) => tick);
}
