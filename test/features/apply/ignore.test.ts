import { describe, expect, test } from 'vitest';
import { pointerOf, valueAt, without, withValue } from '../../../shared/apply/ignore/pointer.ts';
import { ignoreOf } from '../../../shared/apply/ignore/rules.ts';
import type { IgnoreTarget } from '../../../shared/apply/ignore/selector.ts';
import { loadPatterns } from '../../../shared/core/cel/patterns.ts';

const compile = await loadPatterns();
const object = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: {
    name: 'web-1',
    namespace: 'apps-eu',
    labels: { tier: 'a', 'example.com/size': '3' },
    annotations: { note: 'd' },
  },
};

function selects(target: IgnoreTarget): boolean {
  return ignoreOf([{ paths: ['/spec'], target }], compile)(object).length > 0;
}

describe('[KS-71 target] a target selects', () => {
  test.each<[IgnoreTarget, boolean]>([
    [{}, true],
    [{ group: 'apps', version: 'v1', kind: 'Deployment', name: 'web-.*', namespace: 'apps-.*' }, true],
    [{ kind: 'Deploy' }, false],
    [{ name: 'web' }, false],
    [{ name: 'web|web-1' }, true],
    [{ group: 'app.*' }, true],
    [{ namespace: 'eu' }, false],
    [{ labelSelector: 'tier=a' }, true],
    [{ labelSelector: 'tier == a , !other' }, true],
    [{ labelSelector: 'tier!=a' }, false],
    [{ labelSelector: 'other!=a' }, true],
    [{ labelSelector: 'tier in (a, b),example.com/size' }, true],
    [{ labelSelector: 'tier notin (a)' }, false],
    [{ labelSelector: 'other notin (a)' }, true],
    [{ labelSelector: 'other in (a)' }, false],
    [{ labelSelector: 'example.com/size > 2, example.com/size < 4' }, true],
    [{ labelSelector: 'tier > 2' }, false],
    [{ labelSelector: 'constructor' }, false],
    [{ annotationSelector: 'note in (d)' }, true],
    [{ annotationSelector: 'note notin (d)' }, false],
  ])('%j: %s', (target, expected) => {
    expect(selects(target)).toBe(expected);
  });
});

describe('a rule is refused', () => {
  test.each<[IgnoreTarget, string]>([
    [{ group: 'a(' }, 'invalid group regex: error parsing regexp: missing closing ): `^(?:a()$`'],
    [{ name: '(?=a)' }, 'invalid name regex: error parsing regexp'],
    [{ kind: 'x'.repeat(2000) }, 'invalid kind regex: pattern has more than 1024 characters'],
    [{ labelSelector: 'a b' }, 'invalid label selector: unable to parse requirement: "a b"'],
    [{ labelSelector: 'a > b' }, "invalid label selector: for '>' operator, the value must be an integer"],
    [{ annotationSelector: '=' }, 'invalid annotation selector: unable to parse requirement: "="'],
  ])('for %j', (target, why) => {
    expect(() => ignoreOf([{ paths: ['/spec'], target }], compile)).toThrow(why);
  });

  test('for a path that is no JSON pointer', () => {
    expect(() => ignoreOf([{ paths: ['spec.replicas'] }], compile)).toThrow(
      'invalid JSON pointer: "spec.replicas"',
    );
  });
});

test('patterns that would never end elsewhere are matched in time', () => {
  const name = `${'a'.repeat(200)}!`;
  const [path] = ignoreOf(
    [{ paths: ['/x'], target: { name: '(a+)+(a+)+' } }],
    compile,
  )({
    ...object,
    metadata: { name },
  });

  expect(path).toBeUndefined();
});

describe('pointers', () => {
  const document = { 'a/b': [{ '~c': 1 }, { d: 2 }], e: null };

  test('lead through names and lists', () => {
    expect(pointerOf('/a~1b/0/~0c')).toEqual(['a/b', '0', '~c']);
    expect(valueAt(document, pointerOf('/a~1b/1/d'))).toBe(2);
    expect(valueAt(document, pointerOf('/a~1b/-1'))).toBeUndefined();
    expect(valueAt(document, pointerOf('/constructor'))).toBeUndefined();
  });

  test('take away what is there, and change it, and nothing else', () => {
    expect(without(document, pointerOf('/a~1b/0'))).toEqual({ 'a/b': [{ d: 2 }], e: null });
    expect(without(document, pointerOf('/a~1b/1/d'))).toEqual({ 'a/b': [{ '~c': 1 }, {}], e: null });
    expect(without(document, pointerOf('/none/at/all'))).toBe(document);
    expect(withValue(document, pointerOf('/a~1b/1/d'), 3)).toEqual({
      'a/b': [{ '~c': 1 }, { d: 3 }],
      e: null,
    });
    expect(withValue(document, pointerOf('/f'), 3)).toBe(document);
  });
});
