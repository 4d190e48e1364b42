import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Fault, isFault } from '../../../shared/core/failures.ts';
import type { Answer } from './answer.ts';
import { readBody } from './body.ts';
import { locate } from './locate.ts';
import { errorPacket, FLUSH, packet } from './packet-lines.ts';
import { advertiseV0, answerV0 } from './protocol-v0.ts';
import { advertiseV2, answerV2 } from './protocol-v2.ts';
import { openRepository, type Repository } from './repository.ts';

/** One request that was answered. */
export interface GitRequest {
  readonly method: string;
  readonly path: string;
  readonly status: number;
}

export interface GitHandlerOptions {
  readonly root: string;
  /** Given one line per request, when it has been answered or given up. */
  readonly log?: { push(line: GitRequest): unknown };
}

type Protocol = 0 | 2;

const UPLOAD = 'application/x-git-upload-pack';
const NO_PUSH = 'this server is read-only: pushing is not supported';

/** Answers Git's smart HTTP protocol for the repositories below `root`; never throws. */
export function createGitHandler({
  root,
  log,
}: GitHandlerOptions): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  const open = new Map<string, Repository>();
  const repositoryAt = (path: string): Repository => {
    const gitdir = locate(root, path);
    if (gitdir === undefined) throw refusal(404, 'there is no such repository');
    const found = open.get(gitdir) ?? openRepository(gitdir);
    open.set(gitdir, found);
    return found;
  };
  return async (request, response) => {
    const { method = '', url = '' } = request;
    response.on('close', () => log?.push({ method, path: url, status: response.statusCode }));
    response.on('error', () => undefined);
    try {
      await answer(request, response, repositoryAt);
    } catch (error) {
      fail(response, error);
    }
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  repositoryAt: (path: string) => Repository,
): Promise<void> {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  const [, name = '', what] = /^(.*?)\/(info\/refs|git-upload-pack|git-receive-pack)$/.exec(path) ?? [];
  if (what === undefined) throw refusal(404, 'there is nothing here but Git repositories');
  const repository = repositoryAt(name);
  const service = what === 'info/refs' ? new URLSearchParams(query).get('service') : what;
  if (service === 'git-receive-pack') throw refusal(403, NO_PUSH);
  if (service !== 'git-upload-pack') throw refusal(403, "only Git's smart protocol is spoken here");
  const method = what === 'info/refs' ? 'GET' : 'POST';
  if (request.method !== method) throw refusal(405, `the method is ${method}`);
  const version = versionOf(request);
  if (method === 'GET') return send(response, `${UPLOAD}-advertisement`, advertisement(repository, version));
  if (request.headers['content-type'] !== `${UPLOAD}-request`)
    throw refusal(415, `the content type is ${UPLOAD}-request`);
  const body = await readBody(request);
  const reply = version === 2 ? answerV2(repository, body) : answerV0(repository, body);
  return send(response, `${UPLOAD}-result`, reply);
}

async function advertisement(repository: Repository, version: Protocol): Promise<Answer> {
  if (version === 2) return [await advertiseV2(repository)];
  const head = [packet('# service=git-upload-pack\n'), FLUSH];
  return [...head, ...(await told(advertiseV0(repository).then((lines) => [lines])))];
}

async function send(response: ServerResponse, type: string, reply: Promise<Answer>): Promise<void> {
  const answer = await told(reply);
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache, max-age=0, must-revalidate' });
  await pipeline(Readable.from(answer, { objectMode: false }), response);
}

/** Faults in what was asked are answers, too: Git shows them to the person. */
async function told<T extends Answer>(reply: Promise<T>): Promise<T | Buffer[]> {
  try {
    return await reply;
  } catch (error) {
    if (!isFault(error) || 'status' in error.data) throw error;
    return [errorPacket(error.message)];
  }
}

/** Version 1 is version 0 with a line more, which a server need not send. */
function versionOf(request: IncomingMessage): Protocol {
  const asked = String(request.headers['git-protocol'] ?? '').split(':');
  return asked.includes('version=2') ? 2 : 0;
}

function refusal(status: number, message: string): Fault {
  return new Fault('invalid', message, { status });
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const known = isFault(error) && typeof error.data.status === 'number';
  // What went wrong inside is nothing for a client; an unread body ends the connection.
  const message = known ? error.message : 'the request could not be answered';
  response.writeHead(known ? Number(error.data.status) : 500, {
    'content-type': 'text/plain; charset=utf-8',
    connection: 'close',
  });
  response.end(`${message}\n`);
}
