import type { HelmChart } from '../../api/helm-chart.ts';
import { isFault, messageOf } from '../../core/failures.ts';
import { type Chart, chartLimitsFor } from '../../helm/chart/chart.ts';
import { packChart } from '../../helm/chart/pack.ts';
import { readChart, readChartMetadata } from '../../helm/chart/read-archive.ts';
import { type MergedValues, mergeChartValues, withValues } from '../../helm/chart/values.ts';
import { withVersion } from '../../helm/chart/version.ts';
import type { Scope } from '../reconciler.ts';
import type { Size } from '../room.ts';
import type { Fetched } from '../source/share.ts';
import type { Candidate } from './decide.ts';
import { isAuthentication } from './faults.ts';
import type { PickedChart } from './repository.ts';
import { archived, buildOnce, type ChartFacts, sharedChart, type ValuesRules } from './share.ts';
import { authenticationTrouble, buildTrouble, chartTrouble, type Result, type Troubled } from './trouble.ts';
import { valuesRulesOf } from './values-files.ts';

/** An archive of a chart, and how it came about. */
export interface Built {
  /** `sha256:<hex>` */
  readonly digest: string;
  readonly size: number;
  /** Absent when it is stored already. */
  readonly body?: Uint8Array;
  /** The values files that changed it. */
  readonly valuesFiles: readonly string[];
  /** Dependencies that were added. */
  readonly dependencies: number;
}

/** A chart of a repository: as it is there, or packed anew with merged values. One download serves the whole fleet, but for bytes that are `spoilt`. */
export async function buildRemote(
  object: HelmChart,
  picked: PickedChart,
  candidate: Candidate,
  spoilt: boolean,
  scope: Scope,
): Promise<Result<Built>> {
  const rules = valuesRulesOf(object);
  try {
    const shared = await sharedChart(picked, candidate.version, rules);
    const packed = await buildOnce(spoilt ? undefined : shared, scope, async (size) => {
      const body = await downloaded(picked, size);
      if ('trouble' in body) return body;
      return rules.files.length === 0
        ? asItIs(body.found, size)
        : repacked(body.found, candidate, rules, size);
    });
    if ('trouble' in packed) return packed;
    const { facts, ...rest } = packed.found;
    return { found: { ...rest, ...facts, dependencies: 0 } };
  } catch (error) {
    return pullTrouble(error);
  }
}

async function downloaded(picked: PickedChart, size: Size): Promise<Result<Uint8Array>> {
  try {
    return { found: await picked.download(size) };
  } catch (error) {
    if (size === 'small' && isFault(error, 'too-large')) throw error;
    return pullTrouble(error);
  }
}

/** A Fault as the condition it becomes; anything else is a bug and thrown on. */
function pullTrouble(error: unknown): Troubled {
  if (!isFault(error)) throw error;
  const problem = `failed to download chart for remote reference: ${messageOf(error)}`;
  const trouble = buildTrouble('ChartPullError', problem);
  return isAuthentication(error) ? authenticationTrouble(trouble) : trouble;
}

async function asItIs(body: Uint8Array, size: Size): Promise<Result<Fetched<ChartFacts>>> {
  const metadata = await readChartMetadata(body, chartLimitsFor(size));
  if (!metadata.ok) return chartTrouble('ChartPullError', metadata.problem, size);
  return { found: archived(body) };
}

async function repacked(
  archive: Uint8Array,
  { version }: Candidate,
  { files, ignoreMissing }: ValuesRules,
  size: Size,
): Promise<Result<Fetched<ChartFacts>>> {
  const limits = chartLimitsFor(size);
  const chart = await readChart(archive, limits);
  if (!chart.ok)
    return chartTrouble('ChartPackageError', chart.problem, size, 'failed to load downloaded chart: ');
  const merged = mergeChartValues(chart.value, files, ignoreMissing, limits);
  if (!merged.ok)
    return chartTrouble('ValuesFilesError', merged.problem, size, 'failed to merge chart values: ');
  const valued = overwritten(withVersion(chart.value, version), merged.value);
  if ('trouble' in valued) return valued;
  const packed = await pack(valued.chart, size);
  if ('trouble' in packed) return packed;
  const { body, digest } = packed.found;
  return { found: { body, digest, size: body.byteLength, facts: { valuesFiles: valued.valuesFiles } } };
}

/** The chart with merged values, and the files that count as merged: none when they change nothing. */
export function overwritten(
  chart: Chart,
  { values, files }: MergedValues,
): { readonly chart: Chart; readonly valuesFiles: readonly string[] } | Troubled {
  const changed = withValues(chart, values);
  if (!changed.ok) return buildTrouble('ValuesFilesError', changed.problem.message);
  return { chart: changed.value.chart, valuesFiles: changed.value.isChanged ? files : [] };
}

/** The chart's archive. */
export async function pack(
  chart: Chart,
  size: Size,
): Promise<Result<{ readonly body: Uint8Array; readonly digest: string }>> {
  const packed = await packChart(chart, chartLimitsFor(size));
  if (packed.ok) return { found: packed.value };
  return chartTrouble('ChartPackageError', packed.problem, size);
}
