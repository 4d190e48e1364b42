import type { CelError, CelValue } from '@bufbuild/cel';
import { messageOf } from '../../../../../shared/core/failures.ts';
import type { JsonSchema, ValidationRule } from '../json-schema.ts';
import { inspect } from './inspect.ts';
import { type Bindings, type Expression, language } from './language.ts';

/** A rule that can be evaluated. */
export interface CompiledRule {
  readonly rule: ValidationRule;
  readonly usesOldSelf: boolean;
  evaluate(bindings: Bindings): CelValue | CelError;
  readonly message: ((bindings: Bindings) => CelValue | CelError) | undefined;
}

/** What is wrong with a rule or its message's expression. */
export interface RuleProblem {
  readonly part: 'rule' | 'messageExpression';
  readonly detail: string;
}

/** Compiles a rule about values of `schema`, as rules see it. */
export function compileRule(
  rule: ValidationRule,
  schema: JsonSchema,
): { readonly compiled: CompiledRule } | { readonly problem: RuleProblem } {
  const main = compile(rule.rule, schema, rule.optionalOldSelf === true);
  if ('detail' in main) return { problem: { part: 'rule', detail: main.detail } };
  const text = rule.messageExpression ?? '';
  const message = text === '' ? undefined : compile(text, schema, rule.optionalOldSelf === true);
  if (message && 'detail' in message) {
    return { problem: { part: 'messageExpression', detail: message.detail } };
  }
  const { usesOldSelf, evaluate } = main;
  return { compiled: { rule, usesOldSelf, evaluate, message: message?.evaluate } };
}

interface Compiled {
  readonly usesOldSelf: boolean;
  readonly evaluate: (bindings: Bindings) => CelValue | CelError;
}

function compile(
  text: string,
  schema: JsonSchema,
  optional: boolean,
): Compiled | { readonly detail: string } {
  let expression: Expression;
  try {
    expression = language().parse(text);
  } catch (error) {
    return {
      detail: `compilation failed: ${messageOf(error)} (the embedded cluster knows no optional syntax)`,
    };
  }
  const { usesOldSelf, problems } = inspect(expression, schema, optional);
  if (problems.length > 0) return { detail: `compilation failed: ${problems.join('; ')}` };
  try {
    return { usesOldSelf, evaluate: language().plan(expression) };
  } catch (error) {
    return { detail: `compilation failed: ${messageOf(error)}` };
  }
}
