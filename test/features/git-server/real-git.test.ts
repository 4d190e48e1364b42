import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { commit, createRepository, tag } from '../../../infra/local/git/write.ts';
import { noise } from '../../contracts/blobs.ts';
import { scratchDirectory } from '../../contracts/scratch.ts';
import * as real from '../../servers/bare-repository.ts';
import { AT, served } from './served.ts';

const ADA = { name: 'Ada', email: 'ada@example.com' };

/** A repository without git, and git with a version of the protocol. */
async function setting(version: string) {
  const { root, server } = await served();
  const directory = await createRepository(root, 'app');
  const place = await scratchDirectory();
  const git = (at: string, ...args: readonly string[]) =>
    real.git(at, ['-c', `protocol.version=${version}`, '-c', 'advice.detachedHead=false', ...args]);
  const save = (files: Parameters<typeof commit>[1], branch = 'main') =>
    commit(directory, files, 'a change', branch, AT, ADA);
  return {
    ...{ directory, place, git, save, root, url: `${server.url}/app.git` },
    async clone(...args: readonly string[]): Promise<string> {
      await git(place, 'clone', '--quiet', ...args, `${server.url}/app.git`, 'clone');
      return join(place, 'clone');
    },
  };
}

describe.each(['0', '1', '2'])('git with protocol version %s', (version) => {
  test('clones everything, byte for byte', async () => {
    const { save, directory, clone, git } = await setting(version);
    const files = Object.fromEntries(
      Array.from({ length: 300 }, (_, index) => [`d${index % 7}/ü ${index}`, `${index}`]),
    );
    const first = await save({
      ...files,
      run: { text: '#!/bin/sh\n', executable: true },
      link: { symlink: 'run' },
    });
    const second = await save({ large: noise(3_000_000), 'd1/ü 1': null });
    await save({ other: '1' }, 'other');
    await tag(directory, 'v1', first, { message: 'one', at: AT, author: ADA });
    await tag(directory, 'light', first);

    const cloned = await clone();

    expect(await git(cloned, 'fsck', '--strict')).toBe('');
    expect(await git(cloned, 'status', '--short')).toBe('');
    expect(await git(cloned, 'rev-parse', 'HEAD', 'v1^{}', 'light', 'HEAD^')).toBe(
      [second, first, first, first].join('\n'),
    );
    expect(await git(cloned, 'branch', '--remotes', '--format=%(refname:lstrip=2)')).toBe(
      'origin/HEAD\norigin/main\norigin/other',
    );
    expect(await git(cloned, 'ls-files', '--stage', 'run', 'link')).toMatch(/^120000 .*link\n100755 .*run$/);
  });

  test('lists, an empty repository as well', async () => {
    const { save, directory, clone, git, place, url } = await setting(version);

    const empty = await clone();
    const nothing = await git(place, 'ls-remote', url);
    const id = await save({ a: '1' });
    const annotated = await tag(directory, 'v1', id, { message: 'one', at: AT });

    expect(nothing).toBe('');
    if (version === '2') expect(await git(empty, 'symbolic-ref', 'HEAD')).toBe('refs/heads/main');
    expect(await git(place, 'ls-remote', url)).toBe(
      [`${id}\tHEAD`, `${id}\trefs/heads/main`, `${annotated}\trefs/tags/v1`, `${id}\trefs/tags/v1^{}`].join(
        '\n',
      ),
    );
    expect(await git(place, 'ls-remote', url, 'refs/heads/*')).toBe(`${id}\trefs/heads/main`);
  });

  test('fetches what is new, with its tags, after any number of commits', async () => {
    const { save, directory, clone, git } = await setting(version);
    await save({ a: '1', kept: noise(500_000) });
    const cloned = await clone();
    let last = '';
    for (let index = 0; index < 50; index++) last = await save({ a: `change ${index}` });
    await tag(directory, 'v2', last, { message: 'two', at: AT });

    const before = Number(/size-pack: (\d+)/.exec(await git(cloned, 'count-objects', '-v'))?.[1]);
    await git(cloned, 'fetch', '--quiet');
    const after = Number(/size-pack: (\d+)/.exec(await git(cloned, 'count-objects', '-v'))?.[1]);

    expect(await git(cloned, 'rev-parse', 'origin/main', 'v2^{}')).toBe(`${last}\n${last}`);
    expect(await git(cloned, 'fsck', '--strict')).toBe('');
    expect(after - before).toBeLessThan(100);
  });

  test('fetches although it has much that the server lacks', async () => {
    const { save, clone, git } = await setting(version);
    await save({ a: '1' });
    const cloned = await clone();
    const own = [
      '-c',
      'user.name=Ada',
      '-c',
      'user.email=ada@example.com',
      'commit',
      '--quiet',
      '--allow-empty',
    ];
    for (let index = 0; index < 40; index++) await git(cloned, ...own, '-m', `own ${index}`);
    const theirs = await save({ b: '1' });

    await git(cloned, 'fetch', '--quiet');

    expect(await git(cloned, 'rev-parse', 'origin/main')).toBe(theirs);
    expect(await git(cloned, 'fsck', '--strict')).toBe('');
  });

  test('clones shallow, deepens, goes on, and gets the rest', async () => {
    const { save, clone, git } = await setting(version);
    for (let index = 0; index < 6; index++) await save({ a: `change ${index}`, [`f${index}`]: 'x' });
    const count = async (at: string) => Number(await git(at, 'rev-list', '--count', 'origin/main'));

    const cloned = await clone('--depth', '1');
    const counts = [await count(cloned)];
    for (const args of [['--depth', '3'], ['--deepen', '1'], [], ['--unshallow']]) {
      if (args.length === 0) await save({ a: 'new' });
      await git(cloned, 'fetch', '--quiet', ...args);
      expect(await git(cloned, 'fsck', '--strict')).toBe('');
      counts.push(await count(cloned));
    }

    expect(counts).toEqual([1, 3, 4, 5, 7]);
    expect(await git(cloned, 'rev-parse', '--is-shallow-repository')).toBe('false');
  });

  test('clones since a time and without what a tag has', async () => {
    const { directory, clone, git, place, url } = await setting(version);
    let last = '';
    for (let day = 1; day <= 5; day++)
      last = await commit(directory, { a: `${day}` }, `day ${day}`, 'main', `2024-01-0${day}T00:00:00Z`, ADA);
    const third = await git(directory, 'rev-parse', `${last}~2`);
    await tag(directory, 'three', third);

    const since = await clone('--shallow-since=2024-01-04T00:00:00Z', '--branch', 'main');
    await git(place, 'clone', '--quiet', '--shallow-exclude=three', url, 'excluding');

    expect(await git(since, 'log', '--format=%s')).toBe('day 5\nday 4');
    expect(await git(join(place, 'excluding'), 'log', '--format=%s')).toBe('day 5\nday 4');
  });

  test('clones without blobs, and gets them when they are needed', async () => {
    const { save, clone, git } = await setting(version);
    await save({ a: 'old', b: 'b'.repeat(100) });
    await save({ a: 'new' });

    const cloned = await clone('--filter=blob:none');
    const missing = await git(cloned, 'rev-list', '--objects', '--all', '--missing=print');

    expect(await git(cloned, 'status', '--short')).toBe('');
    expect(missing.match(/^\?/gm)?.length).toBe(1);
    expect(await git(cloned, 'show', 'HEAD^:a')).toBe('old');
  });

  test('is told why it cannot push', async () => {
    const { save, clone, git } = await setting(version);
    await save({ a: '1' });
    const cloned = await clone();

    await expect(git(cloned, 'push', 'origin', 'main:other')).rejects.toMatchObject({
      stderr: expect.stringContaining('this server is read-only: pushing is not supported'),
    });
  });

  test('clones what git itself has packed, with deltas and packed references', async () => {
    const { root, place, git, url } = await setting(version);
    const directory = await real.createRepository(root, 'packed');
    const lines = Array.from({ length: 2000 }, (_, line) => `line ${line}`);
    for (let index = 0; index < 10; index++)
      await real.commit(directory, { a: lines.toSpliced(index * 100, 1).join('\n') }, `change ${index}`);
    await real.tag(directory, 'v1', 'main', 'one');
    await git(directory, 'gc', '--quiet', '--prune=now');
    const after = await real.commit(directory, { b: 'loose' }, 'loose');

    await git(place, 'clone', '--quiet', url.replace('app.git', 'packed.git'), 'clone');

    const cloned = join(place, 'clone');
    expect(await git(cloned, 'fsck', '--strict')).toBe('');
    expect(await git(cloned, 'rev-parse', 'HEAD', 'v1^{}')).toBe(
      `${after}\n${await git(directory, 'rev-parse', 'v1^{}')}`,
    );
  });
});

