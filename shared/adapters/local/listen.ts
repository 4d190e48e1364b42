import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server that listens: its base URL, and how to end it with all its connections. */
export interface Listening {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Listens on `host`; port 0 lets the system choose, and so does one in use, so that two runtimes can live side by side. */
export async function listen(server: Server, host: string, port: number): Promise<Listening> {
  const open = (at: number): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(at, host, () => {
        server.off('error', reject);
        resolve();
      });
    });
  await open(port).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    return open(0);
  });
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    url: `http://${name}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
