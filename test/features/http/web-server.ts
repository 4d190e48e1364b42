import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A server on loopback that is gone after the test; returns `http://127.0.0.1:<port>` (or https). */
export async function serve(listener: RequestListener, tls?: ServerOptions): Promise<string> {
  const server = tls ? createSecureServer(tls, listener) : createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return `${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Sends zeros until the other side has enough. */
export function sendForEver(response: ServerResponse): void {
  const chunk = Buffer.alloc(256 * 1024);
  const more = (): void => {
    while (!response.destroyed) if (!response.write(chunk)) return void response.once('drain', more);
  };
  more();
}
