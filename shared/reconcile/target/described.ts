import { Fault, isFault } from '../../core/failures.ts';
import type { DescribedCluster, Target } from '../../ports.ts';
import type { Scope } from '../reconciler.ts';
import { readConfiguration } from './read.ts';

/** Whose tokens are asked for where the ConfigMap names no account, in profile `lockdown` (`--default-kubeconfig-service-account`). */
const LOCKDOWN_ACCOUNT = 'default';
const PROVIDERS = ['aws', 'azure', 'gcp', 'generic'] as const;

/** The cluster that a ConfigMap describes, with a token of its cloud or of an account (KS-102). */
export async function describedTarget(namespace: string, name: string, scope: Scope): Promise<Target> {
  const data = await readConfiguration({ kind: 'ConfigMap', namespace, name }, scope);
  if (data === undefined) {
    const text = `failed to get configmap ${namespace}/${name}: configmaps "${name}" not found`;
    throw new Fault('not-found', text, { gone: true });
  }
  const { ports, record, cluster, signal } = scope;
  const serviceAccount = accountOf(data, scope);
  const audiences = audiencesOf(data.audiences);
  const asker = {
    ...{ record, cluster, namespace, signal },
    ...(serviceAccount && { serviceAccount }),
    ...(audiences.length > 0 && { audiences }),
  };
  const access = await ports.identities.clusterAccess(asker, describedIn(data)).catch(goneWithAccount);
  const { server, ca, token } = access;
  return { profile: record.settings.profile, server, ...(ca && { ca }), token };
}

function describedIn(data: Readonly<Record<string, string>>): DescribedCluster {
  const provider = PROVIDERS.find((one) => one === data.provider);
  if (provider === undefined) {
    const known = PROVIDERS.join(', ');
    const text = `provider '${data.provider ?? ''}' not implemented; choose one of ${known}`;
    throw new Fault('invalid', text, { field: 'provider' });
  }
  const { cluster, address, 'ca.crt': ca } = data;
  return { provider, ...(cluster && { cluster }), ...(address && { address }), ...(ca && { ca }) };
}

function accountOf({ serviceAccountName }: Readonly<Record<string, string>>, { record }: Scope) {
  return serviceAccountName || (record.settings.profile === 'lockdown' ? LOCKDOWN_ACCOUNT : undefined);
}

/** One a line. */
function audiencesOf(text = ''): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** An account that is gone is as good as a Secret that is gone. */
function goneWithAccount(error: unknown): never {
  const isAccount = isFault(error, 'not-found') && error.data.kind === 'ServiceAccount';
  throw isAccount ? new Fault(error.code, error.message, { ...error.data, gone: true }, error) : error;
}
