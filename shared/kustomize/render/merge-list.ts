import { field, isMap, isNull, type Node, type NodeMap, plainNode, refuse, textOf } from './node.ts';

/** No value: the field or item goes. */
export const GONE: unique symbol = Symbol('gone');

/** Merges two items of a list; either may be absent. */
export type MergeItem = (old: Node | undefined, patch: Node | undefined) => Node | typeof GONE;

/** Merges lists whose items are told apart by keys (none: by themselves), the patch's items first (kyaml v0.21.1, yaml/walk/associative_sequence.go). Fault `unsupported` for items that lack their key. */
export function mergeAssociative(
  old: Node | undefined,
  patch: Node | undefined,
  keys: readonly string[],
  merge: MergeItem,
): Node | typeof GONE {
  const target = targetOf(old, patch);
  if (!Array.isArray(target)) return target ?? GONE;
  const source = Array.isArray(patch) ? patch : [];
  if (keys.length === 0) return mergeTexts(target, source);
  const rows = [...source, ...target].map((item) => keys.map((key) => keyOf(item, key, key === keys[0])));
  const said = keys.filter((_, column) => rows.some((row) => row[column] !== ''));
  if (said.length > 1) return mergeByKeys(target, source, keys, said, merge);
  return mergeByKey(target, source, keys[0] as string, merge);
}

function targetOf(old: Node | undefined, patch: Node | undefined): Node | typeof GONE | undefined {
  if (isNull(old)) return patch;
  if (patch !== undefined && isNull(patch)) return GONE;
  const directive = Array.isArray(patch) ? listDirective(patch) : undefined;
  if (directive === 'delete') return GONE;
  return directive === 'replace' ? patch : old;
}

/** Reads and removes an item that is nothing but `$patch`, if it is the first that has one. */
function listDirective(patch: Node[]): string | undefined {
  const item = patch.find((candidate) => isMap(candidate) && Object.hasOwn(candidate, '$patch'));
  if (!isMap(item) || Object.keys(item).length > 1) return undefined;
  const others = patch.filter((candidate) => candidate !== item);
  if (others.some((other) => !isMap(other) || Object.hasOwn(other, '$patch'))) {
    refuse('several directives in one list');
  }
  patch.splice(0, patch.length, ...others);
  return directiveIn(item);
}

/** The value of `$patch`. Fault `unsupported` for unknown ones. */
export function directiveIn(map: NodeMap): 'delete' | 'replace' | 'merge' {
  const directive = map.$patch;
  return directive === 'delete' || directive === 'replace' || directive === 'merge'
    ? directive
    : refuse(`the directive $patch: ${JSON.stringify(directive)}`);
}

/** Lists of texts: the patch's, then the others. */
function mergeTexts(target: Node[], source: Node[]): Node[] {
  const items = [...source, ...target];
  if (items.some((item) => typeof item !== 'string' || item === ''))
    refuse('a list of texts with other items');
  return [...new Set(items)];
}

/** The text by which an item is told apart; empty when another than the first key is absent. */
function keyOf(item: Node, key: string, required: boolean): string {
  if (!isMap(item)) return refuse('a merged list with items that are no maps');
  const value = field(item, key);
  if (value === undefined && !required) return '';
  const text = isNull(value) ? undefined : textOf(value);
  return text || refuse(`an item of a merged list without ${key}`);
}

function mergeByKey(target: Node[], source: Node[], key: string, merge: MergeItem): Node[] {
  const oldItems = indexed(target, key);
  const newItems = indexed(source, key);
  const items: Node[] = [];
  for (const name of new Set([...newItems.keys(), ...oldItems.keys()])) {
    const old = oldItems.get(name);
    const value = merge(old, newItems.get(name));
    // An item that was there stays itself, changed or not, so that `$patch: replace` of one item does nothing.
    if (value !== GONE && !isNull(value)) items.push(old ?? value);
  }
  return items;
}

/** By key; items of one key are merged in ways that depend on where they stand. */
function indexed(items: readonly Node[], key: string): ReadonlyMap<string, Node> {
  const index = new Map<string, Node>();
  for (const item of items) {
    const name = keyOf(item, key, true);
    if (index.has(name)) refuse(`${key} ${name} twice in one list`);
    index.set(name, item);
  }
  return index;
}

/** Items of a list with several keys; real lists of ports have 10. Each is looked for among all the others. */
const MAX_ITEMS = 200;

function mergeByKeys(
  target: Node[],
  source: Node[],
  keys: readonly string[],
  said: readonly string[],
  merge: MergeItem,
): Node[] {
  if (target.length + source.length > MAX_ITEMS)
    refuse(`a list of more than ${MAX_ITEMS} items with ${keys}`);
  let left = [...target];
  let items: Node[] = [];
  for (const row of completed(
    [...source, ...target].map((item) => keys.map((key) => keyOf(item, key, false))),
  )) {
    const values = said.map((key) => row[keys.indexOf(key)] as string);
    const given = said.filter((_, column) => values[column] !== '');
    const givenValues = values.filter((value) => value !== '');
    const find = (list: readonly Node[]) => list.find((item) => matches(item, given, givenValues));
    const value = merge(find(left), find(source));
    if (value === GONE || isNull(value)) left = replaced(left, undefined, said, values);
    else {
      for (const [column, key] of said.entries()) {
        const text = values[column] as string;
        if (text !== '' && field(value, key) === undefined) (value as NodeMap)[key] = plainNode(text);
      }
      items = replaced(items, value, said, values);
    }
  }
  for (const item of left) {
    const values = said.map((key) => keyOf(item, key, false));
    // What lacks a key is taken for all items of its first one.
    const known = values.includes('') ? values.slice(0, values.indexOf('')) : values;
    if (values.slice(known.length).some((value) => value !== ''))
      refuse(`items without ${said.join(' and ')}`);
    items = replaced(replaced(items, undefined, said.slice(0, known.length), known), item, said, known);
  }
  return items;
}

/** Rows of keys, without repeats; rows that differ only where one says nothing become the same. */
function completed(rows: readonly (readonly string[])[]): readonly (readonly string[])[] {
  const distinct = new Map(rows.map((row) => [JSON.stringify(row), row]));
  const list = [...distinct.values()];
  for (let first = 0; first < list.length; first++) {
    for (let second = 0; second < list.length; second++) {
      const both = unified(list[first] as readonly string[], list[second] as readonly string[]);
      if (!both) continue;
      list[first] = both;
      list[second] = both;
    }
  }
  return list;
}

function unified(a: readonly string[], b: readonly string[]): readonly string[] | undefined {
  const fits = a.every((text, at) => text === b[at] || text === '' || b[at] === '');
  return fits && a.some((text, at) => text === b[at])
    ? a.map((text, at) => text || (b[at] as string))
    : undefined;
}

/** Whether an item has these values; an empty one only asks for the key to be there. */
function matches(item: Node, keys: readonly string[], values: readonly string[]): boolean {
  return keys.every((key, at) => {
    const value = field(item, key);
    return value !== undefined && (!values[at] || textOf(value) === values[at]);
  });
}

/** The list with `item` in place of what matches, or at its end; without what matches when there is no item. */
function replaced(
  list: readonly Node[],
  item: Node | undefined,
  keys: readonly string[],
  values: readonly string[],
): Node[] {
  let found = false;
  const result: Node[] = [];
  for (const other of list) {
    if (!matches(other, keys.slice(0, values.length), values)) result.push(other);
    else {
      found = true;
      if (item !== undefined) result.push(item);
    }
  }
  if (!found && item !== undefined) result.push(item);
  return result;
}
