import { afterEach, describe, expect, test } from 'vitest';
import { Fault } from '../../../shared/core/failures.ts';
import type { Cluster, Clusters, Collection, Ports } from '../../../shared/ports.ts';
import { watchCluster } from '../../../shared/runtime/local/watch.ts';
import { clusterRecord } from '../../builders.ts';
import { createWorld } from '../reconcile/world.ts';

const MINUTE = 60_000;
const stop = { now: new AbortController() };

afterEach(() => {
  stop.now.abort();
  stop.now = new AbortController();
});

describe('a watch that ends', () => {
  test.each([
    ['at once', undefined, 0],
    ['after 4 s', undefined, 4000],
    ['with 410 at once', new Fault('gone', 'too old resource version'), 0],
    ['broken at once', new Fault('unreachable', 'reset'), 0],
  ])('%s is opened again after pauses that grow to 30 s', async (_how, fault, lives) => {
    const world = watchedWorld(lives, fault);

    void watchCluster(world.record, world.ports, stop.now.signal);
    await world.clock.advance(10 * MINUTE);

    const pauses = gapsOf(world.lists).map((gap) => gap - lives);
    expect(pauses.slice(0, 8)).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  });

  test('is given its pause however long the list before it took', async () => {
    const world = watchedWorld(0, undefined, 20_000);

    void watchCluster(world.record, world.ports, stop.now.signal);
    await world.clock.advance(2 * MINUTE);

    expect(gapsOf(world.lists).slice(0, 3)).toEqual([20_500, 21_000, 22_000]);
  });

  test.each([
    ['as servers end them', undefined],
    ['with 410', new Fault('gone', 'too old resource version')],
  ])('%s, after minutes, is opened again at once', async (_how, fault) => {
    const world = watchedWorld(5 * MINUTE, fault);

    void watchCluster(world.record, world.ports, stop.now.signal);
    await world.clock.advance(16 * MINUTE);

    expect(gapsOf(world.lists)).toEqual([5 * MINUTE, 5 * MINUTE, 5 * MINUTE]);
  });

  test('broken after minutes is told each time, and its pause begins anew', async () => {
    const world = watchedWorld(5 * MINUTE, new Fault('unreachable', 'reset'));

    void watchCluster(world.record, world.ports, stop.now.signal);
    await world.clock.advance(11 * MINUTE);

    expect(gapsOf(world.lists)).toEqual([5 * MINUTE + 500, 5 * MINUTE + 500]);
    expect(world.log.entries.filter(({ data }) => data.kind === 'GitRepository')).toHaveLength(2);
  });

  test('broken again and again is told once', async () => {
    const world = watchedWorld(0, new Fault('unreachable', 'reset'));

    void watchCluster(world.record, world.ports, stop.now.signal);
    await world.clock.advance(MINUTE);

    expect(world.log.entries.filter(({ data }) => data.kind === 'GitRepository')).toHaveLength(1);
  });
});

/** A world whose watches all end after `lives` ms, and the times at which Git repositories were listed. */
function watchedWorld(lives: number, fault: Fault | undefined, listTakes = 0) {
  const world = createWorld();
  const record = clusterRecord();
  const lists: number[] = [];
  const cluster = {
    ...world.cluster,
    until: () => cluster,
    async list({ kind }: Collection) {
      if (kind === 'GitRepository') lists.push(world.clock.now().getTime());
      if (listTakes > 0) await world.clock.sleep(listTakes, stop.now.signal);
      return { resourceVersion: '1', items: [] };
    },
    // biome-ignore lint/correctness/useYield: a watch on which nothing happens
    async *watch() {
      if (lives > 0) await world.clock.sleep(lives, stop.now.signal);
      if (fault) throw fault;
    },
  } as unknown as Cluster;
  const open: Clusters['open'] = async () => ({ record, cluster });
  const ports: Ports = { ...world.ports, clusters: { ...world.ports.clusters, open } };
  return { ...world, record, ports, lists };
}

function gapsOf(times: readonly number[]): readonly number[] {
  return times.slice(1).map((time, index) => time - (times[index] ?? 0));
}
