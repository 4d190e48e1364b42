import { inWordsOfCelGo, NO_OVERLOAD, refuseDate, refuseNumber, typeOf } from './conversions.ts';
import type { Library } from './library.ts';
import { type Budget, fits } from './limits.ts';
import {
  equal,
  fromLibrary,
  isList,
  isMap,
  keyOf,
  type ListValue,
  type MapKey,
  NONE,
  Optional,
  sizeOf,
  toLibrary,
  type Value,
} from './values.ts';

/** What a function works with. */
export interface Calls {
  readonly library: Library;
  readonly budget: Budget;
}

type Implementation = (calls: Calls, args: readonly Value[]) => Value | undefined;

/** A function of ours: its types for the checker (capitals stand for any type), and what it does; a method's target is its first argument. */
export interface Native {
  readonly types: readonly string[];
  /** Answers undefined for values it is not for: then the package is asked. */
  readonly call: Implementation;
}

const compare = (holds: (order: number) => boolean): Native => ({
  types: [],
  call: (_, [a, b]) => {
    const order = orderOf(a, b);
    return order === undefined ? undefined : holds(order);
  },
});

/** Functions by name; a name with a dot in front is a method's. */
const NATIVES: Readonly<Record<string, Native>> = {
  '_==_': { types: [], call: ({ library, budget }, [a, b]) => equal(given(a), given(b), library, budget) },
  '_!=_': { types: [], call: ({ library, budget }, [a, b]) => !equal(given(a), given(b), library, budget) },
  '_<_': compare((order) => order < 0),
  '_<=_': compare((order) => order <= 0),
  '_>_': compare((order) => order > 0),
  '_>=_': compare((order) => order >= 0),
  '_+_': { types: [], call: add },
  '@in': { types: [], call: isIn },
  '!_': { types: [], call: (_, [value]) => (typeof value === 'boolean' ? !value : undefined) },
  type: {
    types: ['A => type'],
    call: ({ library }, [value]) => typeOf(given(value), library),
  },
  double: { types: [], call: (_, [text]) => refuseNumber(text) },
  dyn: { types: ['A => dyn'], call: (_, [value]) => given(value) },
  timestamp: { types: [], call: (_, [text]) => refuseDate(text) },
  size: { types: [], call: (_, [value]) => lengthOf(given(value)) },
  '.size': { types: [], call: (_, [value]) => lengthOf(given(value)) },
  '.reverse': {
    types: ['string => string'],
    call: (_, [text]) => (typeof text === 'string' ? [...text].reverse().join('') : undefined),
  },
  '.replace': { types: [], call: replace },
  '.join': { types: [], call: join },
  'sets.contains': {
    types: ['list(A) list(A) => bool'],
    call: (calls, [list, sub]) => withLists(list, sub, (a, b) => containsAll(calls, a, b)),
  },
  'sets.equivalent': {
    types: ['list(A) list(A) => bool'],
    call: (calls, [one, other]) =>
      withLists(one, other, (a, b) => containsAll(calls, a, b) && containsAll(calls, b, a)),
  },
  'sets.intersects': {
    types: ['list(A) list(A) => bool'],
    call: (calls, [one, other]) => withLists(one, other, (a, b) => b.some((item) => has(calls, a, item))),
  },
  'base64.encode': {
    types: ['bytes => string'],
    call: (_, [value]) => (value instanceof Uint8Array ? Buffer.from(value).toString('base64') : undefined),
  },
  'base64.decode': { types: ['string => bytes'], call: (_, [text]) => decodeBase64(text) },
  'optional.of': { types: ['A => optional(A)'], call: (_, [value]) => new Optional(given(value)) },
  'optional.none': { types: ['=> optional(A)'], call: () => NONE },
  'optional.ofNonZeroValue': {
    types: ['A => optional(A)'],
    call: (_, [value]) => (isZero(given(value)) ? NONE : new Optional(given(value))),
  },
  'optional.unwrap': { types: ['list(optional(A)) => list(A)'], call: (_, [list]) => unwrap(list) },
  '.unwrapOpt': { types: ['list(optional(A)) => list(A)'], call: (_, [list]) => unwrap(list) },
  '.hasValue': {
    types: ['optional(A) => bool'],
    call: (_, [value]) => (value instanceof Optional ? value.value !== undefined : undefined),
  },
  '.value': { types: ['optional(A) => A'], call: (_, [value]) => contentOf(value) },
  '.or': {
    types: ['optional(A) optional(A) => optional(A)'],
    call: (_, [value, other]) => (value instanceof Optional && other instanceof Optional ? other : undefined),
  },
  '.orValue': {
    types: ['optional(A) A => A'],
    call: (_, [value, other]) => (value instanceof Optional ? given(other) : undefined),
  },
  '.first': { types: ['list(A) => optional(A)'], call: (_, [list]) => itemOf(list, 0) },
  '.last': { types: ['list(A) => optional(A)'], call: (_, [list]) => itemOf(list, -1) },
};

/** A function of ours by its name. */
export function nativeOf(name: string): Native | undefined {
  return Object.hasOwn(NATIVES, name) ? NATIVES[name] : undefined;
}

