import { lookup as systemLookup } from 'node:dns';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { Fault, messageOf } from '../../core/failures.ts';
import type { ProxyAddress } from '../../ports.ts';
import { createDial, type Dial } from './dial.ts';
import { type EgressRule, egressGuard, egressLookup, ruleFor } from './egress.ts';

/** A way through somebody's proxy. */
export interface ProxyRoute {
  readonly url: URL;
  /** A connection to the proxy itself. */
  connect(signal: AbortSignal): Promise<Socket>;
  /** A connection through it to `host`. Faults: `egress-denied`, `unauthorized`, `unreachable`, `timeout`. */
  tunnel(host: string, port: number, signal: AbortSignal): Promise<Socket>;
}

const DEFAULT_PORT: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443, 'socks5:': 1080 };
// A proxy's answer to CONNECT has a status line and a few headers.
const MAX_HEAD = 16 * 1024;

/** A proxy, and whether the deployment's operator names it instead of a tenant. */
export interface Via {
  readonly proxy: ProxyAddress;
  readonly own: boolean;
}

/** Whoever runs the deployment names its proxy, usually a private address: only what is never reached is refused. */
const OWN: EgressRule = { loopback: true, privateRanges: true };
/** What machines in clouds call their metadata services (Google Cloud, AWS); a proxy may run on one. */
const METADATA_NAME =
  /^(?:metadata|metadata\.google\.internal|metadata\.goog|instance-data(?:\.[a-z0-9-]+(?:\.compute)?\.internal)?)\.?$/i;

/**
 * The address of a tenant's proxy is held to the egress rule. So is the host behind any proxy where its name means
 * something here: what only the proxy can resolve is the proxy's to judge, link-local literals never. Fault `invalid`
 * (the address).
 */
export function createProxy(
  { proxy: address, own }: Via,
  rule: EgressRule,
  resolve?: LookupFunction,
): ProxyRoute {
  const url = URL.parse(address.url);
  const port = url === null ? undefined : DEFAULT_PORT[url.protocol];
  if (url === null || port === undefined)
    throw new Fault('invalid', 'the proxy address must be a URL with http, https or socks5', {});
  const at = { url, host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) || port };
  const dial = createDial(own ? OWN : rule, resolve);
  const connect = (signal: AbortSignal): Promise<Socket> => connectTo(at, dial, signal);
  return {
    url,
    connect,
    async tunnel(host, targetPort, signal) {
      await refuseTarget(host, targetPort, rule, signal, resolve);
      const socket = await connect(signal);
      const target = { host: host.replace(/^\[|\]$/g, ''), port: targetPort };
      const opening =
        url.protocol === 'socks5:'
          ? throughSocks(socket, at, target, address)
          : throughHttp(socket, at.host, target, basicOf(address));
      return within(opening, signal, () => lateProxy(socket, at.host));
    },
  };
}

/** For tenants' addresses: what is loopback here is another machine's behind the deployment's own proxy. */
export function ruleBehind({ own }: Via, rule: EgressRule): EgressRule {
  return own ? { ...rule, loopback: false } : rule;
}

/** Names that this machine can resolve are judged as if they were asked directly. Faults `egress-denied`, `timeout` (the signal fired). */
export async function refuseTarget(
  host: string,
  port: number,
  rule: EgressRule,
  signal: AbortSignal,
  resolve: LookupFunction = systemLookup,
): Promise<void> {
  const name = host.replace(/^\[|\]$/g, '');
  const limits = ruleFor(rule, host, port);
  egressGuard(host, limits);
  if (METADATA_NAME.test(name))
    throw new Fault('egress-denied', `connecting to '${name}' is not allowed: it names a metadata service`, {
      host: name,
    });
  const judged = new Promise<void>((done, refuse) => {
    egressLookup(limits, resolve)(name, { all: true }, (error) => {
      if (error instanceof Fault && error.code === 'egress-denied') refuse(error);
      else done();
    });
  });
  const late = () => new Fault('timeout', `the address of '${name}' was not found in time`, { host: name });
  await within(judged, signal, late);
}