test('writes what git would write: the same ids, and nothing that fsck minds', async () => {
  const root = await scratchDirectory();
  const names = [
    'a',
    'a.b',
    'a-b',
    'z',
    'é',
    '\u{ff61}',
    '\u{1f600}',
    'deep/er/file',
    'deep.txt',
    'deep-',
    'deep0',
    'a0/x',
  ];
  const files = Object.fromEntries(names.map((name) => [name, `text of ${name}`]));
  const changes = { z: null, 'deep/er/file': null, 'a0/x': null, é: { symlink: 'a' } } as const;
  const ours = await createRepository(root, 'ours');
  const theirs = await real.createRepository(root, 'theirs');

  await commit(ours, files, 'first', 'main', AT, ADA);
  await real.commit(theirs, files, 'first');
  const id = await commit(ours, changes, 'second\n\nwith a body', 'main', AT, ADA);

  expect(await real.commit(theirs, changes, 'second\n\nwith a body')).toBe(id);
  await commit(ours, { 'a.b/now': 'a folder', 'deep/er': 'now a file' }, 'third', 'main', AT, ADA);
  await commit(ours, { 'deep/er/file': 'a folder again' }, 'fourth', 'main', AT, ADA);
  await tag(ours, 'v1', id, { message: 'one', at: AT, author: ADA });
  const { stderr } = await promisify(execFile)('git', ['fsck', '--strict'], { cwd: ours });
  expect(stderr).toBe('');
  expect(await real.git(ours, ['cat-file', '-p', 'v1'])).toMatch(
    /^object .{40}\ntype commit\ntag v1\ntagger Ada <ada@example.com> 1704164645 \+0000\n\none$/,
  );
});

test('serves a work tree that is itself a shallow clone', async () => {
  const { root, place, git, save, url } = await setting('2');
  for (let index = 0; index < 4; index++) await save({ a: `change ${index}` });
  await git(root, 'clone', '--quiet', '--depth', '2', url, 'copy');
  await writeFile(join(root, 'copy', 'untracked'), 'x');

  for (const version of ['0', '2']) {
    await git(
      place,
      '-c',
      `protocol.version=${version}`,
      'clone',
      '--quiet',
      url.replace('app.git', 'copy.git'),
      `v${version}`,
    );
    expect(await git(join(place, `v${version}`), 'rev-list', '--count', 'HEAD')).toBe('2');
    expect(await git(join(place, `v${version}`), 'fsck')).toBe('');
  }
});
