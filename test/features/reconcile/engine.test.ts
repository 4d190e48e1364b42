import { describe, expect, test } from 'vitest';
import { Fault } from '../../../shared/core/failures.ts';
import type { KubernetesObject } from '../../../shared/ports.ts';
import type { CommonStatus } from '../../../shared/reconcile/reconciler.ts';
import { condition, kustomization, readyKustomization } from '../../builders.ts';
import { type Behaviour, run, STORY } from './engine-world.ts';

describe('the engine', () => {
  test('tells the story in order, writes once and wakes others after that', async () => {
    const { steps, writes, object } = await run({ objects: [kustomization()] });

    expect(steps).toEqual(STORY);
    expect(writes).toHaveLength(1);
    expect(object().status.conditions).toMatchObject([{ type: 'Ready', status: 'True' }]);
  });

  test('[COM-29 kustomization] writes the status as gotk-kustomize-controller', async () => {
    const { writes } = await run({ objects: [kustomization()] });

    expect(writes).toMatchObject([{ manager: 'gotk-kustomize-controller' }]);
  });

  test('[COM-03 finalizer] adds the finalizer before anything else, and keeps others', async () => {
    const object = kustomization({ metadata: { finalizers: ['theirs'] } });
    const { writes, object: left } = await run({ objects: [object] });

    expect(writes[0]?.patch).toMatchObject({ metadata: { finalizers: ['theirs', 'finalizers.fluxcd.io'] } });
    expect(left().metadata.finalizers).toEqual(['theirs', 'finalizers.fluxcd.io']);
  });

  test('[COM-03 removed] takes it away when a deletion is done with', async () => {
    const metadata = {
      deletionTimestamp: '2026-03-01T11:00:00Z',
      finalizers: ['theirs', 'finalizers.fluxcd.io'],
    };
    const { steps, object } = await run({ objects: [kustomization({ metadata })] });

    expect(steps).toEqual(['remove']);
    expect(object().metadata.finalizers).toEqual(['theirs']);
  });

  test('stalls an object whose spec names what cannot exist, instead of failing for ever', async () => {
    const observe = async () => {
      throw new Fault('invalid', '"a/b" is not a name');
    };
    const { steps, object, events } = await run({ objects: [kustomization()] }, { behaviour: { observe } });

    expect(steps).toEqual([]);
    const said = { reason: 'InvalidSpec', message: 'spec is invalid: "a/b" is not a name' };
    expect(object().status.conditions).toMatchObject([
      { type: 'Stalled', status: 'True', ...said },
      { type: 'Ready', status: 'False', ...said },
    ]);
    expect(events()).toEqual(['Warning InvalidSpec: spec is invalid: "a/b" is not a name']);
  });

  test('finalises a suspended object too', async () => {
    const metadata = { deletionTimestamp: '2026-03-01T11:00:00Z' };
    const { steps } = await run({ objects: [kustomization({ metadata, spec: { suspend: true } })] });

    expect(steps).toEqual(['remove']);
  });

  test("leaves alone what is not there, is somebody else's, or has no finalizer of ours", async () => {
    const gone = await run({});
    const shard = { settings: { owns: { shard: 'one' }, profile: 'flux', groups: 16 } } as const;
    const foreign = await run({ objects: [kustomization()], record: shard });
    const deleted = kustomization({
      metadata: { deletionTimestamp: '2026-03-01T11:00:00Z', finalizers: [] },
    });

    expect([gone.steps, foreign.steps, (await run({ objects: [deleted] })).steps]).toEqual([[], [], []]);
  });

  test('[COM-24 sharding] reconciles the objects of its shard', async () => {
    const shard = { settings: { owns: { shard: 'one' }, profile: 'flux', groups: 16 } } as const;
    const labels = { 'sharding.fluxcd.io/key': 'one' };

    expect((await run({ objects: [kustomization({ metadata: { labels } })], record: shard })).steps).toEqual(
      STORY,
    );
  });

  test('[COM-02 handled] copies the request, and writes it even when nothing else is new', async () => {
    const annotations = { 'reconcile.fluxcd.io/requestedAt': 'now' };
    const { object } = await run({ objects: [kustomization({ metadata: { annotations } })] });

    expect((object().status as CommonStatus).lastHandledReconcileAt).toBe('now');
  });

  test('decides again when the object changed under it', async () => {
    let tries = 0;
    const observe: NonNullable<Behaviour['observe']> = async () => {
      if (tries++ === 0) throw new Fault('conflict', 'changed');
      return 'seen';
    };
    const { steps } = await run({ objects: [kustomization()] }, { behaviour: { observe } });

    expect(tries).toBe(2);
    expect(steps).toContain('fanOut');
  });

  test('does not swallow a bug', async () => {
    const act: NonNullable<Behaviour['act']> = async () => {
      throw new TypeError('a bug');
    };

    await expect(run({ objects: [kustomization()] }, { behaviour: { act } })).rejects.toThrow('a bug');
  });

  test('shows progress at most once a second, and forgets none of it', async () => {
    const act: NonNullable<Behaviour['act']> = async (_object, _plan, _seen, _scope, progress) => {
      for (const message of ['one', 'two']) {
        const shown = condition('Reconciling', 'True', { message });
        await progress((status) => ({ ...status, conditions: [shown] }));
      }
      return 'report';
    };
    const { writes, object } = await run({ objects: [kustomization()] }, { behaviour: { act } });

    expect(writes).toHaveLength(2);
    expect(object().status.conditions).toMatchObject([{ message: 'two' }, { type: 'Ready' }]);
  });
});

