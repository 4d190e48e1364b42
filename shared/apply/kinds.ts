import { isFault } from '../core/failures.ts';
import { groupOf } from '../core/kubernetes-object.ts';
import type { Cluster, ClusterFacts } from '../ports.ts';

/** What is known of a cluster before its objects are looked at; read once per invocation. */
export interface ClusterState {
  /** uid of `kube-system`. */
  readonly uid: string;
  readonly version: string;
  /** `uid:generation` of every CRD by its name (`plural.group`); undefined when they could not be listed. */
  readonly definitions: ReadonlyMap<string, string> | undefined;
}

interface Kinded {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Reads the CRDs (metadata only), and version and id unless they are given: three requests at most. CRDs that may not be listed are unknown. */
export async function readClusterState(cluster: Cluster, known?: ClusterFacts): Promise<ClusterState> {
  const [{ uid, version }, definitions] = await Promise.all([
    known ?? cluster.facts(),
    readDefinitions(cluster),
  ]);
  return { uid, version, definitions };
}

/** How a CRD's state is written in `definitions`. */
export function definitionState(metadata: { readonly uid?: string; readonly generation?: number }): string {
  return `${metadata.uid}:${metadata.generation}`;
}

async function readDefinitions(cluster: Cluster): Promise<ReadonlyMap<string, string> | undefined> {
  try {
    const { items } = await cluster.listMetadata({
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
    });
    return new Map(items.map(({ metadata }) => [metadata.name, definitionState(metadata)]));
  } catch (error) {
    if (isFault(error, 'forbidden', 'not-acceptable')) return undefined;
    throw error;
  }
}

/** Groups whose kinds client-go knows, so that Flux passes them through their Go types. */
export const TYPED_GROUPS: readonly string[] = [
  '',
  'admissionregistration.k8s.io',
  'apps',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'flowcontrol.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
];
// Groups served by kube-apiserver itself: there is no CRD whose schema could change under their objects.
const NATIVE_GROUPS: ReadonlySet<string> = new Set([
  ...TYPED_GROUPS,
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
]);

// drift.md, section 5: `generation` was seen moving on every change outside metadata and status, or read in the
// server's strategies. PriorityClass and CSIDriver are left out on purpose.
const TRUSTED: ReadonlySet<string> = new Set([
  'apps/Deployment',
  'apps/StatefulSet',
  'apps/DaemonSet',
  'apps/ReplicaSet',
  'batch/Job',
  'batch/CronJob',
  'networking.k8s.io/Ingress',
  'networking.k8s.io/IngressClass',
  'networking.k8s.io/NetworkPolicy',
  'policy/PodDisruptionBudget',
  'apiextensions.k8s.io/CustomResourceDefinition',
  '/ReplicationController',
  '/PodTemplate',
]);
const TRUSTED_GROUPS: ReadonlySet<string> = new Set([
  'admissionregistration.k8s.io',
  'flowcontrol.apiserver.k8s.io',
]);

/** How far metadata of a kind can prove that its objects are unchanged. */
export interface KindTrust {
  /** Name of the CRD that serves the kind; undefined for native kinds. */
  readonly definition?: string;
  /** Whether an equal resourceVersion proves anything: not for kinds nobody we know serves (aggregated APIs). */
  readonly known: boolean;
  /** Whether `generation` moves on every change outside metadata and status. */
  readonly generation: boolean;
}

/** Asks discovery for kinds outside the native groups only. */
export async function trustOf(cluster: Cluster, kind: Kinded, state: ClusterState): Promise<KindTrust> {
  const group = groupOf(kind.apiVersion);
  if (NATIVE_GROUPS.has(group)) {
    return { known: true, generation: TRUSTED_GROUPS.has(group) || TRUSTED.has(`${group}/${kind.kind}`) };
  }
  const resource = await cluster.resource({ apiVersion: kind.apiVersion, kind: kind.kind });
  const definition = resource && `${resource.plural}.${group}`;
  return definition && state.definitions?.has(definition)
    ? { definition, known: true, generation: true }
    : { known: false, generation: false };
}
