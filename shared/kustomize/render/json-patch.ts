import { clone, countNodes, field, isMap, isWritten, type Node, type NodeMap, refuse } from './node.ts';

/** One step of an RFC 6902 patch. */
export interface Operation {
  readonly op: 'add' | 'remove' | 'replace' | 'move' | 'copy' | 'test';
  readonly path: readonly string[];
  /** Of `move` and `copy`. */
  readonly from: readonly string[];
  readonly value: Node;
}

const OPS: ReadonlySet<string> = new Set(['add', 'remove', 'replace', 'move', 'copy', 'test']);

/** A JSON patch as its steps. Fault `unsupported` for steps that say too little. */
export function operationsOf(patch: readonly Node[]): readonly Operation[] {
  return patch.map((step) => {
    const op = field(step, 'op');
    if (typeof op !== 'string' || !OPS.has(op)) refuse(`the JSON patch operation ${JSON.stringify(op)}`);
    const value = field(step, 'value');
    if (value === undefined && (op === 'add' || op === 'replace' || op === 'test'))
      refuse(`${op} without a value`);
    const from = op === 'move' || op === 'copy' ? pointerOf(field(step, 'from')) : [];
    return { op: op as Operation['op'], path: pointerOf(field(step, 'path')), from, value: value ?? null };
  });
}

function pointerOf(pointer: Node | undefined): readonly string[] {
  if (typeof pointer !== 'string' || !pointer.startsWith('/')) {
    return refuse(`the JSON pointer ${JSON.stringify(pointer)}`);
  }
  return pointer
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** Applies the steps to an object, which it changes; `grow` is told of every value that is copied into it, before that is done. Fault `unsupported` when a step does not fit. */
export function applyOperations(
  object: NodeMap,
  operations: readonly Operation[],
  grow: (values: number) => void,
): void {
  for (const { op, path, from, value } of operations) {
    grow(countNodes(op === 'add' || op === 'replace' ? value : from.length > 0 ? get(object, from) : null));
    if (op === 'add') add(object, path, clone(value));
    else if (op === 'replace') put(object, path, clone(value));
    else if (op === 'remove') remove(object, path);
    else if (op === 'test') {
      if (!isSame(get(object, path), value)) refuse(`the test of /${path.join('/')}, which fails`);
    } else {
      const moved = clone(get(object, from));
      if (op === 'move') remove(object, from);
      add(object, path, moved);
    }
  }
}

/** Whether two values are the same to JSON. */
function isSame(a: Node, b: Node): boolean {
  return JSON.stringify(plain(a)) === JSON.stringify(plain(b));
}

function plain(node: Node): unknown {
  if (isWritten(node)) return node.value;
  if (Array.isArray(node)) return node.map(plain);
  if (!isMap(node)) return node;
  const entries = Object.entries(node).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([key, value]) => [key, plain(value)]);
}

function parentOf(object: NodeMap, path: readonly string[]): { parent: Node[] | NodeMap; key: string } {
  let parent: Node = object;
  for (const part of path.slice(0, -1)) parent = child(parent, part, path);
  const key = path.at(-1) as string;
  if (key === '__proto__') refuse('the key __proto__');
  if (!Array.isArray(parent) && !isMap(parent))
    return refuse(`the JSON pointer /${path.join('/')}, which ends early`);
  return { parent, key };
}

function child(parent: Node, part: string, path: readonly string[]): Node {
  const value = Array.isArray(parent) ? parent[indexOf(part, parent.length - 1)] : field(parent, part);
  return value === undefined || isWritten(value) ? missing(path) : value;
}

function get(object: NodeMap, path: readonly string[]): Node {
  const { parent, key } = parentOf(object, path);
  const value = Array.isArray(parent) ? parent[indexOf(key, parent.length - 1)] : field(parent, key);
  return value === undefined ? missing(path) : value;
}

function add(object: NodeMap, path: readonly string[], value: Node): void {
  const { parent, key } = parentOf(object, path);
  if (!Array.isArray(parent)) parent[key] = value;
  else if (key === '-') parent.push(value);
  else parent.splice(indexOf(key, parent.length), 0, value);
}

function put(object: NodeMap, path: readonly string[], value: Node): void {
  const { parent, key } = parentOf(object, path);
  if (Array.isArray(parent)) parent[indexOf(key, parent.length - 1)] = value;
  else if (Object.hasOwn(parent, key)) parent[key] = value;
  else missing(path);
}

function remove(object: NodeMap, path: readonly string[]): void {
  const { parent, key } = parentOf(object, path);
  if (Array.isArray(parent)) parent.splice(indexOf(key, parent.length - 1), 1);
  else if (Object.hasOwn(parent, key)) delete parent[key];
  else missing(path);
}

/** Up to `last`; negative and padded numbers are read in ways that differ. */
function indexOf(part: string, last: number): number {
  const index = /^(0|[1-9][0-9]{0,6})$/.test(part) ? Number(part) : -1;
  return index < 0 || index > last ? refuse(`the list index ${JSON.stringify(part)}`) : index;
}

function missing(path: readonly string[]): never {
  return refuse(`the JSON pointer /${path.join('/')}, which leads nowhere`);
}
