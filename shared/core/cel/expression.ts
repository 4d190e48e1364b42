import { messageOf } from '../failures.ts';
import { check } from './check.ts';
import { evaluate } from './evaluate.ts';
import { type Expression, type Library, loadLibrary } from './library.ts';
import { Budget, MAX_NESTING } from './limits.ts';
import { rewrite } from './rewrite.ts';
import { textOf } from './types.ts';
import { fromJson, type Value } from './values.ts';

export { Budget } from './limits.ts';
export type { Value } from './values.ts';

/** An expression in Flux's dialect of CEL that answers yes or no. */
export interface Condition {
  /** The answer about JSON values by name. Throws an Error in cel-go's words when there is none. */
  holds(names: Readonly<Record<string, unknown>>, budget?: Budget): boolean;
}

/** How an expression is compiled. */
export interface CompileOptions {
  /** Checks names and types before anything is evaluated: these variables (objects) are there, and the result is a bool. */
  readonly variables?: readonly string[];
}

/** A function that compiles expressions, once the evaluator is loaded. It throws an Error, in cel-go's words, about one that cannot be compiled. */
export type Compile = (text: string, options?: CompileOptions) => Condition;

/** Loads the evaluator when it is first needed. */
export async function loadCel(): Promise<Compile> {
  const library = await loadLibrary();
  return (text, options = {}) => compile(text, options, library);
}

function compile(text: string, { variables }: CompileOptions, library: Library): Condition {
  const expression = parsed(text, library);
  if (variables) mustBeBool(text, expression, variables, library);
  refuseConstants(expression, library);
  return {
    holds(names, budget = new Budget()) {
      const values = Object.entries(names).map(([name, json]): [string, Value] => [name, fromJson(json)]);
      const value = said(`failed to evaluate the CEL expression '${text}'`, () =>
        evaluate(expression, new Map(values), library, budget.forOne()),
      );
      if (typeof value !== 'boolean')
        throw new Error(`failed to evaluate CEL expression as boolean: '${text}'`);
      return value;
    },
  };
}

function parsed(text: string, library: Library): Expression {
  return said(`failed to parse the CEL expression '${text.slice(0, 200)}'`, () => {
    const expression = library.parse(rewrite(text));
    if (depthOf(expression, 0) > MAX_NESTING) throw new Error('max recursion depth exceeded');
    if (someIn(expression, isWrongHas)) throw new Error('invalid argument to has() macro');
    return expression;
  });
}

/** Functions whose constants cel-go looks at while it compiles. */
const FOLDED: ReadonlySet<string> = new Set([
  'bool',
  'bytes',
  'double',
  'duration',
  'int',
  'matches',
  'string',
  'timestamp',
  'uint',
]);

/** Finds what can never be evaluated: constants that cannot be converted, messages of unknown types. */
function refuseConstants(expression: Expression, library: Library): void {
  const mustWork = (node: Expression) => {
    const { exprKind: kind } = node;
    if (kind.case === 'structExpr' && kind.value.messageName !== '') {
      throw new Error(`unknown type: ${kind.value.messageName}`);
    }
    const isConstant =
      kind.case === 'callExpr' &&
      FOLDED.has(kind.value.function) &&
      [...(kind.value.target ? [kind.value.target] : []), ...kind.value.args].every(
        ({ exprKind }) => exprKind.case === 'constExpr',
      );
    if (isConstant) evaluate(node, new Map(), library, new Budget().forOne());
    return false;
  };
  said('failed to create CEL program', () => someIn(expression, mustWork));
}

function isWrongHas({ exprKind: kind }: Expression): boolean {
  return kind.case === 'callExpr' && kind.value.function === 'has' && kind.value.target === undefined;
}

function someIn(node: Expression, test: (node: Expression) => boolean): boolean {
  return test(node) || childrenOf(node).some((child) => child !== undefined && someIn(child, test));
}

function mustBeBool(
  text: string,
  expression: Expression,
  variables: readonly string[],
  library: Library,
): void {
  const type = said(`failed to parse the CEL expression '${text}'`, () =>
    check(expression, variables, library),
  );
  if (type.name !== 'bool') {
    throw new Error(`CEL expression output type mismatch: expected bool, got ${textOf(type)}`);
  }
}

function said<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const why = error instanceof RangeError ? 'max recursion depth exceeded' : messageOf(error);
    throw new Error(`${what}: ${why}`, { cause: error });
  }
}

/** How deep an expression is, at most one more than the limit. */
function depthOf(node: Expression | undefined, above: number): number {
  if (node === undefined || above > MAX_NESTING) return above;
  return Math.max(above + 1, ...childrenOf(node).map((child) => depthOf(child, above + 1)));
}

function childrenOf({ exprKind: kind }: Expression): readonly (Expression | undefined)[] {
  switch (kind.case) {
    case 'selectExpr':
      return [kind.value.operand];
    case 'callExpr':
      return [kind.value.target, ...kind.value.args];
    case 'listExpr':
      return kind.value.elements;
    case 'structExpr':
      return kind.value.entries.flatMap(({ keyKind, value }) => [
        keyKind.case === 'mapKey' ? keyKind.value : undefined,
        value,
      ]);
    case 'comprehensionExpr': {
      const { iterRange, accuInit, loopCondition, loopStep, result } = kind.value;
      return [iterRange, accuInit, loopCondition, loopStep, result];
    }
    default:
      return [];
  }
}
