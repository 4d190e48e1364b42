import type { HelmChart } from '../../api/helm-chart.ts';
import { effectiveValuesFiles } from '../../helm/chart/values.ts';
import type { ValuesRules } from './share.ts';

/** The values files that make another chart of it. */
export function valuesFilesOf({ spec }: Pick<HelmChart, 'spec'>): readonly string[] {
  return effectiveValuesFiles(spec.valuesFiles ?? []);
}

/** The same, and whether they may be missing. */
export function valuesRulesOf(object: Pick<HelmChart, 'spec'>): ValuesRules {
  return { files: valuesFilesOf(object), ignoreMissing: object.spec.ignoreMissingValuesFiles ?? false };
}
