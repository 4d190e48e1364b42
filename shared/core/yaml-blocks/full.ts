import { isAlias, isMap, isScalar, isSeq, type Node, type Pair, parseAllDocuments, type Scalar } from 'yaml';
import { BEYOND, type Block, beyond, NEWLINE } from './cursor.ts';
import type { BlockOptions } from './read.ts';

/** 1 Mi characters of what the fast reader did not take: the parser that is asked then needs some microseconds for each. */
export const MAX_FULL_CHARACTERS = 1024 * 1024;

/** Values that aliases may repeat in one text: real files stay below a thousand. */
export const MAX_ALIASED_VALUES = 50_000;

const MAX_DEPTH = 100;

// Where kyaml v0.21.1 (kio/byteio_reader.go) cuts a text into documents, of which it reads one each.
const SEPARATOR = /\n---.*\n/g;

// Tabs that indent, byte order marks, odd breaks and control characters: parsers disagree.
const ODD = /(?:^|\n) *\t|[^\P{Cc}\t\n]|[\u2028\u2029\ufeff\ufffe\uffff\p{Cs}]/u;

interface Reading<S> extends BlockOptions<S> {
  readonly text: string;
  readonly anchors: Map<string, Node>;
  /** Anchored values being read: an alias to one contains itself. */
  readonly open: Set<Node>;
  /** Where a text ends that has no newline at its end; infinite otherwise. */
  readonly unfinished: number;
  aliased: number;
  repeating: boolean;
  /** How many brackets are open where this is written. */
  brackets: number;
}

