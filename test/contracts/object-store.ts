import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { ObjectStore } from '../../shared/ports.ts';
import { type KnownFailures, testOrKnown } from './known-failures.ts';

/** What a suite needs of one adapter; `prefix` keeps runs on a shared store apart. */
export interface StoreUnderTest {
  readonly store: ObjectStore;
  readonly prefix?: string;
  /** Keys that the adapter refuses as `invalid`, because what stands behind it does. */
  readonly refuses?: (key: string) => boolean;
  /** Strange keys that S3 keeps, and the server behind this adapter does not. */
  readonly lacks?: readonly string[];
}

const text = (body: string) => new TextEncoder().encode(body);

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** Every ObjectStore passes this, against what S3 itself does. */
export function objectStoreContract(
  open: () => Promise<StoreUnderTest>,
  knownFailures: KnownFailures = {},
): void {
  const test = testOrKnown(knownFailures);
  const fresh = async () => {
    const { store, prefix = '', refuses = () => false, lacks = [] } = await open();
    const keys = async (under = '') => {
      const found = await collected(store.list(prefix + under));
      return found.map(({ key }) => key.slice(prefix.length));
    };
    return { store, keys, refuses, lacks, at: (key: string) => prefix + key };
  };

  test('what was put is got back with its etag and time', async () => {
    const { store, at } = await fresh();
    const body = Uint8Array.from({ length: 70_000 }, (_, index) => index % 251);

    const { etag } = await store.put(at('a/b.bin'), body);

    const stored = await store.get(at('a/b.bin'));
    expect(stored?.body).toEqual(body);
    expect(stored?.etag).toBe(etag);
    const head = await store.head(at('a/b.bin'));
    expect(head).toMatchObject({ key: at('a/b.bin'), size: 70_000, etag });
    expect(head?.lastModified).toBeInstanceOf(Date);
    expect(head?.lastModified.getTime()).toBe(stored?.lastModified.getTime());
  });

  test('an empty body is an object', async () => {
    const { store, at } = await fresh();

    await store.put(at('empty'), new Uint8Array());

    expect((await store.get(at('empty')))?.body.byteLength).toBe(0);
    expect((await store.head(at('empty')))?.size).toBe(0);
  });

  test('what is not there is undefined, and deleting it is fine', async () => {
    const { store, at } = await fresh();

    expect(await store.get(at('nothing'))).toBeUndefined();
    expect(await store.head(at('nothing'))).toBeUndefined();
    await store.delete(at('nothing'));
    await store.delete(at('nothing'), { ifMatch: '"anything"' });
  });

  test('a put replaces, and another body has another etag', async () => {
    const { store, at } = await fresh();
    const first = await store.put(at('k'), text('one'));

    const second = await store.put(at('k'), text('two'));

    expect(second.etag).not.toBe(first.etag);
    expect(new TextDecoder().decode((await store.get(at('k')))?.body)).toBe('two');
  });

  test('the caller may change its bytes after a put and after a get', async () => {
    const { store, at } = await fresh();
    const mine = text('abc');
    await store.put(at('k'), mine);

    mine[0] = 0;
    const got = await store.get(at('k'));
    if (got !== undefined) got.body[1] = 0;

    expect((await store.get(at('k')))?.body).toEqual(text('abc'));
  });

  test('ifAbsent puts once', async () => {
    const { store, at } = await fresh();

    const { etag } = await store.put(at('once'), text('first'), { ifAbsent: true });

    const again = store.put(at('once'), text('second'), { ifAbsent: true });
    await expect(again).rejects.toMatchObject({ code: 'precondition-failed' });
    expect((await store.get(at('once')))?.etag).toBe(etag);
  });

  test('ifMatch puts over what it knows, never over anything else or nothing', async () => {
    const { store, at } = await fresh();
    const { etag } = await store.put(at('k'), text('one'));

    const second = await store.put(at('k'), text('two'), { ifMatch: etag });

    const failed = { code: 'precondition-failed' };
    await expect(store.put(at('k'), text('three'), { ifMatch: etag })).rejects.toMatchObject(failed);
    await expect(store.put(at('none'), text('x'), { ifMatch: etag })).rejects.toMatchObject(failed);
    expect((await store.get(at('k')))?.etag).toBe(second.etag);
    expect(await store.head(at('none'))).toBeUndefined();
  });

  test('delete with ifMatch removes only what it knows', async () => {
    const { store, at } = await fresh();
    const { etag } = await store.put(at('k'), text('one'));
    const second = await store.put(at('k'), text('two'));

    const stale = store.delete(at('k'), { ifMatch: etag });
    await expect(stale).rejects.toMatchObject({ code: 'precondition-failed' });
    expect(await store.head(at('k'))).toBeDefined();
    await store.delete(at('k'), { ifMatch: second.etag });

    expect(await store.head(at('k'))).toBeUndefined();
  });

  test('of twenty that put ifAbsent at once, one succeeds', async () => {
    const { store, at } = await fresh();

    const tries = Array.from({ length: 20 }, (_, index) =>
      store.put(at('race'), text(`writer ${index}`), { ifAbsent: true }),
    );
    const results = await Promise.allSettled(tries);

    const winner = results.findIndex(({ status }) => status === 'fulfilled');
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await store.get(at('race')))?.body).toEqual(text(`writer ${winner}`));
  });

  test('keys come in UTF-8 byte order', async () => {
    const { store, keys, at } = await fresh();
    // U+FF5E sorts before U+1F600 in UTF-8 and after it in UTF-16.
    const expected = [
      'A',
      'a',
      'a-b',
      'a.b',
      'a/b',
      'a0',
      'aB',
      'b/',
      'b//c',
      'b/a',
      'z',
      '\u00e9',
      '\uff5e',
      '\u{1f600}',
    ];

    for (const key of expected.toReversed()) await store.put(at(`o/${key}`), text(key));

    expect(await keys('o/')).toEqual(expected.map((key) => `o/${key}`));
  });

  test('a prefix is of characters, not of parts', async () => {
    const { store, keys, at } = await fresh();
    for (const key of ['p/ab', 'p/abc', 'p/abc/d', 'p/b', 'q/ab']) await store.put(at(key), text('x'));

    expect(await keys('p/ab')).toEqual(['p/ab', 'p/abc', 'p/abc/d']);
    expect(await keys('p/abc/')).toEqual(['p/abc/d']);
    expect(await keys('p')).toHaveLength(4);
    expect(await keys('nobody/')).toEqual([]);
  });

  test('a list tells size and etag', async () => {
    const { store, at } = await fresh();
    const { etag } = await store.put(at('l/k'), text('four'));

    const listed = await collected(store.list(at('l/')));

    expect(listed).toEqual([expect.objectContaining({ key: at('l/k'), size: 4, etag })]);
  });

  test('a list of more than one page is whole', async () => {
    const { store, keys, at } = await fresh();
    const names = Array.from({ length: 1_003 }, (_, index) => `many/${String(index).padStart(5, '0')}`);
    for (let start = 0; start < names.length; start += 50)
      await Promise.all(names.slice(start, start + 50).map((name) => store.put(at(name), text('x'))));

    expect(await keys('many/')).toEqual(names);
  });

  const longest = (character: string) => (room: number) =>
    character.repeat(Math.floor(room / Buffer.byteLength(character)));
  const STRANGE = [
    '../../escape',
    '/leading',
    'a//b',
    './here',
    '..',
    'dir/..',
    'space and+plus',
    '%41',
    'q?x=1#f',
    'back\\slash',
    'new\nline',
    'nul\u0001',
    'caf\u00e9',
    'cafe\u0301',
    'CON',
    '.hidden',
    'x=',
    'x+',
    '~',
    '*',
  ]; // prettier-ignore

  test('strange keys are kept apart and intact, or refused', async () => {
    const { store, keys, at, refuses, lacks } = await fresh();
    const refused = STRANGE.filter(refuses);
    const kept = STRANGE.filter((key) => !refuses(key) && !lacks.includes(key));
    const read = async (key: string) => new TextDecoder().decode((await store.get(at(`s/${key}`)))?.body);

    for (const key of kept) await store.put(at(`s/${key}`), text(key));

    for (const key of kept) expect(await read(key), key).toBe(key);
    expect((await keys('s/')).toSorted()).toEqual(kept.map((key) => `s/${key}`).toSorted());
    for (const key of refused)
      await expect(store.put(at(`s/${key}`), text(key))).rejects.toMatchObject({ code: 'invalid' });
    for (const key of lacks)
      await expect(store.put(at(`s/${key}`), text(key)), key).rejects.toMatchObject({ name: 'Fault' });
  });

  test('a key may have 1024 bytes and no more', async () => {
    const { store, keys, at, refuses } = await fresh();
    const room = 1024 - Buffer.byteLength(at(''));
    const fills = [longest('x'), longest('X'), longest('\u00e9'), longest('./')].map((fill) => fill(room));

    for (const key of fills.filter((key) => !refuses(key))) {
      await store.put(at(key), text('x'));
      expect(await store.get(at(key))).toBeDefined();
      await store.delete(at(key));
    }

    expect(await keys()).toEqual([]);
    await expect(store.put(at('x'.repeat(room + 1)), text('x'))).rejects.toMatchObject({ code: 'invalid' });
    await expect(store.put('', text('x'))).rejects.toMatchObject({ code: 'invalid' });
  });

  test('`a` and `a/b` coexist, whoever comes and goes first', async () => {
    const { store, keys, at } = await fresh();
    await store.put(at('c/a'), text('file'));
    await store.put(at('c/a/b'), text('below'));

    await store.delete(at('c/a'));
    expect(await keys('c/')).toEqual(['c/a/b']);
    await store.put(at('c/a'), text('file'));
    await store.delete(at('c/a/b'));

    expect(await keys('c/')).toEqual(['c/a']);
  });

  test('a reader sees one whole object while writers replace it', async () => {
    const { store, at } = await fresh();
    const bodies = [text('a'.repeat(100_000)), text('b'.repeat(50_000))] as const;
    const digests = new Set(bodies.map((body) => createHash('sha256').update(body).digest('hex')));
    await store.put(at('busy'), bodies[0]);
    let writing = true;
    const writer = (async () => {
      for (let turn = 0; turn < 20; turn += 1) await store.put(at('busy'), bodies[turn % 2 === 0 ? 1 : 0]);
      writing = false;
    })();

    const seen = new Set<string>();
    while (writing) {
      const body = (await store.get(at('busy')))?.body ?? new Uint8Array();
      seen.add(createHash('sha256').update(body).digest('hex'));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writer;

    expect([...seen].filter((digest) => !digests.has(digest))).toEqual([]);
    expect(seen.size).toBeGreaterThan(0);
  });
}
