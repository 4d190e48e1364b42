import { type Fields, fieldsOf, itemsOf, sameValue } from '../strategies/rules/fields.ts';
import { secondsOf } from '../strategies/rules/times.ts';

/** A condition that shall hold; `lastTransitionTime` moves by itself. */
export interface Wanted {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason?: string;
  readonly message?: string;
  readonly [field: string]: unknown;
}

/** The conditions with `wanted` in place of one of its type; its time moves with its status only. */
export function withCondition(conditions: unknown, wanted: Wanted, now: Date): Fields[] {
  const present = itemsOf(conditions);
  const old = present.find(({ type }) => type === wanted.type);
  const lastTransitionTime = old?.status === wanted.status ? old.lastTransitionTime : secondsOf(now);
  const made: Fields = { ...wanted, lastTransitionTime };
  if (!old) return [...present, made];
  return present.map((one) => (one.type === wanted.type ? made : one));
}

/** The condition of a type. */
export function conditionOf(conditions: unknown, type: string): Fields | undefined {
  return itemsOf(conditions).find((condition) => condition.type === type);
}

/** Whether a status differs from what is there, so that it is worth a write. */
export function isNews(status: object, present: unknown): boolean {
  return !sameValue(withoutNothing(status), withoutNothing(fieldsOf(present) ?? {}));
}

// What is zero or absent is the same, except where the API always writes it.
function withoutNothing(status: object): Fields {
  const entries = Object.entries(status).filter(([, value]) => value !== undefined && value !== 0);
  return Object.fromEntries(entries);
}
