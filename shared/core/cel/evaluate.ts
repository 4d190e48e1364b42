import { memberAt, optionalAt, optionalMember } from './access.ts';
import { NO_OVERLOAD } from './conversions.ts';
import { callFunction, nativeOf } from './functions.ts';
import type { Expression, Library } from './library.ts';
import { type Budget, fits, TooExpensive } from './limits.ts';
import { chainOf, constant, identifier, Pending, type Place, within } from './names.ts';
import { OPTIONAL_ENTRY, OPTIONAL_INDEX, OPTIONAL_SELECT } from './rewrite.ts';
import { isList, isMap, keyOf, type MapKey, NONE, Optional, typeName, type Value } from './values.ts';

type Kind<Case> = Extract<Expression['exprKind'], { readonly case: Case }>;
type Call = Kind<'callExpr'>['value'];
type Fold = Kind<'comprehensionExpr'>['value'];

/** The value of an expression. Throws an Error with cel-go's words; TooExpensive when the budget is used up. */
export function evaluate(
  expression: Expression,
  names: ReadonlyMap<string, Value>,
  library: Library,
  budget: Budget,
): Value {
  return visit(expression, { names, library, budget });
}

function visit(node: Expression | undefined, place: Place): Value {
  place.budget.charge(1);
  const kind = node?.exprKind;
  switch (kind?.case) {
    case 'constExpr':
      return constant(kind.value, place);
    case 'identExpr':
      return identifier(kind.value.name, kind.value.name, place);
    case 'selectExpr':
      return select(kind.value, place);
    case 'callExpr':
      return call(kind.value, place);
    case 'listExpr':
      return kind.value.elements.flatMap((element) => listed(element, place));
    case 'structExpr':
      return struct(kind.value, place);
    case 'comprehensionExpr':
      return fold(kind.value, place);
    default:
      throw new Error('invalid expression');
  }
}

function select({ operand, field, testOnly }: Kind<'selectExpr'>['value'], place: Place): Value {
  const container = selected(operand, field, place);
  if (container instanceof Optional) {
    const inner =
      container.value === undefined ? NONE : optionalMember(container.value, field, place.library);
    return testOnly ? inner.value !== undefined : inner;
  }
  if (testOnly) {
    if (!isMap(container)) throw new Error(`${NO_OVERLOAD}`);
    return container.has(field);
  }
  if (!isMap(container)) throw new Error(NO_OVERLOAD);
  const value = container.get(field);
  if (value === undefined) throw new Error(`no such key: ${field}`);
  return value;
}

/** What a field is selected from; an unknown name is told with the fields that were asked of it. */
function selected(operand: Expression | undefined, field: string, place: Place): Value {
  const chain = chainOf(operand);
  const root = chain?.[0];
  if (chain && root !== undefined && !place.names.has(root)) {
    throw new Error(`no such attribute(s): ${[...chain, field].join('.')}`);
  }
  return visit(operand, place);
}

function call(node: Call, place: Place): Value {
  const { function: name, target, args } = node;
  switch (name) {
    case '_&&_':
      return decided(args, false, place);
    case '_||_':
      return decided(args, true, place);
    case '_?_:_':
      return conditional(args, place);
    case '_[_]':
      return memberAt(visit(args[0], place), visit(args[1], place), place.library);
    case '@not_strictly_false':
      return notFalse(args[0], place);
    case OPTIONAL_SELECT:
    case OPTIONAL_INDEX:
      return optionalAt(visit(target, place), visit(args[0], place), place.library);
    case OPTIONAL_ENTRY:
      throw new Error('an optional entry stands in a list or a map only');
    case 'optMap':
    case 'optFlatMap':
      return mapped(node, place);
    default:
      return plain(node, place);
  }
}

function plain({ function: name, target, args }: Call, place: Place): Value {
  if (name === '_+_' && isOwnList(args[0], place)) return appended(args, place);
  const qualified = target && [...(chainOf(target) ?? []), name].join('.');
  if (qualified && !place.names.has(qualified.split('.', 1)[0] ?? '') && isFunction(qualified, place)) {
    return callFunction(
      place,
      qualified,
      false,
      args.map((arg) => visit(arg, place)),
    );
  }
  if (target === undefined) {
    return callFunction(
      place,
      name,
      false,
      args.map((arg) => visit(arg, place)),
    );
  }
  const self = visit(target, place);
  const isLazy =
    (name === 'or' || name === 'orValue') && self instanceof Optional && self.value !== undefined;
  if (isLazy) return name === 'or' ? self : (self.value ?? null);
  return callFunction(place, name, true, [self, ...args.map((arg) => visit(arg, place))]);
}

function isFunction(name: string, { library }: Place): boolean {
  return name.includes('.') && (nativeOf(name) !== undefined || library.knows(name));
}

