import type { Entry, ResourceType } from '../../model.ts';
import { fieldSelector } from './fields.ts';
import { labelSelector } from './labels.ts';

/** The selectors of a list or a watch. */
export interface Selectors {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/** Whether an entry is asked for. */
export type Selection = (entry: Entry) => boolean;

/** Reads both selectors; undefined selects everything. Throws 400. */
export function selection(query: Selectors, type: ResourceType): Selection | undefined {
  const labels = labelSelector(query.labelSelector);
  const fields = fieldSelector(query.fieldSelector, type);
  if (!labels && !fields) return undefined;
  return (entry) => (!labels || labels(entry.labels)) && (!fields || fields(entry));
}
