import { describe, expect, it } from 'vitest';
import { isFault } from '../../../shared/core/failures.ts';
import { MAX_YAML_DEPTH, parseYaml, parseYamlDocuments } from '../../../shared/core/yaml.ts';

/** What sigs.k8s.io/yaml 1.6.0 (go-yaml v2) makes of `a: <text>`, recorded by running it. */
const PLAIN: readonly (readonly [string, unknown])[] = [
  ['y', true],
  ['n', false],
  ['yes', true],
  ['No', false],
  ['oN', 'oN'],
  ['off', false],
  ['True', true],
  ['tRue', 'tRue'],
  ['null', null],
  ['~', null],
  ['0', 0],
  ['00', 0],
  ['08', 8],
  ['012', 10],
  ['0o12', 10],
  ['0x1F', 31],
  ['0xg', '0xg'],
  ['0b101', 5],
  ['-0b11', -3],
  ['+5', 5],
  ['+-5', '+-5'],
  ['1_000', 1000],
  ['_1', '_1'],
  ['0_7', 7],
  ['1.10', 1.1],
  ['1.', 1],
  ['.5', 0.5],
  ['.5e3', 500],
  ['._5', '._5'],
  ['1e3', 1000],
  ['1e+3', 1000],
  ['12:30:45', '12:30:45'],
  ['2001-01-01', '2001-01-01'],
  ['18446744073709551616', 18446744073709552000],
  ['0.', 0],
  ['NaN', 'NaN'],
  ['1.e5', 100000],
  ['1e400', '1e400'],
  ['-0', 0],
  ['0777', 511],
];

describe('YAML as Kubernetes reads it', () => {
  it.each(PLAIN)('[KS-41 yaml-types] reads the plain scalar %s as %j', (text, value) => {
    expect(parseYaml(`a: ${text}\n`)).toEqual({ a: value });
  });

  it('keeps integers beyond 2^53 exact', () => {
    expect(parseYaml('a: 9223372036854775807\n')).toEqual({ a: 9223372036854775807n });
    expect(parseYaml('a: -9007199254740993\n')).toEqual({ a: -9007199254740993n });
  });

  it('leaves quoted words alone', () => {
    expect(parseYaml('a: "yes"\nb: \'5\'\nc: !!str 5\n')).toEqual({ a: 'yes', b: '5', c: '5' });
  });

  it('lets the last of two equal keys win, or refuses it with its line', () => {
    expect(parseYaml('a: 1\na: 2\n')).toEqual({ a: 2 });
    expect(codeOf(() => parseYaml('a: 1\na: 2\n', { duplicates: 'error' }))).toEqual(['malformed', 2]);
  });

  it('merges maps as go-yaml v2 does: a later merge overrides an earlier key', () => {
    expect(parseYaml('x: &a {p: 1}\nz:\n  <<: *a\n  p: 2\n')).toEqual({ x: { p: 1 }, z: { p: 2 } });
    expect(parseYaml('x: &a {p: 1}\nz:\n  p: 2\n  <<: *a\n')).toEqual({ x: { p: 1 }, z: { p: 1 } });
  });

  it('writes numbers and booleans that are keys as text', () => {
    expect(parseYaml('1: a\ntrue: b\n0x10: d\n')).toEqual({ 1: 'a', true: 'b', 16: 'd' });
  });

  it('keeps a key called __proto__ a key', () => {
    expect(Object.keys(parseYaml('__proto__: x\n') as object)).toEqual(['__proto__']);
  });

  it('reads every document, an empty one as null', () => {
    expect(parseYamlDocuments('a: 1\n---\n---\nb: 2\n')).toEqual([{ a: 1 }, null, { b: 2 }]);
    expect(parseYamlDocuments('')).toEqual([]);
  });

  it.each([
    ['an unclosed list', 'a: [1, 2\n'],
    ['a tab as indentation', '\ta: b\n'],
    ['an unknown anchor', 'a: *b\n'],
    ['an anchor that contains itself', 'a: &a [*a]\n'],
    ['a map as a key', '? [a]\n: b\n'],
    ['not a number', 'a: .nan\n'],
    ['text tagged as an integer', 'a: !!int x\n'],
  ])('refuses %s', (_, text) => {
    expect(codeOf(() => parseYaml(text))[0]).toBe('malformed');
  });

  it('says the line of a problem', () => {
    expect(codeOf(() => parseYaml('a: 1\nb: 2\nc: *nobody\n'))).toEqual(['malformed', 3]);
  });

  it('refuses a bomb of aliases before it grows', () => {
    const level = (from: string, to: string) => `${to}: &${to} [${Array(10).fill(`*${from}`).join(', ')}]\n`;
    const names = 'abcdefghij'.split('');
    const bomb = names.slice(1).reduce((text, to, i) => text + level(names[i] as string, to), 'a: &a [x]\n');

    expect(codeOf(() => parseYaml(bomb))[0]).toBe('too-large');
  });

  it.each([
    ['list', `[${'a,'.repeat(600_000)}]`],
    ['text of lines', '- a\n'.repeat(600_000)],
  ])('refuses a %s of so many items that they would take all memory', (_, text) => {
    expect(codeOf(() => parseYaml(text))[0]).toBe('too-large');
  });

  it('reads a large file of long lines', () => {
    const lines = Array.from(
      { length: 1000 },
      (_, index) => `k${index}: ${'x,'.repeat(250)}${'x'.repeat(1500)}\n`,
    );

    expect(Object.keys(parseYaml(lines.join('')) as object)).toHaveLength(1000);
  });

  // Each recorded by running kustomize 5.5 on a ConfigMap with this as its last value.
  it.each([
    ['|\n    hello', 'hello'],
    ['|\n    hello ', 'hello '],
    ['|\n    hello\n    ', 'hello\n'],
    ['|\n    hello\n     ', 'hello\n '],
    ['|+\n    hello', 'hello'],
    ['>\n    hello\n    b', 'hello b'],
    ['|\n    hello\n\n', 'hello\n'],
    ['"hello\\n"', 'hello\n'],
  ])('ends the block %j with the file, as go-yaml does', (block, value) => {
    expect(parseYaml(`data:\n  x: ${block}`)).toEqual({ data: { x: value } });
  });

  it('refuses nesting and sizes beyond its limits', () => {
    const deep = MAX_YAML_DEPTH + 5;
    expect(codeOf(() => parseYaml(`${'- '.repeat(deep)}x`))[0]).toBe('too-large');
    expect(codeOf(() => parseYaml('['.repeat(100_000)))[0]).toBe('too-large');
    expect(codeOf(() => parseYaml('a: b\n', { maxCharacters: 3 }))[0]).toBe('too-large');
  });
});

function codeOf(action: () => unknown): unknown[] {
  try {
    action();
  } catch (error) {
    if (isFault(error)) return [error.code, error.data.line];
    throw error;
  }
  return ['no fault'];
}
