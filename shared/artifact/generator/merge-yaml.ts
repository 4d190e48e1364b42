import { Fault, isFault, messageOf } from '../../core/failures.ts';
import { type Printable, type PrintableMap, printGoYaml } from '../../core/go-yaml/print.ts';
import { isYamlMap, parseYaml, type YamlValue } from '../../core/yaml.ts';

/**
 * The documents of `base`, then those of `overlay`, as one mapping: mappings are merged at any depth, everything else is
 * the last one's; printed as Go's sigs.k8s.io/yaml does (AG-13). Faults: `malformed`, `too-large`, `unsupported`.
 */
export function mergeYaml(base: Uint8Array, overlay: Uint8Array): Buffer {
  const merged = mergeMaps(readMap(base), readMap(overlay));
  return Buffer.from(Object.keys(merged).length === 0 ? '{}\n' : printed(merged));
}

function printed(map: PrintableMap): string {
  try {
    return printGoYaml(map).text;
  } catch (error) {
    if (!isFault(error, 'unsupported')) throw error;
    throw new Fault('unsupported', `the merged YAML cannot be written: ${error.message} is not supported`);
  }
}

function readMap(bytes: Uint8Array): PrintableMap {
  return documentsIn(Buffer.from(bytes).toString()).map(readDocument).reduce(mergeMaps, {});
}

function readDocument(text: string): PrintableMap {
  let value: YamlValue;
  try {
    value = parseYaml(text);
  } catch (error) {
    if (isFault(error, 'too-large')) throw error;
    throw new Fault('malformed', `cannot unmarshal YAML document: ${messageOf(error)}`);
  }
  if (value === null) return {};
  if (!isYamlMap(value)) throw new Fault('malformed', 'cannot unmarshal YAML document: it is no mapping');
  return throughJson(value) as PrintableMap;
}

/** Separators stand on lines of their own, with no more than a comment (as Kubernetes reads streams). */
function documentsIn(text: string): string[] {
  const documents: string[] = [];
  let lines: string[] = [];
  for (const line of text.split('\n')) {
    if (!line.startsWith('---')) {
      lines.push(line);
      continue;
    }
    const rest = line.slice(3).trim();
    if (rest !== '' && !rest.startsWith('#'))
      throw new Fault('malformed', `error reading YAML document: invalid Yaml document separator: ${rest}`);
    if (lines.length > 0) documents.push(`${lines.join('\n')}\n`);
    lines = [];
  }
  return [...documents, lines.join('\n')].filter((document) => document.trim() !== '');
}

const TWO_64 = 2 ** 64;

/** What Go makes of a value that went through JSON: all numbers are floating point ones. */
function throughJson(value: YamlValue): Printable {
  if (Array.isArray(value)) return value.map(throughJson);
  if (isYamlMap(value)) {
    const map: Record<string, Printable> = Object.create(null);
    for (const [key, child] of Object.entries(value)) map[key] = throughJson(child);
    return map;
  }
  if (typeof value !== 'number' && typeof value !== 'bigint') return value as Printable;
  const number = Number(value);
  if (Math.abs(number) < TWO_64 / 2 || !Number.isInteger(number)) return number;
  throw new Fault('unsupported', `the number ${value} is too large to be merged: quote it`);
}

function mergeMaps(base: PrintableMap, overlay: PrintableMap): PrintableMap {
  const out: Record<string, Printable> = Object.assign(Object.create(null), base);
  for (const [key, value] of Object.entries(overlay)) {
    const before = out[key];
    out[key] = isMap(value) && isMap(before) ? mergeMaps(before, value) : value;
  }
  return out;
}

function isMap(value: Printable | undefined): value is PrintableMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
