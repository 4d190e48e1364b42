import { mkdtemp, rm } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type GitRequest, type GitService, serveRepositories } from '../../../infra/local/git/serve.ts';

export const AT = '2024-01-02T03:04:05Z';

/** A server of an empty root, gone after the test. */
export async function served(): Promise<{
  readonly root: string;
  readonly server: GitService;
  readonly log: readonly GitRequest[];
}> {
  const root = await mkdtemp(join(tmpdir(), 'git-server-'));
  const log: GitRequest[] = [];
  const server = await serveRepositories({ root, log });
  onTestFinished(async () => {
    await server.stop();
    await rm(root, { recursive: true, force: true });
  });
  return { root, server, log };
}

export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: Buffer;
}

/** One request whose path is sent as it stands, not normalised as `fetch` would. */
export function ask(
  base: string,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  body: Uint8Array = Buffer.alloc(0),
): Promise<Reply> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const POST = { 'content-type': 'application/x-git-upload-pack-request' };

/** A POST to a repository's upload-pack; version 2 unless the headers say else. */
export function post(base: string, path: string, body: Uint8Array | string, headers = {}): Promise<Reply> {
  const all = { ...POST, 'git-protocol': 'version=2', ...headers };
  return ask(base, 'POST', `${path}/git-upload-pack`, all, Buffer.from(body));
}

/** Packet lines of a command of version 2. */
export function command(name: string, ...lines: readonly string[]): string {
  const packets = lines.map((line) => packet(`${line}\n`)).join('');
  return `${packet(`command=${name}\n`)}0001${packets}0000`;
}

/** One packet line. */
export function packet(text: string): string {
  return (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text;
}
