import { Fault, isFault } from '../../shared/core/failures.ts';
import type { Cluster, ClusterSettings, KubernetesObject } from '../../shared/ports.ts';
import { OWNER, type OwnerClaim } from '../../shared/reconcile/clusters.ts';
import { FIELD_MANAGER } from './namespace.ts';

/** A claim as it stands in the cluster. */
export interface PresentClaim extends Partial<OwnerClaim> {
  readonly resourceVersion?: string;
}

/** The claim on a cluster; undefined when nobody claims it. */
export async function readClaim(cluster: Cluster): Promise<PresentClaim | undefined> {
  const present = (await cluster.get(OWNER)) as
    | (KubernetesObject & { data?: Partial<OwnerClaim> })
    | undefined;
  if (!present) return undefined;
  const { resourceVersion } = present.metadata;
  return { ...present.data, ...(resourceVersion && { resourceVersion }) };
}

/** Fault `conflict` when another deployment has the claim and it may not be taken. */
export function checkClaim(
  present: PresentClaim | undefined,
  ours: OwnerClaim,
  take: boolean,
  name: string,
): void {
  if (!present || present.deployment === ours.deployment || take) return;
  const text =
    `the cluster belongs to another deployment of Sluice (${present.deployment ?? 'unknown'}); remove it there, ` +
    `or take it over with "sluice cluster add ${name} --take"`;
  throw new Fault('conflict', text, { deployment: present.deployment });
}

/** Whether the claim says already what we would write. */
export function sameClaim(present: PresentClaim | undefined, ours: OwnerClaim): boolean {
  return (['deployment', 'cluster', 'owns'] as const).every((field) => present?.[field] === ours[field]);
}

/** Writes our claim over what `checkClaim` let pass. Fault `conflict` when somebody was faster. */
export async function writeClaim(
  cluster: Cluster,
  present: PresentClaim | undefined,
  ours: OwnerClaim,
): Promise<void> {
  if (sameClaim(present, ours)) return;
  const options = { fieldManager: FIELD_MANAGER };
  const { apiVersion, kind, name, namespace } = OWNER;
  try {
    if (present) {
      const { resourceVersion } = present;
      await cluster.patch(OWNER, { merge: { metadata: { resourceVersion }, data: ours } }, options);
    } else {
      await cluster.create({ apiVersion, kind, metadata: { name, namespace }, data: ours }, options);
    }
  } catch (error) {
    if (!isFault(error, 'conflict', 'already-exists')) throw error;
    const text = `somebody claimed the cluster at this very moment (ConfigMap ${namespace}/${name}); run the command again`;
    throw new Fault('conflict', text, {}, error);
  }
}

/** `all`, `none` or `shard=KEY`: how the command line and the claim say it. */
export function ownsText(owns: ClusterSettings['owns']): string {
  return typeof owns === 'string' ? owns : `shard=${owns.shard}`;
}

/** What `ownsText` wrote; undefined for anything else. */
export function parseOwns(text: string): ClusterSettings['owns'] | undefined {
  if (text === 'all' || text === 'none') return text;
  // A label's value, which the shard key is.
  const shard = /^shard=([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)$/.exec(text)?.[1];
  return shard === undefined ? undefined : { shard };
}
