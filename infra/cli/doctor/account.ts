import { isFault, messageOf } from '../../../shared/core/failures.ts';
import { ROLE_ANNOTATION } from '../../../shared/core/identity/aws.ts';
import { CLIENT_ANNOTATION } from '../../../shared/core/identity/azure.ts';
import { PROVIDER_ANNOTATION } from '../../../shared/core/identity/google.ts';
import type { Cluster, ClusterRecord, KubernetesObject } from '../../../shared/ports.ts';
import { type Finding, ok, problem, warning } from './finding.ts';

/** By what the clouds know an account. */
const CLOUDS = { AWS: ROLE_ANNOTATION, Azure: CLIENT_ANNOTATION, 'Google Cloud': PROVIDER_ANNOTATION };

/** Whether the ServiceAccount that is registered for clouds is there, gives tokens, and is somebody to one. */
export async function accountFindings(
  where: string,
  cluster: Cluster,
  { name: registered, settings }: ClusterRecord,
): Promise<readonly Finding[]> {
  const { identityServiceAccount: account } = settings;
  if (account === undefined) return [];
  const [namespace = '', name = ''] = account.split('/');
  const it = `its registered service account ${account}`;
  const found = await read(cluster, namespace, name).catch((error: unknown) => {
    if (!isFault(error)) throw error;
    return messageOf(error);
  });
  if (typeof found === 'string') {
    const todo = `let Sluice read ServiceAccounts and create serviceaccounts/token in namespace ${namespace}`;
    return [problem(where, `${it} gives no tokens: ${found}`, todo)];
  }
  if (found === undefined) {
    const todo = `make it, or "sluice cluster add ${registered}" with --identity-service-account ''`;
    return [problem(where, `${it} is not there`, todo)];
  }
  const { annotations = {} } = found.metadata;
  const clouds = Object.entries(CLOUDS).flatMap(([cloud, annotation]) =>
    annotations[annotation] ? [cloud] : [],
  );
  if (clouds.length > 0) return [ok(where, `${it} is somebody at ${clouds.join(', ')}`)];
  const todo = `annotate it: ${Object.values(CLOUDS).join(', ')}`;
  return [warning(where, `${it} is nobody at any cloud`, todo)];
}

/** The account, when it is there; a token of it was made, which nobody gets. */
async function read(
  cluster: Cluster,
  namespace: string,
  name: string,
): Promise<KubernetesObject | undefined> {
  const found = await cluster.get({ apiVersion: 'v1', kind: 'ServiceAccount', namespace, name });
  if (found !== undefined) await cluster.accountToken({ namespace, name });
  return found;
}
