import { describe, expect, test } from 'vitest';
import type { Kustomization } from '../../../shared/api/kustomization.ts';
import { setCondition } from '../../../shared/core/conditions.ts';
import { parseDuration } from '../../../shared/core/durations.ts';
import { Fault } from '../../../shared/core/failures.ts';
import type { KubernetesObject } from '../../../shared/ports.ts';
import { engineOf } from '../../../shared/reconcile/engine.ts';
import type { CommonStatus, Next, Reconciler, Scope } from '../../../shared/reconcile/reconciler.ts';
import {
  clusterRecord,
  condition,
  kustomization,
  NOW,
  readyKustomization,
  workMessage,
} from '../../builders.ts';
import { bodiesOf, createWorld, type Wanted } from './world.ts';

const target = { kind: 'Kustomization', namespace: 'apps', name: 'podinfo' };
type Behaviour = Partial<Reconciler<{ interval: string }, CommonStatus, string, string, string>>;

/** An engine for a kind that says Ready and does nothing else; `steps` tells what it was asked for. */
function engine(next: Next, steps: string[], behaviour: Behaviour = {}) {
  const draft = { type: 'Ready', status: 'True', reason: 'Succeeded', message: 'done' } as const;
  const told = <T>(step: string, answer: T): T => {
    steps.push(step);
    return answer;
  };
  return engineOf<{ interval: string }, CommonStatus, string, string, string>(
    {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      manager: { status: 'gotk-kustomize-controller', component: 'kustomize-controller' },
      finalizer: 'finalizers.fluxcd.io',
      intervalOf: ({ interval }) => parseDuration(interval),
      observe: async () => told('observe', 'seen'),
      decide: () => told('decide', 'plan'),
      act: async () => told('act', 'report'),
      conclude: ({ metadata, status = {} }) => {
        steps.push('conclude');
        const seen = { generation: metadata.generation ?? 0, now: NOW };
        const conditions = [...setCondition(status.conditions ?? [], draft, seen)];
        return { status: { ...status, conditions }, events: [], next };
      },
      remove: async () => told('remove', { finished: true, events: [], next: { after: 'nothing' } }),
      fanOut: async () => void steps.push('fanOut'),
      ...behaviour,
    },
    'apply',
  );
}

async function run(wanted: Wanted, options: { next?: Next; message?: object; behaviour?: Behaviour } = {}) {
  const world = createWorld(wanted);
  const steps: string[] = [];
  const once = async (message = options.message ?? {}) => {
    const scope = {
      ports: world.ports,
      record: clusterRecord(wanted.record),
      cluster: world.cluster,
      facts: { uid: 'c1', version: 'v1.36.0' },
      message: workMessage(message),
      signal: new AbortController().signal,
    } as unknown as Scope;
    await engine(options.next ?? { after: 'nothing' }, steps, options.behaviour)(scope);
  };
  await once();
  const object = () => world.read(target) as Kustomization;
  return { ...world, steps, once, object };
}

const STORY = ['observe', 'decide', 'act', 'conclude', 'fanOut'];

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

  test('puts trouble that may pass into later, with back-off', async () => {
    const act: NonNullable<Behaviour['act']> = async () => {
      throw new Fault('unreachable', 'nobody');
    };
    const world = await run({ objects: [kustomization()] }, { behaviour: { act }, message: { hops: 1 } });
    await world.clock.advance(3000);

    expect(await bodiesOf(world, 'later')).toMatchObject([
      { to: 'apply', message: { reason: 'retry', hops: 2 } },
    ]);
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
