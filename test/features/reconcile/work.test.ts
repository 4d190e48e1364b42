import { describe, expect, test } from 'vitest';
import { Fault, Postponed } from '../../../shared/core/failures.ts';
import type { Git, KubernetesObject } from '../../../shared/ports.ts';
import { bury, work } from '../../../shared/reconcile/work.ts';
import {
  clusterRecord,
  delivery,
  kustomization,
  readyGitRepository,
  readyKustomization,
  workMessage,
} from '../../builders.ts';
import { bodiesOf, createWorld, type Wanted } from './world.ts';

const signal = new AbortController().signal;
const GIT = { kind: 'GitRepository', namespace: 'apps', name: 'podinfo' };
const unbuilt = (name: string): KubernetesObject => ({
  apiVersion: 'image.toolkit.fluxcd.io/v1',
  kind: 'ImageUpdateAutomation',
  metadata: { name, namespace: 'apps', uid: name, resourceVersion: '1', generation: 1 },
  spec: { interval: '10m' },
});
const unbuiltMessage = (name: string) => workMessage({ kind: 'ImageUpdateAutomation', name });

describe('a batch of work', () => {
  test('that is not ours is buried with a reason, and done with', async () => {
    const world = createWorld();
    const batch = [delivery('1', '{}'), delivery('2', workMessage({ kind: 'Deployment' }))];

    expect(await work(batch, world.ports, signal)).toEqual([
      { id: '1', ok: true },
      { id: '2', ok: true },
    ]);
    expect(await bodiesOf(world, 'dead')).toMatchObject([
      { reason: 'not a work message of ours', id: '1' },
      { reason: 'no reconciler for kind Deployment', id: '2' },
    ]);
  });

  test('of a kind that is not built tells its objects so, once', async () => {
    const world = createWorld({ objects: [unbuilt('a')] });
    const message =
      'kind ImageUpdateAutomation is not supported by this version of Sluice; leave this object to Flux';

    await work([delivery('1', unbuiltMessage('a')), delivery('2', unbuiltMessage('a'))], world.ports, signal);

    expect(world.read({ kind: 'ImageUpdateAutomation', namespace: 'apps', name: 'a' })).toMatchObject({
      status: {
        observedGeneration: 1,
        conditions: [
          { type: 'Stalled', status: 'True', reason: 'NotSupported', message },
          { type: 'Ready', status: 'False', reason: 'NotSupported', message },
        ],
      },
    });
    expect(world.writes).toHaveLength(1);
    expect(world.events()).toEqual([`Warning NotSupported: ${message}`]);
  });

  /** A world in which every patch of the object called `bad` is a bug, or fails otherwise. */
  function withBug(order: string[] = [], why: Error = new TypeError('a bug')) {
    const world = createWorld({ objects: [unbuilt('bad'), unbuilt('good')] });
    const cluster = {
      ...world.cluster,
      until: () => cluster,
      patch: async (...[reference, patch, options]: Parameters<typeof world.cluster.patch>) => {
        order.push(reference.name);
        if (reference.name === 'bad') throw why;
        return world.cluster.patch(reference, patch, options);
      },
    };
    const open = async () => ({ record: clusterRecord(), cluster });
    const ports = { ...world.ports, clusters: { ...world.ports.clusters, open } };
    return { ...world, ports, order };
  }

  test('is done with where a message fails: it comes back through later, and holds up no other object', async () => {
    const world = withBug();
    const batch = [
      delivery('1', unbuiltMessage('bad')),
      delivery('2', unbuiltMessage('good')),
      delivery('3', '{}'),
    ];

    const settled = await work(batch, world.ports, signal);

    expect(settled.filter(({ ok }) => !ok)).toEqual([]);
    expect(world.order.toSorted()).toEqual(['bad', 'good']);
    expect(world.log.entries).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'reconciliation failed' }),
    );
    await world.clock.advance(10_000);
    expect(await bodiesOf(world, 'later')).toMatchObject([
      { to: 'source', message: { name: 'bad', reason: 'retry', hops: 1 } },
    ]);
  });

  test.each([0, 7])(
    'that finds no room, after %i tries, comes back later or is left to the sweep, and is no failure',
    async (hops) => {
      const world = withBug([], new Postponed('others take the memory'));
      const message = workMessage({ kind: 'ImageUpdateAutomation', name: 'bad', hops });

      expect(await work([delivery('1', message)], world.ports, signal)).toEqual([{ id: '1', ok: true }]);
      await world.clock.advance(900_000);

      const later = hops === 0 ? [{ to: 'source', message: { name: 'bad', reason: 'retry', hops: 1 } }] : [];
      expect(await bodiesOf(world, 'later')).toMatchObject(later);
      expect(await bodiesOf(world, 'dead')).toEqual([]);
      expect(world.log.entries).toMatchObject([{ level: 'info', message: 'reconciliation postponed' }]);
    },
  );

  test('that fails again and again is buried with the reason; the sweep goes on from there', async () => {
    const world = withBug();
    const worn = delivery('1', workMessage({ kind: 'ImageUpdateAutomation', name: 'bad', hops: 7 }));

    expect(await work([worn], world.ports, signal)).toEqual([{ id: '1', ok: true }]);

    expect(await bodiesOf(world, 'later')).toEqual([]);
    expect(await bodiesOf(world, 'dead')).toMatchObject([{ id: '1', reason: 'a bug' }]);
  });

  test('that fails for the same reason every minute is buried once in 5 minutes, other reasons and objects by themselves', async () => {
    const world = withBug();
    const worn = (id: string, name: string) =>
      delivery(
        id,
        workMessage({ kind: 'ImageUpdateAutomation', name, hops: 7, trace: id, since: `since ${id}` }),
      );
    for (const minute of [0, 1, 2, 3, 4, 5]) {
      await work([worn(`${minute}`, 'bad')], world.ports, signal);
      await world.clock.advance(60_000);
    }
    const same = await bury(worn('6', 'bad'), 'a bug', world.ports);
    await bury(worn('7', 'bad'), 'another bug', world.ports);
    await bury(worn('8', 'worse'), 'a bug', world.ports);

    expect(same).toBe(true);
    expect((await bodiesOf(world, 'dead')).map(({ id }) => id)).toEqual(['0', '5', '7', '8']);
  });

  test('that cannot even be put off comes again, and behind it the same object, nothing else', async () => {
    const { ports, order } = withBug();
    const send = async () => {
      throw new Fault('server-error', 'the disk is full');
    };
    const batch = [
      delivery('1', unbuiltMessage('bad')),
      delivery('2', unbuiltMessage('good')),
      delivery('3', unbuiltMessage('bad')),
    ];

    const settled = await work(batch, { ...ports, queues: { ...ports.queues, send } }, signal);

    expect(settled.toSorted((a, b) => a.id.localeCompare(b.id))).toEqual([
      { id: '1', ok: false },
      { id: '2', ok: true },
      { id: '3', ok: false },
    ]);
    expect(order.toSorted()).toEqual(['bad', 'good']);
  });

  test.each(['unreachable', 'unauthorized', 'not-found'] as const)(
    'of a cluster that is %s is acknowledged and comes back through later',
    async (code) => {
      const world = createWorld({ broken: new Fault(code, 'no') });

      expect(await work([delivery('1', workMessage())], world.ports, signal)).toEqual([
        { id: '1', ok: true },
      ]);
      await world.clock.advance(10_000);

      expect(await bodiesOf(world, 'later')).toMatchObject([
        { to: 'apply', message: { reason: 'retry', hops: 1, trace: 'trace-1' } },
      ]);
    },
  );

  test('of a cluster that is down for long is left to the sweep', async () => {
    const world = createWorld({ broken: new Fault('unreachable', 'no') });

    await work([delivery('1', workMessage({ hops: 7 }))], world.ports, signal);
    await world.clock.advance(900_000);

    expect(await bodiesOf(world, 'later')).toEqual([]);
  });

  test.each<[string, Wanted]>([
    ['registered with owns: none', { record: { settings: { owns: 'none', profile: 'flux', groups: 16 } } }],
    ['claimed by another deployment', { objects: [] }],
  ])('of a cluster %s is dropped with a warning', async (_name, wanted) => {
    const world = createWorld({ ...wanted, objects: [readyKustomization({ metadata: { generation: 2 } })] });
    const ports = {
      ...world.ports,
      deployment: { ...world.ports.deployment, id: wanted.record ? 'd1' : 'd2' },
    };

    expect(await work([delivery('1', workMessage())], ports, signal)).toEqual([{ id: '1', ok: true }]);
    expect(world.writes).toEqual([]);
    expect(world.log.entries).toMatchObject([{ level: 'warn', message: 'message dropped' }]);
  });
});

