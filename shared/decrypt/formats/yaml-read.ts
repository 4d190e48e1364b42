import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  type Node,
  type Pair,
  parseAllDocuments,
  type Scalar,
} from 'yaml';
import { Fault } from '../../core/failures.ts';
import { parseYamlDocuments } from '../../core/yaml.ts';
import { Branch, Comment, type Entry, type TreeValue } from '../tree.ts';
import { plainValue } from './yaml-scalars.ts';

/** A comment where it stands in the text. */
interface Found {
  readonly at: number;
  readonly column: number;
  readonly text: string;
  /** Behind something, on its line. */
  readonly behind: boolean;
}

interface Reader {
  readonly text: string;
  readonly comments: readonly Found[];
  /** The next comment that has no place yet. */
  next: number;
  readonly anchors: Map<string, Node>;
}

/** Reads each document's mapping with its comments, as SOPS sees it. Fault `malformed`, `too-large`. */
export function readYaml(text: string): readonly Branch[] {
  // Bounds, repeated keys and aliases are the affair of the one reader that everybody uses.
  parseYamlDocuments(text, { duplicates: 'error', dialect: 'v3' });
  const documents = parseAllDocuments(text, {
    schema: 'failsafe',
    resolveKnownTags: false,
    version: '1.1',
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  if ('empty' in documents) return [];
  const comments = commentsIn(text);
  let next = 0;
  return documents.map((document) => {
    const reader: Reader = { text, comments, next, anchors: new Map() };
    const root = document.contents as Node | null;
    const end = document.range[2];
    const branch = rootOf(root, reader, end);
    next = reader.next;
    return branch;
  });
}

function rootOf(root: Node | null, reader: Reader, end: number): Branch {
  if (isMap(root))
    return new Branch([...taken(reader, startOf(root)), ...mapItems(root.items as Pairs, reader, 0, end)]);
  if (root === null || (isScalar(root) && plainOf(root) === null)) return new Branch(taken(reader, end));
  const what = isSeq(root) ? 'sequences' : 'values';
  throw new Fault(
    'malformed',
    `Error unmarshaling input YAML: YAML documents that are ${what} are not supported`,
  );
}

const LEXER_MARKS: ReadonlySet<string> = new Set(['\x02', '\x18', '\x1f']);

function commentsIn(text: string): readonly Found[] {
  const found: Found[] = [];
  let at = text.startsWith('\ufeff') ? 1 : 0;
  for (const token of new Lexer().lex(text)) {
    // The lexer's own marks are no text of the file.
    if (LEXER_MARKS.has(token)) continue;
    if (token.startsWith('#')) {
      const line = text.lastIndexOf('\n', at - 1) + 1;
      const behind = /[^ \t]/.test(text.slice(line, at));
      found.push({ at, column: at - line, text: token.slice(1), behind });
    }
    if (token !== '\ufeff') at += token.length;
  }
  return found;
}

type Pairs = readonly Pair<Node, Node | null>[];

/** The entries of a mapping at a column, and its comments up to `end`, where something else begins. */
function mapItems(pairs: Pairs, reader: Reader, column: number, end: number): readonly (Entry | Comment)[] {
  const items: (Entry | Comment)[] = [];
  for (const [at, { key, value }] of pairs.entries()) {
    items.push(...taken(reader, startOf(key)));
    const following = pairs[at + 1]?.key;
    const limit = following === undefined ? end : startOf(following);
    const name = keyText(key);
    const read = readNode(value, reader, limit);
    items.push(...read.comments, { key: name, value: read.value });
  }
  return [...items, ...taken(reader, end, column)];
}

function listItems(
  nodes: readonly (Node | null)[],
  reader: Reader,
  column: number,
  end: number,
): readonly TreeValue[] {
  const items: TreeValue[] = [];
  for (const [at, node] of nodes.entries()) {
    if (node !== null) items.push(...taken(reader, startOf(node)));
    const following = nodes[at + 1];
    const limit = following ? startOf(following) : end;
    const read = readNode(node, reader, limit);
    items.push(...read.comments, read.value);
  }
  return [...items, ...taken(reader, end, column)];
}

interface Read {
  readonly value: TreeValue;
  /** Behind a scalar, on its line. */
  readonly comments: readonly Comment[];
}

function readNode(node: Node | null, reader: Reader, limit: number): Read {
  if (node === null) return { value: null, comments: behind(reader, limit) };
  if (isAlias(node)) return { ...readAlias(node.source, reader), comments: behind(reader, limit) };
  const { anchor } = node as Scalar;
  if (anchor !== undefined) reader.anchors.set(anchor, node);
  if (isScalar(node)) return { value: scalarOf(node), comments: behind(reader, limit) };
  const column = columnOf(reader.text, startOf(node));
  if (isMap(node))
    return { value: new Branch(mapItems(node.items as Pairs, reader, column, limit)), comments: [] };
  if (isSeq(node))
    return { value: listItems(node.items as readonly (Node | null)[], reader, column, limit), comments: [] };
  return { value: null, comments: [] };
}

/** What an alias stands for, whose comments have their place already. */
function readAlias(name: string, { anchors, text }: Reader): { readonly value: TreeValue } {
  const target = anchors.get(name);
  if (target === undefined) throw new Fault('malformed', `unknown anchor '${name}' referenced`);
  return { value: readNode(target, { text, comments: [], next: 0, anchors }, 0).value };
}

/** The next comment, if it stands behind something before `limit`. */
function behind(reader: Reader, limit: number): readonly Comment[] {
  const next = reader.comments[reader.next];
  if (next === undefined || !next.behind || next.at >= limit || next.text === '\n') return [];
  reader.next += 1;
  return [new Comment(next.text, true)];
}

/** The comments before `end`, up to the first that stands left of `column`. */
function taken(reader: Reader, end: number, column = 0): Comment[] {
  const comments: Comment[] = [];
  for (;;) {
    const next = reader.comments[reader.next];
    if (next === undefined || next.at >= end || next.column < column) return comments;
    comments.push(new Comment(next.text));
    reader.next += 1;
  }
}

function startOf(node: Node): number {
  return node.range?.[0] ?? 0;
}

function columnOf(text: string, at: number): number {
  return at - (text.lastIndexOf('\n', at - 1) + 1);
}

function keyText(key: Node): string {
  const value = isScalar(key) ? scalarOf(key) : undefined;
  if (typeof value === 'string') return value;
  throw new Fault('malformed', 'Tree contains a non-string key. Only string keys are supported');
}

function scalarOf(node: Scalar): TreeValue {
  const text = String(node.value ?? '');
  const tag = node.tag?.replace('tag:yaml.org,2002:', '');
  if (tag === 'binary') return Buffer.from(text, 'base64').toString('utf8');
  if (tag !== undefined && /^(?:null|bool|int|float|timestamp)$/.test(tag)) return plainValue(text);
  return tag === undefined && node.type === 'PLAIN' ? plainValue(text) : text;
}

function plainOf(node: Scalar): TreeValue {
  return node.type === 'PLAIN' ? plainValue(String(node.value ?? '')) : '';
}
