import { REASON } from '../../api/vocabulary.ts';
import { Fault } from '../../core/failures.ts';
import { redact } from '../../core/redaction.ts';
import type { ChartProblem } from '../../helm/chart/chart.ts';
import type { Size } from '../room.ts';
import type { Trouble } from '../source/seen.ts';

/** How upstream calls what went wrong with a chart (HC-12). */
const BUILD_ERRORS = {
  InvalidChartReference: { said: 'invalid chart reference', condition: 'FetchFailed', stalling: true },
  ChartPullError: { said: 'chart pull error', condition: 'FetchFailed' },
  MetadataPatchError: { said: 'chart metadata patch error', condition: 'BuildFailed', stalling: true },
  ValuesFilesError: { said: 'values files merge error', condition: 'BuildFailed', stalling: true },
  DependencyBuildError: { said: 'dependency build error', condition: 'BuildFailed' },
  ChartPackageError: { said: 'chart package error', condition: 'BuildFailed' },
  ChartVerificationError: { said: 'chart verification error', condition: 'BuildFailed' },
} as const;
export type BuildError = keyof typeof BUILD_ERRORS;

/** Trouble with a chart; upstream tells some of it in other words in its event than in FetchFailed. */
export interface ChartTrouble extends Trouble {
  /** What the event and Stalled say, where that is not what the condition says. */
  readonly told?: { readonly reason: string; readonly message: string };
  /** Something is waited for: its event is a trace. */
  readonly quiet?: boolean;
  /** What SourceVerified says, as False. */
  readonly unverified?: string;
}

/** Why there is no chart. */
export interface Troubled {
  readonly trouble: ChartTrouble;
}

/** What was looked for, or why there is no chart. */
export type Result<T> = { readonly found: T } | Troubled;

/** Trouble of a class that upstream has a name for. */
export function buildTrouble(reason: BuildError, problem: string): Troubled {
  const error: { said: string; condition: 'FetchFailed' | 'BuildFailed'; stalling?: boolean } =
    BUILD_ERRORS[reason];
  const message = `${error.said}: ${redact(problem)}`;
  const trouble = { condition: error.condition, reason, message };
  if (reason === 'ChartVerificationError') return { trouble: { ...trouble, unverified: message } };
  return { trouble: error.stalling ? { ...trouble, stalling: true } : trouble };
}

/** The same of a chart that cannot be used; Fault `too-large` where it may only be too large for small work. */
export function chartTrouble(
  reason: BuildError,
  { code, message }: ChartProblem,
  size: Size,
  title = '',
): Troubled {
  if (size === 'small' && code === 'too-large') throw new Fault(code, message);
  return buildTrouble(reason, title + message);
}

/** Trouble that upstream's event and Stalled name, while its FetchFailed calls it unknown (HC-13). */
export function otherTrouble(reason: string, problem: string, more: Partial<ChartTrouble> = {}): Troubled {
  const message = redact(problem);
  const told = { reason, message };
  const unknown = { condition: 'FetchFailed', reason: 'Unknown', message: `unknown build error: ${message}` };
  return { trouble: { ...unknown, condition: 'FetchFailed', told, ...more } };
}

/** Trouble of a repository that wants other credentials, or cannot be trusted itself (HC-13). */
export function authenticationTrouble({ trouble }: Troubled): Troubled {
  const problem = `failed to authenticate with the Helm repository: ${trouble.message}`;
  return otherTrouble(REASON.authenticationFailed, problem);
}

/** Trouble in the middle of what others share. */
export class Unbuilt extends Error {
  readonly trouble: ChartTrouble;

  constructor({ trouble }: Troubled) {
    super(trouble.message);
    this.trouble = trouble;
  }
}
