import { expect, test } from 'vitest';
import type { ArtifactGenerator } from '../../../shared/api/artifact-generator.ts';
import { circleThrough } from '../../../shared/reconcile/artifact-generator/circle.ts';
import { conclude } from '../../../shared/reconcile/artifact-generator/conclude.ts';
import { condition, NOW } from '../../builders.ts';
import { digest, generator, inventory, ready, sources } from './generators.ts';

/** A generator that makes an artifact of its own name of those of others, and of a repository. */
function of(name: string, ...others: readonly string[]): ArtifactGenerator {
  const externals = others.map((other) => ({ alias: other, kind: 'ExternalArtifact' as const, name: other }));
  return generator({
    metadata: { name },
    spec: { sources: [{ alias: 'src', kind: 'GitRepository', name: 'src' }, ...externals] } as never,
    status: { inventory: [{ name, namespace: 'apps', digest, filename: '1.tar.gz' }] },
  });
}

test.each<[string, readonly ArtifactGenerator[], readonly string[] | undefined]>([
  ['itself', [of('a', 'a')], ['apps/a']],
  ['another', [of('a', 'b'), of('b', 'a')], ['apps/a', 'apps/b']],
  ['the shortest way', [of('a', 'd', 'b'), of('b', 'c'), of('c', 'a'), of('d', 'a')], ['apps/a', 'apps/d']],
  ['nobody', [of('a', 'b'), of('b')], undefined],
  ['a circle of others', [of('a', 'b'), of('b', 'c'), of('c', 'b')], undefined],
  ['what nobody made', [of('a', 'gone')], undefined],
])('a generator is made of its own artifacts through %s', (_, all, circle) => {
  expect(circleThrough(all[0] as ArtifactGenerator, all)).toEqual(circle);
});

test('what has settled is circular no longer', () => {
  const object = ready({ conditions: [condition('Ready', 'True'), condition('Circular', 'True')] });
  const seen = { now: NOW, ready: undefined, problem: undefined, unready: undefined, sources } as const;
  const whole = { ...seen, kept: 'whole', externals: [], urlOf: (path: string) => path } as const;

  const { status } = conclude(object, { do: 'keep' }, whole, { kind: 'nothing' }, 0);

  expect(status.conditions?.map(({ type }) => type)).toEqual(['Ready']);
  expect(status.inventory).toEqual(inventory);
});
