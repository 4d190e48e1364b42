import type { IncomingMessage } from 'node:http';
import {
  type Agents,
  type Credentials,
  createAdmission,
  createAgents,
  parseServer,
  sameCertificate,
  sameCredentials,
  type Trust,
} from './agents.ts';
import { type Answer, exchange, type Outgoing, openStream } from './exchange.ts';
import { persist } from './persist.ts';

/** Where an API server is and how to speak to it. */
export interface TransportOptions extends Trust {
  /** `https://host[:port][/path]`. */
  readonly server: string;
  readonly credentials: Credentials;
  /** Called once for each request sent, retries included; `path` has its query. */
  readonly onRequest?: (request: { method: string; path: string; user?: string }) => void;
  /** Longest answer, inflated, in bytes. */
  readonly maxBytes?: number;
  readonly requestTimeoutMs?: number;
  /** Asked for new credentials when a request is answered 401. */
  readonly refresh?: () => Promise<Credentials>;
}

/** Who asks, and until when. */
export interface Identity {
  readonly user?: string;
  readonly signals: readonly AbortSignal[];
}

/** One request to the API, before the headers that every request carries. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: string;
  /** Whether sending it twice has the effect of sending it once. */
  readonly repeatable: boolean;
}

/** One server's sockets and credentials. */
export interface Transport {
  readonly origin: string;
  /** Longest answer, and longest event of a watch, in bytes. */
  readonly maxBytes: number;
  /** An answer of any status; a 401, a 429 and a stale socket were tried again before. */
  call(request: ApiRequest, identity: Identity): Promise<Answer>;
  /** The open body of a 200, over a socket of its own; any other answer is complete. */
  stream(request: ApiRequest, identity: Identity): Promise<IncomingMessage | Answer>;
  useCredentials(credentials: Credentials): void;
  /** Closes the sockets as soon as nothing is in flight; a later request opens new ones. */
  close(): void;
}

/** Just above the 34 s after which the API server itself gives up a write (its admission webhooks may take 30 s). */
export const REQUEST_TIMEOUT_MS = 35_000;
/** Ours: a page of 500 objects of 64 KiB; lists take smaller pages when one is larger. */
export const MAX_ANSWER_BYTES = 32 * 1024 * 1024;

/** Opens no socket yet; Fault `invalid` when server, CA or client certificate are unusable. */
export function createTransport(options: TransportOptions): Transport {
  const { endpoint, base } = parseServer(options.server);
  const keys = createKeyring(options);
  const admit = createAdmission(endpoint, options.lookup);
  const maxBytes = options.maxBytes ?? MAX_ANSWER_BYTES;
  let closed = false;
  let inFlight = 0;

  function prepare(request: ApiRequest, identity: Identity): Outgoing {
    const { method, body } = request;
    const { user, signals } = identity;
    const path = base + request.path;
    options.onRequest?.({ method, path, ...(user && { user }) });
    const bytes = body === undefined ? undefined : Buffer.from(body);
    return {
      method,
      path,
      headers: headersOf(request, keys.credentials(), user, bytes?.length),
      ...(bytes && { body: bytes }),
      deadlineMs: options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS,
      maxBytes,
      signals,
    };
  }

  /** `send` with every retry; what it sends with may change between two tries. */
  async function converse<T extends Answer | IncomingMessage>(
    request: ApiRequest,
    identity: Identity,
    send: (agents: Agents, outgoing: Outgoing) => Promise<T>,
  ): Promise<T> {
    await admit();
    let used = keys.credentials();
    const renew = () => keys.renew(used);
    return persist({ repeatable: request.repeatable, signals: identity.signals, renew }, async () => {
      used = keys.credentials();
      const value = await send(keys.agents(), prepare(request, identity));
      const status = 'status' in value ? value.status : (value.statusCode ?? 0);
      return { status, retryAfter: value.headers['retry-after'], value };
    });
  }

  async function call(request: ApiRequest, identity: Identity): Promise<Answer> {
    inFlight += 1;
    try {
      const send = (agents: Agents, outgoing: Outgoing) => exchange(agents.pooled, endpoint, outgoing);
      return await converse(request, identity, send);
    } finally {
      inFlight -= 1;
      if (closed && inFlight === 0) keys.agents().pooled.destroy();
    }
  }

  function stream(request: ApiRequest, identity: Identity): Promise<IncomingMessage | Answer> {
    const send = (agents: Agents, outgoing: Outgoing) => openStream(agents.single, endpoint, outgoing);
    return converse(request, identity, send);
  }

  function close(): void {
    closed = true;
    if (inFlight === 0) keys.agents().pooled.destroy();
  }
  return { origin: endpoint.origin + base, maxBytes, call, stream, useCredentials: keys.use, close };
}

/** The credentials in use and the agents made for them. */
function createKeyring(options: TransportOptions) {
  let credentials = options.credentials;
  let agents = createAgents(options, credentials);
  let renewal: Promise<void> | undefined;

  function use(next: Credentials): void {
    if (sameCredentials(credentials, next)) return;
    // The old agent's sockets finish what is in flight and then close as idle.
    if (!sameCertificate(credentials, next)) agents = createAgents(options, next);
    credentials = next;
  }

  /** Whether others than `used` are now in use; parallel 401s ask once. */
  async function renew(used: Credentials): Promise<boolean> {
    const { refresh } = options;
    if (used !== credentials || !refresh) return used !== credentials;
    renewal ??= refresh()
      .then(use)
      .finally(() => {
        renewal = undefined;
      });
    await renewal;
    return used !== credentials;
  }
  return { credentials: () => credentials, agents: () => agents, use, renew };
}

function headersOf(
  request: ApiRequest,
  credentials: Credentials,
  user: string | undefined,
  length: number | undefined,
): Readonly<Record<string, string>> {
  return {
    accept: request.accept ?? 'application/json',
    'accept-encoding': 'gzip',
    'user-agent': 'sluice',
    ...(credentials.token && { authorization: `Bearer ${credentials.token}` }),
    ...(user && { 'impersonate-user': user }),
    ...(request.contentType && { 'content-type': request.contentType }),
    ...(length !== undefined && { 'content-length': String(length) }),
  };
}
