import { isDeepStrictEqual } from 'node:util';
import { additionalOf, itemsOf, type JsonSchema, propertyOf } from '../json-schema.ts';
import { fieldsOf } from '../prune.ts';

/** A value and what it was before, and the same of what is below it. */
export interface Correlation {
  isUnchanged(): boolean;
  /** Of a member that both have and the schema declares. */
  member(name: string): Correlation | undefined;
  /** Of a list of type map: of the item with the same keys. */
  item(at: number): Correlation | undefined;
}

/** Correlates a value with what it was before. */
export function correlate(schema: JsonSchema, value: unknown, old: unknown): Correlation {
  let unchanged: boolean | undefined;
  const members = new Map<string, Correlation | undefined>();
  const correlation: Correlation = {
    isUnchanged() {
      unchanged ??= isSame(correlation, schema, value, old);
      return unchanged;
    },
    member(name) {
      if (!members.has(name)) members.set(name, memberOf(schema, value, old, name));
      return members.get(name);
    },
    item(at) {
      const child = itemsOf(schema);
      const item = Array.isArray(value) ? value[at] : undefined;
      const before = sameItem(schema, item, old);
      return child && before !== undefined ? correlate(child, item, before) : undefined;
    },
  };
  return correlation;
}

function memberOf(schema: JsonSchema, value: unknown, old: unknown, name: string): Correlation | undefined {
  const child = propertyOf(schema, name) ?? additionalOf(schema);
  const fields = fieldsOf(value);
  const before = fieldsOf(old);
  if (!child || !fields || !before || !Object.hasOwn(fields, name) || !Object.hasOwn(before, name)) {
    return undefined;
  }
  return correlate(child, fields[name], before[name]);
}

/** As the API server sees it: the order of a list of type map is none, and an object with a member not declared is never the same. */
function isSame(correlation: Correlation, schema: JsonSchema, value: unknown, old: unknown): boolean {
  const fields = fieldsOf(value);
  const before = fieldsOf(old);
  if (fields && before) {
    const names = Object.keys(fields);
    return (
      names.length === Object.keys(before).length &&
      names.every((name) => correlation.member(name)?.isUnchanged() === true)
    );
  }
  if (!Array.isArray(value) || !Array.isArray(old) || !isMapList(schema))
    return isDeepStrictEqual(value, old);
  return value.length === old.length && value.every((_, at) => correlation.item(at)?.isUnchanged() === true);
}

function isMapList(schema: JsonSchema): boolean {
  return (
    schema['x-kubernetes-list-type'] === 'map' && (schema['x-kubernetes-list-map-keys'] ?? []).length > 0
  );
}

/** The item of an old list of type map with the keys of `item`; undefined when there is none, or the list is none of that type. */
export function sameItem(schema: JsonSchema, item: unknown, old: unknown): unknown {
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (schema['x-kubernetes-list-type'] !== 'map' || keys.length === 0 || !Array.isArray(old))
    return undefined;
  const key = keyOf(keys, item);
  return key === undefined ? undefined : old.find((one) => keyOf(keys, one) === key);
}

function keyOf(keys: readonly string[], item: unknown): string | undefined {
  const fields = fieldsOf(item);
  const values = keys.map((name) => fields?.[name]);
  const isKey = values.every((value) => value !== undefined && value !== null && typeof value !== 'object');
  return isKey ? values.map((value) => `${typeof value} ${String(value)}`).join('\0') : undefined;
}
