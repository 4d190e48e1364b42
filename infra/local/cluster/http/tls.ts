import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';

/** What a cluster proves itself with, PEM. */
export interface ServingCertificate {
  readonly certificate: string;
  readonly key: string;
}

type Handler = Parameters<typeof createServer>[1];

/** Terminates TLS for every listener with the same certificate: one OpenSSL context, however many clusters. */
export interface Terminator {
  /** Takes a connection that came in at `port`; its requests go to what `attach` named for that port. */
  accept(socket: Socket): void;
  attach(port: number, handler: NonNullable<Handler>): () => void;
}

/** A real server keeps idle connections for 90 s, and so do Go's clients: longer, so that the client ends first. */
const KEEP_ALIVE_MS = 120_000;

const terminators = new Map<string, Terminator>();

/** The terminator of this certificate; the last one that detaches frees it. */
export function terminatorOf(serving: ServingCertificate): Terminator {
  const id = createHash('sha256').update(`${serving.certificate}\n${serving.key}`).digest('base64');
  const known = terminators.get(id);
  if (known) return known;
  const opened = open(serving, () => terminators.delete(id));
  terminators.set(id, opened);
  return opened;
}

function open({ certificate, key }: ServingCertificate, free: () => void): Terminator {
  const handlers = new Map<number, NonNullable<Handler>>();
  const server: Server = createServer(
    {
      cert: certificate,
      key,
      // Whose certificates count differs from cluster to cluster: each looks at them itself.
      requestCert: true,
      rejectUnauthorized: false,
      minVersion: 'TLSv1.2',
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    (request, response) => {
      const handler = handlers.get(request.socket.localPort ?? 0);
      if (handler) handler(request, response);
      else response.destroy();
    },
  );
  server.on('tlsClientError', (_, socket) => socket.destroy());
  server.on('clientError', (_, socket) => socket.destroy());
  return {
    accept: (socket) => void server.emit('connection', socket),
    attach(port, handler) {
      handlers.set(port, handler);
      return () => {
        handlers.delete(port);
        if (handlers.size === 0) free();
      };
    },
  };
}
