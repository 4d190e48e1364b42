import { NO_OVERLOAD } from './conversions.ts';
import type { Library } from './library.ts';
import { isList, isMap, keyOf, NONE, Optional, typeName, type Value } from './values.ts';

/** The member of a list or a map; none when there is none, and for what has no members. */
export function optionalMember(container: Value, key: Value, library: Library): Optional {
  const value = memberOf(container, key, library);
  return value === undefined ? NONE : new Optional(value);
}

function memberOf(container: Value, key: Value, library: Library): Value | undefined {
  if (isMap(container)) return typeof key === 'object' ? undefined : container.get(keyOf(key, library));
  return isList(container) ? container[indexOf(key, library)] : undefined;
}

function indexOf(key: Value, library: Library): number {
  const whole = library.package.isCelUint(key) ? key.value : key;
  const index = typeof whole === 'bigint' || typeof whole === 'number' ? Number(whole) : Number.NaN;
  if (!Number.isInteger(index)) {
    throw new Error(`unsupported index type '${typeName(key, library)}' in list`);
  }
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
  const value = container[indexOf(key, library)];
  if (value === undefined) throw new Error(`index out of bounds: ${String(key)}`);
  return value;
}

/** `container[?key]` and `container.?key`. */
export function optionalAt(container: Value, key: Value, library: Library): Value {
  if (!(container instanceof Optional)) return optionalMember(container, key, library);
  return container.value === undefined ? NONE : optionalMember(container.value, key, library);
}
