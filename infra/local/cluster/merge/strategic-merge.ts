import { ApiError, badRequest } from '../api-error.ts';
import type { Schema } from '../schema/schema.ts';
import { goText, goType, goTypeOfJson } from './go-text.ts';
import { inOrder, mergeLists, removeScalars } from './strategic-lists.ts';
import { isMap, type JsonMap, memberOf } from './values.ts';

const DIRECTIVE = '$patch';
const RETAIN_KEYS = '$retainKeys';
const DELETE_FROM = '$deleteFromPrimitiveList';
const ORDER = '$setElementOrder';

/**
 * Kubernetes' strategic merge: `patch` over `object`, lists merged by the keys that the schema names, with the directives `$patch`,
 * `$retainKeys`, `$setElementOrder/` and `$deleteFromPrimitiveList/`. Throws ApiError (400, 422 or 500) in the API server's words.
 */
export function strategicMerge<T extends JsonMap>(object: T, patch: unknown, schema: Schema): T {
  if (patch === null) return object;
  if (isMap(patch)) return mergeMaps(object, patch, schema) as T;
  const type = goTypeOfJson(patch);
  throw badRequest(`json: cannot unmarshal ${type} into Go value of type map[string]interface {}`);
}

function mergeMaps(live: JsonMap, patch: JsonMap, schema: Schema | undefined): JsonMap {
  if (DIRECTIVE in patch) return directed(patch);
  const result: Record<string, unknown> = { ...retained(live, patch) };
  const ordered = new Set<string>();
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith(ORDER)) continue;
    const name = fieldName(key, ORDER);
    mergeOrdered(result, name, patch[name], order, schema?.field(name));
    ordered.add(name);
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key === RETAIN_KEYS || key.startsWith(ORDER) || ordered.has(key)) continue;
    if (key.startsWith(DELETE_FROM)) deleteScalars(result, fieldName(key, DELETE_FROM), value);
    else mergeMember(result, key, value, schema?.field(key));
  }
  return result;
}

function directed(patch: JsonMap): JsonMap {
  const { [DIRECTIVE]: directive, ...rest } = patch;
  if (directive === 'replace') return rest;
  if (directive === 'delete') return {};
  throw new ApiError(500, '', `unknown patch type: ${goText(directive)} in map: ${goText(patch)}`);
}

/** What `$retainKeys` leaves; whatever the patch sets must be in it. */
function retained(live: JsonMap, patch: JsonMap): JsonMap {
  const names = patch[RETAIN_KEYS];
  if (names === undefined) return live;
  const wrong = 'invalid patch format of retainKeys';
  if (!Array.isArray(names)) throw badRequest(wrong);
  for (const [key, value] of Object.entries(patch)) {
    const directive = key === RETAIN_KEYS || key.startsWith(DELETE_FROM) || key.startsWith(ORDER);
    if (!directive && value !== null && !names.includes(key)) throw badRequest(wrong);
  }
  return Object.fromEntries(Object.entries(live).filter(([name]) => names.includes(name)));
}

const FORMAT_NAMES: Readonly<Record<string, string>> = {
  [DELETE_FROM]: 'primitive list',
  [ORDER]: 'setElementOrder list',
};

function fieldName(key: string, directive: string): string {
  const name = key.slice(directive.length + 1);
  if (key[directive.length] === '/') return name;
  throw badRequest(`invalid patch format of ${FORMAT_NAMES[directive]}`);
}

function mergeMember(
  result: Record<string, unknown>,
  name: string,
  value: unknown,
  field: Schema | undefined,
): void {
  const live = memberOf(result, name);
  if (value === null) {
    delete result[name];
  } else if (isMap(live) && isMap(value)) {
    const replaces = strategyOf(field) === 'replace';
    result[name] = replaces ? value : mergeMaps(live, value, field);
  } else if (Array.isArray(live) && Array.isArray(value)) {
    result[name] = strategyOf(field) === 'merge' ? mergeLists(live, value, field, mergeMaps) : value;
  } else {
    setMember(result, name, withoutNulls(value));
  }
}

/** What a map or list is merged by, beside `retainKeys`. */
function strategyOf(field: Schema | undefined): string | undefined {
  return field?.patchStrategy.find((strategy) => strategy !== 'retainKeys');
}

function setMember(result: Record<string, unknown>, name: string, value: unknown): void {
  const bare = withoutDirectives(value);
  if (bare === undefined) delete result[name];
  else result[name] = bare;
}

function deleteScalars(result: Record<string, unknown>, name: string, scalars: unknown): void {
  const live = memberOf(result, name);
  if (scalars === null) delete result[name];
  else if (Array.isArray(live) && Array.isArray(scalars)) result[name] = removeScalars(live, scalars);
}

function mergeOrdered(
  result: Record<string, unknown>,
  name: string,
  patched: unknown,
  order: unknown,
  field: Schema | undefined,
): void {
  const live = memberOf(result, name);
  for (const list of [order, live, patched]) {
    if (list === undefined || Array.isArray(list)) continue;
    throw new ApiError(500, '', `expected a []interface {}, but received a ${goType(list)}`);
  }
  const [items, patch, wanted] = [live, patched, order] as (readonly unknown[] | undefined)[];
  if (!items && !patch) return;
  const merges = strategyOf(field) === 'merge';
  const merged = !patch
    ? (items ?? [])
    : items
      ? merges
        ? mergeLists(items, patch, field, mergeMaps)
        : patch
      : (withoutDirectives(patch) as readonly unknown[]);
  result[name] = inOrder(
    merged,
    wanted ?? [],
    { patch: patch ?? [], live: items ?? [] },
    field?.patchMergeKey,
  );
}

/** A value of a patch as it is stored when there is nothing to merge it with; undefined when it says that something goes. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((item) => item !== undefined);
  if (!isMap(value)) return value;
  if (DIRECTIVE in value) return undefined;
  const members = Object.entries(value).map(([name, member]) => [name, withoutDirectives(member)] as const);
  return Object.fromEntries(members.filter(([, member]) => member !== undefined));
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isMap(value)) return value;
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([name, member]) => [name, withoutNulls(member)]));
}
