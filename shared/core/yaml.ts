import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseAllDocuments,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import { Fault } from './failures.ts';
import { BEYOND } from './yaml-blocks/cursor.ts';
import { readYamlBlocks } from './yaml-blocks/read.ts';
import { resolvePlain, type YamlScalar } from './yaml-scalar.ts';
import { refusePieces, refuseTokens } from './yaml-size.ts';

/** JSON's values, and bigints. */
export type YamlValue = YamlScalar | readonly YamlValue[] | YamlMap;

/** A mapping; its keys are text. */
export interface YamlMap {
  readonly [key: string]: YamlValue;
}

/** How strictly, and by whose rules, to read. */
export interface YamlOptions {
  /** A key given twice: the last wins, as in go-yaml v2 (default), or `malformed`, as in kustomize's own reader. */
  readonly duplicates?: 'last' | 'error';
  /** Whose words are booleans: go-yaml v2's `yes`, `on`, `y` ... (default), or only `true` and `false` as in v3. */
  readonly dialect?: 'v2' | 'v3';
  /** UTF-16 units; default MAX_YAML_CHARACTERS. */
  readonly maxCharacters?: number;
}

/** 8 Mi characters of one text: eight times the largest bundle of CRDs we know. The parser takes half a microsecond for each. */
export const MAX_YAML_CHARACTERS = 8 * 1024 * 1024;

/** 16 Mi characters: what one build may read, and again what may come of it. The largest we know have 3 MB, and each takes half a second. */
export const MAX_BUILD_YAML_CHARACTERS = 16 * 1024 * 1024;

/** The deepest CRDs have some 80 levels; the parser recurses, and this is safe for its call stack. */
export const MAX_YAML_DEPTH = 300;

// How V8 words a RangeError, which the yaml library reports among a document's errors.
const STACK_OVERFLOW = 'Maximum call stack size exceeded';

// go-yaml v2 decode.go: documents up to 400 000 nodes may come to 99 % from aliases, from 4 000 000 on to 10 %.
const ALIAS_LOW = 400_000;
const ALIAS_HIGH = 4_000_000;

/** Every document of a YAML stream as JSON-like values, with go-yaml v2's types; an empty document is null. Faults: `malformed` (data.line), `too-large`. */
export function parseYamlDocuments(text: string, options: YamlOptions = {}): readonly YamlValue[] {
  checkSize(text, options.maxCharacters ?? MAX_YAML_CHARACTERS);
  const plain = readPlainly(text, options);
  if (plain !== undefined) return plain;
  refuseTokens(text);
  return readFully(text, options);
}

/** What nearly all manifests are, an order of magnitude faster; undefined for what the full parser must judge. */
function readPlainly(text: string, { dialect, duplicates }: YamlOptions): readonly YamlValue[] | undefined {
  const resolve = (scalar: string): YamlScalar => {
    const value = resolvePlain(scalar, dialect);
    if (typeof value === 'number' && !Number.isFinite(value)) throw BEYOND;
    return value;
  };
  const documents = readYamlBlocks(text, { resolve, strict: duplicates === 'error' });
  return documents?.map((document): YamlValue => document ?? null);
}

/** The same by the full parser: right about everything, and the reference for the fast one. */
export function readFully(text: string, options: YamlOptions = {}): readonly YamlValue[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, {
    schema: 'failsafe',
    resolveKnownTags: false,
    version: '1.1',
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'silent',
    lineCounter: lines,
  });
  const values: YamlValue[] = [];
  for (const document of 'empty' in documents ? [] : documents) {
    const error = document.errors[0];
    if (error?.message.startsWith(STACK_OVERFLOW)) throw tooDeep();
    if (error) throw malformed(error.message, lines.linePos(error.pos[0]).line);
    const reader: Reader = {
      lines,
      anchors: new Map(),
      open: new Set(),
      strict: options.duplicates === 'error',
      dialect: options.dialect ?? 'v2',
      unfinished: text.endsWith('\n') ? Number.POSITIVE_INFINITY : text.length,
      count: 0,
      aliased: 0,
      aliasDepth: 0,
    };
    values.push(document.contents === null ? null : read(document.contents as Node, reader, 0));
  }
  return values;
}

function checkSize(text: string, maxCharacters: number): void {
  if (text.length > maxCharacters) {
    throw tooLarge(`YAML of ${text.length} characters, where ${maxCharacters} are the most: split it`);
  }
  refusePieces(text);
}

/** The first document; null when there is none. */
export function parseYaml(text: string, options: YamlOptions = {}): YamlValue {
  return parseYamlDocuments(text, options)[0] ?? null;
}

/** Whether a value is a mapping. */
export function isYamlMap(value: YamlValue | undefined): value is YamlMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

interface Reader {
  readonly lines: LineCounter;
  readonly anchors: Map<string, Node>;
  /** Anchored nodes being read: an alias to one of them contains itself. */
  readonly open: Set<Node>;
  readonly strict: boolean;
  readonly dialect: 'v2' | 'v3';
  /** Where a text without a newline at its end ends. */
  readonly unfinished: number;
  count: number;
  aliased: number;
  aliasDepth: number;
}

