import { posix } from 'node:path';
import type { FileTree } from '../../ports.ts';
import { joinInside } from '../paths.ts';
import { setTexts, type TextMap, textsOf } from './metadata.ts';
import { field, isMap, isNull, type NodeMap, refuse, rewritten, textOf, untagged } from './node.ts';
import {
  currentId,
  idKey,
  isName,
  metadataOf,
  nameOf,
  namespaceOf,
  previousIds,
  type Resource,
  resourceOf,
} from './resource.ts';

/** `generatorOptions`, or the `options` of one generator. */
export interface GeneratorOptions {
  readonly labels?: TextMap;
  readonly annotations?: TextMap;
  readonly disableNameSuffixHash?: boolean;
  readonly immutable?: boolean;
}

/** One entry of `configMapGenerator` or `secretGenerator`. */
export interface Generator {
  readonly name?: string;
  readonly namespace?: string;
  readonly behavior?: string;
  readonly type?: string;
  readonly literals?: readonly string[];
  readonly files?: readonly string[];
  readonly envs?: readonly string[];
  readonly env?: string;
  readonly options?: GeneratorOptions;
}

/** Where a generator finds its files. */
export interface Directory {
  readonly tree: FileTree;
  readonly path: string;
}

/** Kubernetes takes 1 MiB; escapes and base64 make several times as much of it while it is printed. */
const MAX_GENERATED_BYTES = 2 * 1024 * 1024;

/** Makes a ConfigMap or Secret and adds it to `resources`, or merges it into the one of its name. Fault `unsupported` when kustomize would fail. */
export function runGenerator(
  resources: Resource[],
  kind: 'ConfigMap' | 'Secret',
  generator: Generator,
  globals: GeneratorOptions | undefined,
  from: Directory,
): Resource {
  const pairs = pairsOf(generator, from);
  const size = [...pairs.values()].reduce((sum, value) => sum + value.length, 0);
  if (size > MAX_GENERATED_BYTES) refuse(`a generator of more than ${MAX_GENERATED_BYTES} bytes`);
  const options = mergedOptions(generator.options, globals);
  const made = resourceOf(objectOf(kind, generator, options, pairs));
  made.hashed = options?.disableNameSuffixHash !== true;
  const key = idKey(currentId(made));
  const matches = resources.filter((resource) =>
    [...previousIds(resource), currentId(resource)].some((id) => idKey(id) === key),
  );
  const { behavior = '' } = generator;
  const old = matches[0];
  if (matches.length > 1) refuse(`a generator of ${nameOf(made)}, which is there ${matches.length} times`);
  if (old === undefined) {
    if (behavior === 'merge' || behavior === 'replace') refuse(`a generator that finds no ${nameOf(made)}`);
    resources.push(made);
  } else if (behavior === 'merge' || behavior === 'replace') {
    absorb(made, old, behavior === 'merge');
    resources[resources.indexOf(old)] = made;
  } else refuse(`a generator of ${nameOf(made)}, which is there already`);
  return made;
}

/** Local labels and annotations win; either may switch on what is a switch. */
function mergedOptions(
  local: GeneratorOptions | undefined,
  globals: GeneratorOptions | undefined,
): GeneratorOptions | undefined {
  if (!globals) return local;
  return {
    labels: { ...globals.labels, ...local?.labels },
    annotations: { ...globals.annotations, ...local?.annotations },
    disableNameSuffixHash: (globals.disableNameSuffixHash || local?.disableNameSuffixHash) === true,
    immutable: (globals.immutable || local?.immutable) === true,
  };
}

function objectOf(
  kind: 'ConfigMap' | 'Secret',
  { name = '', namespace, type }: Generator,
  options: GeneratorOptions | undefined,
  pairs: ReadonlyMap<string, Uint8Array | string>,
): NodeMap {
  for (const text of [name, namespace || 'default'])
    if (!isName(text)) refuse(`the name ${JSON.stringify(text)}`);
  const metadata: NodeMap = { name, ...(namespace ? { namespace } : {}) };
  if (options?.labels) setTexts(metadata, 'labels', options.labels);
  if (options?.annotations) setTexts(metadata, 'annotations', options.annotations);
  const object: NodeMap = { apiVersion: 'v1', kind, metadata };
  if (kind === 'Secret') {
    object.type = type || 'Opaque';
    object.data = {};
  }
  for (const [key, value] of pairs) {
    const text = kind === 'Secret' ? undefined : textOfFile(value);
    const place = kind === 'Secret' || text !== undefined ? 'data' : 'binaryData';
    const map = isMap(object[place]) ? object[place] : {};
    object[place] = map;
    map[key] = text === undefined ? base64Lines(value) : rewritten(text);
  }
  if (options?.immutable) object.immutable = true;
  return object;
}

