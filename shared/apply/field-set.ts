import { canonicalJson } from '../core/digests.ts';

/** `fieldsV1` of a managedFields entry: a trie of `f:name`, `k:{keys}`, `v:value`, `i:index`; `.` marks the node itself. */
export type FieldsV1 = Readonly<Record<string, unknown>>;

interface FieldNode {
  /** Whether the path up to here is itself in the set. */
  member: boolean;
  readonly children: Map<string, FieldNode>;
}

/** The union of two field sets, as structured-merge-diff unites them: a node is a member when it is one in either. */
export function uniteFields(a: FieldsV1, b: FieldsV1): FieldsV1 {
  const root = emptyNode();
  addFields(root, a);
  addFields(root, b);
  return childrenOf(root);
}

/** The members of `a` that are none of `b`. */
export function fieldsWithout(a: FieldsV1, b: FieldsV1): FieldsV1 {
  const [root, other] = [emptyNode(), emptyNode()];
  addFields(root, a);
  addFields(other, b);
  return childrenOf(nodeWithout(root, other));
}

function nodeWithout(node: FieldNode, other: FieldNode | undefined): FieldNode {
  const children = [...node.children]
    .map(([name, child]) => [name, nodeWithout(child, other?.children.get(name))] as const)
    .filter(([, { member, children: inside }]) => member || inside.size > 0);
  return { member: node.member && other?.member !== true, children: new Map(children) };
}

function emptyNode(): FieldNode {
  return { member: false, children: new Map() };
}

function addFields(node: FieldNode, fields: FieldsV1): void {
  for (const [element, below] of Object.entries(fields)) {
    const name = canonicalElement(element);
    if (name === undefined) continue;
    const child = node.children.get(name) ?? emptyNode();
    node.children.set(name, child);
    const inside = isFields(below) ? below : {};
    // Without any known element below, the node itself is meant, `.` or not.
    if ('.' in inside || !Object.keys(inside).some((key) => canonicalElement(key) !== undefined)) {
      child.member = true;
    }
    addFields(child, inside);
  }
}

// Keys of a k: element may come in any order; elements of unknown types are dropped, as the server does.
function canonicalElement(element: string): string | undefined {
  const [type, text] = [element.slice(0, 2), element.slice(2)];
  if (type === 'f:' || type === 'i:') return element;
  if (type !== 'k:' && type !== 'v:') return undefined;
  try {
    return type + canonicalJson(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function childrenOf(node: FieldNode): FieldsV1 {
  const names = [...node.children.keys()].toSorted(compareElements);
  return Object.fromEntries(
    names.map((name) => {
      const child = node.children.get(name) ?? emptyNode();
      const below = childrenOf(child);
      return [name, child.member && child.children.size > 0 ? { '.': {}, ...below } : below];
    }),
  );
}

const ELEMENT_ORDER = ['f:', 'k:', 'v:', 'i:'];

function compareElements(a: string, b: string): number {
  const rank = ELEMENT_ORDER.indexOf(a.slice(0, 2)) - ELEMENT_ORDER.indexOf(b.slice(0, 2));
  return rank || (a < b ? -1 : a > b ? 1 : 0);
}

function isFields(value: unknown): value is FieldsV1 {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
