import { createInvoke } from '../../shared/adapters/aws/invoke.ts';
import { parseKubeconfig } from '../../shared/adapters/kubernetes/kubeconfig.ts';
import type { ProbeAnswer, ProbeCall } from '../../shared/adapters/kubernetes/probe.ts';
import { kubeconfigSecret } from '../../shared/adapters/kubernetes/registry.ts';
import type { ClusterRecord } from '../../shared/ports.ts';
import type { StackPlace } from './stack-place.ts';
import type { State } from './state.ts';

/** Ours: the function's own 15 s, and time to start it in a VPC, in milliseconds. */
const ANSWER_MS = 25_000;

/** Asks the deployment whether its functions reach an API server; no credentials are sent. Faults: `forbidden`, `server-error`, and those of the way. */
export function probeFromStack({ access, outputs }: StackPlace, call: ProbeCall): Promise<ProbeAnswer> {
  const invoke = createInvoke(access, outputs.ProbeFunction, ANSWER_MS);
  const { server, ca, tlsServerName } = call;
  const sent: ProbeCall = { server, ...(ca && { ca }), ...(tlsServerName && { tlsServerName }) };
  return invoke<ProbeCall, ProbeAnswer>(sent, AbortSignal.timeout(ANSWER_MS));
}

/** The same for a registered cluster, as the functions would connect to it. */
export async function reachFromStack(
  stack: StackPlace,
  state: Pick<State, 'secrets'>,
  { id, server, ca }: ClusterRecord,
): Promise<ProbeAnswer> {
  const kept = await state.secrets.get(kubeconfigSecret(id));
  const call = kept === undefined ? { server, ...(ca && { ca }) } : parseKubeconfig(kept);
  return probeFromStack(stack, call);
}
