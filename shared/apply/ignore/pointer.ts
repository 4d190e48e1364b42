/** The steps of a JSON pointer (RFC 6901). */
export type Pointer = readonly string[];

/** Reads `/spec/replicas`. Throws an Error about one that is none. */
export function pointerOf(text: string): Pointer {
  if (!text.startsWith('/')) throw new Error(`invalid JSON pointer: ${JSON.stringify(text)}`);
  return text
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The value at a pointer; undefined when there is none. */
export function valueAt(value: unknown, pointer: Pointer): unknown {
  return pointer.reduce<unknown>((inner, step) => memberOf(inner, step), value);
}

/** The document without what a pointer names; the same document when it names nothing. */
export function without<T>(value: T, pointer: Pointer): T {
  return valueAt(value, pointer) === undefined ? value : (changed(value, pointer, undefined) as T);
}

/** The document with another value where a pointer names one; nothing is added. */
export function withValue<T>(value: T, pointer: Pointer, next: unknown): T {
  return valueAt(value, pointer) === undefined ? value : (changed(value, pointer, next) as T);
}

function memberOf(value: unknown, step: string): unknown {
  if (Array.isArray(value)) return /^(?:0|[1-9]\d*)$/.test(step) ? value[Number(step)] : undefined;
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
  return (value as Record<string, unknown>)[step];
}

function changed(value: unknown, [step = '', ...rest]: Pointer, next: unknown): unknown {
  const member = rest.length === 0 ? next : changed(memberOf(value, step), rest, next);
  if (Array.isArray(value)) {
    const at = Number(step);
    return member === undefined ? value.toSpliced(at, 1) : value.with(at, member);
  }
  const { [step]: _, ...others } = value as Record<string, unknown>;
  return member === undefined ? others : { ...(value as Record<string, unknown>), [step]: member };
}