describe('a Kustomization that changed nothing', () => {
  const dependent = kustomization({
    metadata: { name: 'app', uid: 'app' },
    spec: { dependsOn: [{ name: 'podinfo' }] },
  });
  const woken = async (receiveCount: number) => {
    const world = createWorld({ objects: [kustomization(), dependent] });
    await work([delivery('1', workMessage())], world.ports, signal);
    await bodiesOf(world, 'apply');
    await world.clock.advance(300_000);
    await work([delivery('1', workMessage(), { receiveCount })], world.ports, signal);
    return bodiesOf(world, 'apply');
  };

  test('wakes nobody', async () => {
    expect(await woken(1)).toEqual([]);
  });

  test('wakes its dependents when the message comes again: the first time may have died before that', async () => {
    expect(await woken(2)).toMatchObject([{ name: 'app', reason: 'dependency' }]);
  });
});

describe('a suspended GitRepository', () => {
  const untouched = { open: () => expect.unreachable('the remote was asked') } as unknown as Git;
  const message = delivery('1', workMessage({ kind: 'GitRepository' }));

  test('[GR-02 suspend] is not looked at', async () => {
    const object = readyGitRepository({ spec: { suspend: true }, metadata: { generation: 2 } });
    const world = createWorld({ objects: [object] });

    expect(await work([message], { ...world.ports, git: untouched }, signal)).toEqual([
      { id: '1', ok: true },
    ]);
    expect(world.read(GIT)).toMatchObject({ status: { ...object.status, observedGeneration: 2 } });
  });

  test('[COM-05 source-deleted] that is deleted loses its artifacts, and its finalizer', async () => {
    const metadata = { deletionTimestamp: '2026-03-01T11:00:00Z' };
    const world = createWorld({ objects: [readyGitRepository({ spec: { suspend: true }, metadata })] });
    const key = 'artifacts/c1/gitrepository/apps/podinfo/b8e362c2.tar.gz';
    const pointer = { revision: 'r', digest: 'd', size: 1, storedAt: '2026-03-01T10:00:00Z' };
    await world.store.put(key, Buffer.from(JSON.stringify(pointer)));

    await work([message], { ...world.ports, git: untouched }, signal);

    expect(await world.store.get(key)).toBeUndefined();
    expect(world.read(GIT)?.metadata.finalizers).toEqual([]);
    expect(world.events()).toEqual([
      'Normal GarbageCollectionSucceeded: garbage collected artifacts for deleted resource',
    ]);
  });
});
