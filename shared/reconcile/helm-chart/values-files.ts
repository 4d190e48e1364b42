import type { HelmChart } from '../../api/helm-chart.ts';
import { effectiveValuesFiles } from '../../helm/chart/values.ts';

/** The values files that make another chart of it. */
export function valuesFilesOf({ spec }: Pick<HelmChart, 'spec'>): readonly string[] {
  return effectiveValuesFiles(spec.valuesFiles ?? []);
}
