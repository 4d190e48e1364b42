import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { readBlob, readCommit, readTree } from 'isomorphic-git';
import { describe, expect, test } from 'vitest';
import { fileSystem } from '../../../infra/local/git/file-system.ts';
import { MAX_FILE_BYTES } from '../../../infra/local/git/folder-scan.ts';
import { createWorkTree } from '../../../infra/local/git/write.ts';
import { scratchDirectory } from '../../contracts/scratch.ts';
import { watched } from './watched.ts';

const linux = process.platform === 'linux';

describe.each(linux ? [false, true] : [true])('a watched folder (one watch for all: %s)', (recursive) => {
  test('begins with a commit of what lies there, and only if something does', async () => {
    const full = await watched((folder) => writeFileSync(join(folder, 'a'), '1'), recursive);
    const empty = await watched(undefined, recursive);

    expect(full.commits).toEqual([{ id: full.watch.head(), message: 'Save a', paths: ['a'], by: 'save' }]);
    expect([empty.commits, empty.watch.head()]).toEqual([[], undefined]);
  });

  test('commits what is saved, new folders and unicode names as well', async () => {
    const { folder, told, commits } = await watched(undefined, recursive);

    writeFileSync(join(folder, 'a'), '1');
    mkdirSync(join(folder, 'deep/er'), { recursive: true });
    writeFileSync(join(folder, 'deep/er/ünï 🙂'), '1');
    expect(await told(1)).toEqual(['a', 'deep/er/ünï 🙂']);
    await setTimeout(100);
    writeFileSync(join(folder, 'deep/er/later'), '1');
    expect(await told(2)).toEqual(['deep/er/later']);
    expect(commits[1]?.message).toBe('Save deep/er/later');
  });

  test('commits what was removed, moved and made executable', async () => {
    const { folder, told } = await watched((at) => {
      mkdirSync(join(at, 'folder/below'), { recursive: true });
      for (const name of ['folder/a', 'folder/below/b', 'c', 'run']) writeFileSync(join(at, name), name);
    }, recursive);

    rmSync(join(folder, 'folder'), { recursive: true });
    expect(await told(2)).toEqual(['folder/a', 'folder/below/b']);
    renameSync(join(folder, 'c'), join(folder, 'd'));
    expect(await told(3)).toEqual(['c', 'd']);
    chmodSync(join(folder, 'run'), 0o755);
    if (process.platform !== 'win32') expect(await told(4)).toEqual(['run']);
  });

  test('waits until a file that is being written rests', async () => {
    const { folder, commits, watch } = await watched(undefined, recursive);

    for (let index = 0; index < 40; index++) {
      appendFileSync(join(folder, 'log'), 'line\n');
      await setTimeout(10);
    }
    await expect.poll(() => textOf(folder, watch.head(), 'log'), { timeout: 2000 }).toBe('line\n'.repeat(40));

    // one where the machine is quiet
    expect(commits.length).toBeLessThan(5);
  });

  test('leaves out what editors write for themselves and what .gitignore names', async () => {
    const { folder, watch } = await watched(undefined, recursive);
    mkdirSync(join(folder, 'node_modules/x'), { recursive: true });
    mkdirSync(join(folder, 'sub'));
    writeFileSync(join(folder, '.gitignore'), 'node_modules/\n*.log\n!kept.log\n');
    writeFileSync(join(folder, 'sub/.gitignore'), '/local\n');
    const unwanted = ['4913', 'a~', '.a.swp', '.a.swx', '.#a', '#a#', 'b___jb_tmp___', '.DS_Store'];
    const ignored = ['node_modules/x/a', 'x.log', 'sub/y.log', 'sub/local'];
    for (const path of [...unwanted, ...ignored, 'kept.log', 'local', 'sub/a'])
      writeFileSync(join(folder, path), '1');

    await watch.look();

    expect(await treeOf(folder, watch.head())).toEqual(['.gitignore', 'kept.log', 'local', 'sub']);
    expect(await treeOf(folder, watch.head(), 'sub')).toEqual(['.gitignore', 'a']);
  });
});

test.skipIf(process.platform === 'win32')('commits links as links, and follows none', async () => {
  const outside = await scratchDirectory();
  writeFileSync(join(outside, 'secret'), 'secret');
  const { folder, watch, problems } = await watched();
  symlinkSync(join(outside, 'secret'), join(folder, 'file'));
  symlinkSync(outside, join(folder, 'directory'));
  symlinkSync('nowhere', join(folder, 'broken'));
  symlinkSync(folder, join(folder, 'round'));

  await watch.look();

  const { tree } = await readTree({ fs: fileSystem, dir: folder, oid: watch.head() ?? '' });
  expect(tree.map(({ path, mode }) => `${path} ${mode}`)).toEqual(
    ['broken', 'directory', 'file', 'round'].map((name) => `${name} 120000`),
  );
  expect(problems).toEqual([]);
});

test('commits at the time of the clock, and nothing twice', async () => {
  const { folder, watch, commits } = await watched((at) => writeFileSync(join(at, 'a'), '1'));

  writeFileSync(join(folder, 'a'), '1');
  await watch.look();
  await watch.look();

  const { commit } = await readCommit({ fs: fileSystem, dir: folder, oid: watch.head() ?? '' });
  expect(commits.length).toBe(1);
  expect(commit.author.timestamp).toBe(Date.parse('2026-01-01T00:00:00Z') / 1000);
});

test('what is too large or belongs to another repository is left out; the first is told once', async () => {
  const { folder, watch, problems } = await watched();
  writeFileSync(join(folder, 'large'), '');
  truncateSync(join(folder, 'large'), MAX_FILE_BYTES + 1);
  await createWorkTree(join(folder, 'nested'));
  writeFileSync(join(folder, 'nested/a'), '1');
  writeFileSync(join(folder, 'small'), '1');

  await watch.look();
  await watch.look();

  expect(await treeOf(folder, watch.head())).toEqual(['small']);
  expect(problems).toEqual([`large is larger than ${MAX_FILE_BYTES} bytes: not committed`]);
});

test('commits thousands of files with long paths at once', async () => {
  const long = Array.from({ length: 8 }, (_, index) => `${index}`.repeat(100)).join('/');
  const { folder, watch, commits } = await watched((at) => {
    mkdirSync(join(at, long), { recursive: true });
    for (let index = 0; index < 2000; index++) writeFileSync(join(at, long, `${index}`), `${index}`);
  });

  writeFileSync(join(folder, long, '7'), 'changed');
  await watch.look();

  expect(commits.map(({ paths }) => paths.length)).toEqual([2000, 1]);
  expect((await treeOf(folder, watch.head(), long)).length).toBe(2000);
});

test('a folder that goes away is told, and nothing of it is committed', async () => {
  const { folder, watch, commits, problems } = await watched((at) => writeFileSync(join(at, 'a'), '1'));

  rmSync(folder, { recursive: true });
  await watch.look();

  expect([commits.length, problems]).toEqual([1, [`${folder} cannot be committed: its repository is gone`]]);
});

async function treeOf(dir: string, oid: string | undefined, filepath?: string): Promise<readonly string[]> {
  const { tree } = await readTree({ fs: fileSystem, dir, oid: oid ?? '', ...(filepath && { filepath }) });
  return tree.map(({ path }) => path);
}

async function textOf(dir: string, oid: string | undefined, filepath: string): Promise<string | undefined> {
  if (oid === undefined) return undefined;
  const { blob } = await readBlob({ fs: fileSystem, dir, oid, filepath });
  return Buffer.from(blob).toString();
}
