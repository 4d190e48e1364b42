import type { Outcome } from './chart.ts';

/** HC-05: the name of a chart of a HelmRepository. */
export function checkChartName(_name: string): Outcome<string> {
  throw new Error('not built');
}

/** HC-05: a path of a source, without `.` and `..`; what would leave the source stays at its root, as upstream joins paths. */
export function localPath(_path: string): Outcome<string> {
  throw new Error('not built');
}
