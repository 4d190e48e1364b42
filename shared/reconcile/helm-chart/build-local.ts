import type { HelmChart } from '../../api/helm-chart.ts';
import { sha256Hex } from '../../core/digests.ts';
import { isFault, messageOf } from '../../core/failures.ts';
import { type Chart, DEFAULT_CHART_LIMITS } from '../../helm/chart/chart.ts';
import { readChartTree } from '../../helm/chart/read-tree.ts';
import { type MergedValues, mergeTreeValues } from '../../helm/chart/values.ts';
import { withVersion } from '../../helm/chart/version.ts';
import type { FileTree } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';
import { type Built, overwritten, pack } from './build.ts';
import type { Candidate } from './decide.ts';
import { addDependencies } from './dependencies.ts';
import type { LocalChart } from './local.ts';
import { buildTrouble, otherTrouble, type Result } from './trouble.ts';
import { valuesFilesOf } from './values-files.ts';

/** A chart of a GitRepository or a Bucket: an archive as it lies there, else packed with its values and dependencies. */
export async function buildLocal(
  object: HelmChart,
  local: LocalChart,
  candidate: Candidate,
  scope: Scope,
): Promise<Result<Built>> {
  const tree = await treeOf(local);
  if ('trouble' in tree) return tree;
  if (!candidate.isPackaged) return copied(tree.found, local);
  const merged = valuesOf(object, tree.found);
  if ('trouble' in merged) return merged;
  const read = await readChartTree(tree.found, local.path, DEFAULT_CHART_LIMITS);
  if (!read.ok) return buildTrouble('ChartPackageError', read.problem.message);
  const named = withVersion(read.value, candidate.version);
  const valued = merged.found ? overwritten(named, merged.found) : { chart: named, valuesFiles: [] };
  if ('trouble' in valued) return valued;
  const whole = await completed(object, valued.chart, local, tree.found, scope);
  if ('trouble' in whole) return whole;
  const packed = await pack(whole.found.chart);
  if ('trouble' in packed) return packed;
  const { body, digest } = packed.found;
  const { added } = whole.found;
  return {
    found: { body, digest, size: body.byteLength, valuesFiles: valued.valuesFiles, dependencies: added },
  };
}

async function treeOf(local: LocalChart): Promise<Result<FileTree>> {
  try {
    return { found: await local.tree() };
  } catch (error) {
    if (!isFault(error)) throw error;
    return otherTrouble('Failed', `artifact untar error: ${messageOf(error)}`);
  }
}

function copied(tree: FileTree, { path }: LocalChart): Result<Built> {
  const body = tree.get(path);
  if (body === undefined) return buildTrouble('ChartPullError', `there is no file at '${path}'`);
  if (body.byteLength > DEFAULT_CHART_LIMITS.chartBytes) {
    const limit = `size of chart '${path}' exceeds '${DEFAULT_CHART_LIMITS.chartBytes}' bytes limit`;
    return buildTrouble('ChartPullError', limit);
  }
  const digest = `sha256:${sha256Hex(body)}`;
  return { found: { body, digest, size: body.byteLength, valuesFiles: [], dependencies: 0 } };
}

function valuesOf(object: HelmChart, tree: FileTree): Result<MergedValues | undefined> {
  if (valuesFilesOf(object).length === 0) return { found: undefined };
  const { valuesFiles = [], ignoreMissingValuesFiles = false } = object.spec;
  const merged = mergeTreeValues(tree, valuesFiles, ignoreMissingValuesFiles, DEFAULT_CHART_LIMITS);
  if (merged.ok) return { found: merged.value };
  return buildTrouble('ValuesFilesError', merged.problem.message);
}

/** Only a folder's dependencies are looked for: an archive has all it needs. */
async function completed(
  object: HelmChart,
  chart: Chart,
  local: LocalChart,
  tree: FileTree,
  scope: Scope,
): Promise<Result<{ readonly chart: Chart; readonly added: number }>> {
  if (!local.isFolder) return { found: { chart, added: 0 } };
  return addDependencies(chart, { path: local.path, tree, namespace: object.metadata.namespace }, scope);
}
