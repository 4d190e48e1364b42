import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGitHandler, type GitHandlerOptions } from './handler.ts';

export type { GitRequest } from './handler.ts';

export interface ServeOptions extends GitHandlerOptions {
  /** Default: any that is free. */
  readonly port?: number;
}

/** A running Git server. */
export interface GitService {
  /** Such as `http://127.0.0.1:40123`; a repository is at `<url>/<name>.git`. */
  readonly url: string;
  stop(): Promise<void>;
}

/** A request must have arrived whole after this long: packs go the other way. */
const REQUEST_MS = 60_000;

/** Serves the repositories below `root` to Git clients of this machine, for reading. */
export async function serveRepositories({ port = 0, ...options }: ServeOptions): Promise<GitService> {
  const handle = createGitHandler(options);
  const server = createServer(
    (request: IncomingMessage, response: ServerResponse) => void handle(request, response),
  );
  server.requestTimeout = REQUEST_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
