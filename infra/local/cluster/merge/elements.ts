import { toJson } from '../../../../shared/core/json.ts';
import type { Schema } from '../schema/schema.ts';
import { type FieldSet, NO_FIELDS } from './field-set.ts';
import { goJson } from './go-text.ts';
import { isMap } from './values.ts';

/** The element of a map's member or a struct's field. */
export function fieldElement(name: string): string {
  return `f:${name}`;
}

/** The element of an item in a list of type set or map, or why it has none, in the API server's words. */
export function itemElement(list: Schema, item: unknown): { element: string } | { error: string } {
  if (list.listType === 'set') return setElement(item);
  if (item === null) return { error: 'associative list with keys may not have a null element' };
  if (!isMap(item)) return { error: 'associative list with keys may not have non-map elements' };
  const parts: string[] = [];
  for (const name of sortedKeys(list)) {
    const value = item[name] === undefined ? list.items?.field(name)?.default : item[name];
    if (value !== undefined) parts.push(`${goJson(name)}:${goJson(value)}`);
  }
  if (parts.length > 0) return { element: `k:{${parts.join(',')}}` };
  const names = list.listKeys.map((name) => JSON.stringify(name)).join(' ');
  return {
    error: `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`,
  };
}

/** The element of an item that is checked already; undefined when it has none. */
export function knownItem(list: Schema, item: unknown): string | undefined {
  const found = itemElement(list, item);
  return 'element' in found ? found.element : undefined;
}

/** A path as messages show it, such as `.spec.ports[port=80,protocol="TCP"].name`. */
export function pathText(path: readonly string[]): string {
  return path.map(elementText).join('');
}

/** One element of a path as messages show it. */
export function elementText(element: string): string {
  const content = element.slice(2);
  switch (element[0]) {
    case 'f':
      return `.${content}`;
    case 'k':
      return `[${Object.entries(JSON.parse(content) as object)
        .map(([name, value]) => `${name}=${toJson(value)}`)
        .join(',')}]`;
    case 'v':
      return `[=${toJson(JSON.parse(content))}]`;
    default:
      return `[${content}]`;
  }
}

/** The set with its elements in the API server's order: itself when they are. */
export function ordered(set: FieldSet): FieldSet {
  let same = true;
  let inOrder = true;
  const nodes: Node[] = [];
  for (const element in set) {
    if (element === '.') {
      inOrder &&= nodes.length === 0;
      continue;
    }
    const node = set[element] as FieldSet;
    const deeper = ordered(node);
    same &&= deeper === node;
    const next = { element, node: deeper, value: elementValue(element) };
    const previous = nodes.at(-1);
    inOrder &&= previous === undefined || compareNodes(previous, next) < 0;
    nodes.push(next);
  }
  if (same && inOrder) return set;
  if (!inOrder) nodes.sort(compareNodes);
  const result: Record<string, FieldSet> = '.' in set ? { '.': NO_FIELDS } : {};
  for (const { element, node } of nodes) result[element] = node;
  return result;
}

/** An element with what it says, which is read once and compared often. */
interface Node {
  readonly element: string;
  readonly node: FieldSet;
  readonly value: unknown;
}

/** The set with its keys and values spelt as the API server spells them. Throws SyntaxError when one is no JSON. */
export function respelt(set: FieldSet): FieldSet {
  const result: Record<string, FieldSet> = {};
  for (const element in set) {
    const node = set[element] as FieldSet;
    result[element === '.' ? element : respeltElement(element)] = respelt(node);
  }
  return result;
}

function setElement(item: unknown): { element: string } | { error: string } {
  if (isMap(item)) return { error: "associative list without keys has an element that's a map type" };
  if (Array.isArray(item)) return { error: 'not supported: associative list with lists as elements' };
  if (item === null) {
    return { error: "associative list without keys has an element that's an explicit null" };
  }
  return { element: `v:${goJson(item)}` };
}

const sortedKeysOf = new WeakMap<readonly string[], readonly string[]>();

function sortedKeys({ listKeys }: Schema): readonly string[] {
  if (listKeys.length < 2) return listKeys;
  let sorted = sortedKeysOf.get(listKeys);
  if (!sorted) {
    sorted = [...listKeys].sort();
    sortedKeysOf.set(listKeys, sorted);
  }
  return sorted;
}

function respeltElement(element: string): string {
  if (element[0] === 'f' || element[0] === 'i') return element;
  const value: unknown = JSON.parse(element.slice(2));
  if (element[0] === 'v' || !isMap(value)) return `v:${goJson(value)}`;
  const parts = Object.keys(value).sort();
  return `k:{${parts.map((name) => `${goJson(name)}:${goJson(value[name])}`).join(',')}}`;
}

const KINDS = 'fkvi';

function elementValue(element: string): unknown {
  return element[0] === 'f' ? element : JSON.parse(element.slice(2));
}

function compareNodes({ element: a, value: left }: Node, { element: b, value: right }: Node): number {
  if (a[0] !== b[0]) return KINDS.indexOf(a[0] as string) - KINDS.indexOf(b[0] as string);
  if (a[0] === 'f') return a < b ? -1 : a > b ? 1 : 0;
  return compareValues(left, right);
}

function compareValues(a: unknown, b: unknown): number {
  const rank = rankOf(a);
  if (rank !== rankOf(b)) return rank - rankOf(b);
  if (isMap(a) && isMap(b)) {
    const [left, right] = [Object.entries(a), Object.entries(b)];
    for (let i = 0; i < Math.min(left.length, right.length); i++) {
      const [[name, value], [otherName, other]] = [left[i], right[i]] as [
        [string, unknown],
        [string, unknown],
      ];
      const order = name < otherName ? -1 : name > otherName ? 1 : compareValues(value, other);
      if (order !== 0) return order;
    }
    return left.length - right.length;
  }
  const [x, y] = [a as number, b as number];
  return x < y ? -1 : x > y ? 1 : 0;
}

// Numbers come before strings, then booleans, maps and null.
function rankOf(value: unknown): number {
  if (typeof value === 'number' || typeof value === 'bigint') return 0;
  if (typeof value === 'string') return 1;
  if (typeof value === 'boolean') return 2;
  return value === null ? 4 : 3;
}
