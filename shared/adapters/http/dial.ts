import { connect, type LookupFunction, type Socket } from 'node:net';
import { Fault, messageOf } from '../../core/failures.ts';
import { type EgressRule, egressGuard, egressLookup, ruleFor } from './egress.ts';

/** Opens a TCP connection under the egress rule. Faults: `egress-denied`, `unreachable`, `timeout` (the signal fired). */
export type Dial = (host: string, port: number, signal: AbortSignal) => Promise<Socket>;

/** The way out for what is not HTTP: the address that was checked is the one that is connected to. */
export function createDial(rule: EgressRule, resolve?: LookupFunction): Dial {
  return async (host, port, signal) => {
    const name = host.replace(/^\[|\]$/g, '');
    const limits = ruleFor(rule, name, port);
    egressGuard(name, limits);
    return open({ host: name, port, lookup: egressLookup(limits, resolve) }, signal);
  };
}

function open(
  to: { host: string; port: number; lookup: LookupFunction },
  signal: AbortSignal,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...to, noDelay: true });
    const settle = (finish: () => void): void => {
      signal.removeEventListener('abort', late);
      socket.removeAllListeners();
      finish();
    };
    const fail = (fault: Fault): void =>
      settle(() => {
        socket.on('error', () => {});
        socket.destroy();
        reject(fault);
      });
    const late = (): void =>
      fail(new Fault('timeout', `'${to.host}' did not answer in time`, { host: to.host }));
    socket.once('connect', () => settle(() => resolve(socket)));
    socket.once('error', (error) => fail(faultOf(error, to.host)));
    signal.addEventListener('abort', late, { once: true });
    if (signal.aborted) late();
  });
}

function faultOf(error: Error, host: string): Fault {
  if (error instanceof Fault) return error;
  return new Fault('unreachable', `connecting to '${host}' failed: ${messageOf(error)}`, { host }, error);
}
