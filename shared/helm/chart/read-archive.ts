import { Fault } from '../../core/failures.ts';
import { inflateTar, type TarEntryRead, tarEntries } from '../../core/tar/tar-entries.ts';
import { type Budget, newBudget, problemOf, spend, within } from './budget.ts';
import {
  type Chart,
  type ChartFile,
  type ChartLimits,
  type ChartMetadata,
  found,
  type Outcome,
} from './chart.ts';
import { CHART_FILE, REQUIREMENTS_FILE, readMetadataFiles, validMetadata } from './chart-yaml.ts';
import { loadChart } from './load.ts';

/** PATH_MAX of Linux without its NUL. */
const PATH_BYTES = 4095;
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** The chart in an archive as repositories deliver it: one folder, whatever its name. */
export async function readChart(tgz: Uint8Array, limits: ChartLimits): Promise<Outcome<Chart>> {
  try {
    const budget = newBudget(limits);
    return found(loadChart(rootArchive(tgz, budget), budget, readArchive));
  } catch (error) {
    return problemOf(error, 'cannot load the chart archive: ');
  }
}

/** Only what the Chart.yaml of an archive says, validated: enough for a chart that is stored as it came. */
export async function readChartMetadata(
  tgz: Uint8Array,
  limits: ChartLimits,
): Promise<Outcome<ChartMetadata>> {
  try {
    const budget = newBudget(limits);
    const files = rootArchive(tgz, budget).filter(
      ({ path }) => path === CHART_FILE || path === REQUIREMENTS_FILE,
    );
    if (!files.some(({ path }) => path === CHART_FILE))
      throw new Fault('not-found', `no '${CHART_FILE}' found`);
    return found(validMetadata(readMetadataFiles(files, budget)));
  } catch (error) {
    return problemOf(error, 'cannot load the chart archive: ');
  }
}

function rootArchive(tgz: Uint8Array, budget: Budget): readonly ChartFile[] {
  const { chartBytes } = budget.limits;
  if (tgz.length > chartBytes)
    throw new Fault('too-large', `it has ${tgz.length} bytes, where ${chartBytes} are the most`);
  return readArchive(tgz, budget);
}

/** The files of an archive, by Helm's rules for names. Faults: `malformed`, `too-large`. */
export function readArchive(tgz: Uint8Array, budget: Budget): readonly ChartFile[] {
  const tar = inflate(tgz, budget);
  const files: ChartFile[] = [];
  for (const entry of tarEntries(tar, { entries: budget.entries, pathBytes: PATH_BYTES })) {
    spend(budget, 'entries', 1);
    if (entry.kind === 'directory') continue;
    files.push({ path: pathInChart(entry), data: bodyOf(entry, budget) });
  }
  if (files.length === 0) throw new Fault('malformed', 'no files in chart archive');
  return files;
}

function inflate(tgz: Uint8Array, budget: Budget): Buffer {
  const tar = within('the chart with the charts in it', () => inflateTar(tgz, Math.max(budget.inflated, 1)));
  spend(budget, 'inflated', tar.length);
  return tar;
}

function bodyOf({ kind, name, body }: TarEntryRead, { limits }: Budget): Uint8Array {
  if (kind !== 'file')
    throw new Fault(
      'malformed',
      `${JSON.stringify(name)} is neither a file nor a directory: links and devices are not taken`,
    );
  if (body.length > limits.fileBytes)
    throw new Fault(
      'too-large',
      `file ${JSON.stringify(name)} has ${body.length} bytes, where ${limits.fileBytes} are the most`,
    );
  return withoutMark(body);
}

/** Without the mark of UTF-8 in front. */
export function withoutMark(data: Uint8Array): Uint8Array {
  return BOM.equals(data.subarray(0, BOM.length)) ? data.subarray(BOM.length) : data;
}

/** The path below the one folder at the root; with a backslash in it, as from Windows, backslashes separate. Fault `malformed`. */
function pathInChart({ name }: TarEntryRead): string {
  const [root, ...parts] = name.split(name.includes('\\') ? '\\' : '/');
  const path = parts.join('/');
  if (path.startsWith('/')) throw illegal(name, 'chart illegally contains absolute paths');
  const clean = path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
  if (clean === '') throw illegal(name, 'chart illegally contains content outside the base directory');
  if (clean.startsWith('..')) throw illegal(name, 'chart illegally references parent directory');
  if (/^[a-zA-Z]:\//.test(clean)) throw illegal(name, 'chart contains illegally named files');
  if (root === CHART_FILE) throw illegal(name, 'chart yaml not in base directory');
  return clean;
}

function illegal(name: string, why: string): Fault {
  return new Fault('malformed', `${why}: ${JSON.stringify(name.slice(0, 200))}`);
}
