import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createGunzip } from 'node:zlib';

export { type CommitFile, commit, createRepository, git, tag } from './bare-repository.ts';

/** Options of the server; `log` is given one line per request, when it has been answered. */
export interface GitServerOptions {
  readonly username?: string;
  readonly password?: string;
  readonly bearerToken?: string;
  /** PEM; `clientCa` demands client certificates signed by it. */
  readonly tls?: { readonly certificate: string; readonly key: string; readonly clientCa?: string };
  /** Ignores `Git-Protocol`, as servers from before 2018 do. */
  readonly onlyV0?: boolean;
  readonly log?: { push(line: GitRequest): unknown };
  /** Answers what is not Git's, such as a host's API; true when it does. */
  readonly api?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

/** One request that was answered. */
export interface GitRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly authorization?: string;
}

export interface GitServer {
  /** Such as `http://127.0.0.1:40123`; a repository is at `<url>/<name>.git`. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Serves the bare repositories under `root` by the real `git http-backend`. */
export async function startGitServer(root: string, options: GitServerOptions = {}): Promise<GitServer> {
  const children = new Set<ChildProcess>();
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    response.on('finish', () => {
      const { method = '', url = '', headers } = request;
      const given = headers.authorization === undefined ? {} : { authorization: headers.authorization };
      options.log?.push({ method, path: url, status: response.statusCode, ...given });
    });
    if (options.api?.(request, response)) return;
    if (!authorized(request, options)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end();
      return;
    }
    serve(root, request, response, options, children);
  };
  const server = options.tls ? secureServer(options.tls, handle) : createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    async stop() {
      for (const child of children) child.kill();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function secureServer(
  tls: NonNullable<GitServerOptions['tls']>,
  handle: (request: IncomingMessage, response: ServerResponse) => void,
): Server {
  const client = tls.clientCa ? { ca: tls.clientCa, requestCert: true } : {};
  return createSecureServer({ cert: tls.certificate, key: tls.key, ...client }, handle);
}

function authorized(request: IncomingMessage, options: GitServerOptions): boolean {
  const given = request.headers.authorization;
  if (options.bearerToken !== undefined) return given === `Bearer ${options.bearerToken}`;
  if (options.username === undefined) return true;
  const pair = `${options.username}:${options.password ?? ''}`;
  return given === `Basic ${Buffer.from(pair).toString('base64')}`;
}

function serve(
  root: string,
  request: IncomingMessage,
  response: ServerResponse,
  options: GitServerOptions,
  children: Set<ChildProcess>,
): void {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const protocol = request.headers['git-protocol'];
  const child = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_NOSYSTEM: '1',
      HOME: root,
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      REMOTE_USER: options.username ?? '',
      REMOTE_ADDR: request.socket.remoteAddress ?? '',
      ...(typeof protocol === 'string' && !options.onlyV0 ? { GIT_PROTOCOL: protocol } : {}),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  children.add(child);
  child.on('close', () => children.delete(child));
  child.stdin?.on('error', () => undefined);
  const zipped = request.headers['content-encoding'] === 'gzip';
  if (child.stdin) (zipped ? request.pipe(createGunzip()) : request).pipe(child.stdin);
  if (child.stdout) relay(child.stdout, response);
}

/** Turns CGI output into an HTTP answer. */
function relay(output: NodeJS.ReadableStream, response: ServerResponse): void {
  let head = Buffer.alloc(0);
  let started = false;
  output.on('data', (chunk: Buffer) => {
    if (started) {
      if (!response.write(chunk)) {
        output.pause();
        response.once('drain', () => output.resume());
      }
      return;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    started = true;
    for (const line of head.toString('latin1', 0, end).split('\r\n')) {
      const [name = '', value = ''] = line.split(/:\s*/, 2);
      if (name.toLowerCase() === 'status') response.statusCode = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.write(head.subarray(end + 4));
  });
  output.on('end', () => response.end());
}
