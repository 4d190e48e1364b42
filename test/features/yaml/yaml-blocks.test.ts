import { describe, expect, it } from 'vitest';
import { parseYamlDocuments, readFully, type YamlValue } from '../../../shared/core/yaml.ts';
import { readYamlBlocks } from '../../../shared/core/yaml-blocks/read.ts';
import { resolvePlain } from '../../../shared/core/yaml-scalar.ts';
import { mutationsOf, TEXTS } from './texts.ts';

function fast(text: string): readonly YamlValue[] | undefined {
  const documents = readYamlBlocks(text, { resolve: (scalar) => resolvePlain(scalar, 'v3'), strict: true });
  return documents?.map((document) => document ?? null) as readonly YamlValue[] | undefined;
}

function full(text: string): readonly YamlValue[] {
  return readFully(text, { dialect: 'v3', duplicates: 'error' });
}

describe('the reader of plain YAML', () => {
  it.each(TEXTS)('reads what the full parser reads: %j', (text) => {
    expect(fast(text)).toEqual(full(text));
  });

  it.each([
    ['an anchor', 'a: &x 1\nb: *x\n'],
    ['a tag', 'a: !!str 1\n'],
    ['a merge key', 'a: {<<: {b: 1}}\n'],
    ['a directive', '%YAML 1.1\n---\na: 1\n'],
    ['an explicit key', '? a\n: 1\n'],
    ['a key given twice', 'a: 1\na: 2\n'],
    ['a key that is a number', '1: a\n'],
    ['a key that would change what an object is', '__proto__: {a: 1}\n'],
    ['a key of many characters', `${'k'.repeat(1100)}: 1\n`],
    ['a carriage return', 'a: 1\r\n'],
    ['a control character', 'a: "\x01"\n'],
    ['half a character', 'a: "\\ud800"\n'],
    ['a tab as indentation', 'a:\n\tb: 1\n'],
    ['a line that is too shallow', 'a:\n    b: 1\n  c: 2\n'],
    ['an end that is missing', 'a: [1, 2\n'],
    ['a block that ends in spaces beyond its own', 'a: |2\n    x\n    \n'],
    ['levels beyond reason', '['.repeat(5000)],
  ])('leaves %s to the full parser', (_, text) => {
    expect(fast(text)).toBeUndefined();
  });

  it('never says anything else than the full parser, whatever is done to a text', () => {
    let read = 0;
    for (const text of mutationsOf(TEXTS, 20_000)) {
      const value = fast(text);
      if (value === undefined) continue;
      read += 1;
      expect(value, JSON.stringify(text)).toEqual(full(text));
    }
    expect(read).toBeGreaterThan(4000);
  });

  it('takes time in proportion to the text', () => {
    const spaces = `a: x${' '.repeat(2_000_000)}x\nb: "${' '.repeat(2_000_000)}"\n`;
    const list = `[${'{"a":1},'.repeat(100_000)}1]`;

    // Quadratic time would run into the test's own limit.
    expect(fast(spaces)).toBeDefined();
    expect(fast(list)).toBeDefined();
  });

  it('is what parseYamlDocuments uses, in both dialects', () => {
    const text = 'a: yes\n---\n---\nb: [on]\n';

    expect(parseYamlDocuments(text)).toEqual([{ a: true }, null, { b: [true] }]);
    expect(parseYamlDocuments(text, { dialect: 'v3' })).toEqual([{ a: 'yes' }, null, { b: ['on'] }]);
  });
});
