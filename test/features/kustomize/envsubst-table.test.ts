import { describe, expect, test } from 'vitest';
import { envsubst } from '../../../shared/kustomize/envsubst.ts';
import table from './envsubst.json' with { type: 'json' };

const values = new Map(Object.entries(table.values));
/** A text, what Flux's own package makes of it in strict mode, and otherwise: `= result` or `error: why`. */
const answers = table.answers as unknown as readonly (readonly [
  text: string,
  strict: string,
  lenient: string,
])[];

function answerTo(text: string, strict: boolean): string {
  try {
    return `= ${envsubst(text, values, strict)}`;
  } catch (error) {
    return `error: ${(error as Error).message}`;
  }
}

const about = (name: string) => answers.filter(([text]) => new RegExp(`^\\$\\{#?${name}\\b`).test(text));
const known = new Set([...values.keys(), 'UNSET'].flatMap((name) => about(name)));

describe('Flux’s own substitution and this one agree on every operator', () => {
  test.each([
    [
      '[KS-45 plain] [KS-45 case] [KS-45 substring] [KS-45 trim] [KS-45 default] [KS-45 replace] a text',
      'SET',
    ],
    ['[KS-44 empty] an empty text', 'EMPTY'],
    ['[KS-46 bytes] a text of more than one byte a letter', 'UNI'],
    ['a text that looks like a variable', 'NEST'],
    ['a text of two lines', 'LINES'],
    ['[KS-46 literal] a text that looks like a pattern', 'STARS'],
    ['[KS-44 unset] [KS-44 defaults] [KS-44 lenient] no value', 'UNSET'],
  ])('for %s (%s)', (_title, name) => {
    const rows = about(name);
    const got = rows.map(([text]) => [text, answerTo(text, true), answerTo(text, false)]);

    expect(rows.length).toBeGreaterThan(50);
    expect(got).toEqual(rows);
  });

  test('[KS-46 dots] [KS-46 minus-plus] [KS-46 alike] [KS-47 collapses] and on everything odd', () => {
    const rows = answers.filter((row) => !known.has(row));
    const got = rows.map(([text]) => [text, answerTo(text, true), answerTo(text, false)]);

    expect(rows.length).toBeGreaterThan(20);
    expect(got).toEqual(rows);
  });
});
