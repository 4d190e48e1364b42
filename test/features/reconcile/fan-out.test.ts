import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../../shared/ports.ts';
import { staleConsumers, wakeConsumers, wakeDependents } from '../../../shared/reconcile/fan-out.ts';
import type { Scope } from '../../../shared/reconcile/reconciler.ts';
import { forgetRelations } from '../../../shared/reconcile/relations.ts';
import {
  artifact,
  clusterRecord,
  condition,
  kustomization,
  REVISION,
  readyGitRepository,
  readyKustomization,
  workMessage,
} from '../../builders.ts';
import { bodiesOf, createWorld } from './world.ts';

const SOURCE = { kind: 'GitRepository', namespace: 'apps', name: 'podinfo' };
const named = (name: string, parts: Parameters<typeof kustomization>[0] = {}) =>
  kustomization({ ...parts, metadata: { name, uid: name, ...parts.metadata } });
const namesOf = (objects: readonly KubernetesObject[]) => objects.map(({ metadata }) => metadata.name);

function scopeOf(world: ReturnType<typeof createWorld>): Scope {
  const message = workMessage({ trace: 'push' });
  return { ports: world.ports, record: clusterRecord(), cluster: world.cluster, message } as unknown as Scope;
}

describe('whom a source wakes', () => {
  test('[KS-01 other-namespace] those that mean it, in whatever namespace they are', () => {
    const sourceRef = { kind: 'GitRepository', name: 'podinfo' } as const;
    const consumers = [
      named('same'),
      named('elsewhere', {
        metadata: { namespace: 'other' },
        spec: { sourceRef: { ...sourceRef, namespace: 'apps' } },
      }),
      named('other-namespace', { metadata: { namespace: 'other' } }),
      named('other-kind', { spec: { sourceRef: { ...sourceRef, kind: 'Bucket' } } }),
      named('other-name', { spec: { sourceRef: { ...sourceRef, name: 'x' } } }),
    ];

    expect(namesOf(staleConsumers(SOURCE, REVISION, consumers).ordered)).toEqual(['same', 'elsewhere']);
  });

  test('[KS-16 attempted] [KS-16 revision] not those that have attempted the revision', () => {
    const consumers = [
      named('never'),
      named('older', { status: { lastAttemptedRevision: 'main@sha1:old' } }),
      named('same', { status: { lastAttemptedRevision: REVISION } }),
    ];

    expect(namesOf(staleConsumers(SOURCE, REVISION, consumers).ordered)).toEqual(['never', 'older']);
  });

  test('one that attempted the revision, but found no artifact of ours when it came before the source', () => {
    const reason = (name: string) => ({ conditions: [condition('Ready', 'False', { reason: name })] });
    const consumers = [
      named('stranded', { status: { lastAttemptedRevision: REVISION, ...reason('ArtifactFailed') } }),
      named('broken', { status: { lastAttemptedRevision: REVISION, ...reason('BuildFailed') } }),
    ];

    expect(namesOf(staleConsumers(SOURCE, REVISION, consumers).ordered)).toEqual(['stranded']);
  });

  test('[KS-16 order] dependencies first', () => {
    const consumers = [named('app', { spec: { dependsOn: [{ name: 'base' }] } }), named('base')];

    expect(namesOf(staleConsumers(SOURCE, REVISION, consumers).ordered)).toEqual(['base', 'app']);
  });

  test('not one without spec', () => {
    const { spec: _spec, ...bare } = named('bare');

    expect(staleConsumers(SOURCE, REVISION, [bare as KubernetesObject]).ordered).toEqual([]);
  });
});

