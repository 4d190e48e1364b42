import { parseKubeconfig } from '../../shared/adapters/kubernetes/kubeconfig.ts';
import type { ProbeCall } from '../../shared/adapters/kubernetes/probe.ts';
import { kubeconfigSecret } from '../../shared/adapters/kubernetes/registry.ts';
import type { ClusterRecord } from '../../shared/ports.ts';
import type { State } from './state.ts';

/** The API server of a registered cluster as the functions connect to it, without credentials. Faults: those of the secrets, and of a kubeconfig that is none. */
export async function serverAddress(
  { secrets }: Pick<State, 'secrets'>,
  { id, server, ca }: ClusterRecord,
): Promise<ProbeCall> {
  const kept = await secrets.get(kubeconfigSecret(id));
  if (kept === undefined) return { server, ...(ca && { ca }) };
  const { credentials: _, ...address } = parseKubeconfig(kept);
  return address;
}
