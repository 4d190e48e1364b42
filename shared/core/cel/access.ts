import { NO_OVERLOAD } from './functions.ts';
import type { Library } from './library.ts';
import { isList, isMap, keyOf, NONE, Optional, type Value } from './values.ts';

/** The member of a list or a map, none when there is none. */
export function optionalMember(container: Value, key: Value, library: Library): Optional {
  let value: Value | undefined;
  if (isMap(container)) value = container.get(keyOf(key, library));
  else if (isList(container)) value = container[indexOf(key)];
  else throw new Error(NO_OVERLOAD);
  return value === undefined ? NONE : new Optional(value);
}

function indexOf(key: Value): number {
  const index = typeof key === 'bigint' || typeof key === 'number' ? Number(key) : Number.NaN;
  if (!Number.isInteger(index)) throw new Error(NO_OVERLOAD);
  return index;
}

/** `container[key]`. */
export function memberAt(container: Value, key: Value, library: Library): Value {
  if (container instanceof Optional) {
    return container.value === undefined ? NONE : optionalMember(container.value, key, library);
  }
  if (isMap(container)) {
    const value = container.get(keyOf(key, library));
    if (value === undefined) throw new Error(`no such key: ${String(key)}`);
    return value;
  }
  if (!isList(container)) throw new Error(NO_OVERLOAD);
  const value = container[indexOf(key)];
  if (value === undefined) throw new Error(`index out of bounds: ${String(key)}`);
  return value;
}

/** `container[?key]` and `container.?key`. */
export function optionalAt(container: Value, key: Value, library: Library): Value {
  if (!(container instanceof Optional)) return optionalMember(container, key, library);
  return container.value === undefined ? NONE : optionalMember(container.value, key, library);
}
