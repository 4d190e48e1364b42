import { messageOf } from '../core/failures.ts';
import { isYamlMap, parseYaml, type YamlMap } from '../core/yaml.ts';
import type { FileTree } from '../ports.ts';
import { directoriesOf, joinPath, KUSTOMIZATION_FILES } from './paths.ts';
import { configurationText } from './plugins.ts';
import type { Files } from './references.ts';
import type { Growing } from './remote/bring.ts';
import type { Remotes } from './remote/remotes.ts';
import type { YamlBudget } from './yaml-budget.ts';

/** Something a build may not do: where it is written, and what it is. */
export interface Violation {
  readonly file: string;
  readonly field: string;
  readonly message: string;
}

/** Kustomizations inside kustomizations: real repositories stay below 10. */
export const MAX_KUSTOMIZATION_DEPTH = 50;

/** Kustomizations that one build enters, counted each time: kustomize repeats the work for each mention. */
export const MAX_KUSTOMIZATIONS = 10_000;

/** Where something is written. */
export interface Place {
  readonly file: string;
  readonly field: string;
}

/** What one walk has seen so far. */
export interface Walker {
  readonly files: Files;
  /** How to get what is not in the source; absent where that is not allowed. */
  readonly growing?: Growing;
  readonly budget: YamlBudget;
  readonly violations: Violation[];
  readonly rewritten: Map<string, Uint8Array>;
  readonly read: Set<string>;
  /** Kustomizations entered through each directory, itself included; by directory and what it is used for. */
  readonly weights: Map<string, number>;
  readonly stack: string[];
}

/** Reads one kustomization and answers how many others it leads to. */
export type Enter = (walker: Walker, directory: string, file: string, content: YamlMap) => Promise<number>;

/** Nothing seen yet. */
export function walkerOf(source: FileTree, budget: YamlBudget, remotes?: Remotes): Walker {
  const directories = new Set(directoriesOf(source));
  const tree = remotes ? new Map(source) : source;
  return {
    files: { tree, directories },
    ...(remotes && {
      growing: { tree: tree as Map<string, Uint8Array>, directories, remotes, fetched: new Map() },
    }),
    budget,
    violations: [],
    rewritten: new Map(),
    read: new Set(),
    weights: new Map(),
    stack: [],
  };
}

/** Notes a violation; the answer is the weight of what is not followed. */
export function report(walker: Walker, { file, field }: Place, message: string): number {
  walker.violations.push({ file, field, message });
  return 0;
}

/** Reads the kustomization of a directory and hands it on; returns how many kustomizations that makes. */
export async function enter(
  walker: Walker,
  directory: string,
  from: Place,
  use: Enter,
  purpose = '',
): Promise<number> {
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
  const content = await readMap(walker, file);
  if (!content) return 0;
  walker.stack.push(directory);
  const weight = 1 + (await use(walker, directory, file, content));
  walker.stack.pop();
  walker.weights.set(`${purpose}:${directory}`, weight);
  if (weight > MAX_KUSTOMIZATIONS)
    report(walker, from, `the build enters more than ${MAX_KUSTOMIZATIONS} kustomizations`);
  return weight;
}

async function readMap(walker: Walker, file: string): Promise<YamlMap | undefined> {
  await walker.budget.spend(walker.files.tree.get(file)?.length ?? 0, file);
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

/** Faults or throws when the file is no UTF-8. */
export function textOf(walker: Walker, file: string): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(walker.files.tree.get(file));
}

/** Puts configuration in place of a file, as kustomize is to see it. */
export function rewrite(walker: Walker, file: string, documents: readonly unknown[]): void {
  walker.rewritten.set(file, new TextEncoder().encode(configurationText(documents)));
}
