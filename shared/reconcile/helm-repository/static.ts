import type { HelmRepository, HelmRepositorySpec } from '../../api/helm-repository.ts';
import { FINALIZER } from '../../api/vocabulary.ts';
import type { Reconciled } from '../reconciler.ts';

/** How often an index is looked at when the spec does not say (HR-01). */
const DEFAULT_INTERVAL = '1m';

/** `spec.interval`, or upstream's. */
export function intervalText({ interval }: { readonly interval?: string }): string {
  return interval ?? DEFAULT_INTERVAL;
}

/** A HelmRepository whose interval is said. */
export type WithInterval = HelmRepository & { readonly spec: { readonly interval: string } };

/** The object with upstream's interval where it says none. */
export function completed(object: HelmRepository): WithInterval {
  return { ...object, spec: { ...object.spec, interval: intervalText(object.spec) } };
}

type Seen = Reconciled<Pick<HelmRepositorySpec, 'type' | 'suspend'>>;

/** Whether an object names a registry for others and is never reconciled itself (HR-08). */
export function isOci({ spec }: Seen): boolean {
  return spec?.type === 'oci';
}

/** Whether nothing at all is to be done about an object: it is of type oci, and carries nothing of an earlier time. */
export function isStatic(object: Seen): boolean {
  if (!isOci(object) || object.metadata.deletionTimestamp !== undefined) return false;
  return object.spec.suspend === true || !mustMigrate(object);
}

/** Whether finalizer or status of another time are left. The CRD's own default counts for none. */
export function mustMigrate({ metadata, status = {} }: Seen): boolean {
  if (metadata.finalizers?.includes(FINALIZER)) return true;
  const { observedGeneration = -1, ...rest } = status;
  return observedGeneration > 0 || Object.keys(rest).length > 0;
}
