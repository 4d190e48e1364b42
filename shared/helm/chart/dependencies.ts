import type { FileTree } from '../../ports.ts';
import type { Chart, ChartDependency, ChartLimits, Outcome } from './chart.ts';

/** A dependency that is not in the chart, and where it comes from. */
export type MissingDependency = {
  /** Its alias, else its name. */
  readonly key: string;
  readonly dependency: ChartDependency;
} & (
  | {
      readonly from: 'source';
      /** Relative to the source's root. */
      readonly path: string;
    }
  | {
      readonly from: 'http' | 'oci';
      /** Normalised as `normaliseRepositoryUrl` does. */
      readonly url: string;
    }
);

/** A missing dependency, read. */
export interface LoadedDependency {
  readonly dependency: ChartDependency;
  readonly chart: Chart;
}

/** What is missing of a chart at `path` of its source, by its lock where there is one (HC-09). */
export function missingDependencies(_chart: Chart, _path: string): Outcome<readonly MissingDependency[]> {
  throw new Error('not built');
}

/** A dependency that lies in the source itself, its version held against the range. */
export async function readSourceDependency(
  _tree: FileTree,
  _missing: MissingDependency & { readonly from: 'source' },
  _limits: ChartLimits,
): Promise<Outcome<Chart>> {
  throw new Error('not built');
}

/** The chart with these among its own, each under its alias. */
export function withDependencies(_chart: Chart, _loaded: readonly LoadedDependency[]): Chart {
  throw new Error('not built');
}

/** The form in which URLs of repositories are compared: http(s) with one slash at the end of the path, oci with none; undefined for no URL. */
export function normaliseRepositoryUrl(_url: string): string | undefined {
  throw new Error('not built');
}
