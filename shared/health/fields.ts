import { Fault } from '../core/failures.ts';
import type { KubernetesObject } from '../core/kubernetes-object.ts';

/** An entry of `status.conditions`; absent texts are empty. */
export interface StatusCondition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** Any JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether `value` is a JSON object. */
export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a dotted path such as `spec.replicas`; undefined when anything on the way is absent or no object. */
export function fieldAt(object: KubernetesObject, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, field) => (isFields(value) ? value[field] : undefined), object);
}

/** The whole number at a path; a value of another type counts as absent. */
export function integerAt<Absent>(object: KubernetesObject, path: string, absent: Absent): number | Absent {
  const value = fieldAt(object, path);
  return typeof value === 'number' && Number.isInteger(value) ? value : absent;
}

/** The text at a path; a value of another type counts as absent. */
export function textAt(object: KubernetesObject, path: string, absent: string): string {
  const value = fieldAt(object, path);
  return typeof value === 'string' ? value : absent;
}

/** `status.observedGeneration`. Faults: `malformed` when it is there and no whole number, or `status` is no object. */
export function observedGenerationOf(object: KubernetesObject): number | undefined {
  const value = statusFields(object).observedGeneration;
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  throw malformed('status.observedGeneration is not a whole number');
}

/** `status.conditions`. Faults: `malformed` when it is there in another shape. */
export function conditionsOf(object: KubernetesObject): readonly StatusCondition[] {
  const { conditions } = statusFields(object);
  if (conditions === undefined || conditions === null) return [];
  if (!Array.isArray(conditions)) throw malformed('status.conditions is not a list');
  return conditions.map(conditionOf);
}

function statusFields({ status }: KubernetesObject): Fields {
  if (status === undefined || status === null) return {};
  if (!isFields(status)) throw malformed('status is not an object');
  return status;
}

function conditionOf(value: unknown): StatusCondition {
  const condition = value ?? {};
  if (!isFields(condition)) throw malformed('an entry of status.conditions is not an object');
  return {
    type: conditionText(condition, 'type'),
    status: conditionText(condition, 'status'),
    reason: conditionText(condition, 'reason'),
    message: conditionText(condition, 'message'),
  };
}

function conditionText(condition: Fields, field: string): string {
  const value = condition[field] ?? '';
  if (typeof value !== 'string') throw malformed(`status.conditions: ${field} is not a text`);
  return value;
}

function malformed(message: string): Fault {
  return new Fault('malformed', message);
}
