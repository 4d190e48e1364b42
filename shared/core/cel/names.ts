import type { Expression, Library } from './library.ts';
import type { Budget } from './limits.ts';
import type { Value } from './values.ts';

type Kind<Case> = Extract<Expression['exprKind'], { readonly case: Case }>;

/** An error of one step of `all` or `exists`: a later step may decide all the same. */
export class Pending {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}

/** What an expression is evaluated with. */
export interface Place {
  readonly library: Library;
  readonly budget: Budget;
  readonly names: ReadonlyMap<string, Value | Pending>;
}

/** The value of a literal. */
export function constant({ constantKind }: Kind<'constExpr'>['value'], { library }: Place): Value {
  switch (constantKind.case) {
    case 'nullValue':
      return null;
    case 'uint64Value':
      return library.package.celUint(constantKind.value);
    case 'int64Value':
    case 'boolValue':
    case 'stringValue':
    case 'bytesValue':
    case 'doubleValue':
      return constantKind.value;
    default:
      throw new Error('invalid constant');
  }
}

/** Names of types, which are values too. */
export const TYPES: ReadonlySet<string> = new Set([
  'bool',
  'bytes',
  'double',
  'int',
  'list',
  'map',
  'null_type',
  'string',
  'type',
  'uint',
]);

/** The value of a variable, or the type of this name; `chain` is what is told when there is neither. */
export function identifier(name: string, chain: string, { names, library }: Place): Value {
  const bare = name.startsWith('.') ? name.slice(1) : name;
  const value = names.get(bare);
  if (value instanceof Pending) throw value.error;
  if (value !== undefined) return value;
  if (!TYPES.has(bare)) throw new Error(`no such attribute(s): ${chain}`);
  const { CelScalar, listType, mapType } = library.package;
  if (bare === 'list') return listType(CelScalar.DYN);
  if (bare === 'map') return mapType(CelScalar.DYN, CelScalar.DYN);
  const scalar = Object.values(CelScalar).find((type) => type.name === bare);
  return scalar ?? null;
}

/** `a.b.c` as its names; undefined for anything else. */
export function chainOf(node: Expression | undefined): readonly string[] | undefined {
  const kind = node?.exprKind;
  if (kind?.case === 'identExpr') return [kind.value.name.replace(/^\./, '')];
  if (kind?.case !== 'selectExpr') return undefined;
  const above = chainOf(kind.value.operand);
  return above && [...above, kind.value.field];
}

/** The same place with one more variable. */
export function within(place: Place, name: string, value: Value): Place {
  return { ...place, names: new Map([...place.names, [name, value]]) };
}
