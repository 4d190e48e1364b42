import { describe, expect, test } from 'vitest';
import { loadCel } from '../../../shared/core/cel/expression.ts';
import table from './cel-go.json' with { type: 'json' };

const compile = await loadCel();

/** What Flux's own package answered: expression, checked as a readyExpr is, parsed as healthCheckExprs are. */
const answers = table.answers as unknown as readonly (readonly [
  expression: string,
  checked: string,
  parsed: string,
])[];
const VARIABLES = ['self', 'dep', 'status', 'metadata'];

/** Where this evaluator is known to be otherwise. */
const KNOWN = {
  /** Messages of protobuf, which no Kubernetes object has. */
  verdict: ['google.protobuf.Timestamp{seconds: 1} == timestamp(1)'],
  /** The same failure in other words. */
  words: ['a.?b.c == 1', '[1,2].sum() == 3'],
};

function verdictOf(expression: string, variables?: readonly string[]): string {
  try {
    const condition = compile(expression, variables ? { variables } : {});
    try {
      return String(condition.holds(table.data));
    } catch (error) {
      return `error: ${(error as Error).message}`;
    }
  } catch (error) {
    return `refused: ${(error as Error).message}`;
  }
}

/** Positions and the words of a parser are its own. */
const comparable = (verdict: string): string => (verdict.startsWith('refused') ? 'refused' : verdict);

describe('[KS-87 libraries] Flux’s own evaluator and this one agree', () => {
  const compared = answers.filter(
    ([expression]) => !KNOWN.verdict.includes(expression) && !KNOWN.words.includes(expression),
  );

  test.each(compared)('%s', (expression, checked, parsed) => {
    expect(comparable(verdictOf(expression, VARIABLES))).toBe(comparable(checked));
    expect(comparable(verdictOf(expression))).toBe(comparable(parsed));
  });

  test.each(answers.filter(([expression]) => KNOWN.words.includes(expression)))(
    '%s, but for the words',
    (expression, checked, parsed) => {
      const kind = (verdict: string) => verdict.split(':', 1)[0];

      expect(kind(verdictOf(expression, VARIABLES))).toBe(kind(checked));
      expect(kind(verdictOf(expression))).toBe(kind(parsed));
    },
  );

  test('and everything known to differ does', () => {
    const differing = answers.filter(
      ([expression, , parsed]) => comparable(verdictOf(expression)) !== comparable(parsed),
    );
    const names = differing.map(([expression]) => expression);

    expect(names.toSorted()).toEqual([...KNOWN.verdict, ...KNOWN.words].toSorted());
  });
});

test.each([
  ["'foo'", 'CEL expression output type mismatch: expected bool, got string'],
  ['dep.status.ready', 'CEL expression output type mismatch: expected bool, got dyn'],
  ['foo', "failed to parse the CEL expression 'foo': undeclared reference to 'foo'"],
  [
    "self == 'bar'",
    "failed to parse the CEL expression 'self == 'bar'': found no matching overload for '_==_' applied to '(map(string, dyn), string)'",
  ],
])('%s is refused in the words of cel-go', (expression, message) => {
  expect(() => compile(expression, { variables: VARIABLES })).toThrow(message);
});
