import type { Schema } from '../schema/schema.ts';
import { fieldElement, knownItem } from './elements.ts';
import { type FieldSet, hasFieldsBeneath, isMember } from './field-set.ts';
import { isMap, memberSchema, shapeOf } from './values.ts';

/** `object` without the fields in `set` and all beneath them: itself when it has none. What loses its last member or item is null. */
export function removeFields<T>(object: T, set: FieldSet, schema: Schema): T {
  return remove(object, set, schema) as T;
}

function remove(value: unknown, set: FieldSet, schema: Schema): unknown {
  if (isMap(value)) return shapeOf(schema, value) === 'members' ? removeMembers(value, set, schema) : null;
  if (Array.isArray(value))
    return shapeOf(schema, value) === 'items' ? removeItems(value, set, schema) : null;
  return value;
}

function removeMembers(map: Readonly<Record<string, unknown>>, set: FieldSet, schema: Schema): unknown {
  const kept: Record<string, unknown> = {};
  let changed = false;
  let empty = true;
  for (const name in map) {
    const node = set[fieldElement(name)];
    if (node !== undefined && isMember(node)) {
      changed = true;
      continue;
    }
    const value = map[name];
    const left = node !== undefined ? remove(value, node, memberSchema(schema, name)) : value;
    changed ||= left !== value;
    kept[name] = left;
    empty = false;
  }
  if (empty) return null;
  return changed ? kept : map;
}

function removeItems(list: readonly unknown[], set: FieldSet, schema: Schema): unknown {
  const kept: unknown[] = [];
  let changed = false;
  for (const item of list) {
    const element = knownItem(schema, item);
    const node = element === undefined ? undefined : set[element];
    if (node !== undefined && isMember(node)) {
      changed = true;
      continue;
    }
    const deeper = node !== undefined && hasFieldsBeneath(node) && schema.items;
    const left = deeper ? remove(item, node, schema.items) : item;
    changed ||= left !== item;
    kept.push(left);
  }
  if (kept.length === 0) return null;
  return changed ? kept : list;
}