/** Calls a function or a method. Throws an Error, TooExpensive too. */
export function callFunction(calls: Calls, name: string, isMethod: boolean, args: readonly Value[]): Value {
  const { library, budget } = calls;
  budget.charge(1 + args.reduce<number>((sum, value) => sum + sizeOf(value) / 4, 0));
  const native = nativeOf(isMethod ? `.${name}` : name)?.call(calls, args);
  if (native !== undefined) return native;
  if (!library.knows(name)) throw new Error(isMethod ? NO_OVERLOAD : `${NO_OVERLOAD}: ${name}`);
  if (name === 'matches') budget.charge(64 * sizeOf(args[1] ?? null) + sizeOf(args[0] ?? null));
  try {
    fits(args.reduce<number>((sum, value) => sum + weightOf(value, budget), 0));
    const inputs = args.map(toLibrary);
    const [target, ...rest] = inputs;
    const value = isMethod ? library.call(name, target, rest) : library.call(name, undefined, inputs);
    const result = fromLibrary(value, library);
    fits(sizeOf(result));
    return result;
  } catch (error) {
    throw inWordsOfCelGo(error, name, args[0], library);
  }
}

/** Characters and items of a value and all that is in it, however often it is there: what the package would go through. */
function weightOf(value: Value, budget: Budget): number {
  budget.charge(1);
  const inner = isList(value) ? value : isMap(value) ? [...value.values()] : [];
  return inner.reduce<number>((sum, item) => sum + weightOf(item, budget), sizeOf(value));
}

function given(value: Value | undefined): Value {
  if (value === undefined) throw new Error(NO_OVERLOAD);
  return value;
}

function isNumeric(value: Value | undefined): value is bigint | number {
  return typeof value === 'number' || typeof value === 'bigint';
}

/** Less than, equal to or more than 0; NaN is neither. Undefined for values that the package compares. */
function orderOf(a: Value | undefined, b: Value | undefined): number | undefined {
  if (isNumeric(a) && isNumeric(b)) return a < b ? -1 : a > b ? 1 : a >= b ? 0 : Number.NaN;
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return undefined;
}

function add(_: Calls, [a, b]: readonly Value[]): Value | undefined {
  if (typeof a === 'string' && typeof b === 'string') {
    fits(a.length + b.length);
    return a + b;
  }
  if (isList(a) && isList(b)) {
    fits(a.length + b.length);
    return [...a, ...b];
  }
  if (a instanceof Uint8Array && b instanceof Uint8Array) fits(a.length + b.length);
  return undefined;
}

/** A value as a key, if it can be one. */
function keyIn(value: Value, library: Library): MapKey | undefined {
  try {
    return keyOf(value, library);
  } catch {
    return undefined;
  }
}

function isIn({ library, budget }: Calls, [item, container]: readonly Value[]): Value | undefined {
  if (isList(container)) return container.some((each) => equal(each, given(item), library, budget));
  if (!isMap(container)) return undefined;
  const key = keyIn(given(item), library);
  return key !== undefined && container.has(key);
}

/** Texts are counted in code points. */
function lengthOf(value: Value): Value | undefined {
  if (typeof value === 'string') return BigInt([...value].length);
  const counted = value instanceof Uint8Array || isList(value) || isMap(value);
  return counted ? BigInt(sizeOf(value)) : undefined;
}

function replace(_: Calls, [text, old, next]: readonly Value[]): undefined {
  if (typeof text !== 'string' || typeof old !== 'string' || typeof next !== 'string') return undefined;
  const times = old === '' ? text.length + 1 : text.split(old).length - 1;
  fits(text.length + times * next.length);
  return undefined;
}

function join(_: Calls, [list, separator = '']: readonly Value[]): undefined {
  if (!isList(list)) return undefined;
  fits(list.reduce<number>((sum, item) => sum + sizeOf(item) + sizeOf(separator), 0));
  return undefined;
}

function withLists(
  one: Value | undefined,
  other: Value | undefined,
  decide: (one: ListValue, other: ListValue) => boolean,
): boolean | undefined {
  return isList(one) && isList(other) ? decide(one, other) : undefined;
}

function containsAll(calls: Calls, list: ListValue, items: ListValue): boolean {
  return items.every((item) => has(calls, list, item));
}

function has({ library, budget }: Calls, list: ListValue, item: Value): boolean {
  return list.some((each) => equal(each, item, library, budget));
}

function decodeBase64(text: Value | undefined): Value | undefined {
  if (typeof text !== 'string') return undefined;
  const bare = text.replace(/={1,2}$/, '');
  const wrong = bare.length % 4 === 1 ? bare.length - 1 : bare.search(/[^A-Za-z0-9+/]/);
  if (wrong >= 0) throw new Error(`illegal base64 data at input byte ${wrong}`);
  return new Uint8Array(Buffer.from(bare, 'base64'));
}

function isZero(value: Value): boolean {
  if (value === null || value === false || value === '' || value === 0 || value === 0n) return true;
  const counted = value instanceof Uint8Array || isList(value) || isMap(value);
  return counted ? sizeOf(value) === 0 : false;
}

function unwrap(list: Value | undefined): Value | undefined {
  if (!isList(list)) return undefined;
  return list.flatMap((item) => {
    if (!(item instanceof Optional)) throw new Error(NO_OVERLOAD);
    return item.value === undefined ? [] : [item.value];
  });
}

function contentOf(value: Value | undefined): Value | undefined {
  if (!(value instanceof Optional)) return undefined;
  if (value.value === undefined) throw new Error('optional.none() dereference');
  return value.value;
}

function itemOf(list: Value | undefined, at: number): Value | undefined {
  if (!isList(list)) return undefined;
  const item = list.at(at);
  return item === undefined ? NONE : new Optional(item);
}
