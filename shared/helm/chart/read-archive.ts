import type { Chart, ChartLimits, ChartMetadata, Outcome } from './chart.ts';

/** The chart in an archive as repositories deliver it. */
export async function readChart(_tgz: Uint8Array, _limits: ChartLimits): Promise<Outcome<Chart>> {
  throw new Error('not built');
}

/** Only what the Chart.yaml of an archive says, validated: enough for a chart that is stored as it came. */
export async function readChartMetadata(
  _tgz: Uint8Array,
  _limits: ChartLimits,
): Promise<Outcome<ChartMetadata>> {
  throw new Error('not built');
}
