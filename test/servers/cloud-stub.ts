import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as a cloud saw it. */
export interface CloudRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** What a cloud answers: a status and JSON, or text as it is. */
export type CloudReply = readonly [status: number, body: unknown];

/** A server on loopback that answers as its routes say, by `METHOD /path`; anything else is 404. */
export interface CloudStub {
  readonly url: string;
  readonly requests: CloudRequest[];
  readonly stop: () => void;
}

/** Starts one on a free port. */
export async function startCloudStub(
  routes: Readonly<Record<string, (request: CloudRequest) => CloudReply>>,
): Promise<CloudStub> {
  const requests: CloudRequest[] = [];
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const url = new URL(incoming.url ?? '/', 'http://stub');
      const request = {
        method: incoming.method ?? '',
        path: url.pathname,
        query: url.searchParams,
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString(),
      };
      requests.push(request);
      const route = routes[`${request.method} ${request.path}`];
      const [status, body] = route?.(request) ?? [404, { error: { status: 'NOT_FOUND' } }];
      outgoing.writeHead(status, { 'content-type': 'application/json' });
      outgoing.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, requests, stop: () => void server.close() };
}
