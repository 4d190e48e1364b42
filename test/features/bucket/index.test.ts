import { describe, expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { createMemoryStore } from '../../../shared/adapters/memory/memory-store.ts';
import { readIndex, revisionOf } from '../../../shared/artifact/bucket/bucket-index.ts';
import { openOwnBucket } from '../../../shared/artifact/bucket/own-bucket.ts';
import { packBucket } from '../../../shared/artifact/bucket/pack-bucket.ts';
import { DEFAULT_LIMITS } from '../../../shared/artifact/limits.ts';
import { readTarGz } from '../../../shared/artifact/read-tar-gz.ts';
import { sha256Hex } from '../../../shared/core/digests.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import { memoryBucket } from './memory-bucket.ts';

const EVERYTHING = { prefix: '', ignore: undefined };
const textsOf = (body: Uint8Array) =>
  Object.fromEntries(
    [...readTarGz(body, DEFAULT_LIMITS)].map(([path, data]) => [path, Buffer.from(data).toString()]),
  );

async function keysOf(
  objects: Record<string, string>,
  ignore?: string,
  prefix = '',
): Promise<readonly string[]> {
  const { index } = await readIndex(memoryBucket(objects).reader, { prefix, ignore }, DEFAULT_LIMITS);
  return [...index.keys()];
}

describe('the revision', () => {
  test('[BK-05 lines] is the digest of a line an object, key and etag, in the order of the keys', () => {
    const index = new Map([
      ['z.yaml', { etag: 'e3' }],
      ['B.yaml', { etag: 'e2' }],
      ['a.yaml', { etag: 'e1' }],
      // UTF-16 would have the emoji first.
      ['\u{1F600}', { etag: 'e5' }],
      ['\uFF5E', { etag: 'e4' }],
    ]);

    const lines = 'B.yaml e2\na.yaml e1\nz.yaml e3\n\uFF5E e4\n\u{1F600} e5\n';
    expect(revisionOf(index)).toBe(`sha256:${sha256Hex(lines)}`);
  });

  // From internal/controller/bucket_controller_test.go of source-controller 1.8.
  test("[BK-05 known] is what Flux's own test expects", () => {
    const index = new Map([['test.txt', { etag: '098f6bcd4621d373cade4e832627b4f6' }]]);

    expect(revisionOf(index)).toBe('sha256:b4c2a60ce44b67f5b659a95ce4e4cc9e2a86baf13afb72bd397c5384cbc0e479');
  });

  test('[BK-05 empty] of an empty bucket is the digest of nothing', () => {
    expect(revisionOf(new Map())).toBe(
      'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
  });
});

describe('the index', () => {
  test('[BK-06 skipped] has neither folders nor the ignore file', async () => {
    expect(await keysOf({ 'a/': '', 'a/b.yaml': '1', '.sourceignore': '*.md' })).toEqual(['a/b.yaml']);
  });

  test('[BK-06 root-only] [BK-06 spec-wins] obeys the ignore file at the root, then spec.ignore', async () => {
    const objects = {
      '.sourceignore': '*.txt\n/docs/\n',
      'a.txt': '1',
      'b.yaml': '1',
      'docs/c.yaml': '1',
      'deep/.sourceignore': '*.yaml\n',
      'deep/d.yaml': '1',
    };

    expect(await keysOf(objects)).toEqual(['b.yaml', 'deep/.sourceignore', 'deep/d.yaml']);
    expect(await keysOf(objects, '!a.txt\nb.yaml\n')).toEqual(['a.txt', 'deep/.sourceignore', 'deep/d.yaml']);
  });

  test('[BK-06 prefix] has the keys below the prefix, by the root ignore file all the same', async () => {
    const objects = { '.sourceignore': '*.txt', 'apps/a.yaml': '1', 'apps/b.txt': '1', 'other/c.yaml': '1' };

    expect(await keysOf(objects, undefined, 'apps/')).toEqual(['apps/a.yaml']);
  });

  test('[BK-07 no-defaults] leaves nothing out unasked', async () => {
    const objects = { 'logo.png': '1', '.gitignore': '1', '.github/x.yaml': '1', 'app.tar.gz': '1' };

    expect(await keysOf(objects)).toEqual(Object.keys(objects));
    expect(await keysOf(objects, '*.png\n')).toEqual(['.gitignore', '.github/x.yaml', 'app.tar.gz']);
  });

  test('is refused before anything is downloaded when it is too large', async () => {
    const { reader, gets } = memoryBucket({ a: '12345', b: '12345', c: '12345' });
    const limited = (limits: object) => readIndex(reader, EVERYTHING, { ...DEFAULT_LIMITS, ...limits });

    for (const limits of [{ entries: 2 }, { objectBytes: 4 }, { inflatedBytes: 14 }])
      await faultOf(limited(limits), 'too-large');
    expect([(await limited({ entries: 3, objectBytes: 5, inflatedBytes: 15 })).index.size, gets]).toEqual([
      3,
      [],
    ]);
  });
});

describe('the artifact', () => {
  async function packed(
    objects: Record<string, string>,
    change?: (all: Map<string, { body: string; etag: string }>) => void,
  ) {
    const { reader, all } = memoryBucket(objects);
    const indexed = await readIndex(reader, EVERYTHING, DEFAULT_LIMITS);
    change?.(all);
    return packBucket(reader, indexed, DEFAULT_LIMITS);
  }

  test('[BK-09 files] has each object under its key', async () => {
    const { body, files } = await packed({
      'a.yaml': 'a',
      'b/c/é.yaml': 'c',
      '/lead.yaml': 'l',
      'd//e.yaml': 'e',
    });

    expect(textsOf(body)).toEqual({ 'a.yaml': 'a', 'b/c/é.yaml': 'c', 'd/e.yaml': 'e', 'lead.yaml': 'l' });
    expect(files).toBe(4);
  });

  test('[BK-07 ignore-file-packed] has the ignore file that was downloaded', async () => {
    const { body, files } = await packed({ '.sourceignore': '*.md', 'a.yaml': 'a', 'b.md': 'b' });

    expect([textsOf(body), files]).toEqual([{ '.sourceignore': '*.md', 'a.yaml': 'a' }, 1]);
  });

  test('[BK-09 vanished] [BK-09 newer] is of what was downloaded, and so is its revision', async () => {
    const { body, revision, files } = await packed({ a: '1', b: '2', c: '3' }, (all) => {
      all.delete('b');
      all.set('c', { body: 'new', etag: 'e9' });
    });

    expect([textsOf(body), files]).toEqual([{ a: '1', c: 'new' }, 2]);
    expect(revision).toBe(`sha256:${sha256Hex('a etag-1\nc e9\n')}`);
  });

  test('is the same bytes whatever order the objects come in', async () => {
    const one = await packed({ 'a.yaml': 'a', 'a/b': 'b', 'a-b': 'c' });
    const other = await packed({ 'a-b': 'c', 'a/b': 'b', 'a.yaml': 'a' });

    expect(one.digest).toBe(other.digest);
  });

  test('stops at the bytes that came, whatever the listing said', async () => {
    const { reader, all } = memoryBucket({ a: '1', b: '2' });
    const indexed = await readIndex(reader, EVERYTHING, DEFAULT_LIMITS);
    all.set('b', { body: 'x'.repeat(100), etag: 'e' });

    await faultOf(packBucket(reader, indexed, { ...DEFAULT_LIMITS, inflatedBytes: 50 }), 'too-large');
    await faultOf(packBucket(reader, indexed, { ...DEFAULT_LIMITS, objectBytes: 50 }), 'too-large');
  });

  test.each([
    ['up', ['../x']],
    ['up in the middle', ['a/../../x']],
    ['here', ['a/./x']],
    ['a NUL', ['a\0b']],
    ['the way up elsewhere', ['a\\..\\b']],
    ['a long name', ['x'.repeat(256)]],
    ['no name', ['//a', '/', '///b'].slice(0, 1).concat('..')],
    ['one file twice', ['a/b', 'a//b']],
    ['a file and its directory', ['a', 'a/b']],
    ['a directory and then its file', ['a/b', 'a']],
    ['two ignore files', ['.sourceignore', '/.sourceignore']],
  ])('refuses keys that cannot be files: %s', async (_name, keys) => {
    const fault = await faultOf(packed(Object.fromEntries(keys.map((key) => [key, '1']))), 'invalid');

    expect(fault.message).toMatch(/rename/);
  });
});

describe('a part of our own store', () => {
  const store = createMemoryStore(createManualClock(new Date('2026-01-01T00:00:00Z')));
  const put = (key: string) => store.put(key, Buffer.from(key));

  async function seen(view: { within: string; hidden: string }, prefix = ''): Promise<readonly string[]> {
    const keys: string[] = [];
    for await (const { key } of openOwnBucket(store, view).list(prefix)) keys.push(key);
    return keys;
  }

  test('shows one cluster its own drop zone, whatever is asked for', async () => {
    for (const key of [
      'sources/c1/a/x',
      'sources/c1/b',
      'sources/c10/z',
      'sources/c2/y',
      'tree/c1/t',
      '.sourceignore',
    ])
      await put(key);
    const zone = { within: 'sources/c1/', hidden: 'sources/c1/' };
    const whole = { within: 'sources/c1/', hidden: '' };

    expect(await seen(zone)).toEqual(['a/x', 'b']);
    expect(await seen(zone, 'a/')).toEqual(['a/x']);
    expect(await seen(whole)).toEqual(['sources/c1/a/x', 'sources/c1/b']);
    expect(await seen(whole, 'sources/c2/')).toEqual([]);
    expect(await seen(whole, 'tree/')).toEqual([]);
    const read = async (view: typeof zone, key: string) =>
      (await openOwnBucket(store, view).get(key, 100))?.etag;
    expect(await read(zone, 'b')).not.toContain('"');
    expect([
      await read(zone, '../c2/y'),
      await read(whole, '.sourceignore'),
      await read(whole, 'tree/c1/t'),
    ]).toEqual([undefined, undefined, undefined]);
  });
});
