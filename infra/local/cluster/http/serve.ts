import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { Served } from './exchange.ts';
import { handle } from './handle.ts';
import { type ServingCertificate, terminatorOf } from './tls.ts';

/** What to serve, and where. */
export interface ServeOptions
  extends Omit<Served, 'watches' | 'address' | 'log' | 'openApi' | 'readCertificate'> {
  readonly tls: ServingCertificate;
  /** Default `127.0.0.1`. */
  readonly host?: string;
  /** Default 0: any that is free. */
  readonly port?: number;
  readonly openApi?: Served['openApi'];
  /** Default: no certificate proves anything. */
  readonly readCertificate?: Served['readCertificate'];
  /** Told of faults of our own; default to nobody. */
  readonly log?: (line: string) => void;
}

/** A cluster that can be reached. */
export interface Serving {
  /** Such as `https://127.0.0.1:41234`. */
  readonly url: string;
  /** Ends open watches and connections, and frees the port. */
  close(): Promise<void>;
}

/** How long answers on their way may take when the server closes. */
const CLOSE_WITHIN_MS = 1_000;

/** Serves a cluster over HTTPS until it is closed; throws when the port is taken. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { host = '127.0.0.1', port: wanted = 0, tls } = options;
  const { openApi = () => undefined, readCertificate = () => undefined, log = () => {} } = options;
  const terminator = terminatorOf(tls);
  const sockets = new Set<Socket>();
  // Answers are small and wait for nothing.
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    terminator.accept(socket);
  });
  server.listen(wanted, host);
  await once(server, 'listening');
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : wanted;
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const watches = new Set<() => void>();
  const { api, catalog, access, virtual, nature, version } = options;
  const parts = { api, catalog, access, virtual, nature, version };
  const served: Served = { ...parts, openApi, readCertificate, log, watches, address };
  const connections = new Set<Socket>();
  const detach = terminator.attach(port, (request, response) => {
    note(connections, request.socket);
    handle(served, request, response);
  });

  return {
    url: `https://${address}`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      for (const end of [...watches]) end();
      for (const connection of connections) connection.destroySoon();
      const timer = setTimeout(() => destroyAll(sockets), CLOSE_WITHIN_MS);
      await closed;
      clearTimeout(timer);
      detach();
    },
  };
}

// What is written to the socket beneath TLS is not known to it: both are needed to close in order.
function note(connections: Set<Socket>, connection: Socket): void {
  if (connections.has(connection)) return;
  connections.add(connection);
  connection.once('close', () => connections.delete(connection));
}

function destroyAll(sockets: ReadonlySet<Socket>): void {
  for (const socket of sockets) socket.destroy();
}
