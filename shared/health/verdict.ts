import type { KubernetesObject, ObjectReference } from '../core/kubernetes-object.ts';
import type { Health, HealthStatus } from './health.ts';
import { healthKey } from './references.ts';

/** How one object of a health check is. */
export interface HealthReading extends Health {
  readonly reference: ObjectReference;
  /** As it was read. */
  readonly object?: KubernetesObject;
  /** Nothing was read, because the set names an object that cannot be looked up: the wait fails at once. */
  readonly undeterminable?: true;
}

/** What to conclude from one look at all objects of a wait. */
export interface VerdictRequest {
  readonly readings: readonly HealthReading[];
  /** `healthKey`s of Jobs that the cluster deletes when they are done. */
  readonly vanishing: ReadonlySet<string>;
  /** Whether one Failed object ends the wait for the others. */
  readonly failFast: boolean;
  readonly timedOut: boolean;
}

/** `message` is that of the Healthy condition. */
export type Verdict =
  | { readonly kind: 'healthy' }
  | { readonly kind: 'waiting' }
  | { readonly kind: 'failed'; readonly message: string };

/** Ends the wait when all are Current, nothing can change for the better any more, or time is up. */
export function verdictOf({ readings, vanishing, failFast, timedOut }: VerdictRequest): Verdict {
  const present = readings.filter(
    ({ reference, status }) => status !== 'NotFound' || !vanishing.has(healthKey(reference)),
  );
  const of = (...statuses: readonly HealthStatus[]) =>
    present.filter(({ status }) => statuses.includes(status));
  const undeterminable = present.filter((reading) => reading.undeterminable);
  const failures = of('Failed');
  const unfinished = present.length - of('Current', 'Failed').length;

  if (undeterminable.length > 0) return stalled(undeterminable);
  if (failures.length > 0 && (failFast || unfinished === 0)) return stalled(failures);
  if (unfinished === 0) return { kind: 'healthy' };
  if (!timedOut) return { kind: 'waiting' };
  const late = present.filter(({ status }) => status !== 'Current');
  return { kind: 'failed', message: `timeout waiting for: [${late.map(describe).join(', ')}]` };
}

function stalled(readings: readonly HealthReading[]): Verdict {
  const message = `failed early due to stalled resources: [${readings.map(describe).join(', ')}]`;
  return { kind: 'failed', message };
}

function describe({ reference, status, message, undeterminable }: HealthReading): string {
  const { kind, namespace, name } = reference;
  const object = namespace ? `${kind}/${namespace}/${name}` : `${kind}/${name}`;
  if (undeterminable) return `can't determine status for ${object}`;
  return `${object} status: '${status}'${status === 'Unknown' ? `: ${message}` : ''}`;
}
