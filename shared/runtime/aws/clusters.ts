import { createAssumeIdentity } from '../../adapters/aws/assume-identity.ts';
import { egressLookup } from '../../adapters/http/egress.ts';
import { createClusters } from '../../adapters/kubernetes/registry.ts';
import type { OwnBucket } from '../../core/deployment.ts';
import type { Clusters, ObjectStore, Ports } from '../../ports.ts';
import { clusterWays } from '../cluster-ways.ts';
import { awsAccess, awsSetting, readProxies } from '../config.ts';
import { deploymentWithoutKey, noReach } from './absent.ts';
import { base } from './base.ts';
import type { Extend } from './invocation.ts';
import { openQueues } from './queues.ts';
import { openSecrets } from './secrets.ts';
import { claimingGuardOf, type Guard, guardOf } from './store-guard.ts';
import { indexStore, ownBucket, stateStore, wholeStore } from './stores.ts';

/** The world of a function that sees clusters, but no tenant's addresses. */
export interface ClusterWorld {
  readonly ports: Ports;
  readonly extend: Extend;
  readonly guard: Guard;
}

/** Opens the world of `later` and `sweep`. */
export async function openClusters(): Promise<ClusterWorld> {
  const store = stateStore();
  return worldOf(store, guardOf(store));
}

/** Opens the world of `arrivals`, which finds objects by their repositories. */
export async function openArrivals(): Promise<ClusterWorld> {
  return worldOf(wholeStore(), guardOf(stateStore(), indexStore()), ownBucket());
}

/** Opens the clock's world, which claims the deployment's buckets within its first minute. */
export async function openTick(): Promise<Ports & { readonly guard: Guard }> {
  const store = stateStore();
  const { ports, guard } = worldOf(store, claimingGuardOf(store, indexStore()));
  return { ...ports, guard };
}

function worldOf(store: ObjectStore, guard: Guard, bucket?: OwnBucket): ClusterWorld {
  const queues = openQueues();
  return {
    ports: {
      ...base,
      ...noReach,
      deployment: deploymentWithoutKey({ ...(bucket && { bucket }) }),
      store,
      queues,
      clusters: clustersIn(store),
    },
    extend: queues.extend,
    guard,
  };
}

/** The registry of clusters whose records are in `store`. */
export function clustersIn(
  store: ObjectStore,
  others: Partial<Parameters<typeof createClusters>[0]> = {},
): Clusters {
  const { assumeIdentity = createAssumeIdentity(awsAccess(), awsSetting('SLUICE_DEPLOYMENT'), base.clock) } =
    others;
  const kept = { store, secrets: openSecrets(), clock: base.clock };
  return createClusters({
    ...kept,
    lookupFor,
    ...clusterWays(false, readProxies()),
    ...others,
    assumeIdentity,
  });
}

/** The registered server's address is the operator's word, not a tenant's, and may be private; what listens beside a function is never a cluster. */
function lookupFor(): ReturnType<typeof egressLookup> {
  return egressLookup({ loopback: false, privateRanges: true });
}
