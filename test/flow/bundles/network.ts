import { Socket } from 'node:net';

/** A private address of a network that exists in these processes only: functions on AWS never reach the loopback. */
export const PRIVATE_ADDRESS = '10.20.30.40';

/** Those of the process that loads this. */
const here = new Set([PRIVATE_ADDRESS]);

/** Another address of this very server, which no other process reaches. */
export function reachHere(address: string): void {
  here.add(address);
}

interface Target {
  host?: string;
}

/** Connections to that address arrive at the loopback. */
const connect = Socket.prototype.connect as (this: Socket, ...args: unknown[]) => Socket;
Socket.prototype.connect = function (this: Socket, ...args: unknown[]) {
  const target = (Array.isArray(args[0]) ? args[0][0] : args[0]) as Target;
  if (target?.host !== undefined && here.has(target.host)) target.host = '127.0.0.1';
  return connect.apply(this, args);
} as Socket['connect'];
