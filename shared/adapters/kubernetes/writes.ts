import { Fault, isFault } from '../../core/failures.ts';
import { toJson } from '../../core/json.ts';
import { referenceOf } from '../../core/kubernetes-object.ts';
import type { AccountToken, Cluster, KubernetesObject, ObjectReference, WriteOptions } from '../../ports.ts';
import type { Caller } from './caller.ts';
import { type Target, writeQuery, yamlSafeJson } from './paths.ts';
import type { ApiRequest } from './transport.ts';

const JSON_TYPE = 'application/json';

type Writes = Pick<Cluster, 'create' | 'apply' | 'patch' | 'delete' | 'accountToken'>;

/** Everything a Cluster writes. */
export function writeOperations(caller: Caller): Writes {
  async function write(target: Target, request: Omit<ApiRequest, 'path'>, query: string) {
    return (await caller.sendTo(target, (path) => ({ ...request, path: path + query }))) as KubernetesObject;
  }
  return {
    create: async (object, options) => {
      const body = toJson(object);
      const request = { method: 'POST', contentType: JSON_TYPE, body, repeatable: options.dryRun === true };
      return write(creationTarget(object, options), request, writeQuery(options));
    },
    apply: async (object, options) => {
      const request = {
        method: 'PATCH',
        contentType: 'application/apply-patch+yaml',
        body: yamlSafeJson(object),
        // With a resourceVersion the second try would conflict with the first.
        repeatable: object.metadata.resourceVersion === undefined,
      };
      return write(
        targetOf(referenceOf(object), options),
        request,
        writeQuery(options, options.force ?? true),
      );
    },
    patch: async (reference, patch, options) => {
      const request =
        'merge' in patch
          ? { contentType: 'application/merge-patch+json', body: toJson(patch.merge) }
          : { contentType: 'application/json-patch+json', body: toJson(patch.json) };
      const sent = { method: 'PATCH', repeatable: options.dryRun === true, ...request };
      return write(targetOf(reference, options), sent, writeQuery(options));
    },
    accountToken: (account, audiences = []) => requestToken(caller, account, audiences),
    delete: (reference, options = {}) => deleteObject(caller, reference, options),
  };
}

async function requestToken(
  caller: Caller,
  account: { readonly namespace: string; readonly name: string },
  audiences: readonly string[],
): Promise<AccountToken> {
  const spec = audiences.length > 0 ? { audiences } : {};
  const body = toJson({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec });
  const request = { method: 'POST', contentType: JSON_TYPE, body, repeatable: true };
  const target = { apiVersion: 'v1', kind: 'ServiceAccount', ...account, subresource: 'token' };
  const answer = (await caller.sendTo(target, (path) => ({ ...request, path }))) as {
    status?: { token?: string; expirationTimestamp?: string };
  };
  const { token, expirationTimestamp = '' } = answer.status ?? {};
  const expiresAt = new Date(expirationTimestamp);
  if (token && !Number.isNaN(expiresAt.getTime())) return { token, expiresAt };
  throw new Fault('malformed', `the server gave no token for ServiceAccount ${account.name}`, { ...account });
}

/** True when it was there; a Fault `conflict` when a precondition does not hold. */
async function deleteObject(
  caller: Caller,
  reference: ObjectReference,
  options: NonNullable<Parameters<Cluster['delete']>[1]>,
): Promise<boolean> {
  const { propagation, uid, resourceVersion } = options;
  const preconditions = { ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) };
  const body = toJson({
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...(propagation && { propagationPolicy: propagation }),
    ...(Object.keys(preconditions).length > 0 && { preconditions }),
  });
  try {
    await caller.sendTo(reference, (path) => ({
      method: 'DELETE',
      path,
      contentType: JSON_TYPE,
      body,
      repeatable: false,
    }));
    return true;
  } catch (error) {
    if (isFault(error, 'not-found')) return false;
    throw error;
  }
}

function targetOf(reference: ObjectReference, options: WriteOptions): Target {
  const { apiVersion, kind, namespace, name } = reference;
  const { subresource } = options;
  if (!name) throw new Fault('invalid', `a ${kind} without a name cannot be written to`, { field: 'name' });
  return { apiVersion, kind, name, ...(namespace && { namespace }), ...(subresource && { subresource }) };
}

/** A collection takes new objects; a subresource is created under the object's name. */
function creationTarget(object: KubernetesObject, options: WriteOptions): Target {
  const { apiVersion, kind, metadata } = object;
  if (options.subresource) return targetOf(referenceOf(object), options);
  return { apiVersion, kind, ...(metadata?.namespace && { namespace: metadata.namespace }) };
}
