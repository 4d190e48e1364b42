import type {
  ArtifactGenerator,
  ArtifactGeneratorStatus,
  ExternalArtifactReference,
} from '../../api/artifact-generator.ts';
import { CONDITION, REASON } from '../../api/vocabulary.ts';
import { observedSourcesDigest } from '../../artifact/generator/observed-sources.ts';
import {
  type ConditionDraft,
  type Conditions,
  conditionOf,
  removeConditions,
  setCondition,
} from '../../core/conditions.ts';
import { backoff } from '../delays.ts';
import type { EventDraft, Outcome } from '../reconciler.ts';
import type { Plan, Seen } from './decide.ts';

/** Upstream's `--requeue-dependency` for generators (AG-17), milliseconds. */
const REQUEUE_SOURCES = 5000;

/** What came of a plan. */
export type Report =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'generated'; readonly inventory: readonly ExternalArtifactReference[] }
  | { readonly kind: 'failed'; readonly trouble: Trouble };

/** Expected trouble, and what is done about it. */
export interface Trouble {
  readonly reason: string;
  readonly message: string;
  /** Nothing to retry: the user must act, or a source change. */
  readonly stalling?: boolean;
  /** Sources are waited for. */
  readonly waits?: boolean;
}

const IN_PROGRESS = 'Reconciliation in progress';
type Status = ArtifactGeneratorStatus;

/** The status while artifacts are generated. */
export function progressing(object: ArtifactGenerator, status: Status, { now }: Pick<Seen, 'now'>): Status {
  const draft = { reason: REASON.progressing, message: IN_PROGRESS } as const;
  const before = removeConditions(status.conditions ?? [], CONDITION.stalled);
  return withConditions(object, status, before, now, [
    { type: CONDITION.reconciling, status: 'True', ...draft },
    { type: CONDITION.ready, status: 'Unknown', ...draft },
  ]);
}

/** Status, events and the next visit after a plan was carried out. */
export function conclude(
  object: ArtifactGenerator,
  plan: Plan,
  seen: Seen,
  report: Report,
  hops: number,
): Outcome<Status> {
  if (plan.do === 'rest') return rested(object, seen);
  if (plan.do === 'stall') return failed(object, { ...plan.problem, stalling: true }, seen, hops);
  if (plan.do === 'wait') {
    const trouble = { reason: REASON.sourceFetchFailed, message: plan.message, waits: true };
    return failed(object, trouble, seen, hops);
  }
  if (report.kind === 'failed') return failed(object, report.trouble, seen, hops);
  if (report.kind === 'generated') return generated(object, report.inventory, seen);
  const status = object.status ?? {};
  const conditions = removeConditions(status.conditions ?? [], CONDITION.circular);
  // It has settled.
  const settled = isCircular(status) ? { ...status, conditions: [...conditions] } : status;
  return { status: settled, events: [], next: { after: 'interval' } };
}

function rested(object: ArtifactGenerator, { now }: Seen): Outcome<Status> {
  const status = object.status ?? {};
  const reason = REASON.reconciliationDisabled;
  const event = { type: 'Normal', reason, message: 'Reconciliation is disabled', trace: true } as const;
  const outcome = { events: [event], next: { after: 'nothing' } } as const;
  if (conditionOf(status.conditions, 'Ready') !== undefined) return { ...outcome, status };
  const message = 'Initialized with reconciliation suspended';
  const ready = { type: CONDITION.ready, status: 'True', reason, message } as const;
  return { ...outcome, status: withConditions(object, status, status.conditions ?? [], now, [ready]) };
}

