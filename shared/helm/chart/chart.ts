import type { YamlMap } from '../../core/yaml.ts';
import type { RawMap } from '../index/fields.ts';

/** A file of a chart, its path relative to the chart's folder. */
export interface ChartFile {
  readonly path: string;
  readonly data: Uint8Array;
}

/** Another chart that a chart asks for. */
export interface ChartDependency {
  readonly name: string;
  /** A range, or in a lock one version; empty when none is given. */
  readonly version: string;
  /** `file://`, `http(s)://`, `oci://` or empty. */
  readonly repository: string;
  /** The name under which it is used; empty for its own. */
  readonly alias: string;
}

/** What Chart.yaml (with requirements.yaml) says, as Helm takes it. */
export interface ChartMetadata {
  readonly name: string;
  readonly version: string;
  readonly apiVersion: string;
  readonly dependencies: readonly ChartDependency[];
  /** All of Helm's fields, zero values left out. */
  readonly fields: RawMap;
}

/** What Chart.lock or requirements.lock says. */
export interface ChartLock {
  readonly dependencies: readonly ChartDependency[];
  readonly fields: RawMap;
}

/** A chart in memory, as Helm 4 holds it. */
export interface Chart {
  readonly metadata: ChartMetadata;
  readonly lock?: ChartLock | undefined;
  /** The bytes of values.yaml; undefined where the chart has none. */
  readonly valuesFile?: Uint8Array | undefined;
  /** values.yaml read, all its documents merged. */
  readonly values: YamlMap;
  /** values.schema.json. */
  readonly schema?: Uint8Array | undefined;
  readonly templates: readonly ChartFile[];
  readonly files: readonly ChartFile[];
  readonly dependencies: readonly Chart[];
}

/** What of a chart is wrong: what, where and what to do, for a condition's message. */
export interface ChartProblem {
  readonly code: 'invalid' | 'malformed' | 'not-found' | 'too-large' | 'unsupported';
  readonly message: string;
}

/** A value, or what stands in its way. */
export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: ChartProblem };

/** Bounds on what a chart may make us hold. */
export interface ChartLimits {
  /** An archive, as it is stored (COM-30 `--helm-chart-max-size`). */
  readonly chartBytes: number;
  /** One file of a chart (COM-30 `--helm-chart-file-max-size`). */
  readonly fileBytes: number;
  /** All files of a chart with the charts in it, inflated. */
  readonly inflatedBytes: number;
  /** Files and directories of a chart with the charts in it. */
  readonly entries: number;
  /** Characters of YAML that are read of a chart with the charts in it. */
  readonly yamlCharacters: number;
  /** Charts in charts. */
  readonly depth: number;
}

const MIB = 1024 * 1024;

/** Flux's sizes of an archive and a file, Helm's of all files (its MaxDecompressedChartSize); the others are ours, ten times what the largest public charts have. */
export const DEFAULT_CHART_LIMITS: ChartLimits = {
  chartBytes: 10 * MIB,
  fileBytes: 5 * MIB,
  inflatedBytes: 100 * MIB,
  entries: 20_000,
  yamlCharacters: 16 * MIB,
  depth: 32,
};

/** Ours: of a chart that is read beside others; ten times what most have. */
const SMALL_CHART_LIMITS: ChartLimits = {
  ...DEFAULT_CHART_LIMITS,
  chartBytes: 4 * MIB,
  inflatedBytes: 16 * MIB,
  yamlCharacters: 2 * MIB,
};

/** The limits of a chart that is read beside others, or of one that has the worker's memory for itself. */
export function chartLimitsFor(size: 'small' | 'large'): ChartLimits {
  return size === 'small' ? SMALL_CHART_LIMITS : DEFAULT_CHART_LIMITS;
}

/** A value. */
export function found<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

/** What stands in the way of one. */
export function trouble(
  code: ChartProblem['code'],
  message: string,
): { readonly ok: false; readonly problem: ChartProblem } {
  return { ok: false, problem: { code, message } };
}
