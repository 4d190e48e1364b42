import { describe, expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../../shared/artifact/limits.ts';
import type { GitRemote } from '../../../shared/ports.ts';
import { noise } from '../../contracts/blobs.ts';
import { commit } from '../../servers/git-http.ts';
import { bytesOf, fetchWhole, follow } from './incremental.ts';
import { serveRepository } from './incremental-worlds.ts';

const KIB = 1024;
const most = (kib: number) => ({ limits: { ...DEFAULT_LIMITS, inflatedBytes: kib * KIB } });

describe('what one fetch holds, all its parts together, is bounded', () => {
  test('[GR-05 incremental] what was known counts: what does not fit beside it is fetched by itself', async () => {
    const { directory, open } = await serveRepository(['http', 2]);
    await commit(directory, { large: noise(100 * KIB) }, 'first');
    const [roomy, narrow] = [follow(open), follow(open)];
    for (const follower of [roomy, narrow]) await follower.fetch();
    await commit(directory, { large: noise(150 * KIB).reverse() }, 'second');

    const digests = [await roomy.fetch(most(280)), await narrow.fetch(most(220))].map(({ digest }) => digest);

    expect(digests).toEqual(Array(2).fill(await fetchWhole(open())));
    const bases = [roomy, narrow].map(({ fetches }) => fetches.map(({ have }) => have !== undefined));
    expect(bases).toEqual([[true], [true, false]]);
  });

  test('[GR-22 partial] a server that sends all of it again and again is asked for it once', async () => {
    const { directory, open } = await serveRepository(['http', 2]);
    const small = Object.fromEntries(
      ['a', 'b', 'c'].map((name) => [name, Buffer.concat([Buffer.from(name), noise(50 * KIB)])]),
    );
    const id = await commit(directory, { ...small, large: noise(100 * KIB) }, 'first');
    const follower = follow((): GitRemote => {
      const remote = open();
      const all = { want: [id], depth: 1 };
      return {
        ...remote,
        fetchPack: (fetch, bytes) => remote.fetchPack(fetch.depth === undefined ? all : fetch, bytes),
      };
    });

    const { digest } = await follower.fetch(most(290));

    expect(follower.fetches.map(({ depth, filter }) => [depth, filter === undefined])).toEqual([
      [1, false],
      [undefined, true],
      [1, true],
    ]);
    expect(digest).toBe(await fetchWhole(open()));
  });
});

test('[GR-05 incremental] a change of a file that is left out anyway costs no whole fetch', async () => {
  const { directory, open } = await serveRepository(['http', 2]);
  const workflow = noise(4 * KIB).toString('hex');
  await commit(directory, { large: noise(100 * KIB), '.github/ci.yml': workflow, 'a.yaml': 'a: 1' }, 'first');
  const follower = follow(open);
  await follower.fetch();

  for (const step of ['2', '3']) {
    await commit(directory, { '.github/ci.yml': workflow + step, 'a.yaml': `a: ${step}` }, 'next');
    const { digest } = await follower.fetch();

    expect(digest).toBe(await fetchWhole(open()));
    expect(follower.fetches.map(({ thin }) => thin)).toEqual([true]);
    expect(bytesOf(follower)).toBeLessThan(2 * KIB);
  }
});
