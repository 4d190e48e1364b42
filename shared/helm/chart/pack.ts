import type { Chart, ChartLimits, Outcome } from './chart.ts';

/** A packed chart; equal charts give equal bytes. */
export interface PackedChart {
  readonly body: Uint8Array;
  /** `sha256:<hex>` of `body`. */
  readonly digest: string;
}

/** The archive that `helm package` would make, without times. */
export async function packChart(_chart: Chart, _limits: ChartLimits): Promise<Outcome<PackedChart>> {
  throw new Error('not built');
}