/** The same as `readYamlBlocks`, slower, of YAML that also has anchors, aliases, merge keys and looser layout: every alias is written out, as kustomize does. Undefined for tags, directives and every error. */
export function readYamlFully<S>(
  text: string,
  options: BlockOptions<S>,
): readonly (Block<S> | undefined)[] | undefined {
  if (text.length > MAX_FULL_CHARACTERS || ODD.test(text)) return undefined;
  try {
    const separators = text.match(SEPARATOR) ?? [];
    if (separators.some((one) => !/^\n---\s*(#.*)?\n$/.test(one))) return undefined;
    const parts = text.split(SEPARATOR);
    return parts.map((part, at) => readPart(at === parts.length - 1 ? part : `${part}\n`, options));
  } catch (error) {
    if (error === BEYOND) return undefined;
    throw error;
  }
}

function readPart<S>(text: string, options: BlockOptions<S>): Block<S> | undefined {
  const documents = parseAllDocuments(text, {
    schema: 'failsafe',
    resolveKnownTags: false,
    version: '1.1',
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
  });
  if ('empty' in documents || documents.length === 0) return undefined;
  const [document] = documents;
  if (!document || documents.length > 1 || document.errors.length > 0 || document.warnings.length > 0)
    beyond();
  if (document?.directives?.docEnd || /^%/m.test(text)) beyond();
  const contents = document?.contents as Node | null | undefined;
  if (!contents) return undefined;
  const unfinished = text.endsWith('\n') ? Number.POSITIVE_INFINITY : text.length;
  const reading = { ...options, text, anchors: new Map(), open: new Set<Node>(), unfinished };
  return read(contents, { ...reading, aliased: 0, repeating: false, brackets: 0 }, MAX_DEPTH);
}

function read<S>(node: Node | null, reading: Reading<S>, depth: number): Block<S> {
  if (depth <= 0) beyond();
  if (node === null) return reading.resolve('');
  if (reading.repeating) reading.aliased += 1;
  if (reading.aliased > MAX_ALIASED_VALUES) beyond();
  if (isAlias(node)) return readAlias(reading.anchors.get(node.source) ?? beyond(), reading, depth);
  const { anchor, tag } = node as Scalar;
  if (tag !== undefined) beyond();
  if (anchor !== undefined && !reading.repeating) reading.anchors.set(anchor, node);
  if (isScalar(node)) return readScalar(node, reading);
  const bracket = (node as { flow?: boolean }).flow === true ? 1 : 0;
  reading.brackets += bracket;
  reading.open.add(node);
  const value = isSeq(node)
    ? node.items.map((item) => read(item as Node | null, reading, depth - 1))
    : isMap(node)
      ? readMap(node.items as Pair<Node, Node | null>[], reading, depth)
      : beyond();
  reading.open.delete(node);
  reading.brackets -= bracket;
  return value;
}

function readAlias<S>(target: Node, reading: Reading<S>, depth: number): Block<S> {
  if (reading.open.has(target)) beyond();
  const before = reading.repeating;
  reading.repeating = true;
  const value = read(target, reading, depth - 1);
  reading.repeating = before;
  return value;
}

function readScalar<S>(node: Scalar, reading: Reading<S>): Block<S> {
  const text = String(node.value ?? '');
  if (node.type === 'PLAIN') {
    checkPlain(text, reading);
    return text.includes('\n') ? text : reading.resolve(text);
  }
  if (node.type !== 'BLOCK_LITERAL' && node.type !== 'BLOCK_FOLDED') return text;
  // How many breaks a block without text has, and whether a last line of spaces is text, is judged differently.
  const [from = 0, to = 0, end = to] = node.range ?? [];
  const after = reading.text.slice(end, reading.text.indexOf('\n', end) + 1 || undefined);
  const blank = [lastLine(text), lastLine(reading.text.slice(from, end))].some((line) => line.trim() === '');
  if (blank || (after !== '\n' && after !== '' && after.trim() === '')) beyond();
  const cut = to >= reading.unfinished;
  const value = cut && text.endsWith('\n') ? text.slice(0, -1) : text;
  reading.block?.(value, node.type === 'BLOCK_LITERAL' ? '|' : '>');
  return value;
}

/** What parsers disagree about in plain text, inside brackets most of all. */
function checkPlain(text: string, { brackets }: Reading<unknown>): void {
  if (/^[?:-]/.test(text) && !/^-?[.0-9]/.test(text) && brackets > 0) beyond();
  if (text.includes('\t') || (brackets > 0 && /[?#\n]/.test(text))) beyond();
}

/** The last line before the breaks at the end. */
function lastLine(text: string): string {
  let end = text.length;
  while (text.charCodeAt(end - 1) === NEWLINE) end -= 1;
  return text.slice(0, end).slice(text.lastIndexOf('\n', end - 1) + 1);
}

/** Fields that are written out win over merged ones, and of those the first. */
function readMap<S>(
  pairs: readonly Pair<Node, Node | null>[],
  reading: Reading<S>,
  depth: number,
): { readonly [key: string]: Block<S> } {
  const own: Record<string, Block<S>> = {};
  let merged: readonly Block<S>[] | undefined;
  for (const { key, value } of pairs) {
    if (isScalar(key) && key.type === 'PLAIN' && key.value === '<<') {
      if (merged) beyond();
      merged = (isSeq(value) ? value.items : [value]).map((one) => readMerged(one as Node, reading, depth));
    } else {
      const name = keyText(key, reading);
      if (Object.hasOwn(own, name)) beyond();
      own[name] = read(value, reading, depth - 1);
    }
  }
  return Object.assign({}, ...[...(merged ?? [])].reverse(), own) as Record<string, Block<S>>;
}

function readMerged<S>(node: Node | null, reading: Reading<S>, depth: number): Block<S> {
  const target = isAlias(node) ? reading.anchors.get(node.source) : node;
  return isMap(target) ? read(node, reading, depth - 1) : beyond();
}

function keyText<S>(key: Node, reading: Reading<S>): string {
  const { resolve } = reading;
  if (!isScalar(key) || (key as Scalar).anchor !== undefined || key.tag !== undefined) return beyond();
  const text = String(key.value ?? '');
  if (text === '__proto__' || text.includes('\n') || Buffer.byteLength(text) > 128) beyond();
  if (key.type === 'PLAIN') checkPlain(text, reading);
  if (key.type === 'PLAIN' && (text === '=' || resolve(text) !== text)) beyond();
  if (key.type !== 'PLAIN' && text === '<<') beyond();
  return text;
}
