import { deflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../../shared/artifact/limits.ts';
import { binaryId, type GitObjects, hexId, readPack } from '../../../shared/artifact/pack.ts';
import { packCommit } from '../../../shared/artifact/pack-commit.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import { faultNow } from '../semver/fault-now.ts';
import { copy, delta, distance, entryBytes, idOf, insert, packOf, sealed, TYPE, treeEntry } from './packs.ts';

const read = (pack: Uint8Array, limits = {}): GitObjects => readPack(pack, { ...DEFAULT_LIMITS, ...limits });
const BASE = { type: TYPE.blob, data: 'hello world' };

describe('packs by hand', () => {
  test('an empty pack has no objects', () => {
    expect(read(packOf([])).size).toBe(0);
  });

  test('deltas by distance and by id, on each other, before and after their bases', () => {
    const first = delta(11, 12, copy(0, 11), insert('!'));
    const second = delta(12, 7, insert('oh '), copy(0, 4));
    const byDistance = { type: TYPE.ofsDelta, data: first, base: distance(entryBytes(BASE).length) };
    const ahead = { type: TYPE.refDelta, data: second, base: idOf('blob', 'hello world!') };

    const inOrder = read(packOf([BASE, byDistance, ahead]));
    const reversed = read(packOf([ahead, BASE, { ...byDistance }]));

    for (const objects of [inOrder, reversed])
      expect(textsOf(objects)).toEqual(['hello world', 'hello world!', 'oh hell']);
  });

  test('a copy of length zero means 65536', () => {
    const data = 'x'.repeat(65_536);
    const whole = delta(65_536, 65_536, [0x80]);

    const objects = read(
      packOf([
        { type: TYPE.blob, data },
        { type: TYPE.refDelta, data: whole, base: idOf('blob', data) },
      ]),
    );

    expect(textsOf(objects)).toEqual([data]);
  });

  test.each<[string, Uint8Array]>([
    ['nothing', Buffer.alloc(0)],
    ['no pack', sealed(Buffer.from('PACKETS OF SUGAR'))],
    ['an unknown version', packOf([BASE], { version: 4 })],
    ['a wrong checksum', Buffer.concat([packOf([BASE]).subarray(0, -20), Buffer.alloc(20)])],
    ['one changed byte', flipped(packOf([BASE]), 14)],
    ['a cut', packOf([BASE]).subarray(0, -1)],
    ['fewer objects than announced', packOf([BASE], { count: 2 })],
    ['more objects than announced', packOf([BASE, BASE], { count: 1 })],
    ['an object larger than announced', packOf([{ ...BASE, size: 5 }])],
    ['an object smaller than announced', packOf([{ ...BASE, size: 50 }])],
    ['an object that does not inflate', packOf([{ ...BASE, raw: Buffer.from('not deflated at all') }])],
    ['a cut object', packOf([{ ...BASE, raw: deflateSync(BASE.data).subarray(0, 6) }])],
    ['an unknown type', packOf([{ ...BASE, type: 5 }])],
    [
      'a size beyond all bounds',
      sealed(Buffer.concat([packOf([], { count: 1 }).subarray(0, 12), Buffer.alloc(30, 255)])),
    ],
    [
      'a delta without its base',
      packOf([{ type: TYPE.refDelta, data: delta(1, 1), base: Buffer.alloc(20) }]),
    ],
    ['a delta on nothing', packOf([{ type: TYPE.ofsDelta, data: delta(1, 1), base: distance(7) }])],
    ['a delta on itself', packOf([{ type: TYPE.ofsDelta, data: delta(1, 1), base: distance(0) }])],
    ['a base of another size', packOf([BASE, onBase(delta(12, 1, insert('x')))])],
    ['a result of another size', packOf([BASE, onBase(delta(11, 2, insert('x')))])],
    ['a copy beyond the base', packOf([BASE, onBase(delta(11, 5, copy(8, 5)))])],
    ['a copy beyond the result', packOf([BASE, onBase(delta(11, 2, copy(0, 5)))])],
    ['an insert beyond the delta', packOf([BASE, onBase(delta(11, 9, [9, 65]))])],
    ['an insert beyond the result', packOf([BASE, onBase(delta(11, 1, insert('xy')))])],
    ['an unknown instruction', packOf([BASE, onBase(delta(11, 1, [0]))])],
    ['a cut instruction', packOf([BASE, onBase(delta(11, 1, [0x91]))])],
    ['a delta without sizes', packOf([BASE, onBase(Buffer.from([255]))])],
  ])('%s is malformed', (_what, pack) => {
    faultNow(() => read(pack), 'malformed');
  });

  test('[GR-27 no-thin-pack] a thin pack is named', () => {
    const thin = packOf([{ type: TYPE.refDelta, data: delta(1, 1), base: Buffer.alloc(20, 1) }]);

    expect(faultNow(() => read(thin), 'malformed').message).toContain('thin');
  });

  test('every limit is a limit', () => {
    const chain = [
      BASE,
      onBase(delta(11, 11, copy(0, 10), insert('1'))),
      {
        type: TYPE.refDelta,
        data: delta(11, 11, copy(0, 10), insert('2')),
        base: idOf('blob', 'hello worl1'),
      },
    ];

    expect(read(packOf(chain), { deltaDepth: 2 }).size).toBe(3);
    faultNow(() => read(packOf(chain), { deltaDepth: 1 }), 'too-large');
    faultNow(() => read(packOf(chain), { objects: 2 }), 'too-large');
    faultNow(() => read(packOf([BASE]), { objectBytes: 10 }), 'too-large');
    faultNow(() => read(packOf([BASE, BASE]), { inflatedBytes: 21 }), 'too-large');
    const grown = onBase(delta(11, 22, copy(0, 11), copy(0, 11)));
    expect(read(packOf([BASE, grown]), { objectBytes: 22 }).size).toBe(2);
    faultNow(() => read(packOf([BASE, grown]), { objectBytes: 21 }), 'too-large');
  });

  test('a small delta that announces a huge object is refused before anything is allocated', () => {
    const bomb = packOf([BASE, onBase(delta(11, 2 ** 40, copy(0, 11)))]);

    faultNow(() => read(bomb), 'too-large');
  });

  test('many small deltas that make much are refused', () => {
    const data = 'x'.repeat(60_000);
    const entries = Array.from({ length: 50 }, (_, index) => ({
      type: TYPE.refDelta,
      data: delta(60_000, 60_001, copy(0, 60_000), insert(String.fromCharCode(65 + index))),
      base: idOf('blob', data),
    }));

    faultNow(
      () => read(packOf([{ type: TYPE.blob, data }, ...entries]), { inflatedBytes: 1_000_000 }),
      'too-large',
    );
  });
});

describe('hostile trees', () => {
  const file = idOf('blob', BASE.data);

  test.each([
    '..',
    '.',
    '.git',
    '.GIT',
    'git~1',
    'a/b',
    '/etc',
    '..\\x',
    'a\\..',
    '.git\\config',
    'new\nline',
    'bell\x07',
  ])('a file called %j is refused', async (name) => {
    const { pack, commit } = withTree(treeEntry('100644', name, file), [BASE]);

    const fault = await faultOf(packCommit(pack, commit), 'malformed');

    expect(fault.message).toMatch(/^invalid path: /);
  });

  test.each<[string, Buffer]>([
    ['without ids', Buffer.from('100644 a')],
    ['cut in an id', treeEntry('100644', 'a', file.subarray(0, 10))],
    ['of an unknown mode', treeEntry('010000', 'a', file)],
    ['naming what is not there', treeEntry('100644', 'a', Buffer.alloc(20, 1))],
    ['naming a file as a directory', treeEntry('40000', 'a', file)],
  ])('a tree %s is malformed', async (_what, tree) => {
    const { pack, commit } = withTree(tree, [BASE]);

    await faultOf(packCommit(pack, commit), 'malformed');
  });

  test('a few objects that unfold into billions of files are too large', async () => {
    let inner = treeEntry('100644', 'f', file);
    const entries: { type: number; data: Buffer | string }[] = [BASE];
    for (let level = 0; level < 10; level++) {
      entries.push({ type: TYPE.tree, data: inner });
      const id = idOf('tree', inner);
      inner = Buffer.concat(Array.from({ length: 10 }, (_, index) => treeEntry('40000', `d${index}`, id)));
    }
    const { pack, commit } = withTree(inner, entries);

    await faultOf(packCommit(pack, commit), 'too-large');
  });

  test('one large file at many places is as large as all of them', async () => {
    const large = { type: TYPE.blob, data: Buffer.alloc(1_000_000) };
    const id = idOf('blob', large.data);
    const places = Array.from({ length: 20 }, (_, index) => treeEntry('100644', `f${10 + index}`, id));
    const { pack, commit } = withTree(Buffer.concat(places), [large]);

    const limits = { ...DEFAULT_LIMITS, inflatedBytes: 10_000_000 };
    const { message } = await faultOf(packCommit(pack, commit, { limits }), 'too-large');
    expect(message).toBe('the files are larger than 10000000 bytes');
    await packCommit(pack, commit, { limits: { ...limits, inflatedBytes: 21_000_000 } });
  });

  test.each(['blob', 'nothing'])('a commit that is a %s is malformed', async (what) => {
    const commit = what === 'blob' ? idOf('blob', BASE.data) : Buffer.alloc(20);

    await faultOf(packCommit(packOf([BASE]), commit.toString('hex')), 'malformed');
  });
});

test('ids go to binary and back', () => {
  expect(hexId(binaryId('00ff10'.padEnd(40, 'a')))).toBe('00ff10'.padEnd(40, 'a'));
});

function withTree(
  tree: Buffer,
  others: readonly { type: number; data: Buffer | string }[],
): { pack: Buffer; commit: string } {
  const commit = `tree ${idOf('tree', tree).toString('hex')}\nauthor A <a> 1 +0000\ncommitter A <a> 1 +0000\n\nx`;
  const pack = packOf([...others, { type: TYPE.tree, data: tree }, { type: TYPE.commit, data: commit }]);
  return { pack, commit: idOf('commit', commit).toString('hex') };
}

function onBase(data: Buffer): { type: number; data: Buffer; base: Buffer } {
  return { type: TYPE.refDelta, data, base: idOf('blob', BASE.data) };
}

function textsOf(objects: GitObjects): string[] {
  return [...objects.values()].map(({ data }) => data.toString()).sort();
}

function flipped(bytes: Buffer, at: number): Buffer {
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
}
