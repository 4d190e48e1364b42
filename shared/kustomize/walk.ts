import { messageOf } from '../core/failures.ts';
import { isYamlMap, parseYaml, type YamlMap, type YamlValue } from '../core/yaml.ts';
import type { FileTree } from '../ports.ts';
import { type Fields, KUSTOMIZATION_FIELDS, type Role } from './fields.ts';
import { directoriesOf, joinPath, KUSTOMIZATION_FILES } from './paths.ts';
import { configurationText, readPlugins } from './plugins.ts';
import { type Files, inlineHazard, resolve, type Target } from './references.ts';
import { type ShapeRules, shapeObject } from './shape.ts';

/** Something a build may not do: where it is written, and what it is. */
export interface Violation {
  readonly file: string;
  readonly field: string;
  readonly message: string;
}

export interface Walked {
  readonly violations: readonly Violation[];
  /** What the build reads and nothing else; configuration is rewritten as JSON, so that kustomize sees exactly what was checked. */
  readonly tree: FileTree;
}

/** Kustomizations inside kustomizations: real repositories stay below 10. */
export const MAX_KUSTOMIZATION_DEPTH = 50;

/** Kustomizations that one build enters, counted each time: kustomize repeats the work for each mention. */
export const MAX_KUSTOMIZATIONS = 10_000;

/** Follows every path a build of `path` can read, and refuses what is not plainly inside the tree, unknown fields, and plugins that run code. */
export function walk(tree: FileTree, path: string): Walked {
  const walker: Walker = {
    files: { tree, directories: directoriesOf(tree) },
    violations: [],
    rewritten: new Map(),
    read: new Set(),
    weights: new Map(),
    stack: [],
  };
  enter(walker, path, { file: '', field: '' }, customize);
  for (const file of walker.rewritten.keys()) {
    if (walker.read.has(file))
      report(walker, { file, field: '' }, 'is both configuration and data of the build');
  }
  const reached = new Map<string, Uint8Array>(walker.rewritten);
  for (const file of walker.read) reached.set(file, tree.get(file) as Uint8Array);
  return { violations: walker.violations, tree: reached };
}

interface Place {
  readonly file: string;
  readonly field: string;
}

interface Walker {
  readonly files: Files;
  readonly violations: Violation[];
  readonly rewritten: Map<string, Uint8Array>;
  readonly read: Set<string>;
  /** Kustomizations entered through each directory, itself included; by directory and what it is used for. */
  readonly weights: Map<string, number>;
  readonly stack: string[];
}

type Enter = (walker: Walker, directory: string, file: string, content: YamlMap) => number;

function report(walker: Walker, { file, field }: Place, message: string): number {
  walker.violations.push({ file, field, message });
  return 0;
}

/** Reads the kustomization of a directory and hands it on; returns how many kustomizations that makes. */
function enter(walker: Walker, directory: string, from: Place, use: Enter, purpose = ''): number {
  const known = walker.weights.get(`${purpose}:${directory}`);
  const above = walker.stack.find(
    (open) => directory === '' || open === directory || open.startsWith(`${directory}/`),
  );
  if (above !== undefined)
    return report(walker, from, `cycle detected: '${directory || '.'}' contains '${above || '.'}'`);
  if (known !== undefined) return known;
  if (walker.stack.length >= MAX_KUSTOMIZATION_DEPTH) {
    return report(walker, from, `kustomizations are nested deeper than ${MAX_KUSTOMIZATION_DEPTH}`);
  }
  const names = KUSTOMIZATION_FILES.filter((name) => walker.files.tree.has(joinPath(directory, name)));
  const place = directory || '.';
  if (names.length > 1) return report(walker, from, `Found multiple kustomization files under: ${place}`);
  const name = names[0];
  if (name === undefined) {
    const message = `unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '${place}'`;
    return report(walker, from, message);
  }
  const file = joinPath(directory, name);
  const content = readMap(walker, file);
  if (!content) return 0;
  walker.stack.push(directory);
  const weight = 1 + use(walker, directory, file, content);
  walker.stack.pop();
  walker.weights.set(`${purpose}:${directory}`, weight);
  if (weight > MAX_KUSTOMIZATIONS)
    report(walker, from, `the build enters more than ${MAX_KUSTOMIZATIONS} kustomizations`);
  return weight;
}

function readMap(walker: Walker, file: string): YamlMap | undefined {
  try {
    const value = parseYaml(textOf(walker, file));
    if (value === null) return {};
    if (isYamlMap(value)) return value;
    report(walker, { file, field: '' }, 'invalid Kustomization: not a map');
  } catch (error) {
    report(walker, { file, field: '' }, `invalid Kustomization: ${messageOf(error)}`);
  }
  return undefined;
}

function textOf(walker: Walker, file: string): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(walker.files.tree.get(file));
}

function customize(walker: Walker, directory: string, file: string, content: YamlMap): number {
  let weight = 0;
  const visit = (role: Role, text: string, field: string): string => {
    const followed = follow(walker, { directory, file, field }, role, text);
    weight += followed.weight;
    return followed.text;
  };
  rewrite(walker, file, [shapeObject(content, KUSTOMIZATION_FIELDS, '', rulesOf(walker, file, visit))]);
  return weight;
}

