import type { HelmChart } from '../../api/helm-chart.ts';
import { isFault, messageOf } from '../../core/failures.ts';
import { checkChartName } from '../../helm/chart/name.ts';
import { patchVersion, versionMetadata } from '../../helm/chart/version.ts';
import type { Scope } from '../reconciler.ts';
import { addressesOf } from '../source/addresses.ts';
import { storedState } from '../source/artifacts.ts';
import { invalidDuration } from '../source/spec.ts';
import type { Candidate, Seen } from './decide.ts';
import { isAuthentication } from './faults.ts';
import { type LocalChart, openLocal, revisionMetadata } from './local.ts';
import { openRepository } from './open-repository.ts';
import type { PickedChart, Repository } from './repository.ts';
import { type ChartSource, readSource } from './source.ts';
import { authenticationTrouble, buildTrouble, type Result } from './trouble.ts';
import { valuesFilesOf } from './values-files.ts';

/** A chart that can be had. */
export type OpenedChart =
  | { readonly from: 'repository'; readonly picked: PickedChart }
  | { readonly from: 'source'; readonly local: LocalChart };

/** What `act` needs beyond the decision. */
export interface SeenAll extends Seen {
  readonly opened: OpenedChart | undefined;
}

interface Found {
  readonly candidate: Candidate;
  readonly opened: OpenedChart;
}

/** Looks at the store and the source, and finds the version there that is wanted. */
export async function observe(object: HelmChart, scope: Scope): Promise<SeenAll> {
  const now = scope.ports.clock.now();
  const addresses = addressesOf(object, scope);
  const nothing = { candidate: undefined, trouble: undefined, opened: undefined, sourceRevision: undefined };
  const none = { now, stored: 'none', addresses, ...nothing } as const;
  const invalid = invalidDuration(object.spec);
  if (invalid !== undefined) return { ...none, trouble: invalid };
  const stored = await storedState(object, scope);
  const source = await readSource(object, scope);
  if ('trouble' in source) return { ...none, stored, trouble: source.trouble };
  const seen = { ...none, stored, sourceRevision: source.found.revision };
  const chart = await findChart(object, source.found, scope);
  return 'trouble' in chart ? { ...seen, trouble: chart.trouble } : { ...seen, ...chart.found };
}

function findChart(object: HelmChart, source: ChartSource, scope: Scope): Promise<Result<Found>> {
  return source.kind === 'HelmRepository'
    ? inRepository(object, source.repository, scope)
    : inSource(object, source, scope);
}

async function inRepository(object: HelmChart, repository: Repository, scope: Scope): Promise<Result<Found>> {
  const { chart, version = '*' } = object.spec;
  const opened = await openRepository(repository, scope);
  if ('trouble' in opened) return opened;
  const name = checkChartName(chart);
  if (!name.ok) return buildTrouble('InvalidChartReference', name.problem.message);
  const picking = 'failed to get chart version for remote reference';
  try {
    const picked = await opened.found.pick(name.value, version);
    if (!picked.ok) return buildTrouble('InvalidChartReference', `${picking}: ${picked.problem.message}`);
    const isPackaged = valuesFilesOf(object).length > 0;
    const candidate = candidateOf(object, picked.value, isPackaged, undefined);
    return 'trouble' in candidate
      ? candidate
      : { found: { candidate: candidate.found, opened: { from: 'repository', picked: picked.value } } };
  } catch (error) {
    if (!isFault(error)) throw error;
    const trouble = buildTrouble('ChartPullError', `${picking}: ${messageOf(error)}`);
    return isAuthentication(error) ? authenticationTrouble(trouble) : trouble;
  }
}

async function inSource(
  object: HelmChart,
  source: ChartSource & { readonly kind: 'GitRepository' | 'Bucket' },
  scope: Scope,
): Promise<Result<Found>> {
  const local = await openLocal(object.spec.chart, source, scope);
  if ('trouble' in local) return local;
  const revision = revisionMetadata(object, source);
  const needsPacking = local.found.isFolder || revision !== undefined || valuesFilesOf(object).length > 0;
  const candidate = candidateOf(object, local.found, needsPacking, revision);
  if ('trouble' in candidate) return candidate;
  return { found: { candidate: candidate.found, opened: { from: 'source', local: local.found } } };
}

function candidateOf(
  object: HelmChart,
  { name, version }: { readonly name: string; readonly version: string },
  isPackaged: boolean,
  revision: string | undefined,
): Result<Candidate> {
  const generation = valuesFilesOf(object).length > 0 ? object.metadata.generation : undefined;
  const patched = patchVersion(version, versionMetadata({ revision, generation }));
  if (!patched.ok) return buildTrouble('MetadataPatchError', patched.problem.message);
  return { found: { name, version: patched.value, isPackaged } };
}
