import { groupOf, type ObjectReference } from '../core/kubernetes-object.ts';

/** An entry of `spec.healthChecks`. */
export interface HealthCheck {
  readonly apiVersion?: string | undefined;
  readonly kind: string;
  readonly namespace?: string | undefined;
  readonly name: string;
}

/** One applied object; `skipped` when its owner asked for it to be left alone. */
export interface Applied {
  readonly reference: ObjectReference;
  readonly skipped: boolean;
}

/** What a Kustomization says about health, and what it has just applied. */
export interface HealthQuestion {
  readonly self: { readonly namespace: string; readonly name: string };
  readonly wait: boolean;
  readonly healthChecks: readonly HealthCheck[];
  readonly applied: readonly Applied[];
}

/** Upstream compares the kind alone, not its group. */
const SELF_KIND = 'Kustomization';
/** A health check without apiVersion means a workload, as in the first versions of the kind. */
const DEFAULT_API_VERSION = 'apps/v1';

/** Equal for two references to the same object, whatever their API version. */
export function healthKey({ apiVersion, kind, namespace, name }: ObjectReference): string {
  return [groupOf(apiVersion), kind, namespace ?? '', name].join('/');
}

/**
 * The objects to wait for, each once: `wait` means all that were applied, else those of `healthChecks`. Undefined when
 * there is nothing to ask (Healthy is then removed); empty when it only named itself, which would wait forever.
 */
export function referencesToCheck(question: HealthQuestion): readonly ObjectReference[] | undefined {
  const { self, wait } = question;
  const named = wait
    ? question.applied.filter(({ skipped }) => !skipped).map(({ reference }) => reference)
    : question.healthChecks.map(referenceOfCheck);
  if (named.length === 0) return undefined;
  const others = named.filter(
    ({ kind, namespace, name }) => kind !== SELF_KIND || namespace !== self.namespace || name !== self.name,
  );
  return [...new Map(others.map((reference) => [healthKey(reference), reference])).values()];
}

function referenceOfCheck(check: HealthCheck): ObjectReference {
  const { apiVersion, kind, namespace, name } = check;
  const reference = { apiVersion: apiVersion || DEFAULT_API_VERSION, kind, name };
  return namespace ? { ...reference, namespace } : reference;
}
