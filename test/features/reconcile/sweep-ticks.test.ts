import { describe, expect, test } from 'vitest';
import { Fault } from '../../../shared/core/failures.ts';
import type { Clusters, OutgoingMessage } from '../../../shared/ports.ts';
import { createOutbox } from '../../../shared/reconcile/outbox.ts';
import { nextBoundary } from '../../../shared/reconcile/slots.ts';
import { sweep, tick } from '../../../shared/reconcile/sweep.ts';
import {
  artifact,
  at,
  clusterRecord,
  delivery,
  NOW,
  readyGitRepository,
  readyKustomization,
} from '../../builders.ts';
import { bodiesOf, createWorld } from './world.ts';

const signal = new AbortController().signal;
const MINUTE = 60_000;
const START = NOW.getTime();
const HOUR = Array.from({ length: 60 }, (_, index) => index + 1);
const LAST = 90;

/** A tick of the clock: of which minute it is, and when its shard is swept, in minutes since the start. */
interface Tick {
  readonly of: number;
  readonly at: number;
}
const onTime = (of: number): Tick => ({ of, at: of });
/** In the order in which they come; each way ends with half an hour as it should be. */
const half = Array.from({ length: 30 }, (_, index) => onTime(61 + index));
const WAYS: readonly (readonly [string, readonly Tick[]])[] = [
  ['twice', HOUR.flatMap((of) => [onTime(of), onTime(of)])],
  ['late by 30 s', HOUR.map((of) => ({ of, at: of + 0.5 }))],
  ['late by 10 min', HOUR.map((of) => ({ of, at: of + 10 }))],
  ['out of order', HOUR.flatMap((of) => (of % 2 === 0 ? [onTime(of), { of: of - 1, at: of + 0.1 }] : []))],
  ['not at all for an hour', []],
  ['now and then', HOUR.filter((of) => of % 7 === 0).map(onTime)],
  ['all at once after an hour', HOUR.map((of) => ({ of, at: 60 }))],
];

const INTERVALS = [1, 2, 5, 10, 30, 45];
const NAMES = INTERVALS.flatMap((minutes) => [0, 1, 2, 3].map((number) => `every-${minutes}m-${number}`));
const objects = NAMES.map((name) =>
  readyKustomization({ metadata: { name, uid: name }, spec: { interval: `${name.split('-')[1]}` } }),
);
/** A source that had news in the hour, whose fan-out was lost. */
const news = [
  readyGitRepository({
    metadata: { name: 'news', uid: 'news-source' },
    spec: { interval: '10000h' },
    status: { artifact: artifact({ revision: 'new', lastUpdateTime: at(17 * 60 + 30) }) },
  }),
  readyKustomization({
    metadata: { name: 'news', uid: 'news' },
    spec: { interval: '10000h', sourceRef: { kind: 'GitRepository', name: 'news' } },
  }),
];

interface Sent {
  readonly name: string;
  readonly reason: string;
  readonly at: number;
}

/** What a cluster is sent when its ticks come that way. */
async function sentWhen(ticks: readonly Tick[]): Promise<readonly Sent[]> {
  const world = createWorld({ objects: [...objects, ...news] });
  await world.store.put('watermarks/0.json', Buffer.from(JSON.stringify({ tick: NOW.toISOString() })));
  const sent: Sent[] = [];
  const send = async (_queue: string, messages: readonly OutgoingMessage[]) => {
    const now = world.clock.now().getTime();
    for (const { body } of messages) sent.push({ ...JSON.parse(body), at: now });
  };
  const ports = { ...world.ports, queues: { send } };
  for (const one of ticks) {
    const wait = START + one.at * MINUTE - world.clock.now().getTime();
    if (wait > 0) await world.clock.advance(wait);
    const shard = { shard: '0', clusters: ['c1'], tick: new Date(START + one.of * MINUTE).toISOString() };
    await sweep([delivery('shard', shard)], ports, signal);
  }
  return sent;
}

