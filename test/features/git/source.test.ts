import { describe, expect, test } from 'vitest';
import type { GitReference } from '../../../shared/api/git-repository.ts';
import { EMPTY_REPOSITORY, fetchArtifact, resolveRemote } from '../../../shared/artifact/git-source.ts';
import { DEFAULT_LIMITS } from '../../../shared/artifact/limits.ts';
import { readTarGz } from '../../../shared/artifact/read-tar-gz.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import { commit, git, tag } from '../../servers/git-http.ts';
import { type GitWorld, gitWorld } from './git-world.ts';

const POST = 'POST /app.git/git-upload-pack 200';

describe('a Git source', () => {
  test('[GR-08 one-look] one request tells that nothing changed, of a branch, tag, name or range', async () => {
    const world = await gitWorld();
    const id = await commit(world.directory, { a: '1' }, 'first');
    await tag(world.directory, 'v1.0.0', id, 'annotated');
    const refs = [{ branch: 'main' }, { tag: 'v1.0.0' }, { name: 'refs/heads/main' }, { semver: '1.x' }];

    for (const ref of refs) expect((await resolveRemote(world.open(), ref)).commit).toBe(id);

    expect(world.requests()).toEqual(Array(4).fill(POST));
  });

  test('a commit alone needs no request before it is fetched', async () => {
    const world = await gitWorld();
    const first = await commit(world.directory, { a: '1' }, 'first');
    await commit(world.directory, { a: '2' }, 'second');

    const resolved = await resolveRemote(world.open(), { commit: first });
    expect(world.requests()).toEqual([]);

    expect(await filesOf(world, { commit: first })).toEqual({ a: '1' });
    expect([resolved.revision, world.requests()]).toEqual([`sha1:${first}`, [POST]]);
  });

  test('two requests bring a branch', async () => {
    const world = await gitWorld();
    const id = await commit(world.directory, { 'a.yaml': 'x: 1\n', 'b/c': '' }, 'Say hello\n\nat length');

    const remote = world.open();
    const packed = await fetchArtifact(remote, await resolveRemote(remote, { branch: 'main' }));

    expect(world.requests()).toEqual([POST, POST]);
    expect(packed).toMatchObject({
      files: 2,
      size: packed.body.length,
      commit: {
        id,
        subject: 'Say hello',
        author: 'Ada <ada@example.com>',
        when: new Date('2024-01-02T03:04:05Z'),
      },
    });
    expect(packed.commit.tree).toBe(await git(world.directory, ['rev-parse', `${id}^{tree}`]));
  });

  test('[GR-04 peeled] an annotated tag brings its commit', async () => {
    const world = await gitWorld();
    const first = await commit(world.directory, { a: '1' }, 'first');
    const annotated = await tag(world.directory, 'inner', first, 'annotated');
    await tag(world.directory, 'outer', annotated, 'a tag of a tag');
    await commit(world.directory, { a: '2' }, 'second');

    expect(await filesOf(world, { tag: 'outer' })).toEqual({ a: '1' });
  });

  test('[GR-06 tie] of equal tags the one with the newest commit wins, annotated or not', async () => {
    const world = await gitWorld();
    const at = (day: number) => `2024-03-0${day}T00:00:00Z`;
    const middle = await commit(world.directory, { a: 'middle' }, 'middle', 'main', at(2));
    const oldest = await commit(world.directory, { a: 'oldest' }, 'oldest', 'main', at(1));
    const newest = await commit(world.directory, { a: 'newest' }, 'newest', 'main', at(3));
    await tag(world.directory, 'v1.0.0+c', oldest);
    await tag(world.directory, 'v1.0.0+a', newest, 'annotated');
    await tag(world.directory, 'v1.0.0+b', middle);

    expect((await resolveRemote(world.open(), { semver: '*' })).revision).toBe(`v1.0.0+a@sha1:${newest}`);
    expect(world.requests()).toEqual([POST, POST]);
  });

  test('[GR-23 empty] an empty repository is told apart from a missing branch', async () => {
    const world = await gitWorld();

    const empty = await faultOf(resolveRemote(world.open(), { branch: 'main' }), 'not-found');
    const noTag = await faultOf(resolveRemote(world.open(), { tag: 'v1' }), 'not-found');
    await commit(world.directory, { a: '1' }, 'first');
    const missing = await faultOf(resolveRemote(world.open(), { branch: 'other' }), 'not-found');

    expect([empty.message, empty.data.reason]).toEqual(['git repository is empty', EMPTY_REPOSITORY]);
    expect([noTag.message, noTag.data.reason]).toEqual(['remote repository is empty', undefined]);
    expect([missing.message, missing.data.reason]).toEqual([
      'couldn\'t find remote ref "refs/heads/other"',
      undefined,
    ]);
  });

  test('[GR-05 on-branch] a pinned commit must be in the history of its branch', async () => {
    const world = await gitWorld();
    const first = await commit(world.directory, { a: '1' }, 'first');
    const tip = await commit(world.directory, { a: '2' }, 'second');
    const stray = await commit(world.directory, { a: '3' }, 'stray', 'other');

    expect(await filesOf(world, { branch: 'main', commit: first })).toEqual({ a: '1' });
    expect(await filesOf(world, { branch: 'main', commit: tip })).toEqual({ a: '2' });
    const fault = await faultOf(filesOf(world, { branch: 'main', commit: stray }), 'not-found');
    expect(fault.message).toBe(`unable to resolve commit object for '${stray}': object not found`);
  });

  test('a pinned commit comes from a server that hands out tips only', async () => {
    const world = await gitWorld({ onlyV0: true });
    const first = await commit(world.directory, { a: '1' }, 'first');
    await commit(world.directory, { a: '2' }, 'second');

    expect(await filesOf(world, { commit: first })).toEqual({ a: '1' });
    expect(await filesOf(world, { commit: first, branch: 'main' })).toEqual({ a: '1' });
    await faultOf(filesOf(world, { commit: '1'.repeat(40) }), 'not-found');
  });

  test('[GR-09 ignore-changed] other patterns make another artifact of the same commit', async () => {
    const world = await gitWorld();
    await commit(world.directory, { a: '1', b: '2' }, 'first');
    const remote = world.open();
    const resolved = await resolveRemote(remote, { branch: 'main' });

    const whole = await fetchArtifact(remote, resolved);
    const part = await fetchArtifact(remote, resolved, { ignore: '/a' });

    expect([[...treeOf(whole.body).keys()], [...treeOf(part.body).keys()]]).toEqual([['a', 'b'], ['b']]);
  });

  test('a repository above a limit is too large', async () => {
    const world = await gitWorld();
    await commit(world.directory, { a: '1'.repeat(5000) }, 'first');
    const remote = world.open();
    const resolved = await resolveRemote(remote, { branch: 'main' });

    for (const limits of [
      { packBytes: 100 },
      { objectBytes: 4999 },
      { inflatedBytes: 4999 },
      { objects: 2 },
      { entries: 0 },
    ])
      await faultOf(
        fetchArtifact(remote, resolved, { limits: { ...DEFAULT_LIMITS, ...limits } }),
        'too-large',
      );
  });
});

async function filesOf(world: GitWorld, ref: GitReference): Promise<Record<string, string>> {
  const remote = world.open();
  const { body } = await fetchArtifact(remote, await resolveRemote(remote, ref));
  return Object.fromEntries([...treeOf(body)].map(([path, bytes]) => [path, Buffer.from(bytes).toString()]));
}

function treeOf(body: Uint8Array): ReturnType<typeof readTarGz> {
  return readTarGz(body, DEFAULT_LIMITS);
}
