import { Fault, isFault, messageOf } from '../../core/failures.ts';
import { isOpen } from '../../core/feature-gates.ts';
import type { Asker, Cluster, IdentityToken } from '../../ports.ts';

/** A ServiceAccount as it is now. */
export interface Account {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A cloud, and the annotation without which an account is nobody there. */
export interface Lender {
  readonly cloud: 'AWS' | 'Azure' | 'Google Cloud';
  readonly annotation: string;
}

/** Whom a cloud is asked as, and what for. */
export interface Borrower {
  readonly account: Account;
  /** What a tenant wants a token of its own account for; undefined means the cloud's own. */
  readonly audiences: readonly string[] | undefined;
}

/** Whether an asker names no account of its own, and so is somebody by its cluster's registration alone. */
export function isLent({ serviceAccount }: Asker): boolean {
  return serviceAccount === undefined;
}

/**
 * The asker's own account, else the one that is registered with its cluster, whose tokens are the cloud's to see and
 * nobody else's. Faults as {@link readAccount}; `forbidden` with `nobody` when nobody is registered who is somebody there.
 */
export async function borrowerOf(asker: Asker, lender: Lender): Promise<Borrower> {
  const { serviceAccount, audiences } = asker;
  if (serviceAccount !== undefined) return { account: await readAccount(asker, serviceAccount), audiences };
  return { account: await registeredAccount(asker, lender), audiences: undefined };
}

async function registeredAccount(
  { cluster, record }: Asker,
  { cloud, annotation }: Lender,
): Promise<Account> {
  const [namespace = '', name = ''] = record.settings.identityServiceAccount?.split('/') ?? [];
  const here = `cluster '${record.name}'`;
  if (name === '') {
    const advice = `name a service account, or have an identity registered: sluice cluster add ${record.name} --identity-service-account NAMESPACE/NAME`;
    throw new Fault('forbidden', `${here} has no ${cloud} identity; ${advice}`, { nobody: true });
  }
  const account = await find(cluster, namespace, name);
  // Not the asker's own, so nothing of the asker's is gone.
  if (account === undefined) throw new Fault('not-found', missing(namespace, name));
  if (account.annotations[annotation]) return account;
  const advice = `name a service account, or annotate that one with ${annotation}`;
  const text = `${here} has no ${cloud} identity: its registered service account '${namespace}/${name}' is nobody there; ${advice}`;
  throw new Fault('forbidden', text, { nobody: true });
}

/** The asker's account. Faults `forbidden` while the gate for it is shut, `not-found` when it is gone, `invalid` when no account can have that name. */
export async function readAccount({ cluster, namespace, record }: Asker, name: string): Promise<Account> {
  if (!isOpen('ObjectLevelWorkloadIdentity', record.settings)) {
    const advice = `sluice cluster add ${record.name} --feature-gates ObjectLevelWorkloadIdentity=true`;
    throw new Fault('forbidden', `ObjectLevelWorkloadIdentity feature gate is not enabled (${advice})`);
  }
  const found = await find(cluster, namespace, name);
  if (found !== undefined) return found;
  throw new Fault('not-found', missing(namespace, name), { kind: 'ServiceAccount', namespace, name });
}

function missing(namespace: string, name: string): string {
  return `failed to get service account '${namespace}/${name}': serviceaccounts "${name}" not found`;
}

async function find(cluster: Cluster, namespace: string, name: string): Promise<Account | undefined> {
  const found = await cluster.get({ apiVersion: 'v1', kind: 'ServiceAccount', namespace, name });
  if (found === undefined) return undefined;
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
