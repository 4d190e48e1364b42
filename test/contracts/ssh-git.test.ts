import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createGit } from '../../shared/adapters/git/git.ts';
import { createHttp } from '../../shared/adapters/http/client.ts';
import { createDial } from '../../shared/adapters/http/dial.ts';
import { startSshServer } from '../servers/sshd.ts';
import { gitContract } from './git.ts';
import { realWriter } from './git-servers.ts';
import { servedWorld } from './git-world.ts';

describe.each([
  ['2', false],
  ['0', true],
])('[GR-27 ssh] OpenSSH, protocol version %s', (_version, onlyV0) => {
  gitContract(
    servedWorld(async (root) => {
      const { url, identity, knownHosts, stop } = await startSshServer(root, { onlyV0 });
      return { url, stop, auth: { identity, knownHosts } };
    }, realWriter),
  );
});

test('[GR-27 ssh] version 2 is what is spoken where the server hears the wish for it', async () => {
  const root = await mkdtemp(join(tmpdir(), 'git-ssh-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  const trace = join(root, 'trace');
  const { url, identity, knownHosts, stop } = await startSshServer(root, { trace });
  onTestFinished(stop);
  await realWriter.commit(await realWriter.createRepository(root, 'app'), { a: '1' }, 'first');
  const rule = { loopback: true, privateRanges: false };
  const git = createGit({ http: createHttp(rule), dial: createDial(rule) });
  const signal = AbortSignal.timeout(20_000);

  const refs = await git
    .open({ url: `${url}/app.git`, auth: { identity, knownHosts } }, signal)
    .lsRefs(['refs/heads/']);

  expect(refs).toHaveLength(1);
  expect(await readFile(trace, 'utf8')).toMatch(/> version 2\n.*< command=ls-refs/s);
});