/** A kustomization that holds plugin configuration may only list it: patches and the like could change a path after it was checked. */
const PLUGIN_LIST: Fields = Object.fromEntries(
  ['apiVersion', 'kind', 'metadata', 'resources'].map((name) => [name, KUSTOMIZATION_FIELDS[name]]),
) as Fields;

function listPlugins(base: string): Enter {
  return (walker, directory, file, content) => {
    let weight = 0;
    const visit = (_role: Role, text: string, field: string): string => {
      const target = resolve(text, directory, walker.files);
      weight += usePlugins(walker, target, base, { file, field });
      return text;
    };
    const rules = rulesOf(walker, file, visit);
    const unknown = (field: string) => {
      report(
        walker,
        { file, field },
        'is not allowed in a kustomization of plugin configuration, which may only list resources',
      );
    };
    rewrite(walker, file, [shapeObject(content, PLUGIN_LIST, '', { ...rules, unknown })]);
    return weight;
  };
}

function rulesOf(walker: Walker, file: string, visit: ShapeRules['visit']): ShapeRules {
  return {
    coerce: false,
    unknown: (field) => {
      report(walker, { file, field }, 'unknown field');
    },
    refused: (field, why) => {
      report(walker, { file, field }, why);
    },
    mismatch: (field, wanted, value) => {
      const got = Array.isArray(value) ? 'list' : value === null ? 'null' : typeof value;
      report(walker, { file, field }, `cannot read ${got} as ${wanted}`);
    },
    visit,
  };
}

interface Reference extends Place {
  readonly directory: string;
}

/** Follows one string; the text that kustomize is to see comes back, with how many kustomizations it leads to. */
function follow(walker: Walker, at: Reference, role: Role, text: string): { text: string; weight: number } {
  if (role === 'plugin' || role === 'patch') {
    const inline = inlineDocuments(text);
    if (inline?.length === 0) return { text: '', weight: 0 };
    if (inline) return { text: useInline(walker, at, role, text), weight: 0 };
  }
  const path = role === 'keyed-file' ? afterKey(text) : text;
  if (path === undefined) {
    return { text, weight: report(walker, at, `'${text}' is not a path or key=path`) };
  }
  const target = resolve(path, at.directory, walker.files);
  if (role === 'plugin') return { text, weight: usePlugins(walker, target, at.directory, at) };
  return { text, weight: useTarget(walker, target, role, at) };
}

function useTarget(walker: Walker, target: Target, role: Role, at: Reference): number {
  if (target.kind === 'refused') return report(walker, at, target.why);
  if (target.kind === 'directory') {
    if (role === 'resource' || role === 'component') return enter(walker, target.path, at, customize);
    return report(walker, at, `'${target.path}' is a directory`);
  }
  if (role === 'component') return report(walker, at, `'${target.path}' is not a directory`);
  walker.read.add(target.path);
  return 0;
}

function usePlugins(walker: Walker, target: Target, base: string, at: Place): number {
  if (target.kind === 'refused') return report(walker, at, target.why);
  if (target.kind === 'directory')
    return enter(walker, target.path, at, listPlugins(base), `plugins of ${base}`);
  try {
    rewrite(
      walker,
      target.path,
      shapePlugins(walker, textOf(walker, target.path), {
        ...at,
        file: target.path,
        field: '',
        directory: base,
      }),
    );
    return 0;
  } catch (error) {
    return report(walker, { file: target.path, field: '' }, messageOf(error));
  }
}

function shapePlugins(walker: Walker, text: string, at: Reference): readonly unknown[] {
  return readPlugins(text, at.field, {
    ...rulesOf(walker, at.file, (role, path, field) => follow(walker, { ...at, field }, role, path).text),
  });
}

/** The documents of text that is configuration itself; undefined when it can only be a path. */
function inlineDocuments(text: string): readonly YamlValue[] | undefined {
  try {
    const value = parseYaml(text);
    if (isYamlMap(value)) return [value];
    return text.trim() === '' ? [] : undefined;
  } catch {
    return undefined;
  }
}

function useInline(walker: Walker, at: Reference, role: Role, text: string): string {
  const hazard = inlineHazard(text, at.directory);
  if (hazard) report(walker, at, hazard);
  if (role === 'patch') return text;
  try {
    // Without a slash: should kustomize not parse it after all, it is the name of a file that does not exist.
    return configurationText(shapePlugins(walker, text, at)).replaceAll('/', '\\u002f');
  } catch (error) {
    report(walker, at, messageOf(error));
    return '';
  }
}

// kustomize: api v0.21.1, internal/generators/utils.go, ParseFileSource.
function afterKey(text: string): string | undefined {
  const [key, path, ...more] = text.split('=');
  if (path === undefined) return key;
  return key === '' || path === '' || more.length > 0 ? undefined : path;
}

function rewrite(walker: Walker, file: string, documents: readonly unknown[]): void {
  walker.rewritten.set(file, new TextEncoder().encode(configurationText(documents)));
}
