import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { createGit } from '../../shared/adapters/git/git.ts';
import { createHttp } from '../../shared/adapters/http/client.ts';
import { createRepository, type GitServer, startGitServer } from '../servers/git-http.ts';
import { gitContract } from './git.ts';

describe.each([
  ['2', false],
  ['0', true],
])('[GR-27 smart-http] smart HTTP, protocol version %s', (_version, onlyV0) => {
  let root: string;
  let server: GitServer;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'git-contract-'));
    server = await startGitServer(root, { onlyV0 });
  });
  afterAll(async () => {
    await server.stop();
    await rm(root, { recursive: true, force: true });
  });

  gitContract(() => ({
    git: createGit(createHttp({ loopback: true, privateRanges: false })),
    async create(name, format) {
      return { directory: await createRepository(root, name, format), url: `${server.url}/${name}.git` };
    },
  }));
});
