import type { HelmChart, HelmChartStatus } from '../../api/helm-chart.ts';
import type { Artifact, Condition } from '../../api/meta.ts';
import { CONDITION, REASON } from '../../api/vocabulary.ts';
import { hasStatus, removeConditions, setCondition } from '../../core/conditions.ts';
import type { EventDraft, Outcome } from '../reconciler.ts';
import { failed, storedEvent, succeeded, upToDate, type Verified, whenAwaited } from '../source/outcome.ts';
import { sourceRules } from '../source/rules.ts';
import type { Candidate, Plan, Seen } from './decide.ts';
import { summaryOf } from './summary.ts';
import type { ChartTrouble } from './trouble.ts';
import { valuesFilesOf } from './values-files.ts';

/** Which conditions it has. */
const RULES = sourceRules('BuildFailed', 'SourceVerified');

/** What came of a plan. */
export type Report =
  | { readonly kind: 'nothing'; readonly verified: Verified; readonly events: readonly EventDraft[] }
  | {
      readonly kind: 'stored';
      readonly artifact: Artifact;
      readonly valuesFiles: readonly string[];
      readonly dependencies: number;
      readonly verified: Verified;
      readonly events: readonly EventDraft[];
    }
  | { readonly kind: 'failed'; readonly trouble: ChartTrouble; readonly events: readonly EventDraft[] };

/** Status, events and the next visit after a plan was carried out. */
export function conclude(
  object: HelmChart,
  plan: Plan,
  seen: Seen,
  report: Report,
  hops: number,
): Outcome<HelmChartStatus> {
  const observed = observing(object, seen);
  if (plan.do === 'fail') return troubled(observed, plan.trouble, seen, [], hops);
  if (report.kind === 'failed') return troubled(observed, report.trouble, seen, report.events, hops);
  if (plan.do === 'nothing') return { status: object.status ?? {}, events: [], next: { after: 'interval' } };
  const { artifact } = report.kind === 'stored' ? report : (observed.status ?? {});
  if (artifact === undefined)
    return { status: observed.status ?? {}, events: report.events, next: { after: 'interval' } };
  const files = report.kind === 'stored' ? report.valuesFiles : mergedBefore(observed);
  const summary = summaryOf(plan.candidate.isPackaged ? 'packaged' : 'pulled', plan.candidate, files);
  const reason = plan.candidate.isPackaged ? 'ChartPackageSucceeded' : 'ChartPullSucceeded';
  const status = report.kind === 'stored' ? built(observed, plan.candidate, report) : (observed.status ?? {});
  const trace = report.kind === 'stored' ? [] : whenAwaited(object, upToDate(artifact.revision));
  return {
    status: succeeded(observed, status, summary, seen, RULES, report.verified, reason),
    events: [
      ...report.events,
      ...trace,
      ...storedEvent(object, artifact, summary, reason),
      ...resolved(report),
    ],
    next: { after: 'interval' },
  };
}

/** The object with the source's revision; a signature that was refused is looked at anew on every run. */
function observing(object: HelmChart, { sourceRevision }: Seen): HelmChart {
  const { status = {}, spec } = object;
  const { conditions = [] } = status;
  const isStale = spec.verify === undefined || hasStatus(conditions, CONDITION.sourceVerified, 'False');
  const kept = isStale ? removeConditions(conditions, CONDITION.sourceVerified) : conditions;
  const observed = sourceRevision === undefined ? {} : { observedSourceArtifactRevision: sourceRevision };
  return { ...object, status: { ...status, conditions: [...kept], ...observed } };
}

/** The files that the stored chart was made with. */
function mergedBefore({ spec, status }: HelmChart): readonly string[] {
  return status?.observedValuesFiles ?? valuesFilesOf({ spec });
}

function built(
  { spec, status = {} }: HelmChart,
  { name }: Candidate,
  { artifact, valuesFiles }: Report & { readonly kind: 'stored' },
): HelmChartStatus {
  const { observedValuesFiles: _before, ...rest } = status;
  const hasFiles = spec.ignoreMissingValuesFiles === true && valuesFiles.length > 0;
  return {
    ...rest,
    artifact,
    observedChartName: name,
    ...(hasFiles && { observedValuesFiles: [...valuesFiles] }),
  };
}

function resolved(report: Report): readonly EventDraft[] {
  if (report.kind !== 'stored' || report.dependencies === 0) return [];
  const message = `resolved ${report.dependencies} chart dependencies`;
  return [{ type: 'Normal', reason: 'ResolvedDependencies', message, trace: true }];
}

function troubled(
  object: HelmChart,
  trouble: ChartTrouble,
  seen: Seen,
  events: readonly EventDraft[],
  hops: number,
): Outcome<HelmChartStatus> {
  const outcome = failed(prepared(object, trouble, seen), trouble, seen, events, hops, RULES);
  const { told, quiet } = trouble;
  const retold = outcome.events.map((event): EventDraft => {
    const isIts = event.reason === trouble.reason && event.message === trouble.message;
    if (!isIts) return event;
    return { ...event, ...told, ...(quiet && { type: 'Normal', trace: true }) };
  });
  return { ...outcome, status: stalledAs(outcome.status, told), events: retold };
}

/** The conditions that tell of trouble before it is summed up. */
function prepared(object: HelmChart, { unverified }: ChartTrouble, { now }: Seen): HelmChart {
  const { status = {}, metadata } = object;
  const conditions = (status.conditions ?? []).map(unlessProgressing);
  if (unverified === undefined) return { ...object, status: { ...status, conditions } };
  const draft = {
    type: CONDITION.sourceVerified,
    status: 'False',
    reason: REASON.verificationError,
  } as const;
  const observation = { generation: metadata.generation ?? 0, now };
  const refused = setCondition(conditions, { ...draft, message: unverified }, observation);
  return { ...object, status: { ...status, conditions: [...refused] } };
}

/** What a run was about is forgotten when it fails: upstream goes on saying what it knew at its start. */
function unlessProgressing(condition: Condition): Condition {
  if (condition.type !== CONDITION.reconciling) return condition;
  return { ...condition, reason: REASON.progressingWithRetry };
}

function stalledAs(
  status: HelmChartStatus,
  told: { readonly reason: string; readonly message: string } | undefined,
): HelmChartStatus {
  if (told === undefined) return status;
  const conditions = (status.conditions ?? []).map((condition) =>
    condition.type === CONDITION.stalled ? { ...condition, ...told } : condition,
  );
  return { ...status, conditions };
}
