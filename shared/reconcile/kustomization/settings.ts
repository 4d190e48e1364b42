import type { Kustomization, KustomizationSpec } from '../../api/kustomization.ts';
import { parseDuration } from '../../core/durations.ts';
import { isFault } from '../../core/failures.ts';

/** Upstream's margin between interval and the default timeout, and the least timeout (KS-03), milliseconds. */
const TIMEOUT_MARGIN = 30_000;
const LEAST_TIMEOUT = 30_000;

/** The reconcile interval, milliseconds. */
export function intervalOf(spec: KustomizationSpec): number {
  return parseDuration(spec.interval);
}

/** How soon to try again after a failure, milliseconds: retryInterval, else the interval (KS-03). */
export function retryIntervalOf(spec: KustomizationSpec): number {
  return spec.retryInterval === undefined ? intervalOf(spec) : parseDuration(spec.retryInterval);
}

/** How long health checks and terminations may take, milliseconds: timeout, else interval - 30 s, never below 30 s (KS-03). */
export function timeoutOf(spec: KustomizationSpec): number {
  const wanted = spec.timeout === undefined ? intervalOf(spec) - TIMEOUT_MARGIN : parseDuration(spec.timeout);
  return Math.max(wanted, LEAST_TIMEOUT);
}

/** Whether deleting the Kustomization deletes what it applied (KS-14). */
export function deletesOnRemoval(
  object: Kustomization,
  tracked: readonly unknown[] = object.status?.inventory?.entries ?? [],
): boolean {
  if (object.spec.suspend === true || tracked.length === 0) return false;
  const policy = object.spec.deletionPolicy ?? 'MirrorPrune';
  if (policy === 'MirrorPrune') return object.spec.prune;
  return policy === 'Delete' || policy === 'WaitForTermination';
}

/** The first duration of the spec that does not fit Go's 64 bits, as a sentence: the CRD's pattern lets it through. */
export function invalidDuration(spec: KustomizationSpec): string | undefined {
  for (const field of ['interval', 'retryInterval', 'timeout'] as const) {
    try {
      if (spec[field] !== undefined) parseDuration(spec[field]);
    } catch (error) {
      if (!isFault(error, 'invalid')) throw error;
      return `spec.${field} is invalid: ${error.message}`;
    }
  }
  return undefined;
}

/** What Kubernetes allows as the name of a ServiceAccount: a DNS subdomain (RFC 1123). */
const ACCOUNT_NAME = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** Why spec.serviceAccountName can name no account, as a sentence: the CRD has no pattern, and the name goes into a header and a path. */
export function invalidAccount({ serviceAccountName }: KustomizationSpec): string | undefined {
  if (!serviceAccountName || ACCOUNT_NAME.test(serviceAccountName)) return undefined;
  return `spec.serviceAccountName is invalid: no ServiceAccount can be called ${JSON.stringify(serviceAccountName)}`;
}
