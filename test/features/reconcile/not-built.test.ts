import { describe, expect, test } from 'vitest';
import { KINDS } from '../../../shared/api/kinds.ts';
import { QUEUES } from '../../../shared/core/messages.ts';
import type { KubernetesObject } from '../../../shared/ports.ts';
import { forward } from '../../../shared/reconcile/later.ts';
import { isRead } from '../../../shared/reconcile/queue-table.ts';
import { isBuilt, queueOf } from '../../../shared/reconcile/registry.ts';
import { sweep } from '../../../shared/reconcile/sweep.ts';
import { work } from '../../../shared/reconcile/work.ts';
import { delivery, NOW, workMessage } from '../../builders.ts';
import { bodiesOf, createWorld } from './world.ts';

const signal = new AbortController().signal;
const working = KINDS.filter(({ queue }) => queue !== null);
const notBuilt = working.filter(({ kind }) => !isBuilt(kind) && queueOf(kind) !== undefined);
const objectOf = ({ kind, apiVersion }: { kind: string; apiVersion: string }): KubernetesObject => ({
  ...{ apiVersion, kind, spec: { interval: '1m' } },
  metadata: { name: 'podinfo', namespace: 'apps', uid: kind, resourceVersion: '1', generation: 1 },
});

describe('queues', () => {
  test.each(working)('work on objects of kind $kind goes to a queue that somebody reads', ({ kind }) => {
    const queue = queueOf(kind);

    expect(queue && isRead(queue)).toBe(true);
  });

  test('of what is not built are read by nobody', () => {
    expect(QUEUES.filter((queue) => !isRead(queue))).toEqual(['helm', 'image', 'events', 'dead']);
  });

  test('that nobody reads are sent nothing: what waited for one is kept with its reason', async () => {
    const world = createWorld();
    const waiting = { to: 'helm', dedupId: 'x', message: workMessage({ kind: 'HelmRelease' }) };

    expect(await forward([delivery('1', waiting)], world.ports)).toEqual([{ id: '1', ok: true }]);

    expect(await bodiesOf(world, 'helm')).toEqual([]);
    expect(await bodiesOf(world, 'dead')).toMatchObject([
      { reason: expect.stringContaining('nobody reads') },
    ]);
  });
});

describe.each(notBuilt)('an object of kind $kind', (kind) => {
  test('is told by the worker that its kind is not supported, once, and not swept again', async () => {
    const world = createWorld({ objects: [objectOf(kind)] });
    const shard = (minute: number) => {
      const tick = new Date(NOW.getTime() + minute * 60_000).toISOString();
      return sweep([delivery('shard', { shard: '0', clusters: ['c1'], tick })], world.ports, signal);
    };
    const queue = queueOf(kind.kind) ?? 'dead';

    await shard(0);
    const [found] = await bodiesOf(world, queue);
    expect(found).toMatchObject({ kind: kind.kind, name: 'podinfo', reason: 'watch' });
    for (const id of ['1', '2']) await work([delivery(id, found)], world.ports, signal);

    const told = `kind ${kind.kind} is not supported by this version of Sluice; leave this object to Flux`;
    const refused = { reason: 'NotSupported', message: told, observedGeneration: 1 };
    const object = world.read({ kind: kind.kind, namespace: 'apps', name: 'podinfo' });
    expect(object).toMatchObject({
      status: {
        observedGeneration: 1,
        conditions: expect.arrayContaining([
          expect.objectContaining({ type: 'Stalled', status: 'True', ...refused }),
          expect.objectContaining({ type: 'Ready', status: 'False', ...refused }),
        ]),
      },
    });
    expect(world.events()).toEqual([`Warning NotSupported: ${told}`]);
    await world.clock.advance(60_000);
    await shard(1);
    expect(await bodiesOf(world, queue)).toEqual([]);
    expect(await bodiesOf(world, 'dead')).toEqual([]);
  });
});

test('[HR-12 releases] what installs charts belongs to a kind that is refused', () => {
  const names = notBuilt.map(({ kind }) => kind);

  expect(names).toEqual(expect.arrayContaining(['HelmRelease']));
});