function generated(
  object: ArtifactGenerator,
  inventory: readonly ExternalArtifactReference[],
  { now, sources, circle }: Seen,
): Outcome<Status> {
  const message = `reconciliation succeeded, generated ${inventory.length} artifact(s)`;
  const ready = { type: CONDITION.ready, status: 'True', reason: REASON.succeeded, message } as const;
  const status = object.status ?? {};
  const passing = [CONDITION.reconciling, CONDITION.stalled, CONDITION.circular];
  const others = removeConditions(status.conditions ?? [], ...passing);
  const circular = circle === undefined ? [] : [circularOf(circle)];
  return {
    status: {
      ...withConditions(object, status, others, now, [ready, ...circular]),
      inventory: [...inventory],
      observedSourcesDigest: observedSourcesDigest(sources),
    },
    events: [
      { type: 'Normal', reason: CONDITION.ready, message, trace: true },
      ...newsOf(inventory, status.inventory ?? []),
      ...(isCircular(status) ? [] : circular.map(warningOf)),
    ],
    next: { after: 'interval' },
  };
}

function circularOf(circle: readonly string[]): ConditionDraft {
  const [first = ''] = circle;
  const way = [...circle, first].join(' <- ');
  const message = `it is made of its own artifacts (${way}), which come out different each time: it goes on once an hour, or when another source changes; take it out of the circle`;
  return { type: CONDITION.circular, status: 'True', reason: REASON.madeOfItself, message };
}

function warningOf({ reason, message }: ConditionDraft): EventDraft {
  return { type: 'Warning', reason, message };
}

function isCircular({ conditions }: Status): boolean {
  return conditionOf(conditions, CONDITION.circular) !== undefined;
}

/** Told when there is an artifact that was not there before. */
function newsOf(
  inventory: readonly ExternalArtifactReference[],
  before: readonly ExternalArtifactReference[],
): readonly EventDraft[] {
  const known = new Set(before.map(lineOf));
  const lines = inventory.map(lineOf).filter((line) => !known.has(line));
  const message = `external artifacts reconciled: ${lines.join('\n')}`;
  return lines.length === 0 ? [] : [{ type: 'Normal', reason: CONDITION.ready, message }];
}

function lineOf({ namespace, name, digest }: ExternalArtifactReference): string {
  return `${namespace}/${name} (${digest})`;
}

/** What trouble leads to: conditions, a Warning when it is news, and the next try unless a retry cannot help. */
function failed(
  object: ArtifactGenerator,
  { reason, message, stalling = false, waits = false }: Trouble,
  { now, ready: before }: Seen,
  hops: number,
): Outcome<Status> {
  const status = object.status ?? {};
  const wasReconciling = conditionOf(status.conditions, CONDITION.reconciling);
  const others = removeConditions(status.conditions ?? [], CONDITION.reconciling, CONDITION.stalled);
  // At the first visit upstream has said that it is in progress when it added the finalizer.
  const isTrying = wasReconciling !== undefined || before === undefined;
  const drafts: ConditionDraft[] = [{ type: CONDITION.ready, status: 'False', reason, message }];
  if (stalling) drafts.push({ type: CONDITION.stalled, status: 'True', reason, message });
  else if (isTrying)
    drafts.push({
      ...{ type: CONDITION.reconciling, status: 'True', reason: REASON.progressingWithRetry },
      message: wasReconciling?.message ?? IN_PROGRESS,
    });
  const kept = wasReconciling && !stalling ? [...others, wasReconciling] : others;
  const isNews =
    before?.message !== message ||
    before.status !== 'False' ||
    before.observedGeneration !== object.metadata.generation;
  return {
    status: withConditions(object, status, kept, now, drafts),
    events: isNews ? [{ type: 'Warning', reason, message }] : [],
    next: stalling
      ? { after: 'nothing' }
      : {
          after: 'delay',
          milliseconds: waits ? REQUEUE_SOURCES : backoff(hops),
          reason: waits ? 'dependency' : 'retry',
        },
  };
}

function withConditions(
  { metadata }: ArtifactGenerator,
  status: Status,
  before: Conditions,
  now: Date,
  drafts: readonly ConditionDraft[],
): Status {
  const generation = metadata.generation ?? 0;
  const conditions = drafts.reduce((all, draft) => setCondition(all, draft, { generation, now }), before);
  return { ...status, conditions: [...conditions] };
}
