import type { CelType } from '@bufbuild/cel';

/** A type as the checker sees it: a name, and what lists, maps (key, value) and optionals hold. */
export interface Type {
  readonly name: string;
  readonly of: readonly Type[];
}

export const simple = (name: string): Type => ({ name, of: [] });
export const DYN = simple('dyn');
export const BOOL = simple('bool');
/** The items of an empty list: of whatever type is needed. */
export const FREE = simple('?');
export const listOf = (item: Type): Type => ({ name: 'list', of: [item] });
export const mapOf = (key: Type, value: Type): Type => ({ name: 'map', of: [key, value] });
export const optionalOf = (value: Type): Type => ({ name: 'optional_type', of: [value] });

/** As cel-go writes it. */
export function textOf({ name, of }: Type): string {
  const short = name
    .replace('google.protobuf.', '')
    .replace(/^(Timestamp|Duration)$/, (word) => word.toLowerCase());
  if (name === '?') return 'dyn';
  return of.length === 0 ? short : `${short}(${of.map(textOf).join(', ')})`;
}

export const isAny = ({ name }: Type): boolean => name === 'dyn' || name === '?';

/** The type that stands for both; undefined when no value is of both. */
export function joined(a: Type, b: Type): Type | undefined {
  if (a.name === '?') return b;
  if (b.name === '?') return a;
  if (isAny(a) || isAny(b)) return DYN;
  if (a.name !== b.name) return undefined;
  const of = a.of.map((inner, index) => joined(inner, b.of[index] ?? DYN));
  return of.every((inner) => inner !== undefined) ? { name: a.name, of } : undefined;
}

/** Whether a value of type `given` may be passed for `wanted`, whose variables are single capitals and bound here. */
export function accepts(wanted: Type, given: Type, bound: Map<string, Type>): boolean {
  if (/^[A-Z]$/.test(wanted.name)) {
    const known = bound.get(wanted.name);
    const both = known === undefined ? given : joined(known, given);
    if (both !== undefined) bound.set(wanted.name, both);
    return both !== undefined;
  }
  // A value of any type says nothing of the variables within.
  if (isAny(wanted) || isAny(given)) return true;
  if (wanted.name !== given.name) return false;
  return wanted.of.every((inner, index) => accepts(inner, given.of[index] ?? DYN, bound));
}

/** `type` with its variables replaced. */
export function resolved(type: Type, bound: ReadonlyMap<string, Type>): Type {
  if (/^[A-Z]$/.test(type.name)) return bound.get(type.name) ?? FREE;
  return { name: type.name, of: type.of.map((inner) => resolved(inner, bound)) };
}

/** The package's type. */
export function typeOfLibrary(type: CelType): Type {
  if (type.kind === 'list') return listOf(typeOfLibrary(type.element));
  if (type.kind === 'map') return mapOf(typeOfLibrary(type.key), typeOfLibrary(type.value));
  return simple(type.name);
}

/** One way to call a function: `list(A) A => bool`. */
export interface Overload {
  readonly args: readonly Type[];
  readonly result: Type;
}

/** Reads `list(A) A => bool`. */
export function overloadOf(text: string): Overload {
  const [args = '', result = ''] = text.split('=>');
  return {
    args: args.trim() === '' ? [] : args.trim().split(' ').map(typeOf),
    result: typeOf(result.trim()),
  };
}

function typeOf(text: string): Type {
  const match = /^(\w+)\((.*)\)$/.exec(text);
  if (!match) return simple(text);
  const [, name = '', inner = ''] = match;
  return { name: name === 'optional' ? 'optional_type' : name, of: [typeOf(inner)] };
}
