import { Fault, isFault } from '../../core/failures.ts';
import type { Cluster } from '../../ports.ts';

/** The same cluster, whose faults can be told from those of the cluster that holds the object. */
export function marked(cluster: Cluster): Cluster {
  return {
    id: cluster.id,
    as: (user) => marked(cluster.as(user)),
    until: (signal) => marked(cluster.until(signal)),
    facts: (otherwise) => marking(cluster.facts(otherwise)),
    resource: (kind) => marking(cluster.resource(kind)),
    forgetResources: () => cluster.forgetResources(),
    get: (reference) => marking(cluster.get(reference)),
    list: (collection, options) => marking(cluster.list(collection, options)),
    listMetadata: (collection, options) => marking(cluster.listMetadata(collection, options)),
    create: (object, options) => marking(cluster.create(object, options)),
    apply: (object, options) => marking(cluster.apply(object, options)),
    patch: (reference, patch, options) => marking(cluster.patch(reference, patch, options)),
    delete: (reference, options) => marking(cluster.delete(reference, options)),
    accountToken: (account, audiences) => marking(cluster.accountToken(account, audiences)),
    watch: (collection, options) => cluster.watch(collection, options),
  };
}

/** Whether `error` is trouble of a target: the object's own, and no reason to try its message again. */
export function isOfTarget(error: unknown): error is Fault {
  return isFault(error) && error.data.ofTarget === true;
}

async function marking<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!isFault(error)) throw error;
    throw new Fault(error.code, error.message, { ...error.data, ofTarget: true }, error);
  }
}
