import { isFault, messageOf } from '../../core/failures.ts';
import { inParallel } from '../../core/together.ts';
import { type Chart, DEFAULT_CHART_LIMITS, type Outcome } from '../../helm/chart/chart.ts';
import {
  type LoadedDependency,
  readSourceDependency,
  withDependencies,
} from '../../helm/chart/dependencies.ts';
import { readChart } from '../../helm/chart/read-archive.ts';
import type { FileTree } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';
import {
  DEPENDENCIES_AT_ONCE,
  downloading,
  type FoundDependency,
  remoteTrouble,
} from './find-dependencies.ts';
import { archiveOf } from './share.ts';
import { buildTrouble, type Result } from './trouble.ts';

/** The chart with what was found of its dependencies, each downloaded once for the fleet. */
export async function addDependencies(
  chart: Chart,
  found: readonly FoundDependency[],
  tree: FileTree,
  scope: Scope,
): Promise<Result<Chart>> {
  if (found.length === 0) return { found: chart };
  const loaded: LoadedDependency[] = [];
  const problems: string[] = [];
  let room = DEFAULT_CHART_LIMITS.inflatedBytes;
  await inParallel(found, DEPENDENCIES_AT_ONCE, async (one) => {
    if (problems.length > 0) return;
    const read = await (one.from === 'source'
      ? readSourceDependency(tree, one, DEFAULT_CHART_LIMITS)
      : download(one, scope));
    if (!read.ok) return void problems.push(read.problem.message);
    room -= bytesOf(read.value);
    if (room < 0)
      problems.push(`the dependencies have more than ${DEFAULT_CHART_LIMITS.inflatedBytes} bytes in all`);
    loaded.push({ dependency: one.dependency, chart: read.value });
  });
  const [problem] = problems;
  if (problem !== undefined) return buildTrouble('DependencyBuildError', problem);
  return { found: withDependencies(chart, inOrder(found, loaded)) };
}

/** As the chart names them, whichever came first. */
function inOrder(
  found: readonly FoundDependency[],
  loaded: readonly LoadedDependency[],
): readonly LoadedDependency[] {
  return found.flatMap(({ dependency }) => loaded.find((one) => one.dependency === dependency) ?? []);
}

function bytesOf({ templates, files, valuesFile, schema, dependencies }: Chart): number {
  const own = [...templates, ...files].reduce((sum, { data }) => sum + data.byteLength, 0);
  const more = (valuesFile?.byteLength ?? 0) + (schema?.byteLength ?? 0);
  return dependencies.reduce((sum, chart) => sum + bytesOf(chart), own + more);
}

async function download(
  one: Exclude<FoundDependency, { readonly from: 'source' }>,
  scope: Scope,
): Promise<Outcome<Chart>> {
  const { picked } = one;
  try {
    const chart = await readChart(await archiveOf(picked, scope), DEFAULT_CHART_LIMITS);
    if (chart.ok) return chart;
    const { code, message } = chart.problem;
    return remoteTrouble(
      one,
      code,
      `failed to load downloaded archive of version '${picked.version}': ${message}`,
    );
  } catch (error) {
    if (!isFault(error)) throw error;
    return remoteTrouble(one, 'invalid', `${downloading(picked)}: ${messageOf(error)}`);
  }
}
