import { describe, expect, test } from 'vitest';
import { createSeededChance } from '../../../shared/adapters/memory/seeded-chance.ts';
import { dependenciesOf, inDependencyOrder } from '../../../shared/reconcile/dependency-order.ts';
import { kustomization } from '../../builders.ts';

/** `a: b c/d` is Kustomization a that depends on b and on d of namespace c. */
function objects(...lines: readonly string[]) {
  return lines.map((line) => {
    const [name = '', list = ''] = line.split(':').map((part) => part.trim());
    const dependsOn = list.split(' ').filter(Boolean).map(referenceOf);
    return kustomization({ metadata: { name }, spec: { dependsOn } });
  });
}

function referenceOf(text: string) {
  const [first = '', second] = text.split('/');
  return second === undefined ? { name: first } : { namespace: first, name: second };
}

const namesOf = (all: readonly { metadata: { name: string } }[]) => all.map(({ metadata }) => metadata.name);

describe('dependency order', () => {
  test('[KS-16 order] dependencies come before those that depend on them', () => {
    const { ordered, cycles } = inDependencyOrder(
      objects('app: database cache', 'cache: base', 'database: base', 'base'),
    );

    expect(namesOf(ordered)).toEqual(['base', 'database', 'cache', 'app']);
    expect(cycles).toEqual([]);
  });

  test('ties keep their order', () => {
    expect(namesOf(inDependencyOrder(objects('c', 'a', 'b')).ordered)).toEqual(['c', 'a', 'b']);
  });

  test('what is not in the list is no hindrance', () => {
    expect(namesOf(inDependencyOrder(objects('a: elsewhere/x missing', 'b')).ordered)).toEqual(['a', 'b']);
  });

  test('a dependency of another namespace is another object', () => {
    const [a] = objects('a: other/b b');

    expect(a && dependenciesOf(a)).toEqual(['other/b', 'apps/b']);
    expect(namesOf(inDependencyOrder(objects('a: other/b', 'b: a')).ordered)).toEqual(['a', 'b']);
  });

  test('a cycle is told with its way round, and nobody is lost', () => {
    const { ordered, cycles } = inDependencyOrder(objects('a: b', 'b: c', 'c: a', 'd: c', 'e'));

    expect(cycles).toEqual([['apps/a', 'apps/b', 'apps/c', 'apps/a']]);
    expect(namesOf(ordered).toSorted()).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(namesOf(ordered).indexOf('d')).toBeGreaterThan(namesOf(ordered).indexOf('c'));
  });

  test('an object may even depend on itself', () => {
    expect(inDependencyOrder(objects('a: a')).cycles).toEqual([['apps/a', 'apps/a']]);
  });

  test('an object without spec has no dependencies', () => {
    const { spec: _spec, ...bare } = kustomization();

    expect(dependenciesOf(bare)).toEqual([]);
  });

  test('without cycles every object comes after all of its dependencies', () => {
    const chance = createSeededChance(3);
    for (let round = 0; round < 100; round++) {
      const names = Array.from({ length: 12 }, (_, index) => `n${index}`);
      const lines = names.map((name, index) => {
        const before = names.slice(0, index).filter(() => chance.number() < 0.3);
        return `${name}: ${before.join(' ')}`;
      });
      const shuffled = lines
        .map((line) => ({ line, order: chance.number() }))
        .toSorted((a, b) => a.order - b.order)
        .map(({ line }) => line);

      const { ordered, cycles } = inDependencyOrder(objects(...shuffled));

      const place = new Map(ordered.map((object, index) => [`apps/${object.metadata.name}`, index]));
      for (const object of ordered) {
        const own = place.get(`apps/${object.metadata.name}`) ?? -1;
        for (const dependency of dependenciesOf(object)) expect(place.get(dependency)).toBeLessThan(own);
      }
      expect(cycles).toEqual([]);
      expect(ordered).toHaveLength(12);
    }
  });
});
