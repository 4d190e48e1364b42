import { describe, expect, test } from 'vitest';
import { Budget, loadCel } from '../../../shared/core/cel/expression.ts';

const compile = await loadCel();
const items = Array.from({ length: 3000 }, (_, index) => index);
const object = { items, s: 'a'.repeat(100_000) };

function nested(depth: number): string {
  const list = '[1,2,3,4,5,6,7,8,9,10]';
  return Array.from({ length: depth }).reduce<string>(
    (inner, _, index) => `${list}.all(x${index}, ${inner})`,
    'true',
  );
}

const COST = /cost limit exceeded|has more than 1048576 characters or items/;

describe('an expression that costs too much is ended', () => {
  test.each<[string, string]>([
    ['nested loops', nested(9)],
    ['loops over the same list', 'items.all(a, items.all(b, items.all(c, a + b + c >= 0)))'],
    ['a text that doubles', `['a']${'.map(x, x + x)'.repeat(60)}.size() == 1`],
    ['a list that doubles', `[[1]]${'.map(x, x + x)'.repeat(60)}.size() == 1`],
    ['a replacement that squares', "s.replace('a', s) == ''"],
    ['replacements in a row', `'a'${".replace('a','aaaaaaaaaa')".repeat(20)} == ''`],
    ['texts joined', "items.map(i, s).join(s) == ''"],
    ['a list that is in a list 3000 times, printed', "'%s'.format([items.map(i, items)]) == ''"],
    ['lists compared', 'items.all(i, items == items)'],
    ['sets compared', 'items.all(i, sets.contains(items, items))'],
    ['texts searched', `items.all(i, s.indexOf('${'a'.repeat(3000)}b') == -1)`],
    ['texts kept', 'items.map(i, s.upperAscii()).size() == 3000'],
    ['lists kept', 'items.map(i, items + items).size() == 3000'],
  ])('%s', (_name, text) => {
    expect(() => compile(text).holds(object)).toThrow(COST);
  });

  test('even where an error would be absorbed', () => {
    expect(() => compile(`${nested(9)} || true`).holds(object)).toThrow(COST);
    expect(() => compile(`[1,2].exists(y, ${nested(9)})`).holds(object)).toThrow(COST);
  });

  test('and with others of the same run, once they cost too much together', () => {
    const budget = new Budget(50_000);
    const condition = compile('items.all(i, i >= 0)');

    expect(condition.holds(object, budget)).toBe(true);
    expect(() => {
      for (let round = 0; round < 10; round++) condition.holds(object, budget);
    }).toThrow(COST);
  });
});

describe('an expression is refused', () => {
  test.each<[string, string, RegExp]>([
    ['that is too long', `${' '.repeat(20_000)}true`, /more than 10240 characters/],
    ['with brackets too deep', `${'('.repeat(5000)}true${')'.repeat(5000)}`, /max recursion depth/],
    ['with operators too deep', `1${'+1'.repeat(4000)} == 1`, /max recursion depth/],
    ['with choices too deep', `${'true?true:'.repeat(900)}true`, /max recursion depth/],
    ['with fields too deep', `a${'.b'.repeat(5000)}`, /max recursion depth/],
  ])('%s', (_name, text, why) => {
    expect(() => compile(text)).toThrow(why);
  });
});

test('patterns cost what their length and their text cost, whatever they ask for', () => {
  expect(compile("s.matches('(a*)*b')").holds(object)).toBe(false);
  expect(compile(`s.matches('${'(x+x+)+y'.repeat(1000)}')`).holds(object)).toBe(false);
});

test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
  'a name that every object of JavaScript has is none here: %s',
  (name) => {
    expect(() => compile(`status.${name} == 1`).holds({ status: {} })).toThrow(`no such key: ${name}`);
    expect(() => compile(`${name} == 1`).holds({})).toThrow('no such attribute(s)');
    expect(() => compile(`'a'.${name}()`).holds({})).toThrow('no such overload');
    expect(() => compile(`${name}(1)`).holds({})).toThrow('no such overload');
    expect(() => compile(`${name}(1)`, { variables: [] })).toThrow('undeclared reference');
  },
);
