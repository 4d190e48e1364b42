import { ApiError, badRequest } from '../api-error.ts';
import { goTypeOfJson } from './go-text.ts';
import { isEqual, isMap, type JsonMap, memberOf } from './values.ts';

/** More operations than this are refused (`maxJSONPatchOperations` of the API server). */
export const MAX_JSON_PATCH_OPERATIONS = 10_000;

/**
 * RFC 6902, as the API server has it: `replace` also adds a member, negative indexes count from the end, what is not there is null
 * to `test` and `copy`. Throws ApiError: 422 when an operation fails, 400 when it is no list of operations, 413 when there are too many.
 */
export function jsonPatch<T extends JsonMap>(object: T, operations: unknown): T {
  if (operations === null) return object;
  if (!Array.isArray(operations)) throw undecodable(operations, '[]handlers.jsonPatchOp');
  const wrong: unknown = operations.find((operation) => !isMap(operation) && operation !== null);
  if (wrong !== undefined) throw undecodable(wrong, 'handlers.jsonPatchOp');
  if (operations.length > MAX_JSON_PATCH_OPERATIONS) {
    const message = `The allowed maximum operations in a JSON patch is ${MAX_JSON_PATCH_OPERATIONS}, got ${operations.length}`;
    throw new ApiError(413, 'RequestEntityTooLarge', message);
  }
  return operations.reduce<unknown>((document, operation) => apply(document, operation ?? {}), object) as T;
}

function undecodable(value: unknown, into: string): ApiError {
  const type = goTypeOfJson(value);
  return badRequest(`error decoding patch: json: cannot unmarshal ${type} into Go value of type ${into}`);
}

/** All that the API server says of an operation that fails. */
function rejected(): ApiError {
  return new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}

function apply(document: unknown, operation: JsonMap): unknown {
  const path = (name: 'path' | 'from'): readonly string[] => pointer(operation[name]);
  const value = operation.value ?? null;
  switch (operation.op) {
    case 'add':
      return edit(document, path('path'), (parent, key) => added(parent, key, value));
    case 'remove':
      return edit(document, path('path'), removed);
    case 'replace':
      if (operation.path === '') return isMap(value) || Array.isArray(value) ? value : fail();
      return edit(document, path('path'), (parent, key) => replaced(parent, key, value));
    case 'test':
      return isEqual(at(document, path('path')), value) ? document : fail();
    case 'copy': {
      const copy = at(document, demandSome(path('from')));
      return edit(document, path('path'), (parent, key) => added(parent, key, copy));
    }
    case 'move': {
      const moved = at(document, demandSome(path('from')));
      const without = edit(document, path('from'), removed);
      return edit(without, path('path'), (parent, key) => added(parent, key, moved));
    }
    default:
      return fail();
  }
}

function fail(): never {
  throw rejected();
}

/** The keys of a JSON pointer; whatever stands before the first slash is not looked at. */
function pointer(text: unknown): readonly string[] {
  if (typeof text !== 'string') return fail();
  const keys = text.split('/').slice(1);
  return keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function demandSome(keys: readonly string[]): readonly string[] {
  return keys.length > 0 ? keys : fail();
}

type Parent = JsonMap | readonly unknown[];

function edit(
  document: unknown,
  keys: readonly string[],
  change: (parent: Parent, key: string) => unknown,
): unknown {
  const [key, ...deeper] = keys;
  if (key === undefined || !isParent(document)) return fail();
  if (deeper.length === 0) return change(document, key);
  return replaced(document, key, edit(member(document, key), deeper, change));
}

/** What is at `keys`; null for a member that is not there, if what it would be a member of is. */
function at(document: unknown, keys: readonly string[]): unknown {
  const [key, ...deeper] = keys;
  if (key === undefined) return document;
  if (!isParent(document)) return fail();
  return at(member(document, key), deeper);
}

function isParent(value: unknown): value is Parent {
  return isMap(value) || Array.isArray(value);
}

function member(parent: Parent, key: string): unknown {
  if (!Array.isArray(parent)) return memberOf(parent as JsonMap, key) ?? null;
  return parent[indexIn(parent.length, key)];
}

function added(parent: Parent, key: string, value: unknown): unknown {
  if (!Array.isArray(parent)) return { ...parent, [key]: value };
  const index = key === '-' ? parent.length : indexIn(parent.length + 1, key);
  return parent.toSpliced(index, 0, value);
}

function removed(parent: Parent, key: string): unknown {
  if (Array.isArray(parent)) return parent.toSpliced(indexIn(parent.length, key), 1);
  const { [key]: _, ...rest } = parent as JsonMap;
  return memberOf(parent as JsonMap, key) === undefined ? fail() : rest;
}

function replaced(parent: Parent, key: string, value: unknown): unknown {
  if (Array.isArray(parent)) return parent.with(indexIn(parent.length, key), value);
  return { ...parent, [key]: value };
}

const INDEX = /^[+-]?\d+$/;

function indexIn(length: number, key: string): number {
  if (!INDEX.test(key)) return fail();
  const index = Number(key);
  const fromStart = index < 0 ? index + length : index;
  return fromStart >= 0 && fromStart < length ? fromStart : fail();
}
