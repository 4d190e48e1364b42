import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { createGunzip } from 'node:zlib';

const run = promisify(execFile);

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

/** One file of a commit: its text or bytes, a symlink's target, or (null) its removal. */
export type CommitFile =
  | string
  | Uint8Array
  | null
  | { readonly text: string; readonly executable: true }
  | { readonly symlink: string };

/** Creates the bare repository `<root>/<name>.git` with branch `main`; returns its directory. */
export async function createRepository(root: string, name: string, format = 'sha1'): Promise<string> {
  const directory = join(root, `${name}.git`);
  await mkdir(root, { recursive: true });
  await git(root, [
    'init',
    '--quiet',
    '--bare',
    '--initial-branch=main',
    `--object-format=${format}`,
    directory,
  ]);
  await git(directory, ['config', 'uploadpack.allowFilter', 'true']);
  await git(directory, ['config', 'http.receivepack', 'true']);
  return directory;
}

/** Commits `files` on top of `branch` (created when new, from nothing); returns the commit's id. */
export async function commit(
  repository: string,
  files: Readonly<Record<string, CommitFile>>,
  message: string,
  branch = 'main',
  at = '2024-01-02T03:04:05Z',
): Promise<string> {
  const work = await mkdtemp(join(tmpdir(), 'git-work-'));
  const env = { GIT_DIR: repository, GIT_WORK_TREE: work, GIT_INDEX_FILE: join(work, '.index') };
  try {
    const parent = await git(repository, ['rev-parse', '--quiet', '--verify', `refs/heads/${branch}`]).catch(
      () => '',
    );
    if (parent) await git(work, ['read-tree', parent], env);
    const present = Object.entries(files).filter(([, file]) => file !== null);
    for (const [path, file] of present) await place(join(work, path), file as Exclude<CommitFile, null>);
    const gone = Object.keys(files).filter((path) => files[path] === null);
    if (present.length > 0)
      await gitInput(
        work,
        ['update-index', '--add', '-z', '--stdin'],
        present.map(([path]) => path),
        env,
      );
    if (gone.length > 0) await gitInput(work, ['update-index', '--force-remove', '-z', '--stdin'], gone, env);
    const tree = await git(work, ['write-tree'], env);
    const dates = { ...env, GIT_AUTHOR_DATE: at, GIT_COMMITTER_DATE: at };
    const id = await git(
      work,
      ['commit-tree', tree, '-m', message, ...(parent ? ['-p', parent] : [])],
      dates,
    );
    await git(repository, ['update-ref', `refs/heads/${branch}`, id]);
    return id;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Tags `commit`; annotated when a message is given; returns the tag ref's own id. */
export async function tag(
  repository: string,
  name: string,
  target: string,
  message?: string,
): Promise<string> {
  const annotation = message === undefined ? [] : ['-a', '-m', message];
  await git(repository, ['tag', '-f', ...annotation, name, target]);
  return git(repository, ['rev-parse', `refs/tags/${name}`]);
}

/** Runs git in `directory` and returns its trimmed output. */
export async function git(
  directory: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const { stdout } = await run('git', args, { cwd: directory, env: environment(env), maxBuffer: 1 << 28 });
  return stdout.trim();
}

async function gitInput(
  directory: string,
  args: readonly string[],
  paths: readonly string[],
  env: Record<string, string>,
): Promise<void> {
  const pending = run('git', args, { cwd: directory, env: environment(env) });
  pending.child.stdin?.end(paths.map((path) => `${path}\0`).join(''));
  await pending;
}

function environment(extra: Record<string, string>): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: '/nonexistent',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_AUTHOR_NAME: 'Ada',
    GIT_AUTHOR_EMAIL: 'ada@example.com',
    GIT_COMMITTER_NAME: 'Ada',
    GIT_COMMITTER_EMAIL: 'ada@example.com',
    ...extra,
  };
}

async function place(path: string, file: Exclude<CommitFile, null>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  if (typeof file === 'string' || file instanceof Uint8Array) return writeFile(path, file);
  if ('symlink' in file) return symlink(file.symlink, path);
  await writeFile(path, file.text);
  await chmod(path, 0o755);
}
