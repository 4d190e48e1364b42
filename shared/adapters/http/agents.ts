import { createHash } from 'node:crypto';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Socket } from 'node:net';
import {
  type ConnectionOptions,
  connect as connectTls,
  createSecureContext,
  getCACertificates,
  type SecureContext,
} from 'node:tls';
import { Fault, messageOf } from '../../core/failures.ts';
import type { HttpRequest } from '../../ports.ts';
import type { ProxyRoute, Via } from './proxy.ts';

/** Whom a connection trusts, as whom, and through what it goes. */
interface TrustIdentity extends Pick<HttpRequest, 'ca' | 'clientCertificate' | 'trustAnyCertificate'> {
  readonly via: Via | undefined;
}

/** Connections of one trust identity (CA, client certificate, way); never shared with another one. */
export interface Agents {
  pick(protocol: string, identity: TrustIdentity): HttpAgent | HttpsAgent;
}

// As long as Node waits for a connection by itself, and then some for the proxy's own.
const CONNECT_MS = 30_000;
// Idle sockets kept per host; a worker talks to few hosts, several times each.
const MAX_FREE_SOCKETS = 16;
const KEEP = { keepAlive: true, maxFreeSockets: MAX_FREE_SOCKETS };
// Trust identities whose connections are kept; who was not used for longest goes first.
const MAX_IDENTITIES = 64;

/** Keep-alive agents, one for plain HTTP and one per trust identity for HTTPS, and those that go through a proxy. */
export function createAgents(proxyTo: (via: Via) => ProxyRoute): Agents {
  const plain = new HttpAgent(KEEP);
  const byIdentity = new Map<string, HttpAgent | HttpsAgent>();
  const make = (protocol: string, identity: TrustIdentity): HttpAgent | HttpsAgent => {
    if (identity.via === undefined) return secureAgent(identity);
    const through = proxyTo(identity.via);
    if (protocol === 'http:') return forwardingAgent(through);
    return tunnelling(new HttpsAgent(KEEP), through.tunnel, tlsOf(identity));
  };
  return {
    pick(protocol, identity) {
      if (protocol === 'http:' && identity.via === undefined) return plain;
      const key = `${protocol}${keyOf(identity)}`;
      const agent = byIdentity.get(key) ?? make(protocol, identity);
      byIdentity.delete(key);
      byIdentity.set(key, agent);
      const oldest = byIdentity.entries().next().value;
      if (byIdentity.size > MAX_IDENTITIES && oldest) {
        byIdentity.delete(oldest[0]);
        retire(oldest[1]);
      }
      return agent;
    },
  };
}

/** Closes what is idle; a request that is under way is somebody else's, and ends in peace. */
function retire(agent: HttpAgent): void {
  agent.maxFreeSockets = 0;
  for (const socket of Object.values(agent.freeSockets).flatMap((sockets) => sockets ?? [])) socket.destroy();
}

/** The proxy is sent whole URLs, or, where it only makes tunnels, one is made. */
function forwardingAgent(proxy: ProxyRoute): HttpAgent {
  const agent = new HttpAgent(KEEP);
  return connecting(agent, ({ host, port }) =>
    proxy.url.protocol === 'socks5:'
      ? proxy.tunnel(host, port, AbortSignal.timeout(CONNECT_MS))
      : proxy.connect(AbortSignal.timeout(CONNECT_MS)),
  );
}

/** Has `agent` speak TLS through tunnels to whom it connects. */
export function tunnelling(
  agent: HttpsAgent,
  tunnel: ProxyRoute['tunnel'],
  tls: ConnectionOptions,
): HttpsAgent {
  return connecting(agent, async ({ host, port, servername }) => {
    const socket = await tunnel(host, port, AbortSignal.timeout(CONNECT_MS));
    // Without the host an address would be held against the name of the proxy, which is whom the socket is with.
    return connectTls({ ...tls, socket, host, ...(servername !== undefined && { servername }) });
  });
}

interface Target {
  readonly host: string;
  readonly port: number;
  readonly servername?: string;
}

/** Node lets an agent bring its own sockets by a method of this name. */
function connecting<Agent extends HttpAgent>(agent: Agent, open: (target: Target) => Promise<Socket>): Agent {
  const createConnection = (options: Target, done: (error: unknown, socket?: Socket) => void): undefined => {
    open({ ...options, port: Number(options.port) }).then(
      (socket) => done(null, socket),
      (error: unknown) => done(error),
    );
  };
  return Object.assign(agent, { createConnection });
}

function secureAgent(identity: TrustIdentity): HttpsAgent {
  return new HttpsAgent({ ...KEEP, ...tlsOf(identity) });
}

// One context per identity: parsing the system's roots costs tens of milliseconds, once instead of per connection.
function tlsOf({ ca, clientCertificate, trustAnyCertificate }: TrustIdentity): {
  readonly secureContext: SecureContext;
  readonly rejectUnauthorized: boolean;
} {
  try {
    const secureContext = createSecureContext({
      ...(ca ? { ca: [...getCACertificates('default'), ca] } : {}),
      ...(clientCertificate ? { cert: clientCertificate.certificate, key: clientCertificate.key } : {}),
    });
    return { secureContext, rejectUnauthorized: trustAnyCertificate !== true };
  } catch (error) {
    throw new Fault('invalid', `unusable CA or client certificate: ${messageOf(error)}`, {}, error);
  }
}

function keyOf({ ca, clientCertificate, trustAnyCertificate = false, via }: TrustIdentity): string {
  if (!ca && !clientCertificate && !trustAnyCertificate && !via) return '';
  // Who names the operator's proxy in a Secret has a way of their own, by their own rule.
  const way = via && [via.own, via.proxy.url, via.proxy.username, via.proxy.password];
  const parts = [ca, clientCertificate?.certificate, clientCertificate?.key, trustAnyCertificate, way];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}
