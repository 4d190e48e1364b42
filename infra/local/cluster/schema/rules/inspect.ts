import { additionalOf, itemsOf, type JsonSchema } from '../json-schema.ts';
import { declaredField, isVisible, seenSchema } from './declared.ts';
import { type Expression, language } from './language.ts';

/** What an expression needs, and what of that is not there. */
export interface Inspection {
  readonly usesOldSelf: boolean;
  readonly problems: readonly string[];
}

/** Names of types, which are values too. */
const TYPES: readonly string[] = [
  ...['bool', 'bytes', 'double', 'duration', 'dyn', 'int', 'list', 'map', 'null_type', 'string'],
  ...['timestamp', 'type', 'uint', 'google'],
];

/** The schema of an expression's value; `unknown` when only its evaluation tells. */
type Known = JsonSchema | 'unknown';

type Scope = ReadonlyMap<string, Known>;

/** Looks for names, fields and functions that there are not. */
export function inspect(expression: Expression, self: JsonSchema, optionalOldSelf: boolean): Inspection {
  const problems = new Set<string>();
  let usesOldSelf = false;

  function visit(node: Expression | undefined, scope: Scope): Known {
    const kind = node?.exprKind;
    switch (kind?.case) {
      case 'identExpr':
        return identifier(kind.value.name, scope);
      case 'selectExpr':
        return select(visit(kind.value.operand, scope), kind.value.field);
      case 'callExpr':
        return call(kind.value, scope);
      case 'listExpr':
        for (const element of kind.value.elements) visit(element, scope);
        return 'unknown';
      case 'structExpr':
        for (const { keyKind, value } of kind.value.entries) {
          if (keyKind.case === 'mapKey') visit(keyKind.value, scope);
          visit(value, scope);
        }
        return 'unknown';
      case 'comprehensionExpr':
        return comprehension(kind.value, scope);
      default:
        return 'unknown';
    }
  }

  function identifier(name: string, scope: Scope): Known {
    if (name === 'oldSelf') usesOldSelf = true;
    const known = scope.get(name);
    if (known === undefined && !TYPES.includes(name)) problems.add(`undeclared reference to '${name}'`);
    return known ?? 'unknown';
  }

  function select(operand: Known, field: string): Known {
    if (operand === 'unknown' || operand['x-kubernetes-int-or-string']) return 'unknown';
    const additional = additionalOf(operand);
    if (additional) return isVisible(additional) ? seenSchema(additional) : 'unknown';
    if (operand.type !== 'object') {
      problems.add(`type '${operand.type}' does not support field selection`);
      return 'unknown';
    }
    const declared = declaredField(operand, field);
    if (!declared) problems.add(`undefined field '${field}'`);
    return declared ?? 'unknown';
  }

  function call(value: CallOf<Expression>, scope: Scope): Known {
    const { function: name, target, args } = value;
    if (!language().knows(name)) problems.add(`the embedded cluster does not know the function '${name}'`);
    const [first = 'unknown'] = [target, ...args].filter((one) => one).map((one) => visit(one, scope));
    if (name === '_[_]' && first !== 'unknown') {
      const inner = itemsOf(first) ?? additionalOf(first);
      return inner ? seenSchema(inner) : 'unknown';
    }
    return 'unknown';
  }

  function comprehension(value: ComprehensionOf<Expression>, scope: Scope): Known {
    const range = visit(value.iterRange, scope);
    const items = range === 'unknown' ? undefined : itemsOf(range);
    const inner = new Map<string, Known>([...scope, [value.accuVar, 'unknown']]);
    inner.set(value.iterVar, items ? seenSchema(items) : 'unknown');
    if (value.iterVar2 !== '') inner.set(value.iterVar2, 'unknown');
    for (const part of [value.accuInit, value.loopCondition, value.loopStep, value.result])
      visit(part, inner);
    return 'unknown';
  }

  visit(
    expression,
    new Map<string, Known>([
      ['self', self],
      ['oldSelf', optionalOldSelf ? 'unknown' : self],
    ]),
  );
  return { usesOldSelf, problems: [...problems] };
}

type CallOf<E extends Expression> = Extract<E['exprKind'], { case: 'callExpr' }>['value'];
type ComprehensionOf<E extends Expression> = Extract<E['exprKind'], { case: 'comprehensionExpr' }>['value'];
