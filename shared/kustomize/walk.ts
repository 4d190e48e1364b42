import { posix } from 'node:path';
import { messageOf } from '../core/failures.ts';
import { isYamlMap, parseYaml, type YamlMap, type YamlValue } from '../core/yaml.ts';
import type { FileTree } from '../ports.ts';
import { type Fields, KUSTOMIZATION_FIELDS, type Role } from './fields.ts';
import { configurationText, readPlugins } from './plugins.ts';
import { inlineHazard, resolve, type Target } from './references.ts';
import { bring } from './remote/bring.ts';
import type { Remotes } from './remote/remotes.ts';
import { type ShapeRules, shapeObject } from './shape.ts';
import {
  type Enter,
  enter,
  type Place,
  report,
  rewrite,
  textOf,
  type Violation,
  type Walker,
  walkerOf,
} from './walk-enter.ts';
import type { YamlBudget } from './yaml-budget.ts';

/** What the walk found. */
export interface Walked {
  readonly violations: readonly Violation[];
  /** What the build reads and nothing else; configuration is rewritten as JSON, so that kustomize sees exactly what was checked. */
  readonly tree: FileTree;
}

/** Follows every path a build of `path` can read, and refuses what is not plainly inside the tree, unknown fields, and plugins that run code. Fault `too-large` when the budget is exhausted. */
export async function walk(
  source: FileTree,
  path: string,
  budget: YamlBudget,
  remotes?: Remotes,
): Promise<Walked> {
  const walker = walkerOf(source, budget, remotes);
  const { tree } = walker.files;
  await enter(walker, path, { file: '', field: '' }, customize);
  for (const file of walker.rewritten.keys()) {
    if (walker.read.has(file))
      report(walker, { file, field: '' }, 'is both configuration and data of the build');
  }
  const reached = new Map<string, Uint8Array>(walker.rewritten);
  for (const file of walker.read) reached.set(file, tree.get(file) as Uint8Array);
  return { violations: walker.violations, tree: reached };
}

async function customize(walker: Walker, directory: string, file: string, content: YamlMap): Promise<number> {
  let weight = 0;
  const visit = async (role: Role, text: string, field: string): Promise<string> => {
    const followed = await follow(walker, { directory, file, field }, role, text);
    weight += followed.weight;
    return followed.text;
  };
  const shaped = await shapeObject(content, KUSTOMIZATION_FIELDS, '', rulesOf(walker, file, visit));
  rewrite(walker, file, [shaped]);
  return weight;
}

/** A kustomization that holds plugin configuration may only list it: patches and the like could change a path after it was checked. */
const PLUGIN_LIST: Fields = Object.fromEntries(
  ['apiVersion', 'kind', 'metadata', 'resources'].map((name) => [name, KUSTOMIZATION_FIELDS[name]]),
) as Fields;

function listPlugins(base: string): Enter {
  return async (walker, directory, file, content) => {
    let weight = 0;
    const visit = async (_role: Role, text: string, field: string): Promise<string> => {
      const target = resolve(text, directory, walker.files);
      const more = await usePlugins(walker, target, base, { file, field });
      weight += more;
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
    rewrite(walker, file, [await shapeObject(content, PLUGIN_LIST, '', { ...rules, unknown })]);
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
async function follow(
  walker: Walker,
  at: Reference,
  role: Role,
  text: string,
): Promise<{ text: string; weight: number }> {
  if (role === 'plugin' || role === 'patch') {
    await walker.budget.spend(text.length, at.file);
    const inline = inlineDocuments(text);
    if (inline?.length === 0) return { text: '', weight: 0 };
    if (inline) return { text: await useInline(walker, at, role, text), weight: 0 };
  }
  const path = role === 'keyed-file' ? afterKey(text) : text;
  if (path === undefined) {
    return { text, weight: report(walker, at, `'${text}' is not a path or key=path`) };
  }
  const local = await brought(walker, at, role, path);
  if (local === undefined) return { text, weight: 0 };
  if (local !== path) {
    const weight = await useTarget(walker, resolve(local, at.directory, walker.files), role, at);
    return { text: role === 'keyed-file' ? `${keyIn(text)}=${local}` : local, weight };
  }
  const target = resolve(path, at.directory, walker.files);
  if (role === 'plugin') return { text, weight: await usePlugins(walker, target, at.directory, at) };
  return { text, weight: await useTarget(walker, target, role, at) };
}

/** The path of a copy of what is remote, `path` itself when it is not, or may not be; undefined when it cannot be had, which is noted. */
async function brought(walker: Walker, at: Reference, role: Role, path: string): Promise<string | undefined> {
  if (walker.growing === undefined || role === 'plugin') return path;
  try {
    return await bring(walker.growing, path, at.directory, role);
  } catch (error) {
    complain(walker, at, error);
    return undefined;
  }
}

/** The key under which a file is put into a generated object. */
function keyIn(text: string): string {
  const [key = '', path] = text.split('=');
  return path === undefined ? posix.basename(key) : key;
}

async function useTarget(walker: Walker, target: Target, role: Role, at: Reference): Promise<number> {
  if (target.kind === 'refused') return report(walker, at, target.why);
  if (target.kind === 'directory') {
    if (role === 'resource' || role === 'component') return enter(walker, target.path, at, customize);
    return report(walker, at, `'${target.path}' is a directory`);
  }
  if (role === 'component') return report(walker, at, `'${target.path}' is not a directory`);
  walker.read.add(target.path);
  return 0;
}

async function usePlugins(walker: Walker, target: Target, base: string, at: Place): Promise<number> {
  if (target.kind === 'refused') return report(walker, at, target.why);
  if (target.kind === 'directory')
    return enter(walker, target.path, at, listPlugins(base), `plugins of ${base}`);
  const place = { file: target.path, field: '' };
  await walker.budget.spend(walker.files.tree.get(target.path)?.length ?? 0, target.path);
  try {
    const text = textOf(walker, target.path);
    rewrite(walker, target.path, await shapePlugins(walker, text, { ...place, directory: base }));
    return 0;
  } catch (error) {
    return complain(walker, place, error);
  }
}

function shapePlugins(walker: Walker, text: string, at: Reference): Promise<readonly unknown[]> {
  return readPlugins(text, at.field, {
    ...rulesOf(
      walker,
      at.file,
      async (role, path, field) => (await follow(walker, { ...at, field }, role, path)).text,
    ),
  });
}

/** Notes what went wrong with the text at a place, unless the build is to end anyway. */
function complain(walker: Walker, place: Place, error: unknown): number {
  walker.budget.signal.throwIfAborted();
  return report(walker, place, messageOf(error));
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

async function useInline(walker: Walker, at: Reference, role: Role, text: string): Promise<string> {
  const hazard = inlineHazard(text, at.directory);
  if (hazard) report(walker, at, hazard);
  if (role === 'patch') return text;
  try {
    // Without a slash: should kustomize not parse it after all, it is the name of a file that does not exist.
    return configurationText(await shapePlugins(walker, text, at)).replaceAll('/', '\\u002f');
  } catch (error) {
    complain(walker, at, error);
    return '';
  }
}

// kustomize: api v0.21.1, internal/generators/utils.go, ParseFileSource.
function afterKey(text: string): string | undefined {
  const [key, path, ...more] = text.split('=');
  if (path === undefined) return key;
  return key === '' || path === '' || more.length > 0 ? undefined : path;
}
