import { describe, expect, test } from 'vitest';
import { Fault } from '../../../shared/core/failures.ts';
import type { Cluster, Clusters, KubernetesObject } from '../../../shared/ports.ts';
import { FIRST_SWEPT_HOP } from '../../../shared/reconcile/delays.ts';
import { sweep, tick } from '../../../shared/reconcile/sweep.ts';
import {
  artifact,
  at,
  clusterRecord,
  condition,
  delivery,
  kustomization,
  NOW,
  readyGitRepository,
  readyKustomization,
} from '../../builders.ts';
import { bodiesOf, createWorld, type Wanted } from './world.ts';

const signal = new AbortController().signal;
const MINUTE = 60_000;
const shardAt = (minutes: number, clusters = ['c1']) => {
  const time = new Date(NOW.getTime() + minutes * MINUTE).toISOString();
  return delivery(`tick ${minutes}`, { shard: '0', clusters, tick: time });
};

/** A world that was swept at `NOW`, so that the next windows are a minute each. */
async function sweptWorld(wanted: Wanted = {}) {
  const world = createWorld(wanted);
  await world.store.put('watermarks/0.json', Buffer.from(JSON.stringify({ tick: NOW.toISOString() })));
  const run = async (minutes: number) => {
    const wait = NOW.getTime() + minutes * MINUTE - world.clock.now().getTime();
    if (wait > 0) await world.clock.advance(wait);
    return sweep([shardAt(minutes)], world.ports, signal);
  };
  return { ...world, run };
}
const edited = (name: string) => kustomization({ metadata: { name, uid: name } });

