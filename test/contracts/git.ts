import { expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../shared/artifact/limits.ts';
import { binaryId, readPack } from '../../shared/artifact/pack.ts';
import type { Git, GitRemote } from '../../shared/ports.ts';
import { commit, git, tag } from '../servers/git-http.ts';
import { faultOf } from './fault-of.ts';

/** A Git port and bare repositories that it reaches. */
export interface GitWorld {
  readonly git: Git;
  /** Creates an empty bare repository; returns its directory and the address to open. */
  create(name: string, format?: string): Promise<{ readonly directory: string; readonly url: string }>;
}

const MAX = 10_000_000;

/** What every adapter of the Git port does. */
export function gitContract(world: () => GitWorld): void {
  const open = (url: string): GitRemote => world().git.open({ url, auth: {} }, AbortSignal.timeout(10_000));

  test('lists references by prefix, with what annotated tags point to', async () => {
    const { directory, url } = await world().create('refs');
    const first = await commit(directory, { a: '1' }, 'first');
    await commit(directory, { a: '2' }, 'second', 'main-2');
    const annotated = await tag(directory, 'v1', first, 'annotated');
    await tag(directory, 'nested', annotated, 'a tag of a tag');
    await tag(directory, 'light', first);

    expect(await open(url).lsRefs(['refs/heads/main'])).toMatchObject([
      { name: 'refs/heads/main', id: first },
      { name: 'refs/heads/main-2' },
    ]);
    const tags = await open(url).lsRefs(['refs/tags/']);
    expect(tags.map(({ name, peeled }) => [name, peeled])).toEqual([
      ['refs/tags/light', undefined],
      ['refs/tags/nested', first],
      ['refs/tags/v1', first],
    ]);
    expect(tags[2]?.id).toBe(annotated);
    expect((await open(url).lsRefs(['refs/heads/main', 'refs/tags/v1'])).length).toBe(3);
    expect(await open(url).lsRefs(['refs/none'])).toEqual([]);
  });

  test('lists nothing in an empty repository', async () => {
    const { url } = await world().create('empty');

    expect(await open(url).lsRefs([''])).toEqual([]);
  });

  test('[GR-05 shallow] fetches one commit alone, or with its history', async () => {
    const { directory, url } = await world().create('history');
    const first = await commit(directory, { a: '1' }, 'first');
    const second = await commit(directory, { a: '2' }, 'second');

    const shallow = readPack(await open(url).fetchPack({ want: [second], depth: 1 }, MAX), DEFAULT_LIMITS);
    const full = readPack(await open(url).fetchPack({ want: [second] }, MAX), DEFAULT_LIMITS);

    expect([shallow.has(binaryId(second)), shallow.has(binaryId(first))]).toEqual([true, false]);
    expect([full.has(binaryId(second)), full.has(binaryId(first))]).toEqual([true, true]);
  });

  test('[GR-27 no-thin-pack] sends only what the caller lacks, in packs that stand alone', async () => {
    const { directory, url } = await world().create('have');
    const text = Array.from({ length: 500 }, (_, line) => `line ${line}`).join('\n');
    const first = await commit(directory, { a: text, b: 'other' }, 'first');
    const second = await commit(directory, { a: `${text}!` }, 'second');
    const unchanged = await git(directory, ['rev-parse', `${second}:b`]);

    const objects = readPack(
      await open(url).fetchPack({ want: [second], have: [first] }, MAX),
      DEFAULT_LIMITS,
    );

    expect([objects.size, objects.has(binaryId(unchanged)), objects.has(binaryId(first))]).toEqual([
      3,
      false,
      false,
    ]);
  });

  test('leaves out what is filtered where the server can', async () => {
    const { directory, url } = await world().create('filter');
    const id = await commit(directory, { a: '1' }, 'first');

    const able = readPack(await open(url).fetchPack({ want: [id], filter: 'tree:0' }, MAX), DEFAULT_LIMITS);
    await git(directory, ['config', 'uploadpack.allowFilter', 'false']);
    const unable = readPack(await open(url).fetchPack({ want: [id], filter: 'tree:0' }, MAX), DEFAULT_LIMITS);

    expect([able.size, unable.size]).toEqual([1, 3]);
  });

  test('fetches several wants, annotated tags with what they name', async () => {
    const { directory, url } = await world().create('wants');
    const first = await commit(directory, { a: '1' }, 'first');
    const second = await commit(directory, { a: '2' }, 'second');
    const annotated = await tag(directory, 'v1', first, 'annotated');

    const objects = readPack(
      await open(url).fetchPack({ want: [annotated, second], depth: 1 }, MAX),
      DEFAULT_LIMITS,
    );

    expect([annotated, first, second].map((id) => objects.has(binaryId(id)))).toEqual([true, true, true]);
  });

  test('a commit that is not there is not found', async () => {
    const { directory, url } = await world().create('unknown');
    await commit(directory, { a: '1' }, 'first');

    await faultOf(open(url).fetchPack({ want: ['1'.repeat(40)], depth: 1 }, MAX), 'not-found');
  });

  test('[GR-24 not-found] a repository that is not there is not found', async () => {
    const { url } = await world().create('here');
    const elsewhere = url.replace('here', 'elsewhere');

    const listed = await faultOf(open(elsewhere).lsRefs(['']), 'not-found');
    const fetched = await faultOf(open(elsewhere).fetchPack({ want: ['1'.repeat(40)] }, MAX), 'not-found');

    expect([listed.message, fetched.message]).toEqual(['repository not found', 'repository not found']);
  });

  test('a pack above the cap is too large', async () => {
    const { directory, url } = await world().create('cap');
    const id = await commit(directory, { a: '1' }, 'first');

    await faultOf(open(url).fetchPack({ want: [id], depth: 1 }, 100), 'too-large');
  });

  test('[GR-04 sha256] repositories with SHA-256 ids are refused', async () => {
    const { directory, url } = await world().create('sha256', 'sha256');
    await commit(directory, { a: '1' }, 'first');

    const fault = await faultOf(open(url).lsRefs(['refs/heads/']), 'unsupported');

    expect(fault.message).toBe("repositories with object format 'sha256' are not supported");
  });

  test('[GR-02 timeout-bounds] ends with the signal', async () => {
    const { url } = await world().create('slow');

    await faultOf(world().git.open({ url, auth: {} }, AbortSignal.abort()).lsRefs(['']), 'timeout');
  });
}
