import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { createGit } from '../../shared/adapters/git/git.ts';
import { createHttp } from '../../shared/adapters/http/client.ts';
import { createDial } from '../../shared/adapters/http/dial.ts';
import type { GitWorld } from './git.ts';
import type { Serving, Writing } from './git-servers.ts';

/** A root that is there while the tests of this block run, served as `start` says and written by `writer`. */
export function servedWorld(start: (root: string) => Promise<Serving>, writer: Writing): () => GitWorld {
  let root: string;
  let server: Serving;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'git-contract-'));
    server = await start(root);
  });
  afterAll(async () => {
    await server.stop();
    await rm(root, { recursive: true, force: true });
  });
  const rule = { loopback: true, privateRanges: false };
  const git = createGit({ http: createHttp(rule), dial: createDial(rule) });
  return () => ({
    git,
    auth: server.auth ?? {},
    commit: writer.commit,
    tag: writer.tag,
    async create(name, format) {
      const create = format === 'sha256' ? writer.createSha256 : writer.createRepository;
      return { directory: await create(root, name), url: `${server.url}/${name}.git` };
    },
  });
}