describe('a source that ran', () => {
  const source = readyGitRepository();

  test('enqueues its consumers, in order, with the trace of their cause', async () => {
    const app = named('app', { spec: { dependsOn: [{ name: 'base' }] } });
    const world = createWorld({
      objects: [app, named('base'), named('done', { status: { lastAttemptedRevision: REVISION } })],
    });

    await wakeConsumers(source, artifact(), scopeOf(world));

    expect(await bodiesOf(world, 'apply')).toMatchObject([
      { name: 'base', reason: 'source', hops: 0, trace: 'push' },
      { name: 'app', reason: 'source', hops: 0, trace: 'push' },
    ]);
  });

  test('wakes each once for one state of it, and again for the next', async () => {
    const world = createWorld({ objects: [named('app')] });
    const at = (resourceVersion: string) => ({
      ...source,
      metadata: { ...source.metadata, resourceVersion },
    });

    for (const version of ['7', '7', '8']) await wakeConsumers(at(version), artifact(), scopeOf(world));

    expect(await bodiesOf(world, 'apply')).toHaveLength(2);
  });

  test('without artifact wakes nobody', async () => {
    const world = createWorld({ objects: [named('app')] });

    await wakeConsumers(source, undefined, scopeOf(world));

    expect(await bodiesOf(world, 'apply')).toEqual([]);
  });

  test('[KS-16 cycle] tells each member of a cycle, and wakes all the same', async () => {
    const cycle = [
      named('a', { spec: { dependsOn: [{ name: 'b' }] } }),
      named('b', { spec: { dependsOn: [{ name: 'a' }] } }),
    ];
    const world = createWorld({ objects: [...cycle, named('free')] });

    await wakeConsumers(source, artifact(), scopeOf(world));

    expect((await bodiesOf(world, 'apply')).map(({ name }) => name).toSorted()).toEqual(['a', 'b', 'free']);
    expect(world.events()).toEqual(
      Array(2).fill(
        'Warning DependencyNotReady: dependency cycle detected: apps/a -> apps/b -> apps/a; these Kustomizations wait for each other until one spec.dependsOn is removed',
      ),
    );
  });
});

describe('a Kustomization with news', () => {
  test('wakes those that depend on it and are not ready', async () => {
    const dependsOn = [{ name: 'base' }];
    const objects = [
      named('waits', { spec: { dependsOn }, status: { conditions: [condition('Ready', 'False')] } }),
      named('new', { spec: { dependsOn: [{ name: 'base', namespace: 'apps' }] } }),
      readyKustomization({ metadata: { name: 'ready', uid: 'ready' }, spec: { dependsOn } }),
      named('other', { spec: { dependsOn: [{ name: 'base', namespace: 'other' }] } }),
    ];
    const world = createWorld({ objects });

    await wakeDependents(readyKustomization({ metadata: { name: 'base' } }), scopeOf(world));

    expect(await bodiesOf(world, 'apply')).toMatchObject([
      { name: 'waits', reason: 'dependency' },
      { name: 'new', reason: 'dependency' },
    ]);
  });

  test('[KS-11 woken] in another namespace, too', async () => {
    const dependsOn = [{ name: 'base', namespace: 'apps' }];
    const far = named('far', { metadata: { namespace: 'other' }, spec: { dependsOn } });
    const world = createWorld({ objects: [far] });

    await wakeDependents(readyKustomization({ metadata: { name: 'base' } }), scopeOf(world));

    expect(await bodiesOf(world, 'apply')).toMatchObject([{ name: 'far', namespace: 'other' }]);
  });

  test('[KS-12 woken] of any kind wakes those whose expression may look at it', async () => {
    const waiting = { conditions: [condition('Ready', 'False')] };
    const spec = (readyExpr?: string) => ({ dependsOn: [{ name: 'base', ...(readyExpr && { readyExpr }) }] });
    const world = createWorld({
      objects: [
        named('curious', { spec: spec('dep.status.history.size() > 1'), status: waiting }),
        named('plain', { spec: spec(), status: waiting }),
        readyKustomization({ metadata: { name: 'ready', uid: 'ready' }, spec: spec('true') }),
      ],
    });

    await wakeDependents(readyKustomization({ metadata: { name: 'base' } }), scopeOf(world), {
      curious: true,
    });

    expect(await bodiesOf(world, 'apply')).toMatchObject([{ name: 'curious', reason: 'dependency' }]);
  });

  test('costs a list in two seconds, however many have news; what is put off anew is known at once', async () => {
    const world = createWorld({ objects: [named('alone')] });
    let lists = 0;
    const cluster = {
      ...world.cluster,
      list: (...given: Parameters<typeof world.cluster.list>) => {
        lists++;
        return world.cluster.list(...given);
      },
    };
    const scope = { ...scopeOf(world), cluster } as Scope;
    const news = (name: string) => wakeDependents(readyKustomization({ metadata: { name } }), scope);

    await Promise.all(Array.from({ length: 50 }, (_, index) => news(`base-${index}`)));
    expect(lists).toBe(1);
    const dependsOn = [{ name: 'base-7' }];
    await world.cluster.create(named('late', { spec: { dependsOn } }), { fieldManager: 'person' });
    await news('base-7');
    expect(await bodiesOf(world, 'apply')).toEqual([]);

    forgetRelations(scope);
    await news('base-7');
    expect(await bodiesOf(world, 'apply')).toMatchObject([{ name: 'late' }]);
    await world.clock.advance(2000);
    await news('base-8');
    expect(lists).toBe(4);
  });
});
