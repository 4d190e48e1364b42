import { Fault, isFault } from '../../core/failures.ts';
import type { KubernetesObject, ObjectReference } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';

/** The data of a ConfigMap or a Secret of the cluster that holds the object, as it is written; undefined when it is gone. Faults but `invalid` are marked as that cluster's. */
export async function readConfiguration(
  reference: Omit<ObjectReference, 'apiVersion'>,
  scope: Scope,
): Promise<Readonly<Record<string, string>> | undefined> {
  try {
    const found = await scope.cluster.get({ apiVersion: 'v1', ...reference });
    return found && ((found as KubernetesObject & { data?: Readonly<Record<string, string>> }).data ?? {});
  } catch (error) {
    throw ofHome(error);
  }
}

/** Whether `error` is trouble of the cluster that holds the object, which no condition can tell. */
export function isOfHome(error: Fault): boolean {
  return error.data.ofHome === true;
}

/** A name that nothing can have is the tenant's to mend; any other trouble is the cluster's. */
function ofHome(error: unknown): unknown {
  if (!isFault(error) || error.code === 'invalid') return error;
  return new Fault(error.code, error.message, { ...error.data, ofHome: true }, error);
}
