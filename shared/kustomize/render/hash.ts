import { sha256Hex } from '../../core/digests.ts';
import { rename } from './names.ts';
import { isMap, isNull, type Node, type NodeMap, refuse } from './node.ts';
import { nameOf, type Resource } from './resource.ts';

/** Ends the names of generated ConfigMaps and Secrets with a hash of what they hold. */
export function addHashes(resources: readonly Resource[]): void {
  for (const resource of resources) {
    if (resource.hashed) rename(resource, `${nameOf(resource)}-${hashOf(resource.object)}`);
  }
}

// api v0.21.1, hasher: what counts of each kind besides kind and data.
const MORE: Readonly<Record<string, readonly string[]>> = {
  ConfigMap: ['binaryData'],
  Secret: ['stringData'],
};

// Letters and digits that spell no words (kubectl's pkg/util/hash).
const SAFE: Readonly<Record<string, string>> = { '0': 'g', '1': 'h', '3': 'k', a: 'm', e: 't' };

function hashOf(object: NodeMap): string {
  const { kind } = object;
  const more = MORE[kind as string] ?? refuse(`a hash of a ${kind}`);
  const content: Record<string, unknown> = {
    data: contentOf(object.data),
    kind,
    // kustomize looks for a field of the name `metadata/name`, which no object has.
    name: '',
  };
  for (const name of more) if (isMap(object[name])) content[name] = contentOf(object[name]);
  if (kind === 'Secret') content.type = contentOf(object.type);
  return sha256Hex(goJson(content))
    .slice(0, 10)
    .replace(/[013ae]/g, (digit) => SAFE[digit] as string);
}

function contentOf(node: Node | undefined): unknown {
  if (node === undefined) return '';
  if (typeof node === 'string') return node;
  if (isNull(node) || !isMap(node)) return refuse('a hash of data that is no map');
  const entries = Object.entries(node);
  for (const [key, value] of entries) {
    if (typeof value !== 'string') refuse(`a hash of data of which ${key} is no text`);
  }
  return Object.fromEntries(entries);
}

// encoding/json escapes these, too.
const HTML: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
  '\\b': '\\u0008',
  '\\f': '\\u000c',
};

/** As Go's encoding/json writes it: keys in byte order, HTML escaped. */
function goJson(value: unknown): string {
  if (typeof value === 'string') {
    return JSON.stringify(value).replace(/\\\\|\\b|\\f|[<>&\u2028\u2029]/g, (found) => HTML[found] ?? found);
  }
  const entries = Object.entries(value as Record<string, unknown>).sort(([a], [b]) => compareBytes(a, b));
  return `{${entries.map(([key, item]) => `${goJson(key)}:${goJson(item)}`).join(',')}}`;
}

/** The order of Go's strings, which is that of UTF-8. */
export function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