describe('a sweep', () => {
  test("sends what is due to its own kind's queue, and nothing else", async () => {
    const conditions = [condition('Ready', 'True', { observedGeneration: 0 })];
    const source = readyGitRepository({ status: { conditions } });
    const quiet = readyKustomization({ metadata: { name: 'quiet' }, spec: { interval: '1000h' } });
    const world = await sweptWorld({ objects: [edited('new'), source, quiet] });

    expect(await world.run(1)).toEqual([{ id: 'tick 1', ok: true }]);

    expect(await bodiesOf(world, 'apply')).toMatchObject([
      { cluster: 'c1', kind: 'Kustomization', namespace: 'apps', name: 'new', reason: 'watch', hops: 0 },
    ]);
    expect(await bodiesOf(world, 'source')).toMatchObject([{ kind: 'GitRepository', name: 'podinfo' }]);
  });

  test('remembers how far it came, and does no tick twice', async () => {
    const world = await sweptWorld({ objects: [edited('new')] });

    for (const minutes of [1, 1, 0]) await world.run(minutes);

    expect(await bodiesOf(world, 'apply')).toHaveLength(1);
    const stored = await world.store.get('watermarks/0.json');
    expect(JSON.parse(Buffer.from(stored?.body ?? []).toString())).toEqual({
      tick: '2026-03-01T12:01:00.000Z',
    });
  });

  test('of a shard that waited for long goes up to the newest tick, and the shards behind it find nothing to do', async () => {
    const world = await sweptWorld({ objects: [edited('new')] });
    await world.clock.advance(5 * MINUTE + 10_000);

    for (const minutes of [1, 2, 5]) await world.run(minutes);

    expect(await bodiesOf(world, 'apply')).toHaveLength(1);
    const stored = await world.store.get('watermarks/0.json');
    expect(JSON.parse(Buffer.from(stored?.body ?? []).toString())).toEqual({
      tick: '2026-03-01T12:05:00.000Z',
    });
  });

  test('that never was looks back for an hour', async () => {
    const changed = (name: string, lastUpdateTime: string): KubernetesObject[] => [
      readyGitRepository({
        metadata: { name },
        status: { artifact: artifact({ revision: 'new', lastUpdateTime }) },
      }),
      readyKustomization({
        metadata: { name, uid: name },
        spec: { interval: '10000h', sourceRef: { kind: 'GitRepository', name } },
      }),
    ];
    const world = createWorld({
      objects: [...changed('lately', at(-3500)), ...changed('long-ago', at(-3700))],
    });

    await sweep([shardAt(0)], world.ports, signal);

    expect(await bodiesOf(world, 'apply')).toMatchObject([{ name: 'lately', reason: 'source' }]);
  });

  test('after a night asleep makes up for the slot that nobody saw, once', async () => {
    const nightly = readyKustomization({ metadata: { name: 'nightly' }, spec: { interval: '12h' } });
    const world = await sweptWorld({ objects: [nightly] });

    for (const hours of [13, 13.1]) await world.run(hours * 60);

    expect(await bodiesOf(world, 'apply')).toMatchObject([{ name: 'nightly', reason: 'sweep' }]);
  });

  test('leaves the window of a cluster open that it could not look at', async () => {
    const source = readyGitRepository({
      status: { artifact: artifact({ revision: 'new', lastUpdateTime: at(30) }) },
    });
    const consumer = readyKustomization({ spec: { interval: '10000h' } });
    const world = await sweptWorld({ objects: [source, consumer] });
    const broken = async () => {
      throw new Fault('unreachable', 'nobody');
    };
    const clusters = { ...world.ports.clusters, open: broken };

    for (const minutes of [1, 2]) {
      await world.clock.advance(MINUTE);
      await sweep([shardAt(minutes)], { ...world.ports, clusters }, signal);
    }
    expect(await bodiesOf(world, 'apply')).toEqual([]);
    // After the second failure it is left alone for two minutes.
    await world.run(4);

    expect(await bodiesOf(world, 'apply')).toMatchObject([{ reason: 'source' }]);
    await world.run(5);
    expect(await bodiesOf(world, 'apply')).toEqual([]);
  });

  test('gives up on a cluster that does not answer within 10 s, and leaves its window open', async () => {
    const world = await sweptWorld({ objects: [edited('new')] });
    const silent = {
      ...world.cluster,
      until: (over: AbortSignal) => ({
        ...silent,
        facts: () =>
          new Promise((_, reject) =>
            over.addEventListener('abort', () => reject(new Fault('timeout', 'silent'))),
          ),
      }),
    } as unknown as Cluster;
    const open: Clusters['open'] = async (id) =>
      id === 'c1' ? world.ports.clusters.open(id) : { record: clusterRecord({ id }), cluster: silent };
    const ports = { ...world.ports, clusters: { ...world.ports.clusters, open } };

    await world.clock.advance(MINUTE);
    const swept = sweep([shardAt(1, ['c1', 'c2'])], ports, signal);
    await world.clock.advance(10_000);

    expect(await swept).toEqual([{ id: 'tick 1', ok: true }]);
    expect(await bodiesOf(world, 'apply')).toHaveLength(1);
    const stored = await world.store.get('watermarks/0.json');
    expect(JSON.parse(Buffer.from(stored?.body ?? []).toString())).toEqual({
      tick: '2026-03-01T12:01:00.000Z',
      behind: { c2: { from: '2026-03-01T12:00:00.000Z', until: '2026-03-01T12:02:00.000Z', tries: 1 } },
    });
  });

  test('is not stopped by an object without spec, or with one that cannot be read', async () => {
    const { spec: _spec, ...bare } = edited('bare');
    const conditions = [condition('Ready', 'True')];
    const absurd = kustomization({
      metadata: { name: 'absurd', uid: 'absurd' },
      spec: { interval: '9999999999h' },
      status: { conditions },
    });
    const world = await sweptWorld({ objects: [bare as KubernetesObject, absurd, edited('fine')] });

    await world.run(1);

    expect(await bodiesOf(world, 'apply')).toMatchObject([{ name: 'bare' }, { name: 'fine' }]);
    expect(world.log.entries).toMatchObject([
      { level: 'warn', message: 'object left out', data: { object: 'Kustomization/apps/absurd' } },
    ]);
  });

  test('[COM-25 labelled] [COM-25 others] [KS-18 config-watchers] wakes those that substitute from a watched object, not from others', async () => {
    const uses = (name: string) =>
      readyKustomization({
        metadata: { name, uid: name },
        spec: {
          interval: '10000h',
          postBuild: { substituteFrom: [{ kind: 'ConfigMap', name, optional: false }] },
        },
      });
    const map = (name: string, labels: Record<string, string>, time: string): KubernetesObject => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: 'apps', labels, creationTimestamp: at(-9000), managedFields: [{ time }] },
    });
    const watched = { 'reconcile.fluxcd.io/watch': 'Enabled' };
    const objects = [
      ...[uses('watched'), map('watched', watched, at(30))],
      ...[uses('unlabelled'), map('unlabelled', {}, at(30))],
      ...[uses('old'), map('old', watched, at(-30))],
    ];
    const world = await sweptWorld({ objects });
    const settings = { owns: 'all', profile: 'flux', groups: 16 } as const;
    const featureGates = { DisableConfigWatchers: true };
    const closed = await sweptWorld({ objects, record: { settings: { ...settings, featureGates } } });

    for (const one of [world, closed]) await one.run(1);

    expect(await bodiesOf(world, 'apply')).toMatchObject([{ name: 'watched', reason: 'configuration' }]);
    expect(await bodiesOf(closed, 'apply')).toEqual([]);
  });

  test('looks for watched objects only where the credentials reach', async () => {
    const settings = { owns: 'all', profile: 'flux', groups: 16, namespaces: ['apps', 'shop'] } as const;
    const world = await sweptWorld({ record: { settings }, objects: [edited('new')] });
    const asked: unknown[] = [];
    const { listMetadata } = world.cluster;
    world.cluster.listMetadata = async (collection, options) => {
      const { kind, namespace } = collection as { kind: string; namespace?: string };
      if (namespace === undefined) throw new Fault('forbidden', 'not in all namespaces');
      asked.push(`${kind}/${namespace}`);
      return listMetadata(collection, options);
    };

    await world.run(1);

    expect(asked).toEqual(['ConfigMap/apps', 'ConfigMap/shop', 'Secret/apps', 'Secret/shop']);
    expect(await bodiesOf(world, 'apply')).toHaveLength(1);
  });

  test('asks for a lost poll under the number that it had, which a living chain has used', async () => {
    const waiting = [condition('Ready', 'Unknown'), condition('Healthy', 'Unknown')];
    const world = await sweptWorld({ objects: [readyKustomization({ status: { conditions: waiting } })] });

    for (const minutes of [1, 2, 3, 4]) await world.run(minutes);

    // Polls 8 (54 s) and 10 (114 s) are the last of their minutes.
    expect(await bodiesOf(world, 'apply')).toMatchObject([
      { reason: 'wait', hops: 8 },
      { reason: 'wait', hops: 10 },
    ]);
  });

  test('continues the back-off of a source where later left it', async () => {
    const conditions = [condition('Ready', 'False'), condition('FetchFailed', 'True')];
    const world = await sweptWorld({ objects: [readyGitRepository({ status: { conditions } })] });

    // The first step of the slots is 191 s after the failure.
    for (const minutes of [1, 2, 3, 4]) await world.run(minutes);

    expect(await bodiesOf(world, 'source')).toMatchObject([{ reason: 'sweep', hops: FIRST_SWEPT_HOP }]);
  });
});

