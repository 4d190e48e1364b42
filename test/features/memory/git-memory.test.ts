import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { scratchDirectory } from '../../contracts/scratch.ts';
import { idOf, type PackEntry, packOf, TYPE, treeEntry } from '../artifact/packs.ts';

/** P8: what a worker has, MiB. */
const LIMIT = 512;
const MIB = 1024 * 1024;
const CHILD = join(import.meta.dirname, 'git-once.ts');
const FILE = { type: TYPE.blob, data: 'hello world' };
const FILE_ID = idOf('blob', FILE.data);

/** A pack, and the commit in it that is asked for. */
interface Hostile {
  readonly pack: Buffer;
  readonly commit: string;
}

test.each<[string, string, () => Hostile]>([
  ['two million files in one directory', 'too-large', () => withTree(wide(2_000_000), [FILE])],
  ['as many files as are allowed', 'read', () => withTree(wide(199_999), [FILE])],
  ['directories in 3000 directories', 'too-large', () => nested(3000)],
  ['directories as deep as paths can be', 'read', () => nested(2040)],
  ['four kilobytes that copy 60 MiB again and again', 'too-large', () => copies(20, 60)],
  ['half a million objects that nobody names', 'read', () => withTree(wide(1), [FILE, ...strays(499_000)])],
  ['more objects than are allowed', 'too-large', () => withTree(wide(1), [FILE, ...strays(500_000)])],
])(
  'a repository of %s is %s, in the memory of a worker',
  async (_what, expected, make) => {
    const { pack, commit } = make();
    const file = join(await scratchDirectory(), 'pack');
    await writeFile(file, pack);

    const { stdout } = await promisify(execFile)(process.execPath, [CHILD, file, commit]);

    const [outcome, mebibytes] = stdout.trim().split(' ');
    expect(outcome).toBe(expected);
    expect(Number(mebibytes)).toBeLessThan(LIMIT);
  },
  120_000,
);

function withTree(tree: Buffer, others: readonly PackEntry[]): Hostile {
  const commit = `tree ${idOf('tree', tree).toString('hex')}\nauthor A <a> 1 +0000\ncommitter A <a> 1 +0000\n\nx`;
  const pack = packOf([...others, { type: TYPE.tree, data: tree }, { type: TYPE.commit, data: commit }]);
  return { pack, commit: idOf('commit', commit).toString('hex') };
}

function wide(count: number): Buffer {
  return Buffer.concat(
    Array.from({ length: count }, (_, index) => treeEntry('100644', index.toString(36), FILE_ID)),
  );
}

function nested(depth: number): Hostile {
  let inner = treeEntry('100644', 'f', FILE_ID);
  const trees: PackEntry[] = [];
  for (let level = 1; level < depth; level++) {
    trees.push({ type: TYPE.tree, data: inner });
    inner = treeEntry('40000', 'd', idOf('tree', inner));
  }
  return withTree(inner, [FILE, ...trees]);
}

/** Deltas on one object, each of which says its whole size again and one byte that is its own. */
function copies(count: number, mebibytes: number): Hostile {
  const size = mebibytes * MIB;
  const data = Buffer.alloc(size);
  const pieces = Array.from({ length: Math.ceil(size / 0xffffff) }, (_, index) => {
    const from = index * 0xffffff;
    const length = Math.min(0xffffff, size - from);
    return [0xff, ...bytesOf(from, 4), ...bytesOf(length, 3)];
  });
  const entries = Array.from({ length: count }, (_, index) => ({
    type: TYPE.refDelta,
    data: Buffer.from([...varint(size), ...varint(size + 1), ...pieces.flat(), 1, index]),
    base: idOf('blob', data),
  }));
  return withTree(wide(1), [FILE, { type: TYPE.blob, data }, ...entries]);
}

function strays(count: number): PackEntry[] {
  return Array.from({ length: count }, (_, index) => {
    const data = `${index}`;
    return { type: TYPE.blob, data, raw: stored(Buffer.from(data)) };
  });
}

/** What deflate makes of bytes that it leaves alone: zlib's own answer would hold 16 KiB each. */
function stored(bytes: Buffer): Buffer {
  let [low, high] = [1, 0];
  for (const byte of bytes) {
    low = (low + byte) % 65_521;
    high = (high + low) % 65_521;
  }
  const head = [0x78, 0x01, 1, ...bytesOf(bytes.length, 2), ...bytesOf(0xffff - bytes.length, 2)];
  return Buffer.from([...head, ...bytes, ...bytesOf(high, 2).reverse(), ...bytesOf(low, 2).reverse()]);
}

function bytesOf(value: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => Math.floor(value / 256 ** index) % 256);
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
}
