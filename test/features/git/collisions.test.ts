import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isForged } from '../../../shared/artifact/git-collisions.ts';
import { type FetchOptions, fetchArtifact, resolveRemote } from '../../../shared/artifact/git-source.ts';
import type { GitObject } from '../../../shared/artifact/pack.ts';
import { Fault } from '../../../shared/core/failures.ts';
import { isMadeToCollide } from '../../../shared/core/sha1-collision.ts';
import { disturbanceVectors } from '../../../shared/core/sha1-vectors.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import { commit, tag } from '../../servers/git-http.ts';
import { faultNow } from '../semver/fault-now.ts';
import { serveRepository } from './incremental-worlds.ts';

/**
 * The published collisions: the blocks of SHAttered's PDFs in which they differ, with all before them (the rest is the
 * same), and those of "SHA-1 is a Shambles", with chosen prefixes.
 */
const VECTORS = JSON.parse(
  readFileSync(new URL('vectors/collisions.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, string>>;
const NAMES = Object.keys(VECTORS);
const NOTHING = new Uint8Array();
const bytesOf = (name: string): Buffer => Buffer.from(VECTORS[name] ?? '', 'base64');
const sha1 = (data: Uint8Array): string => createHash('sha1').update(data).digest('hex');

describe('a published collision', () => {
  test.each(NAMES)('is found: %s', (name) => {
    const bytes = bytesOf(name);

    expect(isMadeToCollide(NOTHING, bytes)).toBe(true);
    // Whatever comes behind it, and wherever the header of an object ends.
    expect(isMadeToCollide(NOTHING, Buffer.concat([bytes, randomBytes(1000)]))).toBe(true);
    for (const at of [1, 30, 64, 200, bytes.length])
      expect(isMadeToCollide(bytes.subarray(0, at), bytes.subarray(at)), `${at}`).toBe(true);
  });

  test('is one', () => {
    expect(sha1(bytesOf('shattered-1.pdf'))).toBe(sha1(bytesOf('shattered-2.pdf')));
    expect(sha1(bytesOf('sha-mbles-1.bin'))).toBe(sha1(bytesOf('sha-mbles-2.bin')));
  });

  test.each(NAMES)('is none any more with one bit changed, cut short, or moved: %s', (name) => {
    const bytes = bytesOf(name);
    for (const at of [bytes.length - 1, bytes.length - 70, 5]) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(isMadeToCollide(NOTHING, changed), `${at}`).toBe(false);
    }
    expect(isMadeToCollide(NOTHING, bytes.subarray(0, -1))).toBe(false);
    expect(isMadeToCollide(Buffer.from('blob 320\0'), bytes)).toBe(false);
  });
});

test('nothing else is: of any length, and of any bytes', () => {
  for (let length = 0; length < 260; length++) {
    expect(isMadeToCollide(NOTHING, Buffer.alloc(length)), `${length}`).toBe(false);
    expect(isMadeToCollide(Buffer.alloc(length, 'a'), Buffer.alloc(length)), `${length}`).toBe(false);
  }
  expect(isMadeToCollide(NOTHING, randomBytes(200_000))).toBe(false);
});

test('bytes that look like an attack all over are given up, not looked at for ever', () => {
  const odd = Buffer.alloc(6400, Buffer.from('062cee2c', 'hex'));

  expect(isMadeToCollide(NOTHING, odd)).toBe(false);
  expect(isMadeToCollide(NOTHING, randomBytes(6400), 300)).toBe(false);
  faultNow(() => isMadeToCollide(NOTHING, odd, 300), 'too-large');
});

test('what is disturbed is what git looks for', () => {
  const all = disturbanceVectors().map(({ difference }) => Buffer.from(difference.buffer).swap32());

  // Of the 32 tables of 80 words in sha1collisiondetection's ubc_check.c, by type, bit and K.
  expect(createHash('sha256').update(Buffer.concat(all)).digest('hex')).toBe(
    'b291855c6fcf01860d0675940195c3ae0901844b0e026026ab7e46e066023b13',
  );
});

describe('a repository of which something signed was made to collide', () => {
  /** Its files, a tag, and who judges its objects. */
  async function fetched(options: FetchOptions) {
    const { directory, open } = await serveRepository(['http', 2]);
    const id = await commit(directory, { 'app/a.yaml': 'a: 1\n', 'app/b.yaml': 'b: 1\n' }, 'first');
    await tag(directory, 'v1', await tag(directory, 'inner', id, 'inside'), 'signed');
    return fetchArtifact(open(), await resolveRemote(open(), { tag: 'v1' }), options);
  }
  const signed = { verify: async () => {} };

  test.each<readonly [string, (object: GitObject) => boolean]>([
    ['commit', ({ type }) => type === 'commit'],
    ['tag', ({ type, data }) => type === 'tag' && data.includes('signed')],
    ['tag', ({ type, data }) => type === 'tag' && data.includes('inside')],
    ['tree', ({ type, data }) => type === 'tree' && data.includes('b.yaml')],
    ['blob', ({ data }) => data.equals(Buffer.from('b: 1\n'))],
  ])('is refused: its %s', async (type, forged) => {
    const fault = await faultOf(fetched({ ...signed, isForged: forged }), 'malformed');

    expect(fault.message).toMatch(
      new RegExp(`^the ${type} [0-9a-f]{40} was made to have the SHA-1 of another one`),
    );
  });

  test('is refused where that cannot be told', async () => {
    const forged = () => {
      throw new Fault('too-large', 'it is odd');
    };

    const fault = await faultOf(fetched({ ...signed, isForged: forged }), 'malformed');

    expect(fault.message).toMatch(/^the commit [0-9a-f]{40} cannot be told from one .*: it is odd$/);
  });

  test('is not when nothing is asked of signatures, and never looked at then', async () => {
    const looked: GitObject[] = [];
    const { files } = await fetched({ isForged: (object) => looked.push(object) > 0 });

    expect([files, looked]).toEqual([2, []]);
  });

  test('is judged by git\u2019s own test', async () => {
    const { files } = await fetched(signed);

    expect(files).toBe(2);
    expect(isForged({ type: 'blob', data: bytesOf('shattered-1.pdf') })).toBe(false);
  });
});