const slotsOf = (name: string): readonly number[] => {
  const interval = Number.parseInt(name.split('-')[1] ?? '', 10) * MINUTE;
  const found: number[] = [];
  for (let slot = nextBoundary(name, interval, START); slot <= START + LAST * MINUTE; ) {
    found.push(slot);
    slot = nextBoundary(name, interval, slot);
  }
  return found;
};

describe.each(WAYS)('ticks that come %s', (_way, ticks) => {
  test('lose nothing, and send nothing more often than it is due', async () => {
    const sent = await sentWhen([...ticks, ...half]);

    for (const name of NAMES) {
      const times = sent.filter((one) => one.name === name).map((one) => one.at);
      const slots = slotsOf(name);
      expect(times.length).toBeLessThanOrEqual(slots.length);
      for (const slot of slots) {
        const swept = [...ticks, ...half]
          .map((one) => START + one.at * MINUTE)
          .find((time) => time >= slot + 10 * MINUTE);
        // Whatever the ticks did meanwhile, a slot is answered by the first sweep that can know of it.
        if (swept !== undefined) expect(times.some((time) => time >= slot && time <= swept)).toBe(true);
      }
    }
    expect(sent.filter(({ name }) => name === 'news')).toMatchObject([{ reason: 'source' }]);
  });
});

test('ticks that come twice send what they send once', async () => {
  const once = await sentWhen(HOUR.map(onTime));

  expect(await sentWhen(HOUR.flatMap((of) => [onTime(of), onTime(of)]))).toEqual(once);
  expect(once.length).toBeGreaterThan(250);
});

test('a tick of a time to come sweeps up to now, and stops no later one', async () => {
  const sent = await sentWhen([{ of: 60 * 24 * 365, at: 1 }, ...HOUR.slice(1).map(onTime)]);

  expect(sent).toEqual(await sentWhen(HOUR.map(onTime)));
});

test('a watermark of a clock that was wrong stops no sweep', async () => {
  const nightly = readyKustomization({ metadata: { name: 'new', generation: 2 } });
  const world = createWorld({ objects: [nightly] });
  await world.store.put('watermarks/0.json', Buffer.from('{"tick":"2036-01-01T00:00:00Z"}'));

  await sweep(
    [delivery('shard', { shard: '0', clusters: ['c1'], tick: NOW.toISOString() })],
    world.ports,
    signal,
  );

  expect(await bodiesOf(world, 'apply')).toMatchObject([{ name: 'new' }]);
});

test('a tick that the scheduler sends twice is one message a shard', async () => {
  const world = createWorld();

  for (const seconds of [0, 1, 59]) await tick(new Date(START + seconds * 1000), world.ports);
  await tick(new Date(START + MINUTE), world.ports);

  expect(await bodiesOf(world, 'sweep')).toMatchObject([
    { tick: NOW.toISOString() },
    { tick: new Date(START + MINUTE).toISOString() },
  ]);
});

test('what is no shard is buried', async () => {
  const world = createWorld();
  const batch = [delivery('1', '{}'), delivery('2', { shard: '0', clusters: [], tick: 'soon' })];

  expect(await sweep(batch, world.ports, signal)).toEqual([
    { id: '1', ok: true },
    { id: '2', ok: true },
  ]);
  expect(await bodiesOf(world, 'dead')).toMatchObject([{ reason: 'not a shard of a tick' }, { id: '2' }]);
});

