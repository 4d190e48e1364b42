import { describe, expect, test } from 'vitest';
import { isAtRest } from '../../../shared/reconcile/artifact-generator/disabled.ts';
import { due } from '../../../shared/reconcile/due.ts';
import { timingOf } from '../../../shared/reconcile/registry.ts';
import { wakeGenerators, wakeGeneratorsOf } from '../../../shared/reconcile/wake-generators.ts';
import { artifact, at, condition, NOW, readyGitRepository } from '../../builders.ts';
import { generator, ready } from './generators.ts';
import { bodiesOf, createWorld } from './world.ts';

const scopeOf = (world: ReturnType<typeof createWorld>, redelivered: boolean) =>
  ({
    ...{ ports: world.ports, cluster: world.cluster, redelivered },
    record: { id: 'c1', settings: { owns: 'all', groups: 16 } },
    message: { trace: 'push' },
  }) as never;

describe('when a generator is looked at', () => {
  const window = { from: NOW.getTime(), to: NOW.getTime() + 60_000 };
  const part = (seconds: number) =>
    readyGitRepository({ status: { artifact: artifact({ lastUpdateTime: at(seconds) }) } }) as never;

  test('[AG-03 hourly] once an hour', () => {
    expect(timingOf(ready())).toEqual({ interval: 3_600_000 });
  });

  test.each([
    ['ready', 'True'],
    ['stalled', 'False'],
  ] as const)('[AG-03 woken] when a source has news that nobody told it of, being %s', (_, status) => {
    const conditions = [
      condition('Ready', status),
      ...(status === 'False' ? [condition('Stalled', 'True')] : []),
    ];
    const object = ready({ conditions });
    const timing = { interval: 1e12 };

    expect(due(object, { parts: [part(30)] }, timing, window)).toBe('source');
    expect(due(object, { parts: [part(-30)] }, timing, window)).toBeUndefined();
  });

  test('[AG-03 disabled] not while it is disabled, once it has said so', () => {
    const metadata = { annotations: { 'source.extensions.fluxcd.io/reconcile': 'DISABLED' } };

    expect(isAtRest(generator({ metadata }))).toBe(false);
    expect(isAtRest({ ...ready(), metadata: { ...ready().metadata, ...metadata } })).toBe(true);
    const deleted = { ...metadata, deletionTimestamp: at(0) };
    expect(isAtRest({ ...ready(), metadata: { ...ready().metadata, ...deleted } })).toBe(false);
  });
});

describe('generators that are made of each other', () => {
  const made = { apiVersion: 'v1', kind: 'ExternalArtifact', metadata: { name: 'made', namespace: 'apps' } };
  const sources = [{ alias: 'src', kind: 'ExternalArtifact' as const, name: 'made' }];
  const user = generator({ spec: { sources } as never });

  test.each([
    [50, [50]],
    [51, []],
  ])('wake each other with every hop, at the %ith', async (hops, woken) => {
    const world = createWorld({ objects: [user] as never });

    await wakeGenerators([made], scopeOf(world, false), hops);

    expect((await bodiesOf(world, 'source')).map((body) => body.hops)).toEqual(woken);
    const warned = world.log.entries.map(({ message }) => message);
    expect(warned).toEqual(woken.length > 0 ? [] : ['generators wake each other']);
  });
});

describe('a source that ran', () => {
  const source = readyGitRepository();
  test.each([
    [
      'with another artifact',
      readyGitRepository({ status: { artifact: artifact({ revision: 'old' }) } }),
      false,
      1,
    ],
    ['with the same', source, false, 0],
    ['with the same, after a run that broke off', source, true, 1],
  ])('[AG-03 woken] wakes the generators that are made of it: %s', async (_, before, redelivered, count) => {
    const other = generator({ metadata: { name: 'other' } });
    const stranger = {
      ...other,
      spec: { ...other.spec, sources: [{ alias: 'a', kind: 'Bucket', name: 'podinfo' }] },
    };
    const world = createWorld({ objects: [generator(), stranger] as never });

    await wakeGeneratorsOf(source as never, before as never, scopeOf(world, redelivered));

    expect(await bodiesOf(world, 'source')).toMatchObject(
      Array(count).fill({ kind: 'ArtifactGenerator', name: 'gen', reason: 'source', hops: 0 }),
    );
  });
});
