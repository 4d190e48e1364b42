import { messageOf } from '../core/failures.ts';
import { isYamlMap, parseYamlDocuments, type YamlValue } from '../core/yaml.ts';
import { scalarText } from '../core/yaml-scalar.ts';
import type { FileTree } from '../ports.ts';
import { joinPath, KUSTOMIZATION_FILES } from './paths.ts';
import type { YamlBudget } from './yaml-budget.ts';

/** What to list as resources, or what is wrong with a file. */
export type Scan =
  | { readonly ok: true; readonly resources: readonly string[] }
  | { readonly ok: false; readonly message: string };

/** What Flux lists when a directory has no kustomization: every object file below it, and each sub-directory that has one as a whole (KS-22). Paths start with `./`. Fault `too-large` when the budget is exhausted. */
export async function scanManifests(tree: FileTree, directory: string, budget: YamlBudget): Promise<Scan> {
  const resources: string[] = [];
  const prefix = directory === '' ? '' : `${directory}/`;
  for (const entry of entriesOf(tree, directory)) {
    if (entry.whole) {
      resources.push(`./${entry.path.slice(prefix.length)}`);
      continue;
    }
    const bytes = tree.get(entry.path) as Uint8Array;
    await budget.spend(bytes.length, entry.path);
    const problem = objectFileProblem(bytes);
    if (problem) {
      return { ok: false, message: `failed to decode Kubernetes YAML from ${entry.path}: ${problem}` };
    }
    resources.push(`./${entry.path.slice(prefix.length)}`);
  }
  return { ok: true, resources };
}

interface ScanEntry {
  readonly path: string;
  readonly whole: boolean;
}

/** A node of the directory tree: null is a file. */
type Level = Map<string, Level | null>;

/** In the order of Go's filepath.Walk: names in byte order, level by level. */
function entriesOf(tree: FileTree, directory: string): ScanEntry[] {
  const entries: ScanEntry[] = [];
  const enter = (level: Level, at: string, top: boolean) => {
    if (!top && KUSTOMIZATION_FILES.some((name) => level.get(name) === null)) {
      entries.push({ path: at, whole: true });
      return;
    }
    for (const name of [...level.keys()].sort(byBytes)) {
      const inner = level.get(name) as Level | null;
      const path = joinPath(at, name);
      if (inner) enter(inner, path, false);
      else if (/\.ya?ml$/.test(name)) entries.push({ path, whole: false });
    }
  };
  enter(levelsBelow(tree, directory), directory, true);
  return entries;
}

function levelsBelow(tree: FileTree, directory: string): Level {
  const root: Level = new Map();
  const prefix = directory === '' ? '' : `${directory}/`;
  for (const file of tree.keys()) {
    if (!file.startsWith(prefix)) continue;
    const names = file.slice(prefix.length).split('/');
    let level = root;
    for (const name of names.slice(0, -1)) {
      const inner = level.get(name) ?? new Map();
      level.set(name, inner);
      level = inner;
    }
    level.set(names.at(-1) as string, null);
  }
  return root;
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function objectFileProblem(bytes: Uint8Array): string | undefined {
  let documents: readonly YamlValue[];
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    documents = parseYamlDocuments(text, { dialect: 'v3', duplicates: 'error' });
  } catch (error) {
    return `MalformedYAMLError: ${messageOf(error)}`;
  }
  for (const document of documents.flatMap(unwrapped)) {
    const problem = objectProblem(document);
    if (problem) return problem;
  }
  return undefined;
}

/** kustomize drops empty documents and takes the items of a List for documents. */
function unwrapped(document: YamlValue): readonly YamlValue[] {
  if (document === null) return [];
  if (isYamlMap(document)) {
    if (Object.keys(document).length === 0) return [];
    if (document.kind === 'List' && Array.isArray(document.items)) return document.items.flatMap(unwrapped);
  }
  return [document];
}

// The rules of kyaml's GetValidatedMetadata, in its words.
function objectProblem(document: YamlValue): string | undefined {
  const { apiVersion, kind, metadata } = isYamlMap(document) ? document : {};
  const { name, namespace, labels, annotations } = isYamlMap(metadata) ? metadata : {};
  const empty = [apiVersion, kind, name, namespace].every((value) => textOf(value) === '');
  if (empty && !isYamlMap(labels) && !isYamlMap(annotations)) return 'missing Resource metadata';
  const missing = textOf(kind) === '' ? 'kind' : textOf(name) === '' ? 'metadata.name' : undefined;
  if (missing === undefined || (missing === 'metadata.name' && textOf(kind).endsWith('List')))
    return undefined;
  // Go's way of printing kyaml's ResourceMeta.
  const names = `{{${textOf(apiVersion)} ${textOf(kind)}} {{${textOf(name)} ${textOf(namespace)}}`;
  return `missing ${missing} in object ${names} ${goMap(labels)} ${goMap(annotations)}}}`;
}

function goMap(value: YamlValue | undefined): string {
  const entries = isYamlMap(value) ? Object.entries(value) : [];
  return `map[${entries
    .map(([key, text]) => `${key}:${textOf(text)}`)
    .sort()
    .join(' ')}]`;
}

function textOf(value: YamlValue | undefined): string {
  return value === undefined || typeof value === 'object' ? '' : scalarText(value);
}
