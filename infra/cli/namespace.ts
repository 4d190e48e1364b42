import { isFault } from '../../shared/core/failures.ts';
import type { Cluster } from '../../shared/ports.ts';

/** Where Flux, and what Sluice keeps in a cluster, lives. */
export const FLUX_NAMESPACE = 'flux-system';

/** The name under which Sluice writes what is its own. */
export const FIELD_MANAGER = 'sluice';

/** Makes the namespace unless it is there; whether it had to be made. */
export async function ensureNamespace(cluster: Cluster, dryRun = false): Promise<boolean> {
  const reference = { apiVersion: 'v1', kind: 'Namespace', name: FLUX_NAMESPACE };
  if (await cluster.get(reference)) return false;
  const { apiVersion, kind, name } = reference;
  try {
    await cluster.create({ apiVersion, kind, metadata: { name } }, { fieldManager: FIELD_MANAGER, dryRun });
    return true;
  } catch (error) {
    if (isFault(error, 'already-exists')) return false;
    throw error;
  }
}
