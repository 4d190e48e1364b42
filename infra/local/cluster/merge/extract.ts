import type { Schema } from '../schema/schema.ts';
import { fieldElement, knownItem } from './elements.ts';
import { asMember, type FieldSet, isEmptySet, NO_FIELDS } from './field-set.ts';
import { isEmptyMap, isMap, type JsonMap, shapeOf, UNDECLARED } from './values.ts';

/** The fields that `object` holds: what somebody owns who applies it. Items that have no key are nobody's. In no order. */
export function fieldSetOf(object: unknown, schema: Schema): FieldSet {
  return beneath(object, schema, false) ?? NO_FIELDS;
}

/** The fields that `object` holds, and the structs' fields above them, which otherwise are listed only by what is beneath them. */
export function fieldsAndStructsOf(object: unknown, schema: Schema): FieldSet {
  return beneath(object, schema, true) ?? NO_FIELDS;
}

function beneath(value: unknown, schema: Schema, structs: boolean): FieldSet | undefined {
  switch (shapeOf(schema, value)) {
    case 'one':
      return NO_FIELDS;
    case 'members':
      return isMap(value) ? beneathMap(value, schema, structs) : undefined;
    case 'items':
      return Array.isArray(value) ? beneathList(value, schema, structs) : undefined;
  }
}

function beneathMap(map: JsonMap, schema: Schema, structs: boolean): FieldSet | undefined {
  const set: Record<string, FieldSet> = {};
  for (const name in map) {
    const value = map[name];
    const field = schema.field(name);
    const node = beneath(value, field ?? UNDECLARED, structs);
    // A struct's field is listed by what is beneath it, a map's key also by itself.
    const named = schema.type === 'object' && field !== undefined;
    const listed = !named || value === null || isEmptyMap(value);
    if (node !== undefined) set[fieldElement(name)] = listed || structs ? asMember(node) : node;
    else if (listed) set[fieldElement(name)] = NO_FIELDS;
  }
  return isEmptySet(set) ? undefined : set;
}

function beneathList(list: readonly unknown[], schema: Schema, structs: boolean): FieldSet | undefined {
  const set: Record<string, FieldSet> = {};
  let repeated: string[] | undefined;
  for (const item of list) {
    const element = knownItem(schema, item);
    if (element === undefined) continue;
    if (element in set) repeated = [...(repeated ?? []), element];
    const node = schema.items && beneath(item, schema.items, structs);
    set[element] = node === undefined ? NO_FIELDS : asMember(node);
  }
  // Items that share a key are owned together, without what is in them.
  for (const element of repeated ?? []) set[element] = NO_FIELDS;
  return isEmptySet(set) ? undefined : set;
}
