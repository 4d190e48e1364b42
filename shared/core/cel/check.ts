import { nativeOf } from './functions.ts';
import type { Expression, Library } from './library.ts';
import { chainOf, TYPES } from './names.ts';
import { OPTIONAL_ENTRY, OPTIONAL_INDEX, OPTIONAL_SELECT } from './rewrite.ts';
import {
  accepts,
  BOOL,
  DYN,
  FREE,
  isAny,
  joined,
  listOf,
  mapOf,
  type Overload,
  optionalOf,
  overloadOf,
  resolved,
  simple,
  type Type,
  textOf,
  typeOfLibrary,
} from './types.ts';

type Kind<Case> = Extract<Expression['exprKind'], { readonly case: Case }>;
type Scope = ReadonlyMap<string, Type>;

/** The types of what the package's functions do not tell: they hold for any type. */
const GENERIC: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries({
    '_==_': ['A A => bool'],
    '_!=_': ['A A => bool'],
    '_+_': ['list(A) list(A) => list(A)'],
    '.join': ['list(string) => string', 'list(string) string => string'],
    '.split': ['string string => list(string)', 'string string int => list(string)'],
  }),
);

/** The type of an expression's value. Throws an Error about names and calls that there are not. */
export function check(expression: Expression, variables: readonly string[], library: Library): Type {
  const struct = mapOf(simple('string'), DYN);
  return new Checker(library).visit(expression, new Map(variables.map((name) => [name, struct])));
}

class Checker {
  readonly #library: Library;

  constructor(library: Library) {
    this.#library = library;
  }

  visit(node: Expression | undefined, scope: Scope): Type {
    const kind = node?.exprKind;
    switch (kind?.case) {
      case 'constExpr':
        return constantType(kind.value);
      case 'identExpr':
        return identifier(kind.value.name, scope);
      case 'selectExpr':
        return this.#select(kind.value, scope);
      case 'callExpr':
        return this.#call(kind.value, scope);
      case 'listExpr':
        return listOf(this.#same(kind.value.elements.map((element) => this.#entry(element, scope))));
      case 'structExpr':
        return this.#struct(kind.value, scope);
      case 'comprehensionExpr':
        return this.#fold(kind.value, scope);
      default:
        throw new Error('invalid expression');
    }
  }

  #select({ operand, field, testOnly }: Kind<'selectExpr'>['value'], scope: Scope): Type {
    const type = this.visit(operand, scope);
    const member = memberOf(type, simple('string'));
    if (!member) throw new Error(`type '${textOf(type)}' does not support field selection of '${field}'`);
    return testOnly ? BOOL : member;
  }

