import { field, isMap, isNull, isWritten, type Node, type NodeMap, refuse, textOf } from './node.ts';

/** A place that a path leads to, which can be read and written. */
export interface Spot {
  readonly get: () => Node | undefined;
  readonly set: (node: Node) => void;
  /** Whether it was made on the way, so that what is put there says by its text what it is. */
  readonly made: boolean;
}

const MAX_PATH = 1000;

/** `a.b.[name=x].c` in its parts; a dot is taken literally after a backslash and inside brackets (kyaml v0.21.1, utils/pathsplitter.go). Fault `unsupported` for odd ones. */
export function pathParts(path: string): readonly string[] {
  if (path.length > MAX_PATH) refuse('a field path of more than 1000 characters');
  const parts: string[] = [];
  let rest = path;
  while (rest !== '') {
    const match = /^(?:\[([^[\]]*)\]|((?:[^.\\[\]]|\\\.)+))(?:\.(?=.)|$)/.exec(rest);
    if (!match) return refuse(`the field path ${JSON.stringify(path)}`);
    const [whole, bracketed, plain = ''] = match;
    const inside = bracketed !== undefined && !bracketed.includes('=') ? bracketed : undefined;
    parts.push(inside ?? (bracketed === undefined ? plain.replaceAll('\\.', '.') : `[${bracketed}]`));
    rest = rest.slice(whole.length);
  }
  if (parts.length === 0 || parts.some((part) => part === '' || part === '-' || part === '__proto__')) {
    refuse(`the field path ${JSON.stringify(path)}`);
  }
  return parts;
}

/** A value by its path. Fault `unsupported` when it is not there. */
export function valueAt(object: NodeMap, path: string): Node {
  let node: Node = object;
  // kustomize leaves empty parts out here.
  for (const part of pathParts(path.replace(/^\./, ''))) {
    const next: Node | undefined = Array.isArray(node) ? itemOf(node, part, path) : field(node, part);
    if (next === undefined || part === '*') refuse(`${path}, which is not there`);
    node = next as Node;
  }
  return node;
}

function itemOf(list: Node[], part: string, path: string): Node {
  if (isIndex(part)) return list[Number(part)] ?? refuse(`${path}, which is not there`);
  const [, name, value] = /^\[([^=]+)=(.*)\]$/.exec(part) ?? refuse(`the field path ${path}`);
  const matches = list.filter((item) => textOf(field(item, name as string)) === value);
  return matches.length === 1 && matches[0] !== undefined
    ? matches[0]
    : refuse(`${path}, which is there ${matches.length} times`);
}

/** Every place that a path leads to; with `leaf` what is missing is made, its end as such a thing (kyaml v0.21.1, yaml/match.go). Fault `unsupported` when there is none. */
export function spotsAt(
  object: NodeMap,
  path: string,
  leaf: 'scalar' | 'map' | 'list' | undefined,
): readonly Spot[] {
  const spots: Spot[] = [];
  walk(object, pathParts(path), { path, leaf, spots, made: false });
  return spots.length === 0 ? refuse(`${path}, which is not there`) : spots;
}

interface Walk {
  readonly path: string;
  readonly leaf: 'scalar' | 'map' | 'list' | undefined;
  readonly spots: Spot[];
  readonly made: boolean;
}

function walk(node: Node, parts: readonly string[], how: Walk): void {
  const [part = '', ...rest] = parts;
  if (isIndex(part)) {
    intoItem(node, Number(part), rest, how);
    return;
  }
  if (part.startsWith('[')) {
    intoMatches(node, part, rest, how);
    return;
  }
  if (part === '*') {
    if (!Array.isArray(node)) return void refuse(`${how.path}, where no list is`);
    for (const index of node.keys()) intoItem(node, index, rest, how);
    return;
  }
  const map = isMap(node) ? node : refuse(`${how.path}, which leads through something that is no map`);
  const made = !Object.hasOwn(map, part);
  if (made && how.leaf === undefined) return;
  if (made) map[part] = rest.length === 0 ? empty(how.leaf) : nextKind(rest[0] as string);
  next(
    {
      get: () => map[part],
      set: (value) => {
        map[part] = value;
      },
      made: how.made || made,
    },
    rest,
    how,
  );
}

function next(spot: Spot, rest: readonly string[], how: Walk): void {
  if (rest.length === 0) {
    how.spots.push(spot);
    return;
  }
  const node = spot.get();
  // kustomize looks into text for YAML or JSON, and has ways of its own with nulls.
  if (isNull(node) || isWritten(node) || typeof node !== 'object') {
    refuse(`${how.path}, which leads through text`);
  }
  walk(node as Node, rest, { ...how, made: spot.made });
}

function intoItem(node: Node, index: number, rest: readonly string[], how: Walk): void {
  const list = Array.isArray(node) ? node : refuse(`${how.path}, where no list is`);
  if (index >= list.length) refuse(`${how.path}, of which there are ${list.length}`);
  next(
    {
      get: () => list[index],
      set: (value) => {
        list[index] = value;
      },
      made: how.made,
    },
    rest,
    how,
  );
}

function intoMatches(node: Node, part: string, rest: readonly string[], how: Walk): void {
  const list = Array.isArray(node) ? node : refuse(`${how.path}, where no list is`);
  const [, name = '', pattern = ''] =
    /^\[([^=]+)=([A-Za-z0-9_./:-]+)\]$/.exec(part) ?? refuse(`the field path ${how.path}`);
  const before = how.spots.length;
  for (const [index, item] of list.entries()) {
    const text = textOf(field(item, name));
    // kustomize's patterns are found anywhere in the text, and a dot is any character.
    if (text !== undefined && new RegExp(pattern).test(text)) intoItem(list, index, rest, how);
  }
  if (how.spots.length === before && how.leaf !== undefined)
    refuse(`${how.path}, an item of which is to be made`);
}

function isIndex(part: string): boolean {
  return /^(0|[1-9][0-9]{0,6})$/.test(part);
}

function nextKind(part: string): Node {
  return isIndex(part) || part.startsWith('[') || part === '*' ? refuse('a list that is to be made') : {};
}

function empty(leaf: Walk['leaf']): Node {
  return leaf === 'map' ? {} : leaf === 'list' ? [] : null;
}
