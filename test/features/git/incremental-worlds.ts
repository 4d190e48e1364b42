import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createGit } from '../../../shared/adapters/git/git.ts';
import { createHttp } from '../../../shared/adapters/http/client.ts';
import { createDial } from '../../../shared/adapters/http/dial.ts';
import type { GitAuth, GitRemote } from '../../../shared/ports.ts';
import { createRepository, startGitServer } from '../../servers/git-http.ts';
import { startSshServer } from '../../servers/sshd.ts';

/** How a repository is served, and by which version of the protocol. */
export type Way = readonly [transport: 'http' | 'ssh', version: 0 | 2];

export const WAYS: readonly Way[] = [
  ['http', 2],
  ['http', 0],
  ['ssh', 2],
  ['ssh', 0],
];

/** A bare repository on the real git, and how it is opened. */
export interface ServedRepository {
  readonly directory: string;
  readonly open: () => GitRemote;
}

const RULE = { loopback: true, privateRanges: false };

/** An empty repository that is served until the test is over. */
export async function serveRepository(way: Way): Promise<ServedRepository> {
  const root = await mkdtemp(join(tmpdir(), 'git-incremental-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const directory = await createRepository(root, 'app');
  return { directory, open: await serveAt(root, way) };
}

/** Serves the repository `app` under `root` until the test is over. */
export async function serveAt(root: string, [transport, version]: Way): Promise<ServedRepository['open']> {
  const onlyV0 = version === 0;
  const server: { url: string; stop(): Promise<void> } & GitAuth =
    transport === 'http' ? await startGitServer(root, { onlyV0 }) : await startSshServer(root, { onlyV0 });
  const { identity, knownHosts } = server;
  onTestFinished(() => server.stop());
  const git = createGit({ http: createHttp(RULE), dial: createDial(RULE) });
  const auth = { ...(identity && { identity }), ...(knownHosts && { knownHosts }) };
  const url = `${server.url}/app.git`;
  return () => git.open({ url, auth }, AbortSignal.timeout(60_000));
}