/** The list that a macro builds: nobody else sees it until it is done, so that it may grow in place. */
function isOwnList(node: Expression | undefined, { names }: Place): boolean {
  return (
    node?.exprKind.case === 'identExpr' &&
    node.exprKind.value.name === '@result' &&
    Array.isArray(names.get('@result'))
  );
}

function appended([list, more]: readonly (Expression | undefined)[], place: Place): Value {
  const into = visit(list, place) as Value[];
  const items = visit(more, place);
  if (!isList(items)) throw new Error(NO_OVERLOAD);
  fits(into.length + items.length);
  into.push(...items);
  return into;
}

/** `&&` and `||`: the value that decides wins over an error on either side. */
function decided(args: readonly Expression[], deciding: boolean, place: Place): Value {
  let trouble: unknown;
  for (const arg of args) {
    try {
      const value = visit(arg, place);
      if (value === deciding) return deciding;
      if (typeof value !== 'boolean') trouble ??= new Error(NO_OVERLOAD);
    } catch (error) {
      if (isFatal(error)) throw error;
      trouble ??= error;
    }
  }
  if (trouble !== undefined) throw trouble;
  return !deciding;
}

function isFatal(error: unknown): boolean {
  return error instanceof TooExpensive || error instanceof RangeError || !(error instanceof Error);
}

function conditional([condition, yes, no]: readonly Expression[], place: Place): Value {
  const value = visit(condition, place);
  if (typeof value !== 'boolean') throw new Error(NO_OVERLOAD);
  return visit(value ? yes : no, place);
}

function notFalse(arg: Expression | undefined, place: Place): Value {
  try {
    return visit(arg, place) !== false;
  } catch (error) {
    if (isFatal(error)) throw error;
    return true;
  }
}

function mapped({ function: name, target, args }: Call, place: Place): Value {
  const self = visit(target, place);
  const [variable, body] = args;
  if (!(self instanceof Optional) || variable?.exprKind.case !== 'identExpr' || args.length !== 2) {
    throw new Error(`${NO_OVERLOAD}: ${name}`);
  }
  if (self.value === undefined) return NONE;
  const value = visit(body, within(place, variable.exprKind.value.name, self.value));
  if (name === 'optMap') return new Optional(value);
  if (!(value instanceof Optional)) throw new Error(`${NO_OVERLOAD}: ${name}`);
  return value;
}

/** The value of an element, none when it is an optional entry without one. */
function listed(element: Expression, place: Place): readonly Value[] {
  const inner = entryOf(element);
  if (!inner) return [visit(element, place)];
  const value = visit(inner, place);
  if (!(value instanceof Optional)) throw new Error(NO_OVERLOAD);
  return value.value === undefined ? [] : [value.value];
}

function entryOf(node: Expression | undefined): Expression | undefined {
  const kind = node?.exprKind;
  return kind?.case === 'callExpr' && kind.value.function === OPTIONAL_ENTRY ? kind.value.args[0] : undefined;
}

function struct({ messageName, entries }: Kind<'structExpr'>['value'], place: Place): Value {
  if (messageName !== '') throw new Error(`unknown type: ${messageName}`);
  const made = new Map<MapKey, Value>();
  for (const { keyKind, value } of entries) {
    if (keyKind.case !== 'mapKey') throw new Error('invalid entry');
    const inner = entryOf(keyKind.value);
    const key = keyOf(visit(inner ?? keyKind.value, place), place.library);
    const found = visit(value, place);
    if (!inner) made.set(key, found);
    else if (!(found instanceof Optional)) throw new Error(NO_OVERLOAD);
    else if (found.value !== undefined) made.set(key, found.value);
  }
  return made;
}

function fold(node: Fold, place: Place): Value {
  const range = visit(node.iterRange, place);
  const items = isMap(range) ? [...range.keys()] : range;
  if (!isList(items)) {
    throw new Error(`got '${typeName(range, place.library)}', expected iterable type`);
  }
  const start = visit(node.accuInit, place);
  const names = new Map<string, Value | Pending>(place.names).set(node.accuVar, start);
  const inner = { ...place, names };
  for (const item of items) {
    names.set(node.iterVar, item);
    if (visit(node.loopCondition, inner) !== true) break;
    step(node, inner, names);
  }
  return visit(node.result, inner);
}

function step(node: Fold, place: Place, names: Map<string, Value | Pending>): void {
  const before = names.get(node.accuVar);
  try {
    names.set(node.accuVar, visit(node.loopStep, place));
  } catch (error) {
    const mayStillBeDecided = typeof before === 'boolean' || before instanceof Pending;
    if (isFatal(error) || !mayStillBeDecided) throw error;
    names.set(node.accuVar, new Pending(error));
  }
}
