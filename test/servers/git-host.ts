import { existsSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { createRepository } from './bare-repository.ts';
import { createAuthority } from './certificates.ts';
import { type GitRequest, startGitServer } from './git-http.ts';

/** Whose API it speaks: its published documents' requests, answers and statuses, as far as they are asked here. */
export type HostKind = 'github' | 'gitlab' | 'gitea';

/** An answer of the API. */
export interface ApiAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface GitHostOptions {
  readonly kind: HostKind;
  /** Empty directory for its repositories. */
  readonly root: string;
  /** Speaks first: what it returns is the answer. */
  readonly refuse?: (method: string, path: string) => ApiAnswer | undefined;
  /** Called before Git answers a request. */
  readonly onGit?: (method: string, url: string) => void;
  /** What its API says of where repositories are, instead of its own address. */
  readonly says?: string;
}

/** A Git host on loopback: a stub of its API, and the real Git over HTTPS behind it. User `ada`, organisation `acme`. */
export interface GitHostServer {
  /** With its port. */
  readonly hostname: string;
  readonly caFile: string;
  /** PEM. */
  readonly ca: string;
  readonly token: string;
  /** Webhooks as they were posted. */
  readonly hooks: Record<string, unknown>[];
  readonly deployTokens: Record<string, unknown>[];
  /** Requests to the API, as `POST /user/repos`. */
  readonly calls: string[];
  readonly git: GitRequest[];
  readonly directoryOf: (owner: string, name: string) => string;
  readonly stop: () => Promise<void>;
}

const PREFIX = { github: '/api/v3', gitlab: '/api/v4', gitea: '/api/v1' } as const;
const GIT_USER = { github: 'git', gitlab: 'oauth2', gitea: 'git' } as const;
const ORGANISATION = 'acme';
const USER = 'ada';
const NOT_FOUND: ApiAnswer = { status: 404, body: { message: 'Not Found' } };

interface Stub {
  readonly options: GitHostOptions;
  readonly visibility: Map<string, boolean>;
  readonly server: Pick<GitHostServer, 'hooks' | 'deployTokens' | 'token' | 'directoryOf'>;
  readonly origin: () => string;
}

/** Starts it with a certificate of its own. */
export async function startGitHost(options: GitHostOptions): Promise<GitHostServer> {
  const { kind, root } = options;
  const authority = await createAuthority();
  const caFile = join(root, 'ca.pem');
  writeFileSync(caFile, authority.ca);
  const token = `${kind}-token-${'7'.repeat(20)}`;
  const directoryOf = (owner: string, name: string) => join(root, owner, `${name}.git`);
  const kept = { hooks: [], deployTokens: [], token, directoryOf };
  const calls: string[] = [];
  const git: GitRequest[] = [];
  let origin = '';
  const stub: Stub = { options, visibility: new Map(), server: kept, origin: () => origin };
  const { certificate, key } = authority.server;
  const server = await startGitServer(root, {
    ...{ tls: { certificate, key }, username: GIT_USER[kind], password: token, log: git },
    api(request, response) {
      const { method = '', url = '' } = request;
      if (!url.startsWith(`${PREFIX[kind]}/`)) {
        options.onGit?.(method, url);
        return false;
      }
      const path = url.slice(PREFIX[kind].length).replace(/\?.*/, '');
      calls.push(`${method} ${path}`);
      answer(stub, request, method, path).then((result) => write(response, result));
      return true;
    },
  });
  origin = options.says ?? server.url;
  const hostname = new URL(server.url).host;
  return { ...kept, hostname, caFile, ca: authority.ca, calls, git, stop: server.stop };
}

function write(response: ServerResponse, { status, body, headers = {} }: ApiAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(body === undefined ? '' : JSON.stringify(body));
}

async function answer(
  stub: Stub,
  request: IncomingMessage,
  method: string,
  path: string,
): Promise<ApiAnswer> {
  const refused = stub.options.refuse?.(method, path);
  if (refused) return refused;
  if (!knows(stub, request)) return { status: 401, body: { message: 'Bad credentials' } };
  const body = method === 'POST' ? await json(request) : {};
  if (path === '/user' && method === 'GET') return { status: 200, body: { login: USER, username: USER } };
  return stub.options.kind === 'gitlab' ? gitlab(stub, method, path, body) : github(stub, method, path, body);
}

/** Each host's own header. */
function knows({ options, server }: Stub, { headers }: IncomingMessage): boolean {
  if (options.kind === 'gitlab') return headers['private-token'] === server.token;
  const scheme = options.kind === 'github' ? 'Bearer' : 'token';
  return headers.authorization === `${scheme} ${server.token}`;
}

async function json(request: IncomingMessage): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString() || '{}');
}

