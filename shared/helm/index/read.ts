import { sha256Hex } from '../../core/digests.ts';
import { Fault } from '../../core/failures.ts';
import { parseYaml, type YamlValue } from '../../core/yaml.ts';
import { readChartVersion } from './chart-version.ts';
import { cutIndex, cutVersions } from './cut.ts';
import {
  anything,
  byKey,
  type Dialect,
  fields,
  isMap,
  looseText,
  malformed,
  NO_TIME,
  type Raw,
  readFields,
  textMap,
  texts,
  time,
} from './fields.ts';
import { goJson, type WrittenVersion, writeVersion, writeVersions } from './write.ts';

/** 50 MiB, source-controller's `--helm-index-max-size` (COM-30). */
export const MAX_INDEX_BYTES = 50 * 1024 * 1024;

/** 2 Mi commas and opening brackets: 50 MiB of real indexes have 1.5 Mi. */
const MAX_JSON_PIECES = 2 * 1024 * 1024;
const COMMA = 44;
const BRACKET = 91;
const BRACE = 123;

/** What source-controller stores of an index: the same as indented JSON. */
export interface StoredIndex {
  readonly body: Uint8Array;
  /** `sha256:<hex>` of `body`. */
  readonly digest: string;
}

const INDEX = fields(
  ['serverInfo', anything],
  ['apiVersion', looseText],
  ['generated', time, NO_TIME],
  ['entries', () => undefined],
  ['publicKeys', texts],
  ['annotations', textMap],
);

/** Reads an index, drops what Helm does not take, sorts and writes it again (HR-02, HR-03). Faults: `malformed`, `too-large`. */
export function convertIndex(bytes: Uint8Array): StoredIndex {
  if (bytes.length === 0) throw malformed('empty index.yaml file');
  const source = textOf(bytes);
  if (looksLikeJson(source)) refusePieces(bytes);
  const parsed = looksLikeJson(source) ? parsedJson(source) : undefined;
  const body =
    parsed === undefined ? convertYaml(source.replaceAll('\r\n', '\n')) : convertWhole(parsed.value, 'json');
  return { body, digest: `sha256:${sha256Hex(body)}` };
}

function textOf(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString('utf8');
}

/** The parser has no bounds of its own, and a text of two bytes a value would take a gigabyte. */
function refusePieces(bytes: Uint8Array): void {
  let pieces = 0;
  for (const byte of bytes) if (byte === COMMA || byte === BRACKET || byte === BRACE) pieces += 1;
  if (pieces > MAX_JSON_PIECES)
    throw new Fault('too-large', `JSON of ${pieces} items, where ${MAX_JSON_PIECES} are the most: split it`);
}

function looksLikeJson(source: string): boolean {
  return /^[ \t\r\n]*[{[]/.test(source);
}

function parsedJson(source: string): { readonly value: Raw } | undefined {
  try {
    return { value: JSON.parse(source) as Raw };
  } catch {
    // What is no JSON may be YAML in brackets.
    return undefined;
  }
}

function convertYaml(source: string): Uint8Array {
  const cut = cutIndex(source);
  if (cut !== undefined) {
    const head = attempt(() => yaml(cut.head) ?? {});
    if (head !== undefined && isMap(head) && !Object.hasOwn(head, 'entries')) {
      const written = attempt(() => cut.charts.map(writeChart));
      if (written !== undefined) return write(head, 'yaml', new Map(refuseTwice(written)));
    }
  }
  return convertWhole(yaml(source), 'yaml');
}

/** What the pieces do not yield, the whole is asked for: it knows better what is wrong. */
function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

type WrittenChart = readonly [name: string, parts: readonly Buffer[]];

/** A version at a time, so that no more than one is held as values. */
function writeChart(chart: string): WrittenChart {
  const cut = cutVersions(chart);
  if (cut !== undefined)
    return [cut.name, writeVersions(cut.items.flatMap((item) => readVersions(yaml(item), 'yaml') ?? []))];
  const value = yaml(chart);
  const [only, ...more] = isMap(value) ? Object.entries(value) : [];
  if (only === undefined || more.length > 0) throw malformed('not one chart');
  return [only[0], writeVersions(readVersions(only[1], 'yaml'))];
}

/** The versions of one chart, null for no list at all. */
function readVersions(value: Raw, dialect: Dialect): readonly WrittenVersion[] | null {
  if (value === null || value === undefined) return null;
  if (!Array.isArray(value)) throw malformed("field 'entries' holds something other than lists of versions");
  return value.flatMap((item) => {
    const read = readChartVersion(item, dialect);
    return read === undefined ? [] : [writeVersion(read)];
  });
}

function refuseTwice(charts: readonly WrittenChart[]): readonly WrittenChart[] {
  const seen = new Set<string>();
  for (const [name] of charts) {
    if (seen.has(name)) throw malformed(`key ${JSON.stringify(name)} already set in map`);
    seen.add(name);
  }
  return charts;
}

function convertWhole(value: Raw, dialect: Dialect): Uint8Array {
  if (value === null) return write({}, dialect, undefined);
  if (!isMap(value)) throw malformed('the index is not a mapping');
  const key = Object.keys(value).find((name) => name.toLowerCase() === 'entries');
  const entries = key === undefined ? undefined : value[key];
  if (entries === undefined || entries === null) return write(value, dialect, undefined);
  if (!isMap(entries)) throw malformed("field 'entries' is not a mapping");
  const charts = Object.entries(entries).map(
    ([name, versions]) => [name, writeVersions(readVersions(versions, dialect))] as const,
  );
  return write(value, dialect, new Map(charts));
}

/** The whole in the order of Helm's fields; the entries in that of Go's map keys. */
function write(
  head: Raw,
  dialect: Dialect,
  charts: ReadonlyMap<string, readonly Buffer[]> | undefined,
): Uint8Array {
  const read = readFields(head, INDEX, dialect, 'index');
  if (read.apiVersion === undefined) throw malformed('no API version specified');
  const parts: Buffer[] = [];
  const put = (part: string): void => void parts.push(Buffer.from(part));
  let separator = '{\n';
  for (const [name] of INDEX.all) {
    if (name === 'entries') {
      put(`${separator}  "entries": `);
      putEntries(charts, parts, put);
    } else if (isWritten(read[name])) put(`${separator}  "${name}": ${goJson(read[name], '  ')}`);
    else continue;
    separator = ',\n';
  }
  put('\n}');
  return Buffer.concat(parts);
}

function isWritten(value: unknown): boolean {
  if (value === undefined) return false;
  return Array.isArray(value) ? value.length > 0 : !isMap(value) || Object.keys(value).length > 0;
}

function putEntries(
  charts: ReadonlyMap<string, readonly Buffer[]> | undefined,
  parts: Buffer[],
  put: (part: string) => void,
): void {
  if (charts === undefined || charts.size === 0) {
    put(charts === undefined ? 'null' : '{}');
    return;
  }
  let separator = '{\n';
  for (const [name, written] of [...charts].sort(byKey)) {
    put(`${separator}    ${goJson(name, '')}: `);
    for (const part of written) parts.push(part);
    separator = ',\n';
  }
  put('\n  }');
}

const YAML = { duplicates: 'error', maxCharacters: MAX_INDEX_BYTES } as const;

function yaml(source: string): YamlValue {
  return parseYaml(source, YAML);
}
