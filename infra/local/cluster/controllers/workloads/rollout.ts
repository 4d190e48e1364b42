import type { KubernetesObject } from '../../../../../shared/core/kubernetes-object.ts';
import { fieldsOf, numberOf } from '../../strategies/rules/fields.ts';

/** How many pods each ReplicaSet shall have next, by name; those that are not named stay as they are. */
export type Scales = ReadonlyMap<string, number>;

/** What a rolling update looks at. */
export interface Rollout {
  readonly replicas: number;
  readonly surge: number;
  readonly missing: number;
  readonly current: KubernetesObject;
  /** Oldest first. */
  readonly old: readonly KubernetesObject[];
}

/** The next step of a rolling update: first up, and when that is not possible down, never beyond its bounds. */
export function nextScales({ replicas, surge, missing, current, old }: Rollout): Scales {
  const size = sizeOf(current);
  if (size > replicas) return new Map([[current.metadata.name, replicas]]);
  const total = size + sum(old, sizeOf);
  const room = replicas + surge - total;
  if (size < replicas && room > 0) {
    return new Map([[current.metadata.name, Math.min(replicas, size + room)]]);
  }
  return shrunk({ replicas, surge, missing, current, old });
}

function shrunk({ replicas, missing, current, old }: Rollout): Scales {
  const size = sizeOf(current);
  const least = replicas - missing;
  const total = size + sum(old, sizeOf);
  let spare = total - least - (size - availableOf(current));
  const scales = new Map<string, number>();
  // What does not work is of no use: it goes first, oldest first.
  for (const set of old) {
    const idle = Math.min(sizeOf(set) - availableOf(set), spare);
    if (idle <= 0) continue;
    scales.set(set.metadata.name, sizeOf(set) - idle);
    spare -= idle;
  }
  let surplus = availableOf(current) + sum(old, availableOf) - least;
  for (const set of old) {
    const left = scales.get(set.metadata.name) ?? sizeOf(set);
    const gone = Math.min(left, surplus);
    if (gone <= 0) continue;
    scales.set(set.metadata.name, left - gone);
    surplus -= gone;
  }
  return scales;
}

/** How many pods a ReplicaSet asks for. */
export function sizeOf(set: KubernetesObject): number {
  return numberOf(fieldsOf(set.spec)?.replicas);
}

/** How many of its pods are available. */
export function availableOf(set: KubernetesObject): number {
  return numberOf(fieldsOf(set.status)?.availableReplicas);
}

/** The sum of what `count` says of each. */
export function sum(sets: readonly KubernetesObject[], count: (set: KubernetesObject) => number): number {
  return sets.reduce((total, set) => total + count(set), 0);
}
