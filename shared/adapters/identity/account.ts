import { Fault, isFault, messageOf } from '../../core/failures.ts';
import { isOpen } from '../../core/feature-gates.ts';
import type { Asker, IdentityToken } from '../../ports.ts';

/** A ServiceAccount as it is now. */
export interface Account {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The asker's account. Faults `forbidden` while the gate for it is shut, `not-found` when it is gone, `invalid` when no account can have that name. */
export async function readAccount({ cluster, namespace, record }: Asker, name: string): Promise<Account> {
  if (!isOpen('ObjectLevelWorkloadIdentity', record.settings)) {
    const advice = `sluice cluster add ${record.name} --feature-gates ObjectLevelWorkloadIdentity=true`;
    throw new Fault('forbidden', `ObjectLevelWorkloadIdentity feature gate is not enabled (${advice})`);
  }
  const found = await cluster.get({ apiVersion: 'v1', kind: 'ServiceAccount', namespace, name });
  if (found === undefined) {
    const text = `failed to get service account '${namespace}/${name}': serviceaccounts "${name}" not found`;
    throw new Fault('not-found', text, { kind: 'ServiceAccount', namespace, name });
  }
  const { uid = '', annotations = {} } = found.metadata;
  return { namespace, name, uid, annotations };
}

/** A token of the account for `audiences`; none are the cluster's own. */
export async function tokenOf(
  { cluster }: Asker,
  account: Account,
  audiences: readonly string[],
): Promise<IdentityToken> {
  try {
    return await cluster.accountToken(account, audiences);
  } catch (error) {
    if (!isFault(error)) throw error;
    const name = `${account.namespace}/${account.name}`;
    const text = `failed to create kubernetes token for service account '${name}': ${messageOf(error)}`;
    throw new Fault(error.code, text, error.data, error);
  }
}