function read(node: Node | null, reader: Reader, depth: number): YamlValue {
  if (node === null) return null;
  budget(reader, depth);
  if (isAlias(node)) return readAlias(node.source, node, reader, depth);
  const anchor = (node as Scalar).anchor;
  if (anchor !== undefined && reader.aliasDepth === 0) reader.anchors.set(anchor, node);
  if (isScalar(node)) return readScalar(node, reader);
  reader.open.add(node);
  const value = isMap(node)
    ? readMap(node, reader, depth)
    : isSeq(node)
      ? node.items.map((item) => read(item as Node | null, reader, depth + 1))
      : null;
  reader.open.delete(node);
  return value;
}

function readAlias(name: string, node: Node, reader: Reader, depth: number): YamlValue {
  const target = reader.anchors.get(name);
  if (!target) throw malformed(`unknown anchor '${name}' referenced`, lineOf(node, reader));
  if (reader.open.has(target))
    throw malformed(`anchor '${name}' value contains itself`, lineOf(node, reader));
  reader.aliasDepth += 1;
  const value = read(target, reader, depth + 1);
  reader.aliasDepth -= 1;
  return value;
}

function budget(reader: Reader, depth: number): void {
  reader.count += 1;
  if (reader.aliasDepth > 0) reader.aliased += 1;
  if (depth > MAX_YAML_DEPTH) throw tooDeep();
  const { aliased, count } = reader;
  if (aliased > 100 && count > 1000 && aliased / count > allowedAliasRatio(count)) {
    throw tooLarge('document contains excessive aliasing');
  }
}

function allowedAliasRatio(count: number): number {
  if (count <= ALIAS_LOW) return 0.99;
  if (count >= ALIAS_HIGH) return 0.1;
  return 0.99 - 0.89 * ((count - ALIAS_LOW) / (ALIAS_HIGH - ALIAS_LOW));
}

function readScalar(node: Scalar, reader: Reader): YamlScalar {
  const text = textOf(node, reader.unfinished);
  const tag = node.tag?.replace('tag:yaml.org,2002:', '');
  if (tag === undefined && node.type !== 'PLAIN') return text;
  if (tag === 'binary') return Buffer.from(text, 'base64').toString('utf8');
  const type = tag === undefined ? undefined : TYPES[tag];
  if (tag !== undefined && type === undefined) return text;
  const value = resolvePlain(text, reader.dialect);
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw malformed(`unsupported value ${text}`, lineOf(node, reader));
  }
  if (type !== undefined && !type.includes(value === null ? 'null' : typeof value)) {
    throw malformed(`cannot decode \`${text}\` as a !!${tag}`, lineOf(node, reader));
  }
  return tag === 'float' && typeof value === 'bigint' ? Number(value) : value;
}

/** For go-yaml a block of text that the file ends without a newline has none either; the parser adds one. */
function textOf({ type = 'PLAIN', value, range }: Scalar, unfinished: number): string {
  const text = String(value ?? '');
  const isCut = type.startsWith('BLOCK') && range && range[1] >= unfinished && text.endsWith('\n');
  return isCut ? text.slice(0, -1) : text;
}

// The tags that go-yaml v2 resolves, and what must come of them; `!!str` and unknown tags leave the text alone.
const TYPES: Readonly<Record<string, readonly string[]>> = {
  int: ['number', 'bigint'],
  float: ['number', 'bigint'],
  bool: ['boolean'],
  null: ['null'],
};

function readMap(node: YAMLMap, reader: Reader, depth: number): YamlMap {
  const map: Record<string, YamlValue> = {};
  for (const pair of node.items as Pair<Node, Node | null>[]) {
    if (isMerge(pair.key)) merge(map, pair.value, reader, depth);
    else {
      const key = keyText(read(pair.key, reader, depth + 1), pair.key, reader);
      if (reader.strict && Object.hasOwn(map, key)) {
        throw malformed(`mapping key ${JSON.stringify(key)} already defined`, lineOf(pair.key, reader));
      }
      set(map, key, read(pair.value, reader, depth + 1));
    }
  }
  return map;
}

function isMerge(key: Node): boolean {
  return isScalar(key) && key.value === '<<' && key.type === 'PLAIN';
}

function merge(map: Record<string, YamlValue>, node: Node | null, reader: Reader, depth: number): void {
  const source = isSeq(node) ? [...node.items].reverse() : [node];
  for (const item of source as Node[]) {
    const value = read(item, reader, depth + 1);
    if (!isYamlMap(value)) {
      throw malformed('map merge requires map or sequence of maps as the value', lineOf(node, reader));
    }
    for (const [key, entry] of Object.entries(value)) set(map, key, entry);
  }
}

function set(map: Record<string, YamlValue>, key: string, value: YamlValue): void {
  if (key === '__proto__') {
    Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
  } else map[key] = value;
}

function keyText(key: YamlValue, node: Node, reader: Reader): string {
  if (typeof key === 'string') return key;
  if (typeof key === 'number' || typeof key === 'boolean') return String(key);
  throw malformed('invalid map key', lineOf(node, reader));
}

function lineOf(node: Node | null, reader: Reader): number {
  return reader.lines.linePos(node?.range?.[0] ?? 0).line;
}

function tooDeep(): Fault {
  return tooLarge(`YAML nested deeper than ${MAX_YAML_DEPTH} levels`);
}

function tooLarge(message: string): Fault {
  return new Fault('too-large', message);
}

function malformed(problem: string, line: number): Fault {
  return new Fault('malformed', `yaml: line ${line}: ${problem}`, { line });
}
