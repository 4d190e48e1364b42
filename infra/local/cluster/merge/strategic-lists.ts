import { ApiError } from '../api-error.ts';
import type { Schema } from '../schema/schema.ts';
import { goText, goType } from './go-text.ts';
import { isEqual, isMap, type JsonMap } from './values.ts';

type List = readonly unknown[];

/** How two objects are merged: lists of objects are merged item by item. */
export type MergeMaps = (live: JsonMap, patch: JsonMap, schema: Schema | undefined) => JsonMap;

/** Merges a patch's list into the live one: objects by the schema's key, scalars as a set; items of the patch in its order. */
export function mergeLists(live: List, patch: List, field: Schema | undefined, mergeMaps: MergeMaps): List {
  if (live.length === 0 && patch.length === 0) return live;
  if (demandOneType(live, patch) !== 'map') {
    const all = [...live, ...patch];
    const merged = all.filter((item, i) => all.indexOf(item) === i);
    return ordered(merged, patch, live, undefined);
  }
  const key = field?.patchMergeKey;
  if (key === undefined) throw failure('cannot merge lists without merge key for struct');
  const { kept, items } = withDirectives(live as readonly JsonMap[], patch as readonly JsonMap[], key);
  const merged = [...kept];
  for (const item of items) {
    const value = demandKey(item, key);
    const place = merged.findIndex((other) => other[key] === value);
    if (place < 0) merged.push(item);
    else merged[place] = mergeMaps(merged[place] as JsonMap, item, field?.items);
  }
  return ordered(merged, items, kept, key);
}

/** `live` without the scalars in `gone`. */
export function removeScalars(live: List, gone: List): List {
  return live.filter((item) => !gone.includes(item));
}

/** A merged list in the order that a patch's `$setElementOrder` gives; throws when the patch's own items are in another. */
export function inOrder(
  merged: List,
  order: List,
  { patch, live }: { readonly patch: List; readonly live: List },
  key: string | undefined,
): List {
  demandOrder(patch, order, key);
  if (demandOneType(live, patch) === undefined) throw failure('no elements in any of the given slices');
  return ordered(merged, order, live, key);
}

/** Items named by `first` in its order, the others where they were among them as far as that goes. */
function ordered(items: List, first: List, live: List, key: string | undefined): List {
  const [mine, others] = [rankIn(first, key), rankIn(live, key)];
  const named = sortedBy(
    items.filter((item) => mine(item) >= 0),
    mine,
  );
  const rest = sortedBy(
    items.filter((item) => mine(item) < 0),
    others,
  );
  const result: unknown[] = [];
  let next = 0;
  for (const item of named) {
    const place = others(item);
    while (next < rest.length) {
      const other = others(rest[next]);
      if (place < 0 || other < 0 || other >= place) break;
      result.push(rest[next++]);
    }
    result.push(item);
  }
  return [...result, ...rest.slice(next)];
}

function sortedBy(items: List, rank: (item: unknown) => number): List {
  return items.toSorted((a, b) => rank(a) - rank(b));
}

function rankIn(list: List, key: string | undefined): (item: unknown) => number {
  const identity = (item: unknown): unknown => (key === undefined ? item : demandKey(item as JsonMap, key));
  const identities = list.map(identity);
  return (item) => identities.indexOf(identity(item));
}

/** Takes out of `live` what the patch deletes, or all of it when it replaces; `items` are the patch's other items. */
function withDirectives(
  live: readonly JsonMap[],
  patch: readonly JsonMap[],
  key: string,
): { readonly kept: readonly JsonMap[]; readonly items: readonly JsonMap[] } {
  const items = patch.filter((item) => !('$patch' in item));
  let kept = live;
  let replaces = false;
  for (const item of patch) {
    if (!('$patch' in item)) continue;
    if (item.$patch === 'delete') {
      const value = demandKey(item, key);
      kept = kept.filter((other) => other[key] !== value);
    } else if (item.$patch === 'replace') replaces = true;
    else if (item.$patch === 'merge') throw failure('merging lists cannot yet be specified in the patch');
    else throw failure(`unknown patch type: ${goText(item.$patch)} in map: ${goText(item)}`);
  }
  return replaces ? { kept: items, items: [] } : { kept, items };
}

function demandKey(item: JsonMap, key: string): unknown {
  if (item[key] !== undefined) return item[key];
  throw failure(`map: ${goText(item)} does not contain declared merge key: ${key}`);
}

/** The one type of all items; undefined when there are none. */
function demandOneType(...lists: readonly List[]): 'map' | 'scalar' | undefined {
  const items = lists.flat();
  const [first] = items;
  if (items.length === 0) return undefined;
  if (Array.isArray(first)) {
    throw new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
  }
  if (items.some((item) => goType(item) !== goType(first))) {
    throw failure(`list element types are not identical: ${goText(lists)}`);
  }
  return isMap(first) ? 'map' : 'scalar';
}

function demandOrder(patch: List, order: List, key: string | undefined): void {
  if (patch.length === 0 || order.length === 0) return;
  const items = patch.filter((item) => !(isMap(item) && '$patch' in item));
  let place = 0;
  for (const wanted of order) {
    const item = items[place];
    if (item === undefined) return;
    const same =
      key === undefined
        ? isEqual(item, wanted)
        : demandKey(item as JsonMap, key) === demandKey(wanted as JsonMap, key);
    if (same) place++;
  }
  if (place < items.length) {
    throw failure(
      `The order in patch list:\n${goText(patch)}\n doesn't match $setElementOrder list:\n${goText(order)}\n`,
    );
  }
}

function failure(message: string): ApiError {
  return new ApiError(500, '', message);
}
