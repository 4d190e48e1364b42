import type { Schema } from '../schema/schema.ts';
import { knownItem } from './elements.ts';
import { isEmptyMap, isEqual, isMap, memberOf, memberSchema, shapeOf } from './values.ts';

/** `applied` laid over `live`; nothing is taken away. What does not change is shared, and all of `live` when nothing does. */
export function combine(live: unknown, applied: unknown, schema: Schema): unknown {
  if (applied === undefined || live === applied) return live;
  if (live === undefined || live === null) return applied;
  const shape = shapeOf(schema, applied);
  // Where any value is allowed, a map may become a scalar.
  if (shape !== shapeOf(schema, live)) return applied;
  if (shape === 'members') {
    const [left, right] = [isMap(live) ? live : {}, isMap(applied) ? applied : {}];
    if (!isEmptyMap(left) || !isEmptyMap(right)) return combineMaps(left, right, schema);
  } else if (shape === 'items') {
    const [left, right] = [listOf(live), listOf(applied)];
    if (left.length > 0 || right.length > 0) return combineLists(left, right, schema);
  }
  return isEqual(live, applied) ? live : applied;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

type Members = Readonly<Record<string, unknown>>;

function combineMaps(live: Members, applied: Members, schema: Schema): Members {
  let result: Record<string, unknown> | undefined;
  for (const name in applied) {
    const old = memberOf(live, name);
    const value = combine(old, applied[name], memberSchema(schema, name));
    if (value === old) continue;
    result ??= { ...live };
    result[name] = value;
  }
  return result ?? live;
}

interface Items {
  readonly elements: readonly string[];
  /** By element; undefined for those that are there more than once: they are not merged with what is applied. */
  readonly values: ReadonlyMap<string, unknown>;
}

function combineLists(
  live: readonly unknown[],
  applied: readonly unknown[],
  list: Schema,
): readonly unknown[] {
  const left = itemsOf(live, list);
  const right = itemsOf(applied, list);
  const result: unknown[] = [];
  for (const [place, element] of orderOf(left, right)) {
    const value = right.values.get(element);
    if (place !== undefined && !right.values.has(element)) result.push(live[place]);
    else result.push(list.items ? combine(left.values.get(element), value, list.items) : value);
  }
  return result.length === live.length && result.every((item, i) => item === live[i]) ? live : result;
}

/**
 * The order of merged items: applied ones as they were applied, live ones between them where they were as far as that goes.
 * With an element comes its place among the live items when it is taken from there.
 */
function* orderOf(live: Items, applied: Items): Generator<[number | undefined, string]> {
  const shared = applied.elements.filter((element) => live.values.has(element));
  const done = new Set<string>();
  let next = 0;
  let l = 0;
  let r = 0;
  while (l < live.elements.length || r < applied.elements.length) {
    const mine = live.elements[l];
    const theirs = applied.elements[r];
    if (mine !== undefined && mine === theirs) {
      done.add(mine);
      yield [l, mine];
      l++;
      r++;
      next++;
      continue;
    }
    if (mine !== undefined) {
      const alsoApplied = applied.values.has(mine);
      const awaited = shared[next];
      if (theirs !== undefined && alsoApplied && awaited !== undefined && awaited !== mine) {
        l++;
        continue;
      }
      if (!alsoApplied) {
        yield [l, mine];
        l++;
        continue;
      }
      if (done.has(mine)) l++;
    }
    if (theirs !== undefined) {
      done.add(theirs);
      yield [undefined, theirs];
      r++;
      if (shared[next] === theirs) next++;
    }
  }
}

function itemsOf(list: readonly unknown[], schema: Schema): Items {
  const elements: string[] = [];
  const values = new Map<string, unknown>();
  for (const item of list) {
    const element = knownItem(schema, item);
    if (element === undefined) continue;
    elements.push(element);
    values.set(element, values.has(element) ? undefined : item);
  }
  return { elements, values };
}
