import { describe, expect, test } from 'vitest';
import { emit, eventOf } from '../../../shared/reconcile/events.ts';
import type { Scope } from '../../../shared/reconcile/reconciler.ts';
import { at, clusterRecord, kustomization, NOW, workMessage } from '../../builders.ts';
import { createWorld } from './world.ts';

const draft = { type: 'Warning', reason: 'BuildFailed', message: 'no' } as const;
const written = (object = kustomization(), what: Parameters<typeof eventOf>[2] = draft, trace = 't') =>
  eventOf(object, 'kustomize-controller', what, NOW, { trace, since: at(0), hops: 0, index: 0 });

describe('an event', () => {
  test('is a Kubernetes Event about the object, from the component', () => {
    expect(written()).toMatchObject({
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { namespace: 'apps' },
      involvedObject: {
        apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
        kind: 'Kustomization',
        namespace: 'apps',
        name: 'podinfo',
        uid: kustomization().metadata.uid,
        resourceVersion: '1',
      },
      type: 'Warning',
      reason: 'BuildFailed',
      message: 'no',
      source: { component: 'kustomize-controller' },
      reportingComponent: 'kustomize-controller',
      firstTimestamp: at(0),
      lastTimestamp: at(0),
      count: 1,
    });
  });

  test('[COM-26 annotations] carries its metadata, and those annotations of the object that are meant for events', () => {
    const annotations = {
      'event.toolkit.fluxcd.io/team': 'web',
      'event.toolkit.fluxcd.io.other/x': 'y',
      other: 'z',
    };
    const metadata = { 'kustomize.toolkit.fluxcd.io/revision': 'r' };

    expect(
      written(kustomization({ metadata: { annotations } }), { ...draft, metadata }).metadata.annotations,
    ).toEqual({
      'event.toolkit.fluxcd.io/team': 'web',
      'kustomize.toolkit.fluxcd.io/revision': 'r',
    });
  });

  test('has a name that sorts by the start of its chain, then by the hop and the place in the run', () => {
    const places = [
      { since: at(0), hops: 0, index: 0 },
      { since: at(0), hops: 0, index: 1 },
      { since: at(0), hops: 2, index: 0 },
      { since: at(0), hops: 10, index: 0 },
      { since: at(5), hops: 0, index: 0 },
    ];

    const names = places.map(
      (place) => eventOf(kustomization(), 'c', draft, NOW, { ...place, trace: 't' }).metadata.name,
    );

    expect(names.toSorted()).toEqual(names);
    expect(new Set(names).size).toBe(places.length);
  });

  test('has a name that is valid for every object, 253 characters at most', () => {
    for (const name of ['a', 'n'.repeat(253), `${'n'.repeat(229)}-x`, `${'n.'.repeat(115)}x`]) {
      const event = written(kustomization({ metadata: { name } })).metadata.name;

      expect(event.length).toBeLessThanOrEqual(253);
      expect(event).toMatch(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/);
    }
  });

  test('has the same name when the same run says the same again, another one otherwise', () => {
    const names = [
      written(),
      written(kustomization(), { ...draft, message: 'other' }),
      written(kustomization(), { ...draft, reason: 'Other' }),
      written(kustomization(), draft, 'another run'),
      written(kustomization({ metadata: { uid: 'other' } })),
    ].map(({ metadata }) => metadata.name);

    expect(written().metadata.name).toBe(names[0]);
    expect(new Set(names).size).toBe(5);
  });

  test('never tells a password, and is cut', () => {
    const secret = { ...draft, message: 'cannot fetch https://me:s3cret@git.example.com/x' };

    expect(written(kustomization(), secret).message).not.toContain('s3cret');
    expect(String(written(kustomization(), { ...draft, message: 'x'.repeat(9000) }).message)).toHaveLength(
      8192,
    );
  });
});

test('an event that is there already, or is refused, is no failure of the run', async () => {
  const world = createWorld();
  const refusing = {
    ...world.cluster,
    create: async () => {
      throw new Error('no');
    },
  };
  const scope = {
    ports: world.ports,
    record: clusterRecord(),
    cluster: world.cluster,
    message: workMessage(),
  };

  await emit(kustomization(), 'component', [draft], scope as unknown as Scope);
  await emit(kustomization(), 'component', [draft], scope as unknown as Scope);
  await emit(kustomization(), 'component', [draft], { ...scope, cluster: refusing } as unknown as Scope);

  expect(world.events()).toEqual(['Warning BuildFailed: no']);
  expect(world.log.entries.at(-1)).toMatchObject({ level: 'warn', message: 'event not written' });
});
