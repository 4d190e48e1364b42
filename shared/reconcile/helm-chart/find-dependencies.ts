import { API_VERSION } from '../../api/vocabulary.ts';
import { isFault, messageOf } from '../../core/failures.ts';
import { inParallel } from '../../core/together.ts';
import { type Chart, type ChartProblem, found, type Outcome, trouble } from '../../helm/chart/chart.ts';
import {
  type MissingDependency,
  missingDependencies,
  normaliseRepositoryUrl,
} from '../../helm/chart/dependencies.ts';
import type { Scope } from '../reconciler.ts';
import { listIfServed } from '../served.ts';
import { latest } from './latest.ts';
import { openRepository } from './open-repository.ts';
import type { OpenedRepository, PickedChart, Repository } from './repository.ts';
import { buildTrouble, type Result, type Troubled } from './trouble.ts';

/** Ours: dependencies of one chart that are looked for; the largest public umbrella charts have about thirty. */
const MAX_DEPENDENCIES = 100;
/** Ours: each may hold a whole index, or a whole chart. */
export const DEPENDENCIES_AT_ONCE = 2;

type RemoteDependency = MissingDependency & { readonly from: 'http' | 'oci' };

/** A dependency that is missing, and where it was found. */
export type FoundDependency =
  | (MissingDependency & { readonly from: 'source' })
  | (RemoteDependency & {
      readonly picked: PickedChart;
      /** What decides over the bytes, and over who may have them; undefined where nobody else is who asks. Holds secrets. */
      readonly identity: object | undefined;
    });

/** What a chart at `path` of its source lacks (HC-09). */
export function missingOf(chart: Chart, path: string): Result<readonly MissingDependency[]> {
  const missing = missingDependencies(chart, path);
  if (!missing.ok) return buildTrouble('DependencyBuildError', missing.problem.message);
  const count = missing.value.length;
  return count > MAX_DEPENDENCIES ? tooMany(count) : { found: missing.value };
}

/** Where each remote one is that its repository has now. */
export async function findDependencies(
  missing: readonly MissingDependency[],
  namespace: string,
  scope: Scope,
): Promise<Result<readonly FoundDependency[]>> {
  const places = new Map<MissingDependency, FoundDependency>();
  const problems: string[] = [];
  const open = opener(namespace, scope);
  await inParallel(byRepository(missing), DEPENDENCIES_AT_ONCE, async (one) => {
    if (problems.length > 0) return;
    const place = one.from === 'source' ? found(one) : await pick(one, open);
    if (place.ok) places.set(one, place.value);
    else problems.push(place.problem.message);
  });
  const [problem] = problems;
  if (problem !== undefined) return buildTrouble('DependencyBuildError', problem);
  // As the chart names them, whichever came first.
  return { found: missing.flatMap((one) => places.get(one) ?? []) };
}

/** Why a dependency cannot be had from its repository. */
export function remoteTrouble(
  { key }: MissingDependency,
  code: ChartProblem['code'],
  problem: string,
): Outcome<never> {
  return trouble(code, `failed to add remote dependency '${key}': ${problem}`);
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

async function pick(
  missing: RemoteDependency,
  open: (url: string) => Promise<Result<OpenedRepository>>,
): Promise<Outcome<FoundDependency>> {
  const { url, dependency } = missing;
  const { name, version, repository } = dependency;
  const picking = `failed to get chart '${name}' version '${version}' from '${repository}'`;
  let stage = picking;
  try {
    const opened = await open(url);
    if ('trouble' in opened) return remoteTrouble(missing, 'invalid', notOpened(url, opened));
    const picked = await opened.found.pick(name, version);
    if (!picked.ok) return remoteTrouble(missing, 'not-found', `${picking}: ${picked.problem.message}`);
    stage = downloading(picked.value);
    const identity = await picked.value.identity();
    return found({ ...missing, picked: picked.value, identity });
  } catch (error) {
    if (!isFault(error)) throw error;
    return remoteTrouble(missing, 'invalid', `${stage}: ${messageOf(error)}`);
  }
}

/** What a download is said to be when it fails. */
export function downloading({ version }: PickedChart): string {
  return `chart download of version '${version}' failed`;
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
  return latest(DEPENDENCIES_AT_ONCE, async (url) => openRepository(await find(url), scope, true));
}
