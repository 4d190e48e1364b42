import { request as ask, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that went through, and what came back. */
export interface Relayed {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Of the answer's body. */
  readonly bytes: number;
}

/** Stands before a server on plain HTTP and counts what it is asked. */
export interface Relay {
  readonly host: string;
  readonly url: string;
  readonly seen: Relayed[];
  readonly stop: () => Promise<void>;
}

/** Starts a relay to the server at `target`; the server sees the relay's host, which signatures cover. */
export async function startRelay(target: string): Promise<Relay> {
  const seen: Relayed[] = [];
  const { hostname, port } = new URL(target);
  const server = createServer((request, response) => {
    const { method = '', url: path = '', headers } = request;
    const onward = ask({ hostname, port, method, path, headers }, (answer) => {
      const status = answer.statusCode ?? 0;
      let bytes = 0;
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      answer.on('end', () => seen.push({ method, path, status, bytes }));
      response.writeHead(status, answer.rawHeaders);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { host, url: `http://${host}`, seen, stop };
}
