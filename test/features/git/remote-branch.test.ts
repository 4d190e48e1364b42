import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openRemoteBranch, type RemoteAddress } from '../../../infra/local/git/remote-branch.ts';
import { createHttp } from '../../../shared/adapters/http/client.ts';
import { scratchDirectory } from '../../contracts/scratch.ts';
import { commit, createRepository, git } from '../../servers/bare-repository.ts';
import { startGitServer } from '../../servers/git-http.ts';

const http = createHttp({ loopback: true, privateRanges: true });
const AUTHOR = { name: 'Flux', email: '' };
const AT = '2026-03-04T05:06:07.000Z';
const change = (files: Record<string, string>) => ({ files, message: 'Add it', author: AUTHOR, at: AT });

/** A real git server with one repository and a user. */
async function served() {
  const root = await scratchDirectory();
  const repository = await createRepository(root, 'fleet');
  const server = await startGitServer(root, { username: 'git', password: 'secret' });
  onTestFinished(() => server.stop());
  const address: RemoteAddress = {
    ...{ url: `${server.url}/fleet.git`, branch: 'main', username: 'git', password: 'secret' },
  };
  const open = async (more: Partial<RemoteAddress> = {}) => {
    const remote = await openRemoteBranch({ ...address, ...more }, http);
    onTestFinished(remote.close);
    return remote;
  };
  return { repository, open };
}

describe('a branch on a server', () => {
  test('of an empty repository gets its first commit', async () => {
    const { repository, open } = await served();

    const remote = await open();
    const id = await remote.push(change({ 'clusters/prod/a.yaml': 'a: 1\n' }));

    expect(remote.head).toBeUndefined();
    expect(await git(repository, ['rev-parse', 'main'])).toBe(id);
    expect(await git(repository, ['show', 'main:clusters/prod/a.yaml'])).toBe('a: 1');
    expect(await git(repository, ['log', '-1', '--format=%an <%ae> %at %s'])).toBe(
      `Flux <> ${Date.parse(AT) / 1000} Add it`,
    );
    await git(repository, ['fsck', '--strict']);
  });

  test('with history is read at its newest commit and gets one more on top, all else as it was', async () => {
    const { repository, open } = await served();
    await commit(repository, { 'README.md': 'one', 'deep/er/x': 'x' }, 'one');
    const second = await commit(repository, { 'README.md': 'two' }, 'two');

    const remote = await open();
    expect(remote.head).toBe(second);
    expect(await remote.read('README.md')).toBe('two');
    expect(await remote.read('deep/absent')).toBeUndefined();
    const id = await remote.push(change({ 'deep/new': 'new' }));

    expect(await git(repository, ['rev-parse', `${id}^`])).toBe(second);
    expect(await git(repository, ['ls-tree', '-r', '--name-only', 'main'])).toBe(
      'README.md\ndeep/er/x\ndeep/new',
    );
    await git(repository, ['fsck', '--strict']);
  });

  test('that somebody else moved meanwhile is left as they made it', async () => {
    const { repository, open } = await served();
    await commit(repository, { a: '1' }, 'one');
    const remote = await open();
    const theirs = await commit(repository, { a: '2' }, 'theirs');

    await expect(remote.push(change({ b: '1' }))).rejects.toMatchObject({
      code: 'conflict',
      data: { moved: true },
    });
    expect(await git(repository, ['rev-parse', 'main'])).toBe(theirs);
  });

  test("refuses with the server's own words when a hook declines", async () => {
    const { repository, open } = await served();
    mkdirSync(join(repository, 'hooks'), { recursive: true });
    const hook = join(repository, 'hooks', 'update');
    writeFileSync(hook, '#!/bin/sh\necho "branch is protected" >&2\nexit 1\n');
    chmodSync(hook, 0o755);

    const pushed = (await open()).push(change({ a: '1' }));

    await expect(pushed).rejects.toMatchObject({ code: 'forbidden' });
    await expect(pushed).rejects.toThrow(/refuses the push to branch main: .*hook declined/);
  });

  test.each([
    [{ password: 'wrong' }, 'unauthorized', /does not accept the credentials \(401\)/],
    [{ branch: 'release' }, 'not-found', /no branch release; it has main/],
  ])('%j is refused', async (more, code, said) => {
    const { repository, open } = await served();
    await commit(repository, { a: '1' }, 'one');

    const opened = open(more);

    await expect(opened).rejects.toMatchObject({ code });
    await expect(opened).rejects.toThrow(said);
  });
});
