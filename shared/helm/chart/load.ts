import { Fault } from '../../core/failures.ts';
import { type Budget, within } from './budget.ts';
import type { Chart, ChartFile, ChartLock } from './chart.ts';
import { CHART_FILE, REQUIREMENTS_FILE, readLock, readMetadataFiles, validMetadata } from './chart-yaml.ts';
import { readValuesFile, textOfFile } from './yaml-file.ts';

/** Where a chart keeps the values that it starts from. */
export const VALUES_FILE = 'values.yaml';
/** Where a chart keeps the shape that values have to have. */
export const SCHEMA_FILE = 'values.schema.json';
const LOCK_FILE = 'Chart.lock';
const REQUIREMENTS_LOCK = 'requirements.lock';
/** Where a chart keeps which versions of its dependencies were chosen. */
export const LOCK_FILES: readonly string[] = [LOCK_FILE, REQUIREMENTS_LOCK];
const CHARTS = 'charts/';
const TEMPLATES = 'templates/';
// What Helm 4.2 loads by its stable loader; it refuses all else for the chart itself, and no chart in it.
const API_VERSIONS = ['v1', 'v2'];

/** Reads the files of an archive, for the charts that lie in a chart as archives. */
export type ReadArchive = (tgz: Uint8Array, budget: Budget) => readonly ChartFile[];

/** The chart that these files make, as Helm's loader takes them. Faults: `invalid`, `malformed`, `too-large`, `unsupported`. */
export function loadChart(files: readonly ChartFile[], budget: Budget, readArchive: ReadArchive): Chart {
  const chart = loadNested(files, budget, readArchive, 0);
  const { apiVersion } = chart.metadata;
  if (!API_VERSIONS.includes(apiVersion))
    throw new Fault(
      'unsupported',
      `unsupported chart version: apiVersion ${JSON.stringify(apiVersion)} is neither v1 nor v2`,
    );
  return chart;
}

function loadNested(
  files: readonly ChartFile[],
  budget: Budget,
  readArchive: ReadArchive,
  depth: number,
): Chart {
  if (depth > budget.limits.depth)
    throw new Fault('too-large', `there are charts in charts, deeper than ${budget.limits.depth} levels`);
  const all = (path: string): readonly ChartFile[] => files.filter((file) => file.path === path);
  const read = readMetadataFiles([...all(CHART_FILE), ...all(REQUIREMENTS_FILE)], budget);
  const locks = files.filter(({ path }) => LOCK_FILES.includes(path));
  const lock = locks.map(({ path, data }) => readLock(path, data, budget)).at(-1);
  const valuesFile = all(VALUES_FILE).at(-1)?.data;
  const values =
    valuesFile === undefined
      ? {}
      : within(`cannot load ${VALUES_FILE}`, () => readValuesFile(textOfFile(valuesFile, budget)));
  if (all(CHART_FILE).length === 0) throw new Fault('not-found', `${CHART_FILE} file is missing`);
  const metadata = validMetadata(read);
  const others = sortFiles(files, metadata.apiVersion === 'v1');
  const dependencies = [...others.charts].map(([name, inside]) =>
    within(`error unpacking subchart ${name} in ${metadata.name}`, () =>
      loadNested(filesOfChart(name, inside, budget, readArchive), budget, readArchive, depth + 1),
    ),
  );
  const schema = all(SCHEMA_FILE).at(-1)?.data;
  return { metadata, ...optional(lock, valuesFile, schema), values, ...others.own, dependencies };
}

function optional(
  lock: ChartLock | undefined,
  valuesFile: Uint8Array | undefined,
  schema: Uint8Array | undefined,
): Partial<Chart> {
  return {
    ...(lock === undefined ? {} : { lock }),
    ...(valuesFile === undefined ? {} : { valuesFile }),
    ...(schema === undefined ? {} : { schema }),
  };
}

interface SortedFiles {
  readonly own: { readonly templates: readonly ChartFile[]; readonly files: readonly ChartFile[] };
  /** The files under `charts/`, by the first part of their paths. */
  readonly charts: ReadonlyMap<string, readonly ChartFile[]>;
}

function sortFiles(files: readonly ChartFile[], isV1: boolean): SortedFiles {
  const templates: ChartFile[] = [];
  const rest: ChartFile[] = [];
  const charts = new Map<string, ChartFile[]>();
  for (const file of files) {
    const { path, data } = file;
    if (READ.has(path)) continue;
    if (path === REQUIREMENTS_FILE || path === REQUIREMENTS_LOCK) {
      if (isV1) rest.push(file);
    } else if (path.startsWith(TEMPLATES)) templates.push(file);
    else if (path.startsWith(CHARTS) && !path.endsWith('.prov')) {
      const inside = path.slice(CHARTS.length);
      const name = inside.split('/', 1)[0] ?? '';
      if (/^[_.]/.test(name)) continue;
      const found = charts.get(name);
      if (found === undefined) charts.set(name, [{ path: inside, data }]);
      else found.push({ path: inside, data });
    } else rest.push(file);
  }
  return { own: { templates, files: rest }, charts };
}

const READ: ReadonlySet<string> = new Set([CHART_FILE, LOCK_FILE, VALUES_FILE, SCHEMA_FILE]);

function filesOfChart(
  name: string,
  files: readonly ChartFile[],
  budget: Budget,
  readArchive: ReadArchive,
): readonly ChartFile[] {
  if (!name.endsWith('.tgz'))
    return files.flatMap(({ path, data }) =>
      path.includes('/') ? [{ path: path.slice(path.indexOf('/') + 1), data }] : [],
    );
  const [first] = files;
  if (first === undefined || first.path !== name)
    throw new Fault('invalid', `expected the archive ${name}, got ${first?.path}`);
  return readArchive(first.data, budget);
}
