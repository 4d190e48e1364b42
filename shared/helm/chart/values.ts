import type { YamlMap } from '../../core/yaml.ts';
import type { FileTree } from '../../ports.ts';
import type { Chart, ChartLimits, Outcome } from './chart.ts';

/** Values files merged into one. */
export interface MergedValues {
  readonly values: YamlMap;
  /** The files that were there, as they were asked for, in order. */
  readonly files: readonly string[];
}

/** The values files that ask for anything: none for nothing but `values.yaml`. */
export function effectiveValuesFiles(_paths: readonly string[]): readonly string[] {
  throw new Error('not built');
}

/** HC-08 of a chart from a repository: files inside the chart. */
export function mergeChartValues(
  _chart: Chart,
  _paths: readonly string[],
  _ignoreMissing: boolean,
  _limits: ChartLimits,
): Outcome<MergedValues> {
  throw new Error('not built');
}

/** HC-08 of a chart from a source: files relative to the source's root. */
export function mergeTreeValues(
  _tree: FileTree,
  _paths: readonly string[],
  _ignoreMissing: boolean,
  _limits: ChartLimits,
): Outcome<MergedValues> {
  throw new Error('not built');
}

/** The chart with these values as its values.yaml; `isChanged` is false where the file would have the same bytes (then no values files are observed). */
export function withValues(
  _chart: Chart,
  _values: YamlMap,
): Outcome<{ readonly chart: Chart; readonly isChanged: boolean }> {
  throw new Error('not built');
}
