import type { FileTree } from '../../ports.ts';
import type { Chart, ChartLimits, ChartMetadata, Outcome } from './chart.ts';

/** Whether a path of a source (as `localPath` gives it) is a folder, or a file that can only be an archive; undefined where nothing is. */
export function kindOfPath(_tree: FileTree, _path: string): 'folder' | 'file' | undefined {
  throw new Error('not built');
}

/** The chart at a path of a source: a folder with .helmignore obeyed, or an archive. */
export async function readChartTree(
  _tree: FileTree,
  _path: string,
  _limits: ChartLimits,
): Promise<Outcome<Chart>> {
  throw new Error('not built');
}

/** Only what the Chart.yaml (with requirements.yaml) there says, validated. */
export async function readTreeMetadata(
  _tree: FileTree,
  _path: string,
  _limits: ChartLimits,
): Promise<Outcome<ChartMetadata>> {
  throw new Error('not built');
}
