import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { serveRepositories } from '../../../infra/local/git/serve.ts';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { scratchDirectory } from '../../contracts/scratch.ts';
import { git } from '../../servers/bare-repository.ts';
import { watched } from './watched.ts';

/** As the clock of the watch says. */
const NOW = createManualClock().now();
const linux = process.platform === 'linux';

describe.each(linux ? [false, true] : [true])('a person with git (one watch for all: %s)', (recursive) => {
  test('finds nothing to tell after each commit of ours', async () => {
    const { folder, told } = await watched((at) => writeFileSync(join(at, 'a'), '1'), recursive);

    mkdirSync(join(folder, 'x'));
    writeFileSync(join(folder, 'x/ü'), '1', { mode: 0o755 });
    writeFileSync(join(folder, 'n'.repeat(200)), '1');
    await told(2);

    expect(await git(folder, ['status', '--short'])).toBe('');
    expect(await git(folder, ['fsck', '--strict'])).toBe('');
    expect(await git(folder, ['log', '--format=%s'])).toBe(`Save ${'n'.repeat(200)} and 1 more\nSave a`);
    expect(await git(folder, ['diff-files'])).toBe('');
  });

  test('commits by himself: told as his, and not committed again', async () => {
    const { folder, told, commits, watch } = await watched(
      (at) => writeFileSync(join(at, 'a'), '1'),
      recursive,
    );

    await git(folder, ['checkout', '--quiet', '--detach']);
    writeFileSync(join(folder, 'a'), '2');
    await git(folder, ['commit', '--quiet', '--all', '--message', 'Mine\n\nwith a body']);
    await git(folder, ['checkout', '--quiet', '-B', 'main']);
    expect(await told(2)).toEqual(['a']);
    await watch.look();

    const id = await git(folder, ['rev-parse', 'main']);
    expect(commits[1]).toEqual({ id, message: 'Mine\n\nwith a body', paths: ['a'], by: 'person' });
    expect([commits.length, watch.head()]).toEqual([2, id]);
  });

  test('goes back: told, with the work tree as it was then', async () => {
    const { folder, told, commits, watch } = await watched(
      (at) => writeFileSync(join(at, 'a'), '1'),
      recursive,
    );
    writeFileSync(join(folder, 'a'), '2');
    await told(2);

    await git(folder, ['reset', '--quiet', '--hard', 'HEAD^']);

    expect(await told(3)).toEqual(['a']);
    expect([commits[2]?.id, commits[2]?.by]).toEqual([commits[0]?.id, 'person']);
    await watch.look();
    expect(commits.length).toBe(3);
  });

  test.each(['index.lock', 'refs/heads/main.lock'])(
    'is told of a %s that a killed process has left',
    async (name) => {
      const { folder, watch, commits, problems } = await watched(undefined, recursive);
      const lock = join(folder, '.git', name);
      mkdirSync(dirname(lock), { recursive: true });
      writeFileSync(lock, '');

      utimesSync(lock, NOW, NOW);
      writeFileSync(join(folder, 'a'), '1');
      await watch.look();
      expect([commits, problems]).toEqual([[], []]);

      const past = new Date(NOW.getTime() - 11_000);
      utimesSync(lock, past, past);
      await watch.look();
      await watch.look();

      expect(commits).toEqual([]);
      expect(problems).toEqual([expect.stringContaining(lock)]);
    },
  );

  test('is on another branch: saved changes are his', async () => {
    const { folder, watch, commits, told } = await watched(
      (at) => writeFileSync(join(at, 'a'), '1'),
      recursive,
    );

    await git(folder, ['checkout', '--quiet', '-b', 'topic']);
    writeFileSync(join(folder, 'a'), 'topic');
    await watch.look();
    expect(commits.length).toBe(1);
    await git(folder, ['commit', '--quiet', '--all', '--message', 'Topic']);
    await git(folder, ['checkout', '--quiet', 'main']);
    await watch.look();
    expect(commits.length).toBe(1);
    await git(folder, ['merge', '--quiet', 'topic']);

    expect(await told(2)).toEqual(['a']);
    expect(commits[1]).toMatchObject({ message: 'Topic', by: 'person' });
  });

  test('is in the middle of a merge: its markers are not committed', async () => {
    const { folder, watch, commits, told } = await watched(
      (at) => writeFileSync(join(at, 'a'), '1'),
      recursive,
    );
    await git(folder, ['branch', 'topic']);
    writeFileSync(join(folder, 'a'), 'main');
    await told(2);
    await git(folder, ['checkout', '--quiet', 'topic']);
    writeFileSync(join(folder, 'a'), 'topic');
    await git(folder, ['commit', '--quiet', '--all', '--message', 'Topic']);
    await git(folder, ['checkout', '--quiet', 'main']);

    await git(folder, ['merge', '--quiet', 'topic']).catch(() => 'a conflict');
    await watch.look();
    expect(commits.length).toBe(2);
    writeFileSync(join(folder, 'a'), 'both');
    await git(folder, ['commit', '--quiet', '--all', '--message', 'Merge']);

    expect(await told(3)).toEqual(['a']);
    expect(commits[2]).toMatchObject({ message: 'Merge', by: 'person' });
  });
});

