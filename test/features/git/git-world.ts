import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createGit } from '../../../shared/adapters/git/git.ts';
import { createHttp } from '../../../shared/adapters/http/client.ts';
import type { GitAddress, GitRemote } from '../../../shared/ports.ts';
import {
  createRepository,
  type GitRequest,
  type GitServerOptions,
  startGitServer,
} from '../../servers/git-http.ts';

/** A repository on a server of its own. */
export interface GitWorld {
  readonly directory: string;
  readonly url: string;
  /** `METHOD path status` of every request so far. */
  requests(): string[];
  /** Authorization headers among them. */
  credentials(): string[];
  open(auth?: GitAddress['auth'], url?: string): GitRemote;
}

/** An empty repository, its server and a client; gone after the test. */
export async function gitWorld(options: GitServerOptions = {}, format = 'sha1'): Promise<GitWorld> {
  const root = await mkdtemp(join(tmpdir(), 'git-feature-'));
  const log: GitRequest[] = [];
  const server = await startGitServer(root, { ...options, log });
  onTestFinished(async () => {
    await server.stop();
    await rm(root, { recursive: true, force: true });
  });
  const directory = await createRepository(root, 'app', format);
  const git = createGit({ http: createHttp({ loopback: true, privateRanges: false }) });
  const address = `${server.url}/app.git`;
  return {
    directory,
    url: address,
    requests: () => log.map(({ method, path, status }) => `${method} ${path} ${status}`),
    credentials: () => log.flatMap(({ authorization }) => authorization ?? []),
    open: (auth = {}, url = address) => git.open({ url, auth }, AbortSignal.timeout(10_000)),
  };
}