describe('a suspended object', () => {
  test('[COM-05 conditions] [KS-13 no-finish-event] is not worked on; its conditions stay', async () => {
    const object = readyKustomization({ spec: { suspend: true } });
    const { steps, writes, object: left, events } = await run({ objects: [object] });

    expect([steps, writes, events()]).toEqual([[], [], []]);
    expect(left().status).toEqual(object.status);
  });

  test('[COM-05 observed] observes its generation when ready, and the request', async () => {
    const annotations = { 'reconcile.fluxcd.io/requestedAt': 'now' };
    const object = readyKustomization({ spec: { suspend: true }, metadata: { generation: 2, annotations } });
    const { object: left } = await run({ objects: [object] });

    expect(left().status).toEqual({
      ...object.status,
      observedGeneration: 2,
      lastHandledReconcileAt: 'now',
    });
  });

  test('that is not ready does not', async () => {
    const conditions = [condition('Ready', 'False')];
    const object = readyKustomization({
      spec: { suspend: true },
      metadata: { generation: 2 },
      status: { conditions },
    });

    expect((await run({ objects: [object] })).object().status.observedGeneration).toBe(1);
  });
});

describe('an object that cannot be worked with', () => {
  const { spec: _spec, ...bare } = kustomization();

  test.each([
    ['without spec', bare as KubernetesObject, 'spec is missing'],
    [
      'with an interval that Go does not know',
      kustomization({ spec: { interval: '9999999999h' } }),
      'spec.interval is invalid: time: invalid duration "9999999999h"',
    ],
  ])('%s stalls, and says so once', async (_name, object, message) => {
    const { steps, once, object: left, events, writes } = await run({ objects: [object] });
    await once();

    expect(steps).toEqual([]);
    expect(left().status).toMatchObject({
      observedGeneration: 1,
      conditions: [
        { type: 'Stalled', status: 'True', reason: 'InvalidSpec', message },
        { type: 'Ready', status: 'False', reason: 'InvalidSpec', message },
      ],
    });
    expect(events()).toEqual([`Warning InvalidSpec: ${message}`]);
    expect(writes).toHaveLength(1);
  });

  test('without spec can be deleted', async () => {
    const metadata = { ...bare.metadata, deletionTimestamp: '2026-03-01T11:00:00Z' };
    const remove: NonNullable<Behaviour['remove']> = async ({ spec }) => {
      expect(spec).toEqual({});
      return { finished: true, events: [], next: { after: 'nothing' } };
    };
    const { object } = await run(
      { objects: [{ ...bare, metadata } as KubernetesObject] },
      { behaviour: { remove } },
    );

    expect(object().metadata.finalizers).toEqual([]);
  });
});
