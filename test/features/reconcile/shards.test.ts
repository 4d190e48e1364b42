import { describe, expect, test } from 'vitest';
import { Fault } from '../../../shared/core/failures.ts';
import type { Clusters } from '../../../shared/ports.ts';
import { parentOf, shardsOf } from '../../../shared/reconcile/shards.ts';
import { sweep, tick } from '../../../shared/reconcile/sweep.ts';
import { readWatermark, writeWatermark } from '../../../shared/reconcile/watermark.ts';
import { clusterRecord, delivery, NOW } from '../../builders.ts';
import { bodiesOf, createWorld } from './world.ts';

const signal = new AbortController().signal;
const MINUTE = 60_000;
const ids = (count: number) => Array.from({ length: count }, (_, index) => `cluster-${index}`);
const homes = (clusters: readonly string[]) =>
  new Map(shardsOf(clusters).flatMap(({ shard, clusters: members }) => members.map((id) => [id, shard])));

describe('shards', () => {
  test.each([1, 50, 51, 64, 65, 120, 500, 2000])('of %i clusters hold each once, 50 at most', (count) => {
    const shards = shardsOf(ids(count));

    expect(shards.flatMap(({ clusters }) => clusters).toSorted()).toEqual(ids(count).toSorted());
    for (const { clusters } of shards) expect(clusters.length).toBeLessThanOrEqual(50);
    expect(new Set(shards.map(({ shard }) => shard)).size).toBe(shards.length);
    expect(shards.length).toBeLessThanOrEqual(Math.max(1, count / 16));
  });

  test('a cluster that comes or goes moves no other', () => {
    const before = homes(ids(120));

    const after = homes(ids(120).filter((id) => id !== 'cluster-7'));
    const grown = homes(['a-new-one', ...ids(120)]);

    for (const id of after.keys()) expect(after.get(id)).toBe(before.get(id));
    for (const id of before.keys()) expect(grown.get(id)).toBe(before.get(id));
  });

  test('of a fleet that doubles come out of one shard each', () => {
    const [before, after] = [homes(ids(120)), homes(ids(240))];

    for (const [id, shard] of before) expect(parentOf(after.get(id) ?? '')).toBe(shard);
  });

  test('end at the only one', () => {
    expect(['3-of-4', '1-of-2', '0', 'test', '0-of-1'].map(parentOf)).toEqual([
      '1-of-2',
      '0',
      undefined,
      undefined,
      undefined,
    ]);
  });
});

describe('the watermark', () => {
  test('of a shard that never was swept is that of the shard it came out of', async () => {
    const { store } = createWorld();
    const now = NOW.getTime();
    const left = { from: now - MINUTE, until: now + MINUTE, tries: 1 };
    const mark = { tick: now, behind: new Map([['cluster-7', left]]) };
    await writeWatermark(store, '0', mark);

    expect(await readWatermark(store, '3-of-4', now)).toEqual(mark);
    const own = { tick: now + MINUTE, behind: new Map() };
    await writeWatermark(store, '3-of-4', own);

    expect(await readWatermark(store, '3-of-4', now)).toEqual(own);
    expect(await readWatermark(store, '1-of-4', now)).toEqual(mark);
  });

  test.each(['', '{}', 'null', '{"tick":"soon","behind":{"c":{"from":"then"},"d":null}}'])(
    'that reads %j is none',
    async (text) => {
      const { store } = createWorld();
      await store.put('watermarks/0.json', Buffer.from(text));

      expect(await readWatermark(store, '0', NOW.getTime())).toEqual({ tick: undefined, behind: new Map() });
    },
  );

  test('remembers where each silent cluster was left, while others come and the shards become more', async () => {
    const world = createWorld();
    let records = ids(50);
    const clusters: Clusters = {
      ...world.ports.clusters,
      list: async () => records.map((id) => clusterRecord({ id })),
      open: async (id) => {
        throw new Fault('unreachable', id);
      },
    };
    const ports = { ...world.ports, clusters };
    const minute = async (): Promise<void> => {
      await world.clock.advance(MINUTE);
      await tick(world.clock.now(), ports);
      for (const shard of await bodiesOf(world, 'sweep'))
        await sweep([delivery('shard', shard)], ports, signal);
    };
    await minute();
    const now = () => world.clock.now().getTime();
    const left = (await readWatermark(world.store, '0', now())).behind;
    expect(left.size).toBe(50);

    for (const count of [51, 66, 130]) {
      records = ['a-first', ...ids(count - 1)];
      await minute();
    }

    for (const [id, shard] of homes(records)) {
      if (!left.has(id)) continue;
      const { behind } = await readWatermark(world.store, shard, now());
      expect(behind.get(id)?.from).toBe(left.get(id)?.from);
    }
  });
});
