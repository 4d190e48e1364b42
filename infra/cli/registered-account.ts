import type { Cluster, ClusterSettings } from '../../shared/ports.ts';
import { warn } from './say.ts';
import type { World } from './world.ts';

/** Says whom clouds have to trust when a ServiceAccount is registered, and what is amiss with it. */
export async function tellOfAccount(
  world: World,
  cluster: Cluster,
  { identityServiceAccount, namespaces }: ClusterSettings,
): Promise<void> {
  if (identityServiceAccount === undefined) return;
  const [namespace = '', name = ''] = identityServiceAccount.split('/');
  world.out(
    `Clouds know the cluster's objects that name no account as system:serviceaccount:${namespace}:${name}.`,
  );
  if (namespaces !== undefined && !namespaces.includes(namespace))
    warn(world, `Sluice has no rights in namespace ${namespace}, and gets no tokens there`);
  const found = await cluster.get({ apiVersion: 'v1', kind: 'ServiceAccount', namespace, name });
  if (found === undefined) warn(world, `ServiceAccount ${identityServiceAccount} is not there yet`);
}
