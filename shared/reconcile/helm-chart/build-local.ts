import type { HelmChart } from '../../api/helm-chart.ts';
import { sha256Hex } from '../../core/digests.ts';
import { Fault, isFault, messageOf } from '../../core/failures.ts';
import { type Chart, chartLimitsFor, DEFAULT_CHART_LIMITS } from '../../helm/chart/chart.ts';
import { readChartTree } from '../../helm/chart/read-tree.ts';
import { type MergedValues, mergeTreeValues } from '../../helm/chart/values.ts';
import { withVersion } from '../../helm/chart/version.ts';
import type { FileTree } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';
import { inRoom, type Size } from '../room.ts';
import type { Fetched } from '../source/share.ts';
import { type Built, overwritten, pack } from './build.ts';
import type { Candidate } from './decide.ts';
import { addDependencies } from './dependencies.ts';
import { type FoundDependency, findDependencies, missingOf } from './find-dependencies.ts';
import type { LocalChart } from './local.ts';
import { buildOnce, type LocalFacts, sharedBuild, type ValuesRules } from './share.ts';
import { buildTrouble, chartTrouble, otherTrouble, type Result } from './trouble.ts';
import { valuesRulesOf } from './values-files.ts';

/** A chart of a GitRepository or a Bucket: an archive as it lies there, else packed with its values and dependencies. One build serves the whole fleet, but for bytes that are `spoilt`. */
export async function buildLocal(
  object: HelmChart,
  local: LocalChart,
  candidate: Candidate,
  spoilt: boolean,
  scope: Scope,
): Promise<Result<Built>> {
  const rules = valuesRulesOf(object);
  const found = await lackingOf(object, local, candidate, scope);
  if ('trouble' in found) return found;
  const shared = sharedBuild(local, candidate, rules, found.found);
  const packed = await buildOnce(
    spoilt ? undefined : shared,
    scope,
    (size) => build(object, local, candidate, found.found, scope, size),
    local.isLarge,
  );
  if ('trouble' in packed) return packed;
  const { facts, ...rest } = packed.found;
  return { found: { ...rest, ...facts } };
}

/** The dependencies that a folder lacks, which each object looks for itself; an archive has all it needs. */
async function lackingOf(
  object: HelmChart,
  local: LocalChart,
  candidate: Candidate,
  scope: Scope,
): Promise<Result<readonly FoundDependency[]>> {
  if (!local.mayLack) return { found: [] };
  const missing = await inRoom(scope, local.isLarge, async (size) => {
    const prepared = await prepare(object, local, candidate, size);
    return 'trouble' in prepared ? prepared : missingOf(prepared.found.chart, local.path);
  });
  if ('trouble' in missing) return missing;
  return findDependencies(missing.found, object.metadata.namespace, scope);
}

async function build(
  object: HelmChart,
  local: LocalChart,
  candidate: Candidate,
  found: readonly FoundDependency[],
  scope: Scope,
  size: Size,
): Promise<Result<Fetched<LocalFacts>>> {
  if (!candidate.isPackaged) {
    const tree = await treeOf(local, size);
    return 'trouble' in tree ? tree : copied(tree.found, local);
  }
  // Each may be as large as a chart may be.
  if (size === 'small' && found.length > 0) throw new Fault('too-large', 'it is built of other charts');
  const prepared = await prepare(object, local, candidate, size);
  if ('trouble' in prepared) return prepared;
  const { tree, chart, valuesFiles } = prepared.found;
  const whole = await addDependencies(chart, found, tree, scope);
  if ('trouble' in whole) return whole;
  const packed = await pack(whole.found, size);
  if ('trouble' in packed) return packed;
  const { body, digest } = packed.found;
  const facts = { valuesFiles, dependencies: found.length };
  return { found: { body, digest, size: body.byteLength, facts } };
}

interface Prepared {
  readonly tree: FileTree;
  readonly chart: Chart;
  readonly valuesFiles: readonly string[];
}

/** The chart with its version and values, without its dependencies. */
async function prepare(
  object: HelmChart,
  local: LocalChart,
  { version }: Candidate,
  size: Size,
): Promise<Result<Prepared>> {
  const tree = await treeOf(local, size);
  if ('trouble' in tree) return tree;
  const merged = valuesOf(valuesRulesOf(object), tree.found, size);
  if ('trouble' in merged) return merged;
  const read = await readChartTree(tree.found, local.path, chartLimitsFor(size));
  if (!read.ok) return chartTrouble('ChartPackageError', read.problem, size);
  const named = withVersion(read.value, version);
  const valued = merged.found ? overwritten(named, merged.found) : { chart: named, valuesFiles: [] };
  return 'trouble' in valued ? valued : { found: { tree: tree.found, ...valued } };
}

async function treeOf(local: LocalChart, size: Size): Promise<Result<FileTree>> {
  try {
    return { found: await local.tree(size) };
  } catch (error) {
    if (!isFault(error) || (size === 'small' && error.code === 'too-large')) throw error;
    return otherTrouble('Failed', `artifact untar error: ${messageOf(error)}`);
  }
}

function copied(tree: FileTree, { path }: LocalChart): Result<Fetched<LocalFacts>> {
  const file = tree.get(path);
  if (file === undefined) return buildTrouble('ChartPullError', `there is no file at '${path}'`);
  if (file.byteLength > DEFAULT_CHART_LIMITS.chartBytes) {
    const limit = `size of chart '${path}' exceeds '${DEFAULT_CHART_LIMITS.chartBytes}' bytes limit`;
    return buildTrouble('ChartPullError', limit);
  }
  // What is stored is let go, and the file is part of what others may be reading.
  const body = new Uint8Array(file);
  const digest = `sha256:${sha256Hex(body)}`;
  return { found: { body, digest, size: body.byteLength, facts: { valuesFiles: [], dependencies: 0 } } };
}

function valuesOf(
  { files, ignoreMissing }: ValuesRules,
  tree: FileTree,
  size: Size,
): Result<MergedValues | undefined> {
  if (files.length === 0) return { found: undefined };
  const merged = mergeTreeValues(tree, files, ignoreMissing, chartLimitsFor(size));
  if (merged.ok) return { found: merged.value };
  return chartTrouble('ValuesFilesError', merged.problem, size);
}
