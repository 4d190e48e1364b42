import { appendFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createGitHandler } from '../../infra/local/git/handler.ts';
import { commit, createRepository, tag } from '../../infra/local/git/write.ts';
import type { GitAuth } from '../../shared/ports.ts';
import * as real from '../servers/git-http.ts';
import type { GitWorld } from './git.ts';

/** Who serves, and who writes what is served. */
export interface Serving {
  readonly url: string;
  readonly auth?: GitAuth;
  stop(): Promise<void>;
}

/** How repositories are made. */
export type Writing = Pick<GitWorld, 'commit' | 'tag'> & {
  readonly createRepository: (root: string, name: string) => Promise<string>;
  /** With one commit, and ids that nothing here can read. */
  readonly createSha256: (root: string, name: string) => Promise<string>;
};

/** By git itself. */
export const realWriter: Writing = {
  ...real,
  async createSha256(root, name) {
    const directory = await real.createRepository(root, name, 'sha256');
    await real.commit(directory, { a: '1' }, 'first');
    return directory;
  },
};

/** Of the same person at the same time as the real one. */
export const nodeWriter: Writing = {
  createRepository,
  async createSha256(root, name) {
    const directory = await createRepository(root, name);
    await appendFile(join(directory, 'config'), '[core]\n\trepositoryformatversion = 1\n');
    await appendFile(join(directory, 'config'), '[extensions]\n\tobjectformat = sha256\n');
    await writeFile(join(directory, 'refs/heads/main'), `${'a'.repeat(64)}\n`);
    return directory;
  },
  commit: (directory, files, message, branch = 'main') => commit(directory, files, message, branch, AT, ADA),
  tag: (directory, name, target, message) =>
    tag(directory, name, target, message === undefined ? undefined : { message, at: AT, author: ADA }),
};

const ADA = { name: 'Ada', email: 'ada@example.com' };
const AT = '2024-01-02T03:04:05Z';

/** The server without git; `onlyV0` takes the client's wish for a newer protocol away. */
export async function startNodeServer(root: string, { onlyV0 = false } = {}): Promise<Serving> {
  const handle = createGitHandler({ root });
  const server = createServer((request, response) => {
    if (onlyV0) delete request.headers['git-protocol'];
    void handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
