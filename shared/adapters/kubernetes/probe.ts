import { type FaultCode, isFault, messageOf } from '../../core/failures.ts';
import type { Trust } from './agents.ts';
import { createTransport } from './transport.ts';

/** An API server as a function is asked whether it reaches it; nobody's credentials. */
export interface ProbeCall {
  readonly server: string;
  /** PEM. */
  readonly ca?: string;
  readonly tlsServerName?: string;
}

/** What was found: whatever an API server answers to a stranger proves that it is there and trusted. */
export type ProbeAnswer =
  | { readonly reached: true; readonly status: number; readonly milliseconds: number }
  | { readonly reached: false; readonly code: FaultCode; readonly message: string };

/** Ours: time for name, connection, TLS and answer, in milliseconds; a sweep gives a cluster 10 s for everything. */
const PROBE_MS = 8_000;

/** Asks the API server for its version as nobody, whom `lookup` lets be asked, by the way that the functions take. */
export async function probeServer(
  call: ProbeCall,
  { lookup, tunnel }: Pick<Trust, 'lookup' | 'tunnel'>,
  signal: AbortSignal,
): Promise<ProbeAnswer> {
  const { server, ca, tlsServerName } = call;
  try {
    const transport = createTransport({
      ...{ server, credentials: {}, tunnel, requestTimeoutMs: PROBE_MS },
      ...(lookup && { lookup }),
      ...(ca !== undefined && { ca }),
      ...(tlsServerName !== undefined && { tlsServerName }),
    });
    const began = performance.now();
    try {
      const request = { method: 'GET', path: '/version', repeatable: false };
      const { status } = await transport.call(request, { signals: [signal, AbortSignal.timeout(PROBE_MS)] });
      return { reached: true, status, milliseconds: Math.round(performance.now() - began) };
    } finally {
      transport.close();
    }
  } catch (error) {
    if (!isFault(error)) throw error;
    return { reached: false, code: error.code, message: messageOf(error) };
  }
}
