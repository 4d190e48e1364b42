import { badRequest } from '../api-error.ts';
import { goTypeOfJson } from './go-text.ts';
import { isMap, type JsonMap, memberOf } from './values.ts';

/** RFC 7386: `patch` over `object`, whose members it removes with null. Throws ApiError 400 when it is no object. */
export function mergePatch<T extends JsonMap>(object: T, patch: unknown): T {
  if (patch === null) throw badRequest('Invalid JSON Patch');
  if (!isMap(patch)) {
    const type = goTypeOfJson(patch);
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${type} into Go value of type map[string]interface {}`,
    );
  }
  return merged(object, patch) as T;
}

function merged(object: JsonMap, patch: JsonMap): JsonMap {
  const result: Record<string, unknown> = { ...object };
  for (const [name, value] of Object.entries(patch)) {
    const live = memberOf(object, name);
    if (value === null) delete result[name];
    else if (isMap(live)) result[name] = isMap(value) ? merged(live, value) : value;
    else result[name] = withoutNulls(value);
  }
  return result;
}

/** Nulls in lists stay; those of objects in them do not. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isMap(value)) return value;
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([name, member]) => [name, withoutNulls(member)]));
}