/** As text when it is UTF-8. */
function textOfFile(value: Uint8Array | string): string | undefined {
  if (typeof value === 'string') return value;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(value);
  } catch {
    return undefined;
  }
}

// kyaml v0.21.1, yaml/datamap.go: lines of 70, each with its break, when there is more than one.
const LINE = 70;

function base64Lines(value: Uint8Array | string): string {
  const encoded = Buffer.from(value).toString('base64');
  if (encoded.length < LINE) return encoded;
  return encoded.replace(/.{1,70}/g, '$&\n');
}

function pairsOf(generator: Generator, { tree, path }: Directory): ReadonlyMap<string, Uint8Array | string> {
  const pairs = new Map<string, Uint8Array | string>();
  const add = (key: string, value: Uint8Array | string) => {
    if (pairs.has(untagged(key)) || key === '__proto__') refuse(`the key ${key}, given twice`);
    pairs.set(key, value);
  };
  const load = (file: string) => {
    const inside = joinInside(path, file);
    return (
      (inside === undefined ? undefined : tree.get(inside)) ?? refuse(`the file ${file}, which is not there`)
    );
  };
  for (const file of [...(generator.envs ?? []), ...(generator.env ? [generator.env] : [])]) {
    for (const [key, value] of envLines(load(file))) add(key, value);
  }
  for (const literal of generator.literals ?? []) {
    const [, key, value] =
      /^([^=]+)=(.*)$/s.exec(literal) ?? refuse(`the literal ${JSON.stringify(literal)}`);
    add(key as string, withoutQuotes(value as string));
  }
  for (const file of generator.files ?? []) {
    const [key, source] = file.includes('=')
      ? (file.split('=') as [string, string])
      : [posix.basename(file), file];
    add(key, load(source));
  }
  return pairs;
}

function withoutQuotes(text: string): string {
  const [first] = text;
  const quoted = text.length > 1 && text.at(-1) === first && (first === '"' || first === "'");
  return quoted ? text.slice(1, -1) : text;
}

function envLines(bytes: Uint8Array): readonly [string, string][] {
  const text = textOfFile(bytes) ?? refuse('a file of variables that is no UTF-8');
  // Go's scanner gives up on longer lines (64 KiB), and trims what Unicode calls white space.
  if (
    /[^\t\n\r -\ud7ff\ue000-\ufffd]|[\v\f\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]/.test(
      text,
    )
  ) {
    refuse('a file of variables with unusual white space');
  }
  return text.split('\n').flatMap((whole) => {
    if (whole.length > 16_000) refuse('a file of variables with a line of more than 16,000 characters');
    const line = whole.replace(/\r$/, '').replace(/^[\t\r ]+/, '');
    if (line === '' || line.startsWith('#')) return [];
    const at = line.indexOf('=');
    return [at === -1 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)]] as [string, string][];
  });
}

/** What a generated object takes over from the one that it replaces: name, namespace, history, and its own labels and annotations on top. */
function absorb(made: Resource, old: Resource, merge: boolean): void {
  const metadata = metadataOf(made);
  for (const name of ['labels', 'annotations'] as const) {
    setTexts(metadata, name, { ...textsOf(old, name), ...textsOf(made, name) });
  }
  metadata.name = nameOf(old);
  if (namespaceOf(old) === '') delete metadata.namespace;
  else metadata.namespace = namespaceOf(old);
  made.previous = [...old.previous];
  made.prefixes = [...old.prefixes];
  made.suffixes = [...old.suffixes];
  made.hashed = made.hashed && old.hashed;
  if (old.transformations) made.transformations = [...old.transformations];
  if (!merge) return;
  if (old.origin) made.origin = old.origin;
  for (const place of ['data', 'binaryData']) {
    const entries = { ...dataOf(old, place), ...dataOf(made, place) };
    Object.values(entries).forEach(rewritten);
    if (Object.keys(entries).length === 0) delete made.object[place];
    else made.object[place] = entries;
  }
}

function dataOf({ object }: Resource, place: string): Record<string, string> {
  const data = object[place];
  if (isNull(data)) return {};
  if (!isMap(data)) return refuse(`${place} that is no map`);
  const texts: Record<string, string> = {};
  for (const key of Object.keys(data)) {
    texts[untagged(key)] = textOf(field(data, key)) ?? refuse(`${place} of which ${key} is no text`);
  }
  return texts;
}
