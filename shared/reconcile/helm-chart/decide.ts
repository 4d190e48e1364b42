import type { HelmChart } from '../../api/helm-chart.ts';
import { isLost, type SourceSeen } from '../source/seen.ts';
import { summaryOf } from './summary.ts';
import type { ChartTrouble } from './trouble.ts';

/** The chart that the source has for the spec. */
export interface Candidate {
  readonly name: string;
  /** With the metadata that tells one build from another (HC-07). */
  readonly version: string;
  /** Whether it is packed here, or stays as its source has it. */
  readonly isPackaged: boolean;
}

/** Everything that the decision rests on. */
export interface Seen extends SourceSeen {
  readonly candidate: Candidate | undefined;
  /** Of the source's artifact, when it has one. */
  readonly sourceRevision: string | undefined;
  readonly trouble: ChartTrouble | undefined;
}

/** What to do about a HelmChart. */
export type Plan =
  | { readonly do: 'fail'; readonly trouble: ChartTrouble }
  /** The chart is stored under that version, and the spec is the one that it was made by (HC-11). */
  | { readonly do: 'keep'; readonly candidate: Candidate }
  | {
      readonly do: 'build';
      readonly candidate: Candidate;
      readonly why: string;
      readonly news: string | undefined;
    }
  | { readonly do: 'nothing' };

/** Decides from the source's chart and the store: keep, build or say what is wrong. */
export function decide({ metadata, status = {} }: HelmChart, seen: Seen): Plan {
  const { candidate, trouble } = seen;
  if (trouble !== undefined) return { do: 'fail', trouble };
  if (candidate === undefined) return { do: 'nothing' };
  const { artifact, observedChartName, observedGeneration } = status;
  if (isLost(seen))
    return { do: 'build', candidate, why: 'building artifact: disappeared from storage', news: undefined };
  if (artifact === undefined) return { do: 'build', candidate, why: 'building artifact', news: undefined };
  const isNew = artifact.revision !== candidate.version || observedChartName !== candidate.name;
  if (!isNew && observedGeneration === metadata.generation) return { do: 'keep', candidate };
  const news = summaryOf('new', candidate);
  if (!isNew) return { do: 'build', candidate, why: 'building artifact: spec changed', news: undefined };
  return { do: 'build', candidate, why: `building artifact: ${news}`, news };
}
