import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { shortSubject } from '../../../shared/artifact/git-objects.ts';
import { DEFAULT_LIMITS } from '../../../shared/artifact/limits.ts';
import { type PackedArtifact, packCommit } from '../../../shared/artifact/pack-commit.ts';
import { readTarGz } from '../../../shared/artifact/read-tar-gz.ts';
import { scratchDirectory } from '../../contracts/scratch.ts';
import { type CommitFile, commit, createRepository, git } from '../../servers/git-http.ts';

const run = promisify(execFile);

describe('archives', () => {
  test('[COM-17 kinds] [COM-17 modes] [COM-17 anonymous] [COM-17 root] [COM-17 order] as real tar lists them', async () => {
    const { listing } = await pack({
      'b.txt': 'b',
      'b/inner.txt': 'inner',
      'b-file': 'x',
      'a/deep/run.sh': { text: '#!/bin/sh\n', executable: true },
      link: { symlink: 'b.txt' },
      'links/only': { symlink: '../b.txt' },
    });

    expect(listing.map(withoutSize)).toEqual(
      [
        'drwxr-x--- 0/0 1970-01-01 00:00 .',
        'drwxr-x--- 0/0 1970-01-01 00:00 a',
        'drwxr-x--- 0/0 1970-01-01 00:00 a/deep',
        '-rwx------ 0/0 1970-01-01 00:00 a/deep/run.sh',
        'drwxr-x--- 0/0 1970-01-01 00:00 b',
        '-rw------- 0/0 1970-01-01 00:00 b-file',
        '-rw------- 0/0 1970-01-01 00:00 b.txt',
        '-rw------- 0/0 1970-01-01 00:00 b/inner.txt',
        'drwxr-x--- 0/0 1970-01-01 00:00 links',
      ].sort(byWalk),
    );
  });

  test('[COM-17 same-tree] [GR-28 symlinks] [GR-28 lfs] [GR-07 no-git] the unpacked archive is what git checks out', async () => {
    const lfs = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n';
    const files = {
      'ünï/çødé.yaml': 'é: 1\n',
      'emoji-🚀.txt': 'go',
      'spaces in/a name': 'x',
      [`${'long/'.repeat(40)}file.txt`]: 'deep',
      [`${'n'.repeat(150)}.yaml`]: 'long name',
      'model.bin': lfs,
      empty: '',
      'exactly-a-block': 'x'.repeat(512),
      binary: Uint8Array.from({ length: 3000 }, (_, index) => index % 256),
      'run.sh': { text: 'x', executable: true },
      'link.txt': { symlink: 'empty' },
    } as const;
    const { repository, unpacked, tree, packed } = await pack(files);
    const checkout = await checkOut(repository);

    await run('rm', ['link.txt'], { cwd: checkout });
    await run('diff', ['-r', checkout, unpacked]);

    expect(tree.size).toBe(Object.keys(files).length - 1);
    expect(gunzipSync(packed.body).includes(' path=ünï/çødé.yaml\n'), 'a PAX record as Go writes it').toBe(
      true,
    );
    expect(Buffer.from(tree.get('ünï/çødé.yaml') ?? []).toString()).toBe('é: 1\n');
    expect(await readFile(join(unpacked, 'model.bin'), 'utf8')).toBe(lfs);
  });

  test('a repository with long delta chains and many files', async () => {
    const repository = await createRepository(await scratchDirectory(), 'deltas');
    const lines = Array.from({ length: 400 }, (_, line) => `line ${line} of a file that changes a little`);
    for (let step = 0; step < 12; step++) {
      const files: Record<string, string> = {};
      for (let file = 0; file < 40; file++) {
        lines[(step * 31 + file) % 400] = `changed in step ${step} for ${file}`;
        files[`dir-${file % 7}/file-${file}.txt`] = lines.join('\n');
      }
      await commit(repository, files, `step ${step}`);
    }
    await git(repository, ['gc', '--quiet', '--aggressive']);

    const { unpacked, packed } = await packHead(repository);
    await run('diff', ['-r', await checkOut(repository), unpacked]);

    expect(packed.files).toBe(40);
  });

  test('an empty tree is a root and nothing in it', async () => {
    const repository = await createRepository(await scratchDirectory(), 'empty');
    await commit(repository, { a: '1' }, 'first');
    await commit(repository, { a: null }, 'second');

    const { listing, packed } = await packHead(repository);

    expect([listing.map(withoutSize), packed.files]).toEqual([['drwxr-x--- 0/0 1970-01-01 00:00 .'], 0]);
  });

  test('[GR-28 submodules] a submodule is an empty directory, as in a checkout', async () => {
    const repository = await createRepository(await scratchDirectory(), 'modules');
    const id = await commit(repository, { a: '1' }, 'first');
    const tree = await gitTree(repository, [
      `100644 blob ${await blob(repository, 'x')}\tz`,
      `160000 commit ${id}\tmodule`,
    ]);
    await git(repository, ['update-ref', 'refs/heads/main', await commitTree(repository, tree)]);

    const { listing } = await packHead(repository);

    expect(listing.map((line) => line.split(' ').at(-1))).toEqual(['.', 'module', 'z']);
  });

  test('[COM-17 repeatable] [COM-14 digest] the same commit gives the same bytes, whatever the pack looks like', async () => {
    const repository = await createRepository(await scratchDirectory(), 'same');
    for (const step of [1, 2, 3])
      await commit(repository, { a: 'text '.repeat(100_000) + step, b: `${step}` }, 'step');
    const loose = await packHead(repository);
    await git(repository, ['gc', '--quiet', '--aggressive']);
    const tight = await packHead(repository);

    expect(Buffer.compare(loose.packed.body, tight.packed.body)).toBe(0);
    expect(tight.packed.digest).toBe(loose.packed.digest);
    const { stdout } = await run('sha256sum', [tight.file]);
    expect(tight.packed.digest).toBe(`sha256:${stdout.split(' ')[0]}`);
  });

  test('[GR-07 subject] events show 50 characters of the subject', () => {
    expect([shortSubject('é'.repeat(50)), shortSubject('🚀'.repeat(51))]).toEqual([
      'é'.repeat(50),
      `${'🚀'.repeat(50)}...`,
    ]);
  });
});

