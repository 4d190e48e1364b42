import type { Schema } from '../schema/schema.ts';
import { fieldElement, knownItem } from './elements.ts';
import { type FieldSet, type GrowingSet, insert } from './field-set.ts';
import { isEmptyMap, isEqual, isMap, memberOf, memberSchema, type Shape, shapeOf } from './values.ts';

/** The fields in which two objects differ. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/** What a write of `after` over `before` does to fields. The order of items and of members is no difference. */
export function compare(before: unknown, after: unknown, schema: Schema): Comparison {
  const walk: Walk = { added: {}, modified: {}, removed: {}, path: [] };
  compareValues(walk, before, after, schema);
  return walk;
}

interface Walk {
  readonly added: GrowingSet;
  readonly modified: GrowingSet;
  readonly removed: GrowingSet;
  /** Where it is, in elements. */
  readonly path: string[];
}

function compareValues(walk: Walk, before: unknown, after: unknown, schema: Schema): void {
  if (before === after) return;
  const shape = shapeOf(schema, after === undefined ? before : after);
  // Where any value is allowed, a map may become a scalar: both are gone through.
  const was = before === undefined || after === undefined ? shape : shapeOf(schema, before);
  if (was !== shape) compareAs(walk, was, before, after, schema);
  if (compareAs(walk, shape, before, after, schema)) return;
  if (before === undefined) insert(walk.added, walk.path);
  else if (after === undefined) insert(walk.removed, walk.path);
}

/** Whether the two were compared as one value. */
function compareAs(walk: Walk, shape: Shape, before: unknown, after: unknown, schema: Schema): boolean {
  if (shape === 'members') {
    const [left, right] = [mapOf(before), mapOf(after)];
    if (left || right) {
      compareMaps(walk, left ?? {}, right ?? {}, schema);
      return false;
    }
  } else if (shape === 'items') {
    const [left, right] = [listOf(before), listOf(after)];
    if (left.length > 0 || right.length > 0) {
      compareLists(walk, left, right, schema);
      return false;
    }
  }
  if (before === undefined) insert(walk.added, walk.path);
  else if (after === undefined) insert(walk.removed, walk.path);
  else if (!isEqual(before, after)) insert(walk.modified, walk.path);
  return true;
}

type Members = Readonly<Record<string, unknown>>;

function mapOf(value: unknown): Members | undefined {
  return isMap(value) && !isEmptyMap(value) ? value : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function compareMaps(walk: Walk, before: Members, after: Members, schema: Schema): void {
  for (const name in before) {
    descend(walk, fieldElement(name), before[name], memberOf(after, name), memberSchema(schema, name));
  }
  for (const name in after) {
    if (memberOf(before, name) === undefined) {
      descend(walk, fieldElement(name), undefined, after[name], memberSchema(schema, name));
    }
  }
}

function compareLists(walk: Walk, before: readonly unknown[], after: readonly unknown[], list: Schema): void {
  const left = byElement(before, list);
  const right = byElement(after, list);
  for (const [element, values] of left) compareItems(walk, element, values, right.get(element) ?? [], list);
  for (const [element, values] of right) {
    if (!left.has(element)) compareItems(walk, element, [], values, list);
  }
}

/** Items that share a key are compared as one value. */
function compareItems(
  walk: Walk,
  element: string,
  before: readonly unknown[],
  after: readonly unknown[],
  { items }: Schema,
): void {
  if (!items) return;
  if (before.length < 2 && after.length < 2) {
    descend(walk, element, before[0], after[0], items);
  } else if (before.length > 1 && after.length > 1) {
    if (!isEqual(before, after)) insert(walk.modified, [...walk.path, element]);
  } else if (before.length > 1) {
    if (after.length > 0) descend(walk, element, undefined, after[0], items);
    insert(walk.removed, [...walk.path, element]);
  } else {
    if (before.length > 0) descend(walk, element, before[0], undefined, items);
    insert(walk.added, [...walk.path, element]);
  }
}

function descend(walk: Walk, element: string, before: unknown, after: unknown, schema: Schema): void {
  if (before === after) return;
  walk.path.push(element);
  compareValues(walk, before, after, schema);
  walk.path.pop();
}

function byElement(list: readonly unknown[], schema: Schema): Map<string, unknown[]> {
  const items = new Map<string, unknown[]>();
  for (const item of list) {
    const element = knownItem(schema, item);
    if (element === undefined) continue;
    const known = items.get(element);
    if (known) known.push(item);
    else items.set(element, [item]);
  }
  return items;
}