test('holds the lock of the index: the change is committed when it is free', async () => {
  const { folder, watch, commits, told } = await watched((at) => writeFileSync(join(at, 'a'), '1'));
  const lock = join(folder, '.git/index.lock');

  writeFileSync(lock, '');
  writeFileSync(join(folder, 'a'), '2');
  await watch.look();
  expect(commits.length).toBe(1);
  rmSync(lock);

  expect(await told(2)).toEqual(['a']);
});

test('goes elsewhere while the folder is read: nothing of it is committed', async () => {
  const { folder, watch, commits } = await watched((at) => writeFileSync(join(at, 'a'), '1'));
  for (let index = 0; index < 300; index++) writeFileSync(join(folder, `f${index}`), `${index}`);

  const looking = watch.look();
  await new Promise((resolve) => setImmediate(resolve));
  execFileSync('git', ['checkout', '--quiet', '-b', 'topic'], { cwd: folder });
  await looking;

  expect(commits.length).toBe(1);
  expect(await git(folder, ['rev-parse', 'main'])).toBe(commits[0]?.id);
});

test('takes the repository that is there, with its history, and never what is ignored but tracked', async () => {
  const { folder, watch, commits } = await watched(async (at) => {
    await git(at, ['init', '--quiet', '--initial-branch=main']);
    writeFileSync(join(at, 'tracked.log'), '1');
    writeFileSync(join(at, '.gitignore'), '*.log\n');
    await git(at, ['add', '--force', '.']);
    await git(at, ['commit', '--quiet', '--message', 'Before']);
    await git(at, ['gc', '--quiet']);
  });
  expect(commits).toEqual([]);

  writeFileSync(join(folder, 'tracked.log'), '2');
  await watch.look();

  expect(commits.map(({ paths }) => paths)).toEqual([['tracked.log']]);
  expect(await git(folder, ['log', '--format=%s'])).toBe('Save tracked.log\nBefore');
});

test('clones the folder from the server, and fetches what is saved', async () => {
  const { folder, told, watch } = await watched((at) => writeFileSync(join(at, 'a'), '1'));
  await using stack = new AsyncDisposableStack();
  const server = await serveRepositories({ root: join(folder, '..') });
  stack.defer(() => server.stop());
  const clone = join(await scratchDirectory(), 'clone');
  await git(folder, ['clone', '--quiet', `${server.url}/gitops.git`, clone]);

  writeFileSync(join(folder, 'a'), '2');
  await told(2);
  await git(clone, ['pull', '--quiet']);

  expect(await git(clone, ['rev-parse', 'HEAD'])).toBe(watch.head());
  expect(await git(clone, ['show', 'HEAD:a'])).toBe('2');
});
