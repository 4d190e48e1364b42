import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { makeCertificate, type TestCertificate } from './certificate.ts';

/** Answers one request. */
export type StubHandler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

/** An HTTPS server on loopback that misbehaves as its handler likes. */
export interface ApiStub extends AsyncDisposable {
  readonly server: string;
  /** The certificate it presents, which is its own CA. */
  readonly ca: string;
  /** `METHOD path`, in order of arrival. */
  readonly requests: readonly string[];
  /** How many TCP connections were accepted. */
  connections(): number;
}

/** The group version `v1` with ConfigMaps, so that a client can find their path. */
export const CORE_RESOURCES = {
  kind: 'APIResourceList',
  groupVersion: 'v1',
  resources: [
    { name: 'configmaps', singularName: '', namespaced: true, kind: 'ConfigMap', verbs: ['get', 'list'] },
  ],
};

/** What a stub may be asked to do differently. */
export interface StubOptions {
  readonly identity?: TestCertificate;
  /** The handler answers `GET /api/v1` too. */
  readonly ownDiscovery?: boolean;
  /** PEM: only clients with a certificate of this CA are let in. */
  readonly clientCa?: string;
}

/** Starts a stub on a free port; `GET /api/v1` answers with CORE_RESOURCES unless `ownDiscovery`. */
export async function startApiStub(handler: StubHandler, options: StubOptions = {}): Promise<ApiStub> {
  const identity = options.identity ?? makeCertificate();
  const { clientCa } = options;
  const tls = {
    cert: identity.certificate,
    key: identity.key,
    ...(clientCa && { ca: clientCa, requestCert: true, rejectUnauthorized: true }),
  };
  const requests: string[] = [];
  let connections = 0;
  const server = createServer(tls, (request, response) => {
    requests.push(`${request.method} ${request.url}`);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.url === '/api/v1' && !options.ownDiscovery) sendJson(response, 200, CORE_RESOURCES);
      else handler(request, response, Buffer.concat(chunks).toString());
    });
  });
  server.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    server: `https://127.0.0.1:${port}`,
    ca: identity.certificate,
    requests,
    connections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers with JSON. */
export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}

/** A `Status` as an API server refuses with. */
export function statusOf(code: number, reason: string, message: string, details: unknown = {}): unknown {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    details,
    code,
  };
}
