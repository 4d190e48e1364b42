import { Fault } from '../../core/failures.ts';
import { parseYaml, type YamlMap, type YamlValue } from '../../core/yaml.ts';
import { anything, isMap, type RawMap } from '../index/fields.ts';
import { type Budget, spend } from './budget.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

// What go-yaml v2's reader does not take.
const CONTROL = /[^\t\n\r -~\u0085\u00a0-\ufffd\u{10000}-\u{10ffff}]/u;

/** A file's text, its characters taken from the budget. Faults: `malformed`, `too-large`. */
export function textOfFile(data: Uint8Array, budget: Budget): string {
  spend(budget, 'yaml', data.length);
  const text = decoded(data);
  if (CONTROL.test(text)) throw new Fault('malformed', 'yaml: control characters are not allowed');
  return text;
}

function decoded(data: Uint8Array): string {
  try {
    return UTF8.decode(data);
  } catch (error) {
    throw new Fault('malformed', 'it is not UTF-8', {}, error);
  }
}

/** The mapping in the first document of a YAML text, as sigs.k8s.io/yaml reads one; undefined for an empty one. Faults: `malformed`, `too-large`. */
export function readMap(text: string): RawMap | undefined {
  const value = parse(firstDocument(text));
  if (value === null) return undefined;
  if (!isMap(value))
    throw new Fault(
      'malformed',
      `${Array.isArray(value) ? 'a list' : 'one value'} where a mapping is wanted`,
    );
  return value as RawMap;
}

function parse(text: string): YamlValue {
  return parseYaml(text, { maxCharacters: Number.POSITIVE_INFINITY });
}

/** Values as Helm holds them: every number in 64 bits of floating point. */
export function readValues(text: string): YamlMap {
  return (anything(readMap(text) ?? {}) ?? {}) as YamlMap;
}

/** What comes after it is not even parsed. */
function firstDocument(text: string): string {
  let from = 0;
  for (const { index } of text.matchAll(/^(?:---|\.\.\.)(?=[ \t\r\n]|$)/gm)) {
    if (firstLine(text.slice(from, index), MARKED) !== undefined) return text.slice(0, index);
    from = index;
  }
  return text;
}

const EMPTY = /^[ \t\r]*(?:#.*)?$/;
const MARKED = /^(?:[ \t\r]*|%.*|(?:---|\.\.\.)[ \t\r]*)(?:#.*)?$/;

/** The first line that is none of these; line by line, as one expression for all would exhaust the stack. */
function firstLine(text: string, passed: RegExp): string | undefined {
  for (let from = 0; from < text.length; ) {
    const found = text.indexOf('\n', from);
    const end = found === -1 ? text.length : found;
    const line = text.slice(from, end);
    if (!passed.test(line)) return line;
    from = end + 1;
  }
  return undefined;
}

/** All documents of values.yaml merged, later ones over earlier ones, cut where Helm's reader cuts them (Kubernetes' YAMLReader). Faults: `malformed`, `too-large`. */
export function readValuesFile(text: string): YamlMap {
  let values: YamlMap = {};
  for (const document of cutDocuments(text)) {
    // The marker that has to follow a directive was cut away.
    if (firstLine(document, EMPTY)?.startsWith('%'))
      throw new Fault('malformed', 'yaml: did not find expected <document start>');
    values = mergeValues(values, readValues(document));
  }
  return values;
}

function cutDocuments(text: string): readonly string[] {
  const documents: string[] = [];
  let from = 0;
  for (const { 0: marker, 1: rest = '', index } of text.matchAll(/^---([^\n]*)(?:\n|$)/gm)) {
    if (rest.trim() !== '' && !rest.trim().startsWith('#'))
      throw new Fault('malformed', `invalid Yaml document separator: ${rest.trim().slice(0, 64)}`);
    if (index > from) documents.push(text.slice(from, index));
    from = index + marker.length;
  }
  if (from < text.length) documents.push(text.slice(from));
  return documents;
}

/** `over` on `under`: mappings deep, all else is replaced, null too. */
export function mergeValues(under: YamlMap, over: YamlMap): YamlMap {
  const merged = new Map(Object.entries(under));
  for (const [key, value] of Object.entries(over)) {
    const below = merged.get(key);
    merged.set(key, isMap(value) && isMap(below) ? mergeValues(below as YamlMap, value as YamlMap) : value);
  }
  return Object.fromEntries(merged);
}