  #same(types: readonly Type[]): Type {
    return types.reduce((one, other) => {
      const both = joined(one, other);
      const mixes = !both || (isAny(one) !== isAny(other) && one.name !== '?' && other.name !== '?');
      if (mixes) throw new Error(`expected type '${textOf(one)}' but found '${textOf(other)}'`);
      return both;
    }, FREE);
  }

  /** What is formatted may be of any types. */
  #mixed({ elements }: Kind<'listExpr'>['value'], scope: Scope): Type {
    for (const element of elements) this.#entry(element, scope);
    return listOf(DYN);
  }

  #entry(element: Expression, scope: Scope): Type {
    const kind = element.exprKind;
    if (kind.case !== 'callExpr' || kind.value.function !== OPTIONAL_ENTRY) return this.visit(element, scope);
    const [type = DYN] = [this.visit(kind.value.args[0], scope)];
    return type.name === 'optional_type' ? (type.of[0] ?? DYN) : DYN;
  }

  #struct({ messageName, entries }: Kind<'structExpr'>['value'], scope: Scope): Type {
    if (messageName !== '') throw new Error(`undeclared reference to '${messageName}'`);
    const keys = entries.flatMap(({ keyKind }) =>
      keyKind.case === 'mapKey' ? [this.#key(keyKind.value, scope)] : [],
    );
    const values = entries.flatMap(({ value, keyKind }) => {
      if (!value) return [];
      const type = this.visit(value, scope);
      const isOptional = keyKind.case === 'mapKey' && isEntry(keyKind.value);
      return [isOptional && type.name === 'optional_type' ? (type.of[0] ?? DYN) : type];
    });
    return mapOf(this.#same(keys), this.#same(values));
  }

  #key(node: Expression, scope: Scope): Type {
    return this.visit(
      isEntry(node) && node.exprKind.case === 'callExpr' ? node.exprKind.value.args[0] : node,
      scope,
    );
  }

  #call({ function: name, target, args }: Kind<'callExpr'>['value'], scope: Scope): Type {
    if (name === OPTIONAL_SELECT || name === OPTIONAL_INDEX)
      return this.#optional(name, target, args[0], scope);
    if (name === 'optMap' || name === 'optFlatMap') return this.#mapped(name, target, args, scope);
    const qualified = target && [...(chainOf(target) ?? []), name].join('.');
    const isQualified = qualified?.includes('.') && !scope.has(qualified.split('.', 1)[0] ?? '');
    if (qualified && isQualified && this.#overloads(qualified, false).length > 0) {
      return this.#resolve(
        qualified,
        false,
        args.map((arg) => this.visit(arg, scope)),
      );
    }
    const types = [...(target ? [target] : []), ...args].map((arg) =>
      name === 'format' && arg.exprKind.case === 'listExpr'
        ? this.#mixed(arg.exprKind.value, scope)
        : this.visit(arg, scope),
    );
    return special(name, types) ?? this.#resolve(name, target !== undefined, types);
  }

  #optional(name: string, target: Expression | undefined, key: Expression | undefined, scope: Scope): Type {
    const type = this.visit(target, scope);
    // Of the index there is an overload a type, and any of them may be meant.
    if (name === OPTIONAL_INDEX && isAny(type)) return DYN;
    const inner = type.name === 'optional_type' ? (type.of[0] ?? DYN) : type;
    const member = memberOf(inner, this.visit(key, scope));
    if (!member) throw noOverload('_?._', [type]);
    return optionalOf(member);
  }

  #mapped(
    name: string,
    target: Expression | undefined,
    [variable, body]: readonly Expression[],
    scope: Scope,
  ): Type {
    const type = this.visit(target, scope);
    if (variable?.exprKind.case !== 'identExpr' || !(isAny(type) || type.name === 'optional_type')) {
      throw noOverload(name, [type]);
    }
    const inner = new Map([...scope, [variable.exprKind.value.name, type.of[0] ?? DYN]]);
    const result = this.visit(body, inner);
    return name === 'optMap' ? optionalOf(result) : result;
  }

  #resolve(name: string, isMethod: boolean, types: readonly Type[]): Type {
    const overloads = this.#overloads(name, isMethod);
    if (overloads.length === 0) throw new Error(`undeclared reference to '${name}'`);
    const results = overloads.flatMap(({ args, result }) => {
      const bound = new Map<string, Type>();
      const fits =
        args.length === types.length && args.every((arg, at) => accepts(arg, types[at] ?? DYN, bound));
      return fits ? [resolved(result, bound)] : [];
    });
    const [first] = results;
    if (!first) throw noOverload(name, types, isMethod);
    return results.every((each) => textOf(each) === textOf(first)) ? first : DYN;
  }

  #overloads(name: string, isMethod: boolean): readonly Overload[] {
    const key = isMethod ? `.${name}` : name;
    const own = [...(nativeOf(key)?.types ?? []), ...(GENERIC.get(key) ?? [])].map(overloadOf);
    if (GENERIC.has(key) && name !== '_+_') return own;
    const others = this.#library.signatures
      .filter((each) => each.name === name && (each.target !== undefined) === isMethod)
      .filter((each) => name !== '_+_' || each.result.name !== 'list')
      .map(({ target, args, result }) => ({
        args: [...(target ? [target] : []), ...args].map(typeOfLibrary),
        result: typeOfLibrary(result),
      }));
    return [...own, ...others];
  }

  #fold(node: Kind<'comprehensionExpr'>['value'], scope: Scope): Type {
    const range = this.visit(node.iterRange, scope);
    const item = isAny(range) ? DYN : range.name === 'list' || range.name === 'map' ? range.of[0] : undefined;
    if (!item) {
      const words = 'cannot be range of a comprehension (must be list, map, or dynamic)';
      throw new Error(`expression of type '${textOf(range)}' ${words}`);
    }
    const start = this.visit(node.accuInit, scope);
    const inner = new Map([...scope, [node.accuVar, start], [node.iterVar, item]]);
    this.visit(node.loopCondition, inner);
    const accu = joined(start, this.visit(node.loopStep, inner)) ?? start;
    return this.visit(node.result, new Map([...inner, [node.accuVar, accu]]));
  }
}

function constantType({ constantKind }: Kind<'constExpr'>['value']): Type {
  const name = { int64Value: 'int', uint64Value: 'uint', nullValue: 'null_type' } as Record<string, string>;
  const kind = constantKind.case ?? '';
  return simple(name[kind] ?? kind.replace('Value', ''));
}

function identifier(name: string, scope: Scope): Type {
  const known = scope.get(name.replace(/^\./, ''));
  if (known) return known;
  if (TYPES.has(name)) return simple('type');
  throw new Error(`undeclared reference to '${name}'`);
}

function memberOf(type: Type, key: Type): Type | undefined {
  if (isAny(type)) return DYN;
  if (type.name === 'map') return joined(type.of[0] ?? DYN, key) && type.of[1];
  if (type.name === 'list') return isAny(key) || key.name === 'int' ? type.of[0] : undefined;
  if (type.name !== 'optional_type') return undefined;
  const inner = memberOf(type.of[0] ?? DYN, key);
  return inner && optionalOf(inner);
}

function special(name: string, types: readonly Type[]): Type | undefined {
  const [first = DYN, second = DYN, third = DYN] = types;
  switch (name) {
    case '_&&_':
    case '_||_':
    case '@not_strictly_false':
      if (types.some((type) => !isAny(type) && type.name !== 'bool')) throw noOverload(name, types);
      return BOOL;
    case '_?_:_': {
      const both = joined(second, third);
      if ((!isAny(first) && first.name !== 'bool') || !both) throw noOverload(name, types);
      return both;
    }
    case '_[_]': {
      const member = memberOf(first, second);
      if (!member) throw noOverload(name, types);
      return member;
    }
    case '@in': {
      const inner = isAny(second)
        ? DYN
        : second.name === 'list' || second.name === 'map'
          ? second.of[0]
          : undefined;
      if (!inner || !joined(first, inner)) throw noOverload(name, types);
      return BOOL;
    }
    default:
      return undefined;
  }
}

function noOverload(name: string, types: readonly Type[], isMethod = false): Error {
  const [first, ...rest] = types.map(textOf);
  const applied = isMethod ? `${first}.(${rest.join(', ')})` : `(${types.map(textOf).join(', ')})`;
  return new Error(`found no matching overload for '${name}' applied to '${applied}'`);
}

function isEntry(node: Expression): boolean {
  return node.exprKind.case === 'callExpr' && node.exprKind.value.function === OPTIONAL_ENTRY;
}
