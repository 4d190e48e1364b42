import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { artifactRequest, requestedPointer } from '../../core/artifact-token.ts';
import type { ObjectStore } from '../../ports.ts';
import { listen } from './listen.ts';

export interface ArtifactServerOptions {
  readonly store: ObjectStore;
  readonly key: Uint8Array;
  readonly host: string;
  /** 0, or one in use, lets the system choose. */
  readonly port: number;
  /** What addresses begin with, where consumers reach the server by another name than its own. */
  readonly base?: string;
}

/** Serves stored artifacts to consumers on this machine. */
export interface ArtifactServer {
  readonly url: string;
  readonly urlOf: (cluster: string, path: string) => string;
  readonly close: () => Promise<void>;
}

/** Starts the server; whoever has no token is told the same as who asks for nothing that exists: 404. */
export async function serveArtifacts(options: ArtifactServerOptions): Promise<ArtifactServer> {
  const server = createServer((request, response) => {
    answer(options, request, response).catch(() => response.destroy());
  });
  const { url, close } = await listen(server, options.host, options.port);
  const { key, base = url } = options;
  return { url, urlOf: (cluster, path) => base + artifactRequest(key, cluster, path), close };
}

async function answer(
  options: ArtifactServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://artifacts');
  const type = pathname.endsWith('.yaml') ? 'application/yaml' : 'application/gzip';
  const body = await find(options, request);
  if (body === undefined) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': type, 'content-length': body.length });
  response.end(request.method === 'HEAD' ? undefined : body);
}

async function find(
  { store, key }: ArtifactServerOptions,
  request: IncomingMessage,
): Promise<Uint8Array | undefined> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://artifacts');
  const asked = requestedPointer(key, pathname, searchParams);
  const pointer = asked && (await store.get(asked));
  if (!pointer) return undefined;
  const { digest } = JSON.parse(new TextDecoder().decode(pointer.body)) as { digest: string };
  return (await store.get(`blobs/${digest.replace(/^sha256:/, '')}`))?.body;
}
