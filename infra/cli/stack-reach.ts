import { createInvoke } from '../../shared/adapters/aws/invoke.ts';
import type { ProbeAnswer, ProbeCall } from '../../shared/adapters/kubernetes/probe.ts';
import type { ClusterRecord } from '../../shared/ports.ts';
import { serverAddress } from './server-address.ts';
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
  record: ClusterRecord,
): Promise<ProbeAnswer> {
  return probeFromStack(stack, await serverAddress(state, record));
}
