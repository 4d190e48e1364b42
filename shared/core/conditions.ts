import type { Condition } from '../api/meta.ts';

export type ConditionStatus = Condition['status'];

/** A condition as a kind states it; time and generation are added when it is set. */
export interface ConditionDraft {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly reason: string;
  readonly message: string;
}

/** What every condition set in one run has in common. */
export interface Observation {
  readonly generation: number;
  readonly now: Date;
  /** A new attempt moves the transition time even when the status stays (declared deviation, see CONTRIBUTING). */
  readonly newAttempt?: boolean;
  /** Message cap in characters: 32768 in source- and helm-controller, 20000 in kustomize-controller (COM-13). */
  readonly maxMessage?: number;
}

export type Conditions = readonly Condition[];

/** The cap of source-controller and helm-controller (COM-13). */
export const MAX_CONDITION_MESSAGE = 32_768;
const TRIMMED = '...';

/** The condition of that type, if present. */
export function conditionOf(conditions: Conditions | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Whether the condition of that type is present with that status. */
export function hasStatus(
  conditions: Conditions | undefined,
  type: string,
  status: ConditionStatus,
): boolean {
  return conditionOf(conditions, type)?.status === status;
}

/** Sets one condition; its transition time moves on a change of status, and for a new attempt, only. */
export function setCondition(conditions: Conditions, draft: ConditionDraft, seen: Observation): Conditions {
  const before = conditionOf(conditions, draft.type);
  const moved = before === undefined || before.status !== draft.status || seen.newAttempt === true;
  const after: Condition = {
    type: draft.type,
    status: draft.status,
    reason: draft.reason,
    message: trimMessage(draft.message, seen.maxMessage ?? MAX_CONDITION_MESSAGE),
    observedGeneration: seen.generation,
    lastTransitionTime: moved ? toSeconds(seen.now) : before.lastTransitionTime,
  };
  return [...conditions.filter((condition) => condition.type !== draft.type), after].sort(byConvenience);
}

/** The conditions without those types. */
export function removeConditions(conditions: Conditions, ...types: readonly string[]): Conditions {
  return conditions.filter((condition) => !types.includes(condition.type));
}

/** RFC 3339 in whole seconds, as Kubernetes writes times. */
export function toSeconds(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}

/** Cuts `message` to `max` characters, the cut marked by three dots. */
export function trimMessage(message: string, max: number): string {
  return message.length <= max ? message : message.slice(0, max - TRIMMED.length) + TRIMMED;
}

const FIRST = ['Stalled', 'Reconciling', 'Ready'];

/** Upstream's order for readers: Stalled, Reconciling, Ready, then newest generation, then by name. */
function byConvenience(a: Condition, b: Condition): number {
  const rankA = FIRST.indexOf(a.type);
  const rankB = FIRST.indexOf(b.type);
  if (rankA !== -1 && rankB !== -1) return rankA - rankB;
  if (rankA !== -1 || rankB !== -1) return rankA === -1 ? 1 : -1;
  const generations = (b.observedGeneration ?? 0) - (a.observedGeneration ?? 0);
  return generations !== 0 ? generations : a.type < b.type ? -1 : 1;
}

/** Which conditions make up Ready and in what order, and which mean trouble when True. */
export interface ConditionRules {
  readonly summarised: readonly string[];
  readonly negative: readonly string[];
}

/** Ready merged from the summarised conditions, first trouble in order first (COM-09); undefined when none is present. */
export function summarise(conditions: Conditions, rules: ConditionRules): ConditionDraft | undefined {
  const present = rules.summarised.flatMap((type) => conditionOf(conditions, type) ?? []);
  const top = [0, 1, 2, 3, 4]
    .map((priority) => present.find((condition) => priorityOf(condition, rules) === priority))
    .find((condition) => condition !== undefined);
  if (top === undefined) return undefined;
  return { type: 'Ready', status: summarisedStatus(top, rules), reason: top.reason, message: top.message };
}

function priorityOf(condition: Condition, rules: ConditionRules): number {
  if (condition.status === 'Unknown') return 4;
  const negative = rules.negative.includes(condition.type);
  if (condition.status === 'True') return negative ? 0 : 2;
  return negative ? 3 : 1;
}

function summarisedStatus(top: Condition, rules: ConditionRules): ConditionStatus {
  if (top.status === 'Unknown' || !rules.negative.includes(top.type)) return top.status;
  return top.status === 'True' ? 'False' : 'True';
}