/** GitHub's REST API (2022-11-28) and Gitea's (v1), whose paths are the same here. */
async function github(
  stub: Stub,
  method: string,
  path: string,
  body: Record<string, unknown>,
): Promise<ApiAnswer> {
  const owner = path === '/user/repos' ? USER : /^\/orgs\/([^/]+)\/repos$/.exec(path)?.[1];
  if (owner !== undefined && method === 'POST') {
    if (![USER, ORGANISATION].includes(owner)) return NOT_FOUND;
    return create(stub, owner, String(body.name), body.private === true);
  }
  const [, of = '', name = '', rest = ''] = /^\/repos\/([^/]+)\/([^/]+)(\/hooks)?$/.exec(path) ?? [];
  if (!existsSync(stub.server.directoryOf(of, name))) return NOT_FOUND;
  if (rest === '') return { status: 200, body: shown(stub, of, name) };
  return hooks(stub, method, body);
}

/** GitLab's REST API (v4). */
async function gitlab(
  stub: Stub,
  method: string,
  path: string,
  body: Record<string, unknown>,
): Promise<ApiAnswer> {
  if (path === `/groups/${ORGANISATION}`) return { status: 200, body: { id: 7, full_path: ORGANISATION } };
  if (path === '/projects' && method === 'POST')
    return create(
      stub,
      body.namespace_id === 7 ? ORGANISATION : USER,
      String(body.path),
      body.visibility !== 'public',
    );
  const [, project = '', rest = ''] = /^\/projects\/([^/]+)(\/hooks|\/deploy_tokens)?$/.exec(path) ?? [];
  const [owner = '', name = ''] = decodeURIComponent(project).split('/');
  if (!existsSync(stub.server.directoryOf(owner, name)))
    return { status: 404, body: { message: '404 Project Not Found' } };
  if (rest === '') return { status: 200, body: shown(stub, owner, name) };
  if (rest === '/hooks') return hooks(stub, method, body);
  const { deployTokens } = stub.server;
  deployTokens.push(body);
  const token = `gldt-${'9'.repeat(20)}`;
  return { status: 201, body: { id: 1, name: body.name, username: `gitlab+deploy-token-1`, token } };
}

function hooks({ server }: Stub, method: string, body: Record<string, unknown>): ApiAnswer {
  if (method === 'POST') server.hooks.push(body);
  const list = server.hooks.map((hook, index) => ({ id: index + 1, ...hook }));
  return method === 'POST' ? { status: 201, body: list.at(-1) } : { status: 200, body: list };
}

async function create(stub: Stub, owner: string, name: string, isPrivate: boolean): Promise<ApiAnswer> {
  await createRepository(join(stub.options.root, owner), name);
  stub.visibility.set(`${owner}/${name}`, isPrivate);
  return { status: 201, body: shown(stub, owner, name) };
}

function shown({ origin, visibility }: Stub, owner: string, name: string) {
  const isPrivate = visibility.get(`${owner}/${name}`) ?? true;
  const url = `${origin()}/${owner}/${name}.git`;
  return {
    ...{ clone_url: url, private: isPrivate },
    ...{ http_url_to_repo: url, visibility: isPrivate ? 'private' : 'public' },
  };
}