describe('the tick', () => {
  test('enqueues shards of at most 50 clusters, once a minute, without those we do not own', async () => {
    const world = createWorld();
    const settings = { owns: 'none', profile: 'flux', groups: 16 } as const;
    const records = Array.from({ length: 120 }, (_, index) => clusterRecord({ id: `c${index}` }));
    const list = async () => [...records, clusterRecord({ id: 'theirs', settings })];
    const ports = { ...world.ports, clusters: { ...world.ports.clusters, list } };

    await tick(new Date(NOW.getTime() + 5000), ports);
    await tick(new Date(NOW.getTime() + 55_000), ports);

    const shards = (await bodiesOf(world, 'sweep')) as unknown as readonly {
      clusters: string[];
      tick: string;
    }[];
    expect(Math.max(...shards.map(({ clusters }) => clusters.length))).toBeLessThanOrEqual(50);
    expect(shards.flatMap(({ clusters }) => clusters).toSorted()).toEqual(
      records.map(({ id }) => id).toSorted(),
    );
    expect(new Set(shards.map((shard) => shard.tick))).toEqual(new Set(['2026-03-01T12:00:00.000Z']));
  });

  test('leaves out a record that cannot be read, and no other', async () => {
    const world = createWorld();
    const list: Clusters['list'] = async (onUnreadable) => {
      const fault = new Fault('malformed', 'the record of cluster c2 is not JSON');
      if (onUnreadable === undefined) throw fault;
      onUnreadable('c2', fault);
      return [clusterRecord()];
    };

    await tick(NOW, { ...world.ports, clusters: { ...world.ports.clusters, list } });

    expect(await bodiesOf(world, 'sweep')).toMatchObject([{ clusters: ['c1'] }]);
    expect(world.log.entries).toMatchObject([{ level: 'warn', data: { cluster: 'c2' } }]);
  });

  test('of nothing is nothing', async () => {
    const world = createWorld({ record: { settings: { owns: 'none', profile: 'flux', groups: 16 } } });

    await tick(NOW, world.ports);

    expect(await bodiesOf(world, 'sweep')).toEqual([]);
  });
});
