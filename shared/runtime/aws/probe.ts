import { egressLookup } from '../../adapters/http/egress.ts';
import { type ProbeAnswer, type ProbeCall, probeServer } from '../../adapters/kubernetes/probe.ts';
import { clusterWays } from '../cluster-ways.ts';
import { readProxies } from '../config.ts';
import { type Base, base } from './base.ts';

/** As far as the functions that work on clusters reach: what listens beside a function is never a cluster. */
const lookup = egressLookup({ loopback: false, privateRanges: true });

/** Opens `probe`'s world, in which there is nothing. */
export async function openProbe(): Promise<Base> {
  return base;
}

/** Tells a person whether the deployment reaches the API server that they name. */
export function probe(call: ProbeCall, _world: Base, signal: AbortSignal): Promise<ProbeAnswer> {
  const { tunnelFor } = clusterWays(false, readProxies());
  return probeServer(call, { lookup, tunnel: tunnelFor(call.server) }, signal);
}