describe('a cluster that is down', () => {
  test('is tried after 1, 2, 4 and then every 5 minutes, and then from where it was left', async () => {
    const due = readyKustomization({ spec: { interval: '10000h' }, metadata: { generation: 2 } });
    const world = createWorld({ objects: [due] });
    const tried: number[] = [];
    let isDown = true;
    const open: Clusters['open'] = async (id) => {
      tried.push((world.clock.now().getTime() - START) / MINUTE);
      if (isDown) throw new Fault('unreachable', id);
      return world.ports.clusters.open(id);
    };
    const ports = { ...world.ports, clusters: { ...world.ports.clusters, open } };
    const minute = async (): Promise<void> => {
      await world.clock.advance(MINUTE);
      const now = world.clock.now().toISOString();
      await sweep([delivery('shard', { shard: '0', clusters: ['c1'], tick: now })], ports, signal);
    };

    for (const _ of Array(20)) await minute();
    expect(tried).toEqual([1, 2, 4, 8, 13, 18]);
    isDown = false;
    for (const _ of Array(5)) await minute();

    expect(tried.slice(6)).toEqual([23, 24, 25]);
    expect((await bodiesOf(world, 'apply')).length).toBeGreaterThan(0);
  });
});

describe('what is due', () => {
  test('on many clusters is sent ten messages a request', async () => {
    const requests: number[] = [];
    const { ports, run } = await fleet(30, requests);

    await run(ports);

    // Three objects a cluster, each of the first, all to one queue.
    expect(requests.reduce((sum, count) => sum + count, 0)).toBe(90);
    expect(requests).toEqual(Array(9).fill(10));
  });

  test('and could not be sent leaves the windows of its clusters open, and no others', async () => {
    const { ports, run, world } = await fleet(3, []);
    const send = async () => {
      throw new Fault('server-error', 'no queue');
    };

    await run({ ...ports, queues: { send } });

    const stored = await world.store.get('watermarks/0.json');
    const { behind } = JSON.parse(Buffer.from(stored?.body ?? []).toString());
    expect(Object.keys(behind)).toEqual(['c0', 'c1', 'c2']);
  });

  test('does not wait for a cluster that is slow', async () => {
    const requests: number[] = [];
    const { ports, run, world } = await fleet(3, requests);
    const slow = Promise.withResolvers<void>();
    const open: Clusters['open'] = async (id) => {
      if (id === 'c2') await slow.promise;
      return ports.clusters.open(id);
    };

    const running = run({ ...ports, clusters: { ...ports.clusters, open } });
    await world.clock.advance(1000);
    expect(requests).toEqual([6]);
    slow.resolve();
    await running;

    expect(requests).toEqual([6, 3]);
  });
});

/** So many clusters with three changed objects each. */
async function fleet(count: number, requests: number[]) {
  const changed = [1, 2, 3].map((number) =>
    readyKustomization({ metadata: { name: `new-${number}`, uid: `new-${number}`, generation: 2 } }),
  );
  const world = createWorld({ objects: changed });
  const ids = Array.from({ length: count }, (_, index) => `c${index}`);
  const open: Clusters['open'] = async (id) => {
    const { cluster } = await world.ports.clusters.open('c1');
    // Each says of itself that it is the cluster that was asked for.
    const facts = async () => ({ version: 'v1.36.0', uid: id });
    const named = { ...cluster, facts, until: () => named } as typeof cluster;
    return { record: clusterRecord({ id }), cluster: named };
  };
  const send = async (_queue: string, messages: readonly OutgoingMessage[]) => {
    requests.push(messages.length);
  };
  const ports = { ...world.ports, queues: { send }, clusters: { ...world.ports.clusters, open } };
  const shard = { shard: '0', clusters: ids, tick: NOW.toISOString() };
  const run = (with_: typeof ports) => sweep([delivery('shard', shard)], with_, signal);
  return { ports, run, world };
}

test('an outbox keeps each in the order in which it was put', async () => {
  const sent: string[] = [];
  const outbox = createOutbox({
    send: async (queue, messages) => {
      sent.push(`${queue}: ${messages.map(({ body }) => body).join('')}`);
    },
  });
  const put = (queue: 'apply' | 'source', bodies: string) =>
    outbox.put([...bodies].map((body) => ({ queue, message: { body } })));

  const all = [put('apply', 'abcdefg'), put('source', 'xyz'), put('apply', 'hijklmnopqrstu')];
  outbox.flush();
  await Promise.all(all);

  expect(sent).toEqual(['apply: abcdefghijklmnopqrst', 'apply: u', 'source: xyz']);
});
