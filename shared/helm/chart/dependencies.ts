import { isFault } from '../../core/failures.ts';
import { parseLooseVersion } from '../../core/semver.ts';
import { type Constraint, parseConstraint } from '../../core/semver-constraint.ts';
import type { FileTree } from '../../ports.ts';
import { type Chart, type ChartDependency, type ChartLimits, found, type Outcome, trouble } from './chart.ts';
import { joinInside } from './name.ts';
import { kindOfPath, readChartTree } from './read-tree.ts';

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

const FILE = 'file://';

/** What is missing of a chart at `path` of its source, by its lock where there is one (HC-09). Conditions and tags do not count. */
export function missingDependencies(chart: Chart, path: string): Outcome<readonly MissingDependency[]> {
  const wanted = (chart.lock ?? chart.metadata).dependencies;
  // As many as are wanted are enough for upstream, whatever their names.
  if (chart.dependencies.length === wanted.length) return found([]);
  const present = new Set(chart.dependencies.map(({ metadata }) => metadata.name));
  const missing = new Map<string, MissingDependency>();
  for (const dependency of wanted) {
    const key = keyOf(dependency);
    if (present.has(key)) continue;
    const located = locate(dependency, path);
    if (!located.ok) return located;
    missing.set(key, located.value);
  }
  return found([...missing.values()]);
}

function keyOf({ name, alias }: ChartDependency): string {
  return alias === '' ? name : alias;
}

function locate(dependency: ChartDependency, path: string): Outcome<MissingDependency> {
  const { repository, name } = dependency;
  const key = keyOf(dependency);
  if (repository === '')
    return found({ key, dependency, from: 'source', path: joinInside(path, 'charts', name) });
  if (repository.startsWith(FILE)) {
    const inside = pathOfFileUrl(repository);
    if (inside === undefined)
      return trouble(
        'invalid',
        `failed to add local dependency '${key}': '${repository}' is no URL of a file`,
      );
    return found({ key, dependency, from: 'source', path: joinInside(path, inside) });
  }
  const url = normaliseRepositoryUrl(repository);
  if (url?.startsWith('oci://')) return found({ key, dependency, from: 'oci', url });
  if (/^https?:\/\//.test(url ?? '')) return found({ key, dependency, from: 'http', url: url ?? '' });
  const why = repository.startsWith('@')
    ? `aliased repository dependency is not supported: ${repository}`
    : `invalid dependency repository URL: ${repository}`;
  return trouble(
    'unsupported',
    `failed to add remote dependency '${key}': ${why}: give its URL (https://, oci:// or file://)`,
  );
}

/** What stands for the host is part of the path, as in `file://../other`. */
function pathOfFileUrl(url: string): string | undefined {
  try {
    return decodeURIComponent(url.slice(FILE.length).replace(/[?#].*$/s, ''));
  } catch {
    return undefined;
  }
}

/** A dependency that lies in the source itself, its version held against the range. */
export async function readSourceDependency(
  tree: FileTree,
  missing: MissingDependency & { readonly from: 'source' },
  limits: ChartLimits,
): Promise<Outcome<Chart>> {
  const { key, dependency, path } = missing;
  const failed = `failed to add local dependency '${key}'`;
  if (kindOfPath(tree, path) === undefined)
    return trouble(
      'not-found',
      `${failed}: no chart found at '/${path}' (reference '${dependency.repository}')`,
    );
  const range = constraintOf(dependency.version);
  if (!range.ok) return trouble('invalid', `${failed}: ${range.problem.message}`);
  const read = await readChartTree(tree, path, limits);
  if (!read.ok) return trouble(read.problem.code, `${failed}: ${read.problem.message}`);
  const version = parseLooseVersion(read.value.metadata.version);
  if (version !== undefined && range.value(version)) return read;
  return trouble(
    'invalid',
    `${failed}: can't get a valid version for constraint '${dependency.version}': the chart at '/${path}' has version '${read.value.metadata.version}'`,
  );
}

function constraintOf(text: string): Outcome<Constraint> {
  try {
    return found(parseConstraint(text));
  } catch (error) {
    if (!isFault(error, 'invalid')) throw error;
    return trouble('invalid', `invalid version/constraint format '${text}': ${error.message}`);
  }
}

/** The chart with these among its own, each under its alias. */
export function withDependencies(chart: Chart, loaded: readonly LoadedDependency[]): Chart {
  const added = loaded.map(({ dependency: { alias }, chart: other }) =>
    alias === ''
      ? other
      : {
          ...other,
          metadata: { ...other.metadata, name: alias, fields: { ...other.metadata.fields, name: alias } },
        },
  );
  return { ...chart, dependencies: [...chart.dependencies, ...added] };
}

/** The form in which URLs of repositories are compared: http(s) with one slash at the end of the path, oci with none; undefined for no URL. */
export function normaliseRepositoryUrl(url: string): string | undefined {
  const match = /^([a-zA-Z][a-zA-Z0-9+.-]*):\/\/([^/?#]*)([^?#]*)(.*)$/s.exec(url);
  if (match === null) return undefined;
  const [, scheme = '', host = '', path = '', rest = ''] = match;
  let end = path.length;
  while (path[end - 1] === '/') end--;
  const bare = path.slice(0, end);
  const lower = scheme.toLowerCase();
  return `${lower}://${host}${lower === 'oci' ? bare : `${bare}/`}${rest}`;
}
