import { Fault } from '../../core/failures.ts';
import type { FileTree } from '../../ports.ts';
import { type Budget, newBudget, problemOf, spend } from './budget.ts';
import {
  type Chart,
  type ChartFile,
  type ChartLimits,
  type ChartMetadata,
  found,
  type Outcome,
} from './chart.ts';
import { CHART_FILE, REQUIREMENTS_FILE, readMetadataFiles, validMetadata } from './chart-yaml.ts';
import { HELMIGNORE, type HelmIgnores, helmIgnores } from './helmignore.ts';
import { LOCK_FILES, loadChart } from './load.ts';
import { readArchive, readChart, readChartMetadata, withoutMark } from './read-archive.ts';

/** Whether a path of a source (as `localPath` gives it) is a folder, or a file that can only be an archive; undefined where nothing is. */
export function kindOfPath(tree: FileTree, path: string): 'folder' | 'file' | undefined {
  if (tree.has(path)) return 'file';
  const folder = folderOf(path);
  for (const file of tree.keys()) if (file.startsWith(folder)) return 'folder';
  return undefined;
}

/** Whether the folder of a chart says which versions of its dependencies were chosen. */
export function hasLock(tree: FileTree, path: string): boolean {
  return LOCK_FILES.some((file) => tree.has(`${folderOf(path)}${file}`));
}

/** The chart at a path of a source: a folder with .helmignore obeyed, or an archive. Links are never followed: a source's artifact has none. */
export async function readChartTree(
  tree: FileTree,
  path: string,
  limits: ChartLimits,
): Promise<Outcome<Chart>> {
  const archive = tree.get(path);
  if (archive !== undefined) return readChart(archive, limits);
  try {
    const budget = newBudget(limits);
    return found(loadChart(filesOf(tree, path, budget), budget, readArchive));
  } catch (error) {
    return problemOf(error, `cannot load the chart in '${path}': `);
  }
}

/** Only what the Chart.yaml (with requirements.yaml) there says, validated. */
export async function readTreeMetadata(
  tree: FileTree,
  path: string,
  limits: ChartLimits,
): Promise<Outcome<ChartMetadata>> {
  const archive = tree.get(path);
  if (archive !== undefined) return readChartMetadata(archive, limits);
  try {
    const files = [CHART_FILE, REQUIREMENTS_FILE].flatMap((name) => {
      const data = tree.get(`${folderOf(path)}${name}`);
      return data === undefined ? [] : [fileWithin(name, data, limits)];
    });
    if (files[0]?.path !== CHART_FILE) throw notFound(tree, path);
    return found(validMetadata(readMetadataFiles(files, newBudget(limits))));
  } catch (error) {
    return problemOf(error, `cannot load the chart in '${path}': `);
  }
}

function notFound(tree: FileTree, path: string): Fault {
  const why =
    kindOfPath(tree, path) === undefined
      ? 'there is no such path in the source'
      : `there is no ${CHART_FILE}`;
  return new Fault('not-found', `${why}: set spec.chart to the folder of the chart`);
}

/** A folder's files in the order of a lexical walk. Faults: `invalid`, `not-found`, `too-large`. */
function filesOf(tree: FileTree, path: string, budget: Budget): readonly ChartFile[] {
  const folder = folderOf(path);
  const inside = [...tree].filter(([file]) => file.startsWith(folder));
  if (inside.length === 0) throw notFound(tree, path);
  const rules = tree.get(`${folder}${HELMIGNORE}`) ?? new Uint8Array();
  const ignores = helmIgnores(Buffer.from(rules).toString());
  const isIgnored = withFolders(ignores);
  return inside
    .map(([file, data]) => ({ path: file.slice(folder.length), data }))
    .filter((file) => !isIgnored(file.path))
    .map(({ path: name, data }) => {
      spend(budget, 'entries', 1);
      spend(budget, 'inflated', data.length);
      return fileWithin(name, data, budget.limits);
    })
    .sort((a, b) => compareWalked(a.path, b.path));
}

/** What is in an ignored folder is not even looked at. */
function withFolders(ignores: HelmIgnores): (path: string) => boolean {
  const folders = new Map<string, boolean>([['', false]]);
  const isFolderIgnored = (folder: string): boolean => {
    const known = folders.get(folder);
    if (known !== undefined) return known;
    const ignored = isFolderIgnored(parentOf(folder)) || ignores(folder, true);
    folders.set(folder, ignored);
    return ignored;
  };
  return (path) => isFolderIgnored(parentOf(path)) || ignores(path, false);
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

function fileWithin(path: string, data: Uint8Array, { fileBytes }: ChartLimits): ChartFile {
  if (data.length > fileBytes)
    throw new Fault(
      'too-large',
      `cannot load file ${path} as its size (${data.length}) exceeds the limit (${fileBytes}): leave it out by ${HELMIGNORE}`,
    );
  return { path, data: withoutMark(data) };
}

/** Name by name, as a walk of folders whose names are sorted. */
function compareWalked(a: string, b: string): number {
  const [one, other] = [a.replaceAll('/', '\0'), b.replaceAll('/', '\0')];
  return one < other ? -1 : one > other ? 1 : 0;
}

function folderOf(path: string): string {
  return path === '' || path === '.' ? '' : `${path}/`;
}