interface Packed {
  readonly repository: string;
  readonly packed: PackedArtifact;
  readonly tree: ReturnType<typeof readTarGz>;
  readonly file: string;
  readonly listing: string[];
  readonly unpacked: string;
}

async function pack(files: Readonly<Record<string, CommitFile>>): Promise<Packed> {
  const repository = await createRepository(await scratchDirectory(), 'app');
  await commit(repository, files, 'first');
  return packHead(repository);
}

async function packHead(repository: string): Promise<Packed> {
  const scratch = await scratchDirectory();
  const id = await git(repository, ['rev-parse', 'main']);
  const bytes = await packObjects(repository, id);
  const packed = await packCommit(bytes, id);
  const file = join(scratch, 'artifact.tar.gz');
  await writeFile(file, packed.body);
  await run('gzip', ['-t', file]);
  const { stdout } = await run('tar', ['--utc', '--full-time', '-tvzf', file], {
    env: { ...process.env, LC_ALL: 'C.UTF-8' },
  });
  const unpacked = join(scratch, 'unpacked');
  await mkdir(unpacked);
  await run('tar', ['-xzf', file, '-C', unpacked]);
  const tree = readTarGz(packed.body, DEFAULT_LIMITS);
  return { repository, packed, tree, file, listing: stdout.trimEnd().split('\n'), unpacked };
}

async function packObjects(repository: string, id: string): Promise<Buffer> {
  const pending = run('git', ['pack-objects', '--stdout', '--revs', '--quiet', '--delta-base-offset'], {
    cwd: repository,
    encoding: 'buffer',
    maxBuffer: 1 << 26,
  });
  pending.child.stdin?.end(`${id}\n`);
  return (await pending).stdout;
}

async function checkOut(repository: string): Promise<string> {
  const directory = join(await scratchDirectory(), 'checkout');
  await git(repository, ['clone', '--quiet', repository, directory]);
  await run('rm', ['-rf', '.git'], { cwd: directory });
  return directory;
}

async function blob(repository: string, text: string): Promise<string> {
  const pending = run('git', ['hash-object', '-w', '--stdin'], { cwd: repository });
  pending.child.stdin?.end(text);
  return (await pending).stdout.trim();
}

async function gitTree(repository: string, lines: readonly string[]): Promise<string> {
  const pending = run('git', ['mktree', '--missing'], { cwd: repository });
  pending.child.stdin?.end(`${lines.join('\n')}\n`);
  return (await pending).stdout.trim();
}

function commitTree(repository: string, tree: string): Promise<string> {
  return git(repository, ['commit-tree', tree, '-m', 'by hand']);
}

/** `mode owner size date time name` without the size and the seconds. */
function withoutSize(line: string): string {
  const [mode, owner, , date, time, ...name] = line.split(/ +/);
  return [mode, owner, date, time?.slice(0, 5), ...name].join(' ');
}

/** The order of a lexical walk: by path, element by element. */
function byWalk(a: string, b: string): number {
  const path = (line: string): string => (line.split(' ').at(-1) ?? '').replaceAll('/', '\0');
  const [left, right] = [path(a), path(b)];
  return left === '.' ? -1 : right === '.' ? 1 : left < right ? -1 : 1;
}
