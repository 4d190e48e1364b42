import type { Schema } from '../schema/schema.ts';

/** A JSON object. */
export type JsonMap = Readonly<Record<string, unknown>>;

/** Whether `value` is a JSON object: neither a list nor null. */
export function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member of its own: names such as `constructor` are inherited by every object. */
export function memberOf(map: JsonMap, name: string): unknown {
  return Object.hasOwn(map, name) ? map[name] : undefined;
}

/** Whether `value` is an object without members. */
export function isEmptyMap(value: unknown): boolean {
  if (!isMap(value)) return false;
  for (const _ in value) return false;
  return true;
}

/** Whether two JSON values are equal; members may be in any order. A bigint is no number, as only those beyond 2^53 are bigints. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a)) {
    return Array.isArray(b) && a.length === b.length && a.every((item, i) => isEqual(item, b[i]));
  }
  if (!isMap(a) || !isMap(b)) return false;
  let count = 0;
  for (const name in a) {
    if (!Object.hasOwn(b, name) || !isEqual(a[name], b[name])) return false;
    count++;
  }
  for (const _ in b) count--;
  return count === 0;
}

/** How a value is owned: as one, by its members, or by its items. */
export type Shape = 'one' | 'members' | 'items';

/** How a value under `schema` is owned; a value decides only where the schema allows any. */
export function shapeOf(schema: Schema, value: unknown): Shape {
  switch (schema.type) {
    case 'object':
    case 'map':
      return schema.atomic ? 'one' : 'members';
    case 'list':
      return schema.listType === 'set' || schema.listType === 'map' ? 'items' : 'one';
    case 'any':
      return !schema.atomic && (value === null || isMap(value)) ? 'members' : 'one';
    default:
      return 'one';
  }
}

/** The schema of what no schema declares: maps are owned by their members, lists as one. */
export const UNDECLARED: Schema = {
  type: 'any',
  nullable: true,
  preservesUnknown: true,
  embedded: false,
  atomic: false,
  fieldNames: [],
  field: () => UNDECLARED,
  items: undefined,
  listType: undefined,
  listKeys: [],
  patchStrategy: [],
  patchMergeKey: undefined,
  default: undefined,
};

/** The schema of a member or of an item's member, declared or not. */
export function memberSchema(schema: Schema, name: string): Schema {
  return schema.field(name) ?? UNDECLARED;
}
