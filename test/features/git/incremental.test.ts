import { createHash } from 'node:crypto';
import { dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { noise } from '../../contracts/blobs.ts';
import { type CommitFile, commit, git, tag } from '../../servers/git-http.ts';
import { bytesOf, fetchWhole, follow, loseFrame } from './incremental.ts';
import { serveAt, serveRepository, WAYS } from './incremental-worlds.ts';

const KIB = 1024;
const MANY = 5000;
/** Nothing that a manifest is, but by its size; a server sends little. */
const LARGE_TEXT = 'a: 1\n'.repeat(20_000);
/** Of a repository that is worth remembering. */
const LARGE = noise(100 * KIB);

test('[GR-05 incremental] a small commit in a repository of 5000 files costs a few KB', async () => {
  const { directory, open } = await serveRepository(['http', 2]);
  const files = Object.fromEntries(
    Array.from({ length: MANY }, (_, index) => [pathOf(index), textOf(index)]),
  );
  await commit(directory, { ...files, 'app-1/large.txt': noise(1200 * KIB) }, 'first');
  const followers = [];
  for (const way of WAYS) followers.push({ way, follower: follow(await serveAt(dirname(directory), way)) });
  for (const { follower } of followers) {
    await follower.fetch();
    expect(bytesOf(follower)).toBeGreaterThan(800 * KIB);
    // All of it is wanted, and nobody names 5000 files.
    expect(Math.max(...follower.fetches.map(({ want }) => want.length))).toBe(1);
  }
  await commit(directory, { [pathOf(1234)]: 'changed', 'app-1/new.yaml': 'new' }, 'second');
  const whole = await fetchWhole(open());

  for (const { way, follower } of followers) {
    const { digest } = await follower.fetch();
    expect([way, digest, follower.fetches.length]).toEqual([way, whole, 1]);
    expect(bytesOf(follower)).toBeLessThan(4 * KIB);
  }
}, 120_000);

describe.each(WAYS)('over %s, protocol version %i', (transport, version) => {
  test('[GR-05 incremental] whatever is committed, the artifact is that of a whole fetch', async () => {
    const { directory, open } = await serveRepository([transport, version]);
    const rules = [{}, { ignore: '*.md\n/b/' }, { sparse: ['a', 'b'] }, { ignore: '/*\n!/a\n' }];
    const tried = transport === 'http' && version === 2 ? rules : rules.slice(0, 1);
    const followers = tried.map((options) => ({ options, follower: follow(open) }));

    for (const [step, files] of HISTORY.entries()) {
      await commit(directory, files, `step ${step}`);
      for (const { options, follower } of followers)
        expect([step, options, (await follower.fetch(options)).digest]).toEqual([
          step,
          options,
          await fetchWhole(open(), options),
        ]);
    }
    const based = followers[0]?.follower.fetches.filter(({ have }) => have !== undefined);
    expect(based?.length).toBeGreaterThan(0);
  }, 120_000);

  test('[GR-05 incremental] a history that was rewritten, its old commits gone, is fetched all the same', async () => {
    const { directory, open } = await serveRepository([transport, version]);
    await commit(directory, { large: LARGE, a: '1' }, 'first');
    const follower = follow(open);
    await follower.fetch();
    await git(directory, ['update-ref', '-d', 'refs/heads/main']);
    await git(directory, ['gc', '--quiet', '--prune=now']);
    await commit(directory, { large: LARGE, a: '2' }, 'another first');

    const { digest } = await follower.fetch();

    expect(digest).toBe(await fetchWhole(open()));
  });
});

describe('what is fetched', () => {
  test('[GR-05 incremental] nothing when the rules alone have changed, and files by their ids when they let in more', async () => {
    const { directory, open } = await serveRepository(['http', 2]);
    await commit(directory, { large: LARGE, 'a.md': 'a', 'b.yaml': 'b' }, 'first');
    const follower = follow(open);
    await follower.fetch({ ignore: '*.md' });

    const less = await follower.fetch({ ignore: '*.md\n*.yaml' });
    const before = follower.fetches.length;
    const more = await follower.fetch({ ignore: '/none' });

    expect(before).toBe(0);
    expect(follower.fetches.map(({ want, have }) => [want.length, have])).toEqual([[2, undefined]]);
    expect(less.digest).toBe(await fetchWhole(open(), { ignore: '*.md\n*.yaml' }));
    expect(more.digest).toBe(await fetchWhole(open(), { ignore: '/none' }));
  });

  test('[GR-05 incremental] [GR-17 modes] a tag that is new on the same commit, to be verified', async () => {
    const { directory, open } = await serveRepository(['http', 2]);
    const id = await commit(directory, { large: LARGE }, 'first');
    const follower = follow(open);
    await follower.fetch();
    const seen: (string | undefined)[] = [];
    const verify = async (raw: { readonly tag?: Buffer }) => void seen.push(raw.tag?.toString());

    for (const text of ['first text', 'second text']) {
      await tag(directory, 'v1', id, text);
      await follower.fetch({ verify }, { tag: 'v1' });
      expect(bytesOf(follower)).toBeLessThan(KIB);
      await follower.fetch({ verify }, { tag: 'v1' });
      expect(follower.fetches).toEqual([]);
    }
    expect(seen.map((raw) => raw?.split('\n\n')[1])).toEqual([
      ...['first text\n', 'first text\n', 'second text\n', 'second text\n'],
    ]);
  });

  test('[GR-22 partial] only the files that get past the rules, when a repository is new', async () => {
    const { directory, open } = await serveRepository(['http', 2]);
    const pictures = { 'a.png': LARGE, 'deep/b.jpg': noise(300 * KIB) };
    await commit(
      directory,
      { ...pictures, 'app/app.yaml': 'app', 'app/large.yaml': LARGE_TEXT, '.sourceignore': '' },
      'first',
    );

    const follower = follow(open);
    const { digest } = await follower.fetch();

    expect(follower.fetches.map(({ filter, want }) => [filter, want.length])).toEqual([
      ['blob:limit=64k', 1],
      [undefined, 1],
    ]);
    expect(bytesOf(follower)).toBeLessThan(2 * KIB);
    expect(digest).toBe(await fetchWhole(open()));
  });

  test.each([
    ['directories', { sparse: ['./app'] }],
    ['patterns', { ignore: '/*\n!/app\n' }],
  ])(
    '[GR-22 partial] only the files of the %s that are asked for, whenever there is no base',
    async (_what, options) => {
      const { directory, open } = await serveRepository(['http', 2]);
      await commit(directory, { 'large.yaml': LARGE, 'app/app.yaml': 'app' }, 'first');
      const follower = follow(open);
      await follower.fetch(options);
      await loseFrame(follower);

      const { digest } = await follower.fetch(options);

      expect(follower.fetches.map(({ filter }) => filter)).toEqual(['blob:none', undefined]);
      expect(bytesOf(follower)).toBeLessThan(2 * KIB);
      expect(digest).toBe(await fetchWhole(open(), options));
    },
  );

  test.each([
    ['cannot filter', ['uploadpack.allowFilter', 'false'], 2],
    ['may not filter this way', ['uploadpackfilter.allow', 'false'], 2],
  ] as const)('[GR-22 partial] all of it from a server that %s', async (_what, config, asked) => {
    const { directory, open } = await serveRepository(['http', asked]);
    await commit(directory, { 'large.yaml': LARGE, 'app/app.yaml': 'app' }, 'first');
    await git(directory, ['config', ...config]);
    const follower = follow(open);

    const { digest } = await follower.fetch({ sparse: ['app'] });

    expect(bytesOf(follower)).toBeGreaterThan(LARGE.length);
    expect(digest).toBe(await fetchWhole(open(), { sparse: ['app'] }));
  });

  test('of a small repository everything, in one request', async () => {
    const { directory, open } = await serveRepository(['http', 2]);
    await commit(directory, { a: '1' }, 'first');
    const follower = follow(open);
    await follower.fetch();
    await commit(directory, { a: '2' }, 'second');
    await follower.fetch();
    await commit(directory, { a: '3' }, 'third');

    await follower.fetch();

    expect(follower.fetches.length).toBe(1);
  });
});

/** Contents come back, move, change places; rules come and go; links and programs. */
const HISTORY: readonly Readonly<Record<string, CommitFile>>[] = [
  { 'a/large': LARGE, 'a/one.yaml': '1', 'b/two.yaml': '2', 'c.md': '3', 'x.png': 'picture' },
  { 'a/one.yaml': 'changed', 'b/new/three.yaml': '3' },
  { 'a/one.yaml': '1', 'b/two.yaml': null, 'b/moved/two.yaml': '2' },
  { '.sourceignore': '*.yaml\n', 'a/more.txt': 'more' },
  { '.sourceignore': '*.txt\n', 'b/.sourceignore': '!*.txt\n', 'b/kept.txt': 'more' },
  { '.sourceignore': null, 'x.png': 'another', 'a/x.txt': 'picture' },
  { 'a/run.sh': { text: '1', executable: true }, 'b/link': { symlink: '../c.md' } },
  { 'b/.sourceignore': null, 'a/run.sh': '1', 'b/link': 'a file now' },
  { 'a/large': null, 'b/large': LARGE, 'a/empty': '' },
  { 'a/large': Buffer.concat([LARGE, Buffer.from('and more')]), 'b/large': null },
  { 'c.md': null, 'd/c.md': '3', 'a/one.yaml': 'picture' },
];

function pathOf(index: number): string {
  return `app-${index % 40}/part-${index % 7}/file-${index}.yaml`;
}

function textOf(index: number): string {
  const word = createHash('sha512').update(`${index}`).digest('base64');
  return `${word}
${createHash('sha512')
  .update(word)
  .digest('base64')
  .repeat(1 + (index % 9))}`;
}
