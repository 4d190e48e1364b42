import { type ClusterState, readClusterState } from '../apply/kinds.ts';
import type { Cluster, ClusterFacts, ClusterRecord, Ports } from '../ports.ts';

/** A cluster opened for one invocation: what every object on it shares. */
export interface Visit {
  readonly record: ClusterRecord;
  readonly cluster: Cluster;
  readonly facts: ClusterFacts;
  /** What an apply has to know of the cluster, read once. */
  readonly state: () => Promise<ClusterState>;
  /** Why nothing may be done on it; undefined when all is well. */
  readonly refused: string | undefined;
}

/** The ConfigMap by which a deployment claims a cluster. */
export const OWNER = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  namespace: 'flux-system',
  name: 'sluice-owner',
} as const;

/** What the claim says. */
export interface OwnerClaim {
  readonly deployment: string;
  readonly cluster: string;
  readonly owns: string;
}

/** Opens a cluster once per invocation and reads who owns it (at most 4 requests, P3). Faults as `Clusters.open` and the API server's. */
export async function openCluster(id: string, ports: Ports, signal: AbortSignal): Promise<Visit> {
  const { record, cluster: connection } = await ports.clusters.open(id);
  const cluster = connection.until(signal);
  const [facts, claim] = await Promise.all([cluster.facts(), cluster.get(OWNER)]);
  const owner = (claim as { data?: Partial<OwnerClaim> } | undefined)?.data;
  let state: Promise<ClusterState> | undefined;
  return {
    record,
    cluster,
    facts,
    state: () => {
      state ??= readClusterState(cluster, facts);
      return state;
    },
    refused: refusal(record, facts, owner, ports.deployment.id),
  };
}

/** Why the cluster is not ours to touch. */
export function refusal(
  record: ClusterRecord,
  facts: ClusterFacts,
  owner: Partial<OwnerClaim> | undefined,
  deployment: string,
): string | undefined {
  if (facts.uid !== record.id)
    return `the registered server of "${record.name}" is now another cluster (${facts.uid})`;
  if (record.settings.owns === 'none') return `cluster "${record.name}" is registered with owns: none`;
  if (owner === undefined)
    return `cluster "${record.name}" has no ConfigMap flux-system/${OWNER.name}: run "sluice cluster add"`;
  if (owner.deployment !== deployment) {
    return `cluster "${record.name}" is owned by deployment ${owner.deployment ?? 'unknown'}; "sluice cluster add --take" takes it over`;
  }
  return undefined;
}
