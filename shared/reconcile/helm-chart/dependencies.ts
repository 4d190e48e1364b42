import { API_VERSION } from '../../api/vocabulary.ts';
import { isFault, messageOf } from '../../core/failures.ts';
import { inParallel } from '../../core/together.ts';
import {
  type Chart,
  type ChartProblem,
  DEFAULT_CHART_LIMITS,
  type Outcome,
  trouble,
} from '../../helm/chart/chart.ts';
import {
  type LoadedDependency,
  type MissingDependency,
  missingDependencies,
  normaliseRepositoryUrl,
  readSourceDependency,
  withDependencies,
} from '../../helm/chart/dependencies.ts';
import { readChart } from '../../helm/chart/read-archive.ts';
import type { FileTree } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';
import { listIfServed } from '../served.ts';
import { latest } from './latest.ts';
import { openRepository } from './open-repository.ts';
import type { OpenedRepository, Repository } from './repository.ts';
import { buildTrouble, type Result, type Troubled } from './trouble.ts';

/** Ours: dependencies of one chart that are looked for; the largest public umbrella charts have about thirty. */
const MAX_DEPENDENCIES = 100;
/** Ours: each may hold a whole chart. */
const AT_ONCE = 2;

/** Where a chart lies that lacks some of its own. */
export interface ChartPlace {
  readonly path: string;
  readonly tree: FileTree;
  readonly namespace: string;
}

/** The chart with those of its dependencies that were missing, and how many (HC-09). */
export async function addDependencies(
  chart: Chart,
  place: ChartPlace,
  scope: Scope,
): Promise<Result<{ readonly chart: Chart; readonly added: number }>> {
  const missing = missingDependencies(chart, place.path);
  if (!missing.ok) return buildTrouble('DependencyBuildError', missing.problem.message);
  if (missing.value.length === 0) return { found: { chart, added: 0 } };
  const count = missing.value.length;
  if (count > MAX_DEPENDENCIES) return tooMany(count);
  const loaded: LoadedDependency[] = [];
  const problems: string[] = [];
  const open = opener(place.namespace, scope);
  let room = DEFAULT_CHART_LIMITS.inflatedBytes;
  await inParallel(byRepository(missing.value), AT_ONCE, async (one) => {
    if (problems.length > 0) return;
    const read = await (one.from === 'source'
      ? readSourceDependency(place.tree, one, DEFAULT_CHART_LIMITS)
      : download(one, open));
    if (!read.ok) return void problems.push(read.problem.message);
    room -= bytesOf(read.value);
    if (room < 0)
      problems.push(`the dependencies have more than ${DEFAULT_CHART_LIMITS.inflatedBytes} bytes in all`);
    loaded.push({ dependency: one.dependency, chart: read.value });
  });
  const [problem] = problems;
  if (problem !== undefined) return buildTrouble('DependencyBuildError', problem);
  return { found: { chart: withDependencies(chart, inOrder(missing.value, loaded)), added: count } };
}

function tooMany(count: number): Result<never> {
  const advice = 'put them into the chart with `helm dependency build`';
  const problem = `the chart lacks ${count} dependencies, where ${MAX_DEPENDENCIES} are the most: ${advice}`;
  return buildTrouble('DependencyBuildError', problem);
}

/** All of one repository, then those of the next. */
function byRepository(missing: readonly MissingDependency[]): readonly MissingDependency[] {
  const urls = [...new Set(missing.map(urlOf))];
  return missing.toSorted((one, other) => urls.indexOf(urlOf(one)) - urls.indexOf(urlOf(other)));
}

function urlOf(missing: MissingDependency): string {
  return missing.from === 'source' ? '' : missing.url;
}

/** As the chart names them, whichever came first. */
function inOrder(
  missing: readonly MissingDependency[],
  loaded: readonly LoadedDependency[],
): readonly LoadedDependency[] {
  return missing.flatMap(({ dependency }) => loaded.find((one) => one.dependency === dependency) ?? []);
}

function bytesOf({ templates, files, valuesFile, schema, dependencies }: Chart): number {
  const own = [...templates, ...files].reduce((sum, { data }) => sum + data.byteLength, 0);
  const more = (valuesFile?.byteLength ?? 0) + (schema?.byteLength ?? 0);
  return dependencies.reduce((sum, chart) => sum + bytesOf(chart), own + more);
}

type RemoteDependency = MissingDependency & { readonly from: 'http' | 'oci' };

async function download(
  { key, dependency, url }: RemoteDependency,
  open: (url: string) => Promise<Result<OpenedRepository>>,
): Promise<Outcome<Chart>> {
  const { name, version, repository } = dependency;
  const failed = (code: ChartProblem['code'], problem: string): Outcome<Chart> =>
    trouble(code, `failed to add remote dependency '${key}': ${problem}`);
  const picking = `failed to get chart '${name}' version '${version}' from '${repository}'`;
  let stage = picking;
  try {
    const opened = await open(url);
    if ('trouble' in opened) return failed('invalid', notOpened(url, opened));
    const picked = await opened.found.pick(name, version);
    if (!picked.ok) return failed('not-found', `${picking}: ${picked.problem.message}`);
    const { version: newest } = picked.value;
    stage = `chart download of version '${newest}' failed`;
    const chart = await readChart(await picked.value.download(), DEFAULT_CHART_LIMITS);
    if (chart.ok) return chart;
    const { code, message } = chart.problem;
    return failed(code, `failed to load downloaded archive of version '${newest}': ${message}`);
  } catch (error) {
    if (!isFault(error)) throw error;
    return failed('invalid', `${stage}: ${messageOf(error)}`);
  }
}

function notOpened(url: string, { trouble: { told, message } }: Troubled): string {
  return `failed to get chart repository for URL '${url}': ${told?.message ?? message}`;
}

/** Opens each repository: as the HelmRepository of the namespace that has its URL, else as nobody. Each may hold an index of 50 MiB: no more are kept than are at work. */
function opener(namespace: string, scope: Scope): (url: string) => Promise<Result<OpenedRepository>> {
  let listed: Promise<readonly Repository[]> | undefined;
  const find = async (url: string): Promise<Repository> => {
    const collection = { apiVersion: API_VERSION.source, kind: 'HelmRepository', namespace };
    listed ??= listIfServed(scope.cluster, collection) as Promise<readonly object[]> as Promise<
      readonly Repository[]
    >;
    const known = (await listed).find(({ spec }) => spec && normaliseRepositoryUrl(spec.url) === url);
    return known ?? { metadata: { namespace }, spec: { url } };
  };
  return latest(AT_ONCE, async (url) => openRepository(await find(url), scope, true));
}