async function connectTo(
  { url, host, port }: { url: URL; host: string; port: number },
  dial: Dial,
  signal: AbortSignal,
): Promise<Socket> {
  const socket = await dial(host, port, signal);
  if (url.protocol !== 'https:') return socket;
  const secure = connectTls({ socket, host, servername: isIP(host) === 0 ? host : '' });
  const opening = new Promise<Socket>((resolve, reject) => {
    secure.once('secureConnect', () => resolve(secure));
    secure.once('error', (error) => reject(unreachable(host, messageOf(error))));
  });
  return within(opening, signal, () => lateProxy(secure, host));
}

async function throughHttp(
  socket: Socket,
  proxy: string,
  { host, port }: { host: string; port: number },
  authorization: string | undefined,
): Promise<Socket> {
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const proof = authorization === undefined ? '' : `Proxy-Authorization: ${authorization}\r\n`;
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${proof}\r\n`);
  const head = await readHead(socket, proxy);
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(head)?.[1] ?? 0);
  if (status === 200) return socket;
  socket.destroy();
  // Some answer 401 where 407 is meant.
  if (status === 407 || status === 401)
    throw new Fault('unauthorized', `the proxy '${proxy}' wants other credentials`, { proxy });
  throw unreachable(
    proxy,
    status === 0 ? 'it does not speak HTTP' : `it answered ${status} for ${authority}`,
  );
}

/** Up to the empty line; what comes after it is the tunnel's. */
function readHead(socket: Socket, proxy: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let head = Buffer.alloc(0);
    const settle = (finish: () => void): void => {
      socket.off('data', take).off('close', closed).off('error', closed);
      finish();
    };
    const closed = (): void => settle(() => reject(unreachable(proxy, 'it closed the connection')));
    const take = (chunk: Buffer): void => {
      head = Buffer.concat([head, chunk]);
      const end = head.indexOf('\r\n\r\n');
      if (end === -1 && head.length < MAX_HEAD) return;
      socket.pause();
      if (end !== -1 && head.length > end + 4) socket.unshift(head.subarray(end + 4));
      settle(() => resolve(head.toString('latin1', 0, end === -1 ? MAX_HEAD : end)));
    };
    socket.on('data', take).once('close', closed).once('error', closed);
  });
}

async function throughSocks(
  socket: Socket,
  { host, port }: { host: string; port: number },
  destination: { host: string; port: number },
  { username, password }: ProxyAddress,
): Promise<Socket> {
  // Few objects have such a proxy.
  const { SocksClient } = await import('socks');
  try {
    const login = username === undefined ? {} : { userId: username, password: password ?? '' };
    const { socket: through } = await SocksClient.createConnection({
      proxy: { host, port, type: 5, ...login },
      command: 'connect',
      destination,
      existing_socket: socket,
    });
    return through;
  } catch (error) {
    const text = messageOf(error);
    if (/auth/i.test(text))
      throw new Fault('unauthorized', `the proxy '${host}' wants other credentials`, { proxy: host }, error);
    throw unreachable(host, text, error);
  }
}

/** Ends what is under way with the signal, by what `late` makes of it. */
async function within<T>(opening: Promise<T>, signal: AbortSignal, late: () => Fault): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>();
  const end = (): void => reject(late());
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  opening.catch(() => {});
  try {
    return await Promise.race([opening, over]);
  } finally {
    signal.removeEventListener('abort', end);
  }
}

function lateProxy(socket: Socket, proxy: string): Fault {
  socket.destroy();
  return new Fault('timeout', `the proxy '${proxy}' did not answer in time`, { proxy });
}

/** Basic credentials, if there are any. */
export function basicOf({ username, password = '' }: ProxyAddress): string | undefined {
  if (username === undefined) return undefined;
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function unreachable(proxy: string, why: string, cause?: unknown): Fault {
  return new Fault('unreachable', `the proxy '${proxy}' cannot be used: ${why}`, { proxy }, cause);
}
