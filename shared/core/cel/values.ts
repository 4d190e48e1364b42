import type { CelInput, CelType, CelUint, CelValue } from '@bufbuild/cel';
import type { Library } from './library.ts';
import type { Budget } from './limits.ts';

/** A value that may be missing. */
export class Optional {
  readonly value: Value | undefined;

  constructor(value: Value | undefined) {
    this.value = value;
  }
}

/** No value. */
export const NONE = new Optional(undefined);

export type MapKey = string | bigint | boolean;

/** Any value of an expression; `number` is a double, `bigint` an int, a foreign one a time, a duration or a type. */
export type Value =
  | null
  | boolean
  | string
  | bigint
  | number
  | Uint8Array
  | Optional
  | ListValue
  | MapValue
  | Foreign;
export type ListValue = readonly Value[];
export interface MapValue extends ReadonlyMap<MapKey, Value> {}
type Foreign = CelUint | CelType | Extract<CelValue, { readonly desc: unknown }>;

/** A JSON value as expressions see it: whole numbers are ints. */
export function fromJson(json: unknown): Value {
  if (Array.isArray(json)) return json.map(fromJson);
  if (typeof json === 'number') return Number.isInteger(json) ? BigInt(json) : json;
  if (typeof json === 'string' || typeof json === 'boolean') return json;
  if (typeof json !== 'object' || json === null) return null;
  const fields = Object.entries(json).filter(([, value]) => value !== undefined);
  return new Map(fields.map(([key, value]): [MapKey, Value] => [key, fromJson(value)]));
}

export function isList(value: Value | undefined): value is ListValue {
  return Array.isArray(value);
}

export function isMap(value: Value | undefined): value is MapValue {
  return value instanceof Map;
}

/** The name of a value's type, as messages and `type()` tell it. */
export function typeName(value: Value, { package: cel }: Library): string {
  if (value instanceof Optional) return 'optional_type';
  if (isList(value)) return 'list';
  if (isMap(value)) return 'map';
  return cel.celType(value as CelValue).name;
}

/** The value for a function of the package. Throws an Error for an optional one, which it has none for. */
export function toLibrary(value: Value): CelInput {
  if (value instanceof Optional) throw new Error('no such overload');
  if (isList(value)) return value.map(toLibrary);
  if (isMap(value)) return new Map([...value].map(([key, item]) => [key, toLibrary(item)]));
  return value as CelInput;
}

/** What a function of the package answered. */
export function fromLibrary(value: CelValue, library: Library): Value {
  const { isCelList, isCelMap } = library.package;
  if (isCelList(value)) return [...value].map((item) => fromLibrary(item, library));
  if (isCelMap(value)) {
    return new Map(
      [...value].map(([key, item]) => [keyOf(key as Value, library), fromLibrary(item, library)]),
    );
  }
  return value as Value;
}

/** A value as the key of a map. Throws an Error when it cannot be one. */
export function keyOf(value: Value, { package: cel }: Library): MapKey {
  if (typeof value === 'string' || typeof value === 'bigint' || typeof value === 'boolean') return value;
  if (cel.isCelUint(value)) return value.value;
  if (typeof value === 'number' && Number.isInteger(value)) return BigInt(value);
  throw new Error('unsupported key type');
}

/** Whether two values are equal; numbers by what they stand for. */
export function equal(a: Value, b: Value, library: Library, budget: Budget): boolean {
  budget.charge(1);
  const [left, right] = [unsigned(a, library), unsigned(b, library)];
  if (isNumber(left) || isNumber(right)) {
    // biome-ignore lint/suspicious/noDoubleEquals: a bigint and a number are compared by what they stand for
    return isNumber(left) && isNumber(right) && left == right;
  }
  if (isList(left)) return isList(right) && equalLists(left, right, library, budget);
  if (isMap(left)) return isMap(right) && equalMaps(left, right, library, budget);
  if (left instanceof Optional)
    return right instanceof Optional && equalOptionals(left, right, library, budget);
  if (typeof left !== 'object' || left === null || typeof right !== 'object' || right === null)
    return left === right;
  if (isList(right) || isMap(right) || right instanceof Optional) return false;
  return library.call('_==_', undefined, [toLibrary(left), toLibrary(right)]) === true;
}

function equalLists(a: ListValue, b: ListValue, library: Library, budget: Budget): boolean {
  return a.length === b.length && a.every((item, index) => equal(item, b[index] ?? null, library, budget));
}

function equalMaps(a: MapValue, b: MapValue, library: Library, budget: Budget): boolean {
  if (a.size !== b.size) return false;
  return [...a].every(([key, item]) => {
    const other = b.get(key);
    return other !== undefined && equal(item, other, library, budget);
  });
}

function equalOptionals(a: Optional, b: Optional, library: Library, budget: Budget): boolean {
  if (a.value === undefined || b.value === undefined) return a.value === b.value;
  return equal(a.value, b.value, library, budget);
}

function unsigned(value: Value, { package: cel }: Library): Value {
  return cel.isCelUint(value) ? value.value : value;
}

function isNumber(value: Value): value is bigint | number {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** Characters, bytes or items of a value; 1 for one that has none. */
export function sizeOf(value: Value): number {
  if (typeof value === 'string') return value.length;
  if (value instanceof Uint8Array || isList(value)) return value.length;
  return isMap(value) ? value.size : 1;
}
