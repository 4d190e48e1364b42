import { Fault, isFault } from '../../core/failures.ts';
import { type PrintableMap, printGoYaml } from '../../core/go-yaml/print.ts';
import type { YamlMap } from '../../core/yaml.ts';
import type { FileTree } from '../../ports.ts';
import { attempt, newBudget, within } from './budget.ts';
import { type Chart, type ChartLimits, found, type Outcome, trouble } from './chart.ts';
import { VALUES_FILE } from './load.ts';
import { joinInside } from './name.ts';
import { kindOfPath } from './read-tree.ts';
import { mergeValues, readValues, textOfFile } from './yaml-file.ts';

/** Values files merged into one. */
export interface MergedValues {
  readonly values: YamlMap;
  /** The files that were there, as they were asked for, in order. */
  readonly files: readonly string[];
}

/** Finds a values file: its bytes, values that are known already, or undefined for none. Fault `not-found` for what can be no file. */
type FindValues = (path: string) => Uint8Array | { readonly known: YamlMap } | undefined;

/** The values files that ask for anything: none for nothing but `values.yaml`. */
export function effectiveValuesFiles(paths: readonly string[]): readonly string[] {
  return paths.length === 1 && isOwnValues(paths[0] as string) ? [] : paths;
}

/** HC-08 of a chart from a repository: files inside the chart. */
export function mergeChartValues(
  chart: Chart,
  paths: readonly string[],
  ignoreMissing: boolean,
  limits: ChartLimits,
): Outcome<MergedValues> {
  return merge(paths, ignoreMissing, limits, (path) => {
    if (isOwnValues(path)) return { known: chart.values };
    const clean = cleanPath(path);
    return chart.files.find((file) => file.path === clean)?.data;
  });
}

/** HC-08 of a chart from a source: files relative to the source's root. */
export function mergeTreeValues(
  tree: FileTree,
  paths: readonly string[],
  ignoreMissing: boolean,
  limits: ChartLimits,
): Outcome<MergedValues> {
  return merge(paths, ignoreMissing, limits, (path) => {
    const inside = joinInside(path);
    const data = tree.get(inside);
    if (data === undefined && kindOfPath(tree, inside) === 'folder')
      throw notFound(path, ', where a folder is');
    if (data !== undefined && data.length > limits.fileBytes)
      throw new Fault(
        'too-large',
        `values file '${path}' has ${data.length} bytes, where ${limits.fileBytes} are the most`,
      );
    return data;
  });
}

function merge(
  paths: readonly string[],
  ignoreMissing: boolean,
  limits: ChartLimits,
  find: FindValues,
): Outcome<MergedValues> {
  const budget = newBudget(limits);
  return attempt(() => {
    let values: YamlMap = {};
    const files: string[] = [];
    for (const path of paths) {
      const file = find(path);
      if (file === undefined && ignoreMissing) continue;
      if (file === undefined) throw notFound(path, ': add the file, or set spec.ignoreMissingValuesFiles');
      const over =
        'known' in file
          ? file.known
          : within(`cannot read values from '${path}'`, () => readValues(textOfFile(file, budget)));
      values = mergeValues(values, over);
      files.push(path);
    }
    return { values, files };
  });
}

function notFound(path: string, more: string): Fault {
  return new Fault('not-found', `no values file found at path '${path}'${more}`);
}

function isOwnValues(path: string): boolean {
  return cleanPath(path) === VALUES_FILE;
}

/** As Go cleans a path: what leaves the chart stays recognisable, and is in no chart. */
function cleanPath(path: string): string {
  const elements: string[] = [];
  for (const element of path.split('/')) {
    if (element === '..' && elements.length > 0 && elements.at(-1) !== '..') elements.pop();
    else if (element !== '' && element !== '.') elements.push(element);
  }
  return `${path.startsWith('/') ? '/' : ''}${elements.join('/')}`;
}

/** The chart with these values as its values.yaml; `isChanged` is false where the file would have the same bytes (then no values files are observed). */
export function withValues(
  chart: Chart,
  values: YamlMap,
): Outcome<{ readonly chart: Chart; readonly isChanged: boolean }> {
  if (chart.valuesFile === undefined)
    return trouble('not-found', `failed to locate values file: ${VALUES_FILE}: the chart has to have one`);
  const valuesFile = Object.keys(values).length === 0 ? new Uint8Array() : Buffer.from(writeYaml(values));
  const isChanged = Buffer.compare(chart.valuesFile, valuesFile) !== 0;
  return found({ chart: isChanged ? { ...chart, valuesFile, values } : chart, isChanged });
}

/** YAML as Helm writes it; where go-yaml has ways that we do not know, JSON says the same. */
export function writeYaml(map: object): string {
  try {
    return printGoYaml(map as PrintableMap).text;
  } catch (error) {
    if (!isFault(error, 'unsupported')) throw error;
    return `${JSON.stringify(map, undefined, 2)}\n`;
  }
}
