import { canonicalJson } from '../../core/digests.ts';
import type { KubernetesObject } from '../../core/kubernetes-object.ts';
import { hasDrifted } from '../fingerprint.ts';
import { fieldsBesides, isAppliedByOthers } from './owners.ts';
import { type Pointer, valueAt, without, withValue } from './pointer.ts';

/** Whether a dry-run's answer differs from the live object in anything that is not ignored. */
export function hasDriftedBesides(
  live: KubernetesObject,
  answer: KubernetesObject,
  ignored: readonly Pointer[],
): boolean {
  return hasDrifted(ignored.reduce(without, live), ignored.reduce(without, answer));
}

/** Whether we apply the same fields in both, ignored ones aside. */
export function ownsTheSameBesides(
  live: KubernetesObject,
  answer: KubernetesObject,
  ignored: readonly Pointer[],
  fieldManager: string,
): boolean {
  return (
    canonicalJson(fieldsBesides(live, ignored, fieldManager)) ===
    canonicalJson(fieldsBesides(answer, ignored, fieldManager))
  );
}

/** The object to send: of the ignored fields that differ, those that somebody else applies are left out, the others are sent as they are in the cluster. */
export function withIgnored(
  object: KubernetesObject,
  live: KubernetesObject,
  answer: KubernetesObject,
  ignored: readonly Pointer[],
  fieldManager: string,
): KubernetesObject {
  const differing = ignored.filter(
    (pointer) =>
      canonicalJson(valueAt(live, pointer) ?? null) !== canonicalJson(valueAt(answer, pointer) ?? null),
  );
  return differing.reduce((result, pointer) => {
    const value = valueAt(live, pointer);
    if (value === undefined || isAppliedByOthers(live, pointer, fieldManager))
      return without(result, pointer);
    return withValue(result, pointer, value);
  }, object);
}
