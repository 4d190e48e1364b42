import { Agent } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { createSecureContext } from 'node:tls';
import { Fault, messageOf } from '../../core/failures.ts';
import { tunnelling } from '../http/agents.ts';
import type { ProxyRoute } from '../http/proxy.ts';
import type { Endpoint } from './exchange.ts';

/** How a cluster knows us: a bearer token or a client certificate (PEM). */
export interface Credentials {
  readonly token?: string;
  readonly clientCertificate?: { readonly certificate: string; readonly key: string };
}

/** What a socket to one server needs besides its address. */
export interface Trust {
  /** PEM; absent means the public roots. */
  readonly ca?: string;
  /** The name to ask for and to check in the certificate, when it is not the host. */
  readonly tlsServerName?: string;
  /** Resolves names and refuses addresses; asked for IP literals too. */
  readonly lookup?: LookupFunction;
  /** Takes any certificate. */
  readonly insecure?: boolean;
  /** The way there, when it is not straight. */
  readonly tunnel?: ProxyRoute['tunnel'] | undefined;
}

/** `pooled` keeps its sockets and resumes TLS sessions; `single` opens one a watch, so that watches never hold up requests. */
export interface Agents {
  readonly pooled: Agent;
  readonly single: Agent;
}

/** Parallel requests to one server: 20 to 50 in flight apply fastest (measured on a real server), more only queue there. */
export const MAX_SOCKETS = 32;
/** The API server closes idle connections after 90 s; we close first. */
export const IDLE_SOCKET_MS = 60_000;

/** Fault `invalid` when CA or client certificate are not usable PEM. */
export function createAgents(trust: Trust, credentials: Credentials): Agents {
  const { ca, insecure, lookup, tlsServerName, tunnel } = trust;
  const { certificate: cert, key } = credentials.clientCertificate ?? {};
  const shared = {
    secureContext: secureContext({ ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) }),
    ...(lookup && { lookup }),
    ...(tlsServerName && { servername: tlsServerName }),
    ...(insecure && { rejectUnauthorized: false }),
  };
  const kept = { keepAlive: true, maxSockets: MAX_SOCKETS, timeout: IDLE_SOCKET_MS };
  const pooled = new Agent({ ...shared, ...kept });
  const single = new Agent({ ...shared, keepAlive: false });
  if (tunnel === undefined) return { pooled, single };
  const { lookup: _, ...tls } = shared;
  return { pooled: tunnelling(pooled, tunnel, tls), single: tunnelling(single, tunnel, tls) };
}

/** Whether both are sent as the same identity. */
export function sameCredentials(one: Credentials, other: Credentials): boolean {
  return one.token === other.token && sameCertificate(one, other);
}

/** Whether both present the same client certificate, or none. */
export function sameCertificate(one: Credentials, other: Credentials): boolean {
  const [a, b] = [one.clientCertificate, other.clientCertificate];
  return a?.certificate === b?.certificate && a?.key === b?.key;
}

/** A server address taken apart (`base` is its path); Fault `invalid` unless it is a plain https URL. */
export function parseServer(server: string): { readonly endpoint: Endpoint; readonly base: string } {
  const url = URL.canParse(server) ? new URL(server) : undefined;
  const plain = url && !url.username && !url.password && !url.search && !url.hash;
  if (url?.protocol !== 'https:' || !plain) {
    const text = 'the server address must be an https:// URL without user, query or fragment';
    throw new Fault('invalid', text, { field: 'server' });
  }
  return {
    endpoint: {
      origin: url.origin,
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: Number(url.port || 443),
    },
    base: url.pathname.replace(/\/+$/, ''),
  };
}

/** Node resolves no IP literals, so that `lookup` would never see them: asks it once, for the life of the connection. */
export function createAdmission(endpoint: Endpoint, lookup: LookupFunction | undefined): () => Promise<void> {
  let asked: Promise<void> | undefined;
  if (!lookup || isIP(endpoint.host) === 0) asked = Promise.resolve();
  return () => {
    asked ??= new Promise<void>((resolve, reject) => {
      lookup?.(endpoint.host, {}, (error) => (error ? reject(error) : resolve()));
    });
    return asked;
  };
}

/** Parsed once: parsing CA and key again for every socket costs milliseconds. */
function secureContext(pem: { ca?: string; cert?: string; key?: string }) {
  try {
    return createSecureContext(pem);
  } catch (error) {
    // OpenSSL's text names the defect, never the key.
    const text = `the CA or the client certificate is not usable PEM: ${messageOf(error)}`;
    throw new Fault('invalid', text, { field: 'credentials' }, error);
  }
}
