import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DEFAULT_LIMITS } from '../../shared/artifact/limits.ts';
import { binaryId, readPack } from '../../shared/artifact/pack.ts';
import type { Git, GitAuth, GitFetch, GitRemote } from '../../shared/ports.ts';
import type { CommitFile } from '../servers/git-http.ts';
import { blobId, noise } from './blobs.ts';
import { faultOf } from './fault-of.ts';

/** A Git port, and a server of bare repositories that it reaches. */
export interface GitWorld {
  readonly git: Git;
  readonly auth: GitAuth;
  /** Creates an empty bare repository that may be filtered; with SHA-256 ids it has a commit. */
  create(name: string, format?: 'sha256'): Promise<{ readonly directory: string; readonly url: string }>;
  /** Commits on top of `branch`, by default `main`; returns the commit's id. */
  commit(
    directory: string,
    files: Readonly<Record<string, CommitFile>>,
    message: string,
    branch?: string,
  ): Promise<string>;
  /** Tags `target`, annotated when there is a message; returns the id that the tag names. */
  tag(directory: string, name: string, target: string, message?: string): Promise<string>;
}

const MAX = 10_000_000;
const MANY_FILES = 3000;
const MANY_REFS = 3000;

/** What every adapter of the Git port does. */
export function gitContract(world: () => GitWorld): void {
  const commit: GitWorld['commit'] = (...given) => world().commit(...given);
  const tag: GitWorld['tag'] = (...given) => world().tag(...given);
  const objectsOf = async (url: string, fetch: GitFetch) =>
    readPack(await open(url).fetchPack(fetch, MAX), DEFAULT_LIMITS);
  const open = (url: string): GitRemote =>
    world().git.open({ url, auth: world().auth }, AbortSignal.timeout(20_000));

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

    const shallow = await objectsOf(url, { want: [second], depth: 1 });
    const full = await objectsOf(url, { want: [second] });

    expect([shallow.has(binaryId(second)), shallow.has(binaryId(first))]).toEqual([true, false]);
    expect([full.has(binaryId(second)), full.has(binaryId(first))]).toEqual([true, true]);
  });

  test('[GR-27 no-thin-pack] sends only what the caller lacks, in packs that stand alone', async () => {
    const { directory, url } = await world().create('have');
    const text = Array.from({ length: 500 }, (_, line) => `line ${line}`).join('\n');
    const first = await commit(directory, { a: text, b: 'other' }, 'first');
    const second = await commit(directory, { a: `${text}!` }, 'second');
    const objects = await objectsOf(url, { want: [second], have: [first] });

    const unchanged = binaryId(blobId('other'));
    expect([objects.size, objects.has(unchanged), objects.has(binaryId(first))]).toEqual([3, false, false]);
  });

  test('[GR-05 incremental] deltas may rest on a commit that is had without its history', async () => {
    const { directory, url } = await world().create('thin');
    const text = Array.from({ length: 500 }, (_, line) => `line ${line}`).join('\n');
    await commit(directory, { a: 'before', old: 'back soon' }, 'before');
    const first = await commit(directory, { a: text, b: 'other', old: 'gone' }, 'first');
    const known = await objectsOf(url, { want: [first], depth: 1 });
    const second = await commit(directory, { a: `${text}!`, old: 'back soon' }, 'second');
    const fetch = { want: [second], have: [first], shallow: [first], depth: 1, thin: true };

    const pack = await open(url).fetchPack(fetch, MAX);
    const objects = readPack(pack, DEFAULT_LIMITS, known);

    const contents = [`${text}!`, 'back soon', 'other'].map(blobId);
    const present = [second, ...contents].map((id) => objects.has(binaryId(id)));
    expect(present).toEqual([true, true, true, false]);
  });

  test('leaves out what is filtered where the server can', async () => {
    const { directory, url } = await world().create('filter');
    const id = await commit(directory, { a: '1' }, 'first');

    const commits = await objectsOf(url, { want: [id], filter: 'tree:0' });
    const trees = await objectsOf(url, { want: [id], filter: 'blob:none' });
    await appendFile(join(directory, 'config'), '[uploadpack]\n\tallowFilter = false\n');
    const unable = await objectsOf(url, { want: [id], filter: 'tree:0' });

    expect([commits.size, trees.size, unable.size]).toEqual([1, 2, 3]);
  });

  test('fetches several wants, annotated tags with what they name', async () => {
    const { directory, url } = await world().create('wants');
    const first = await commit(directory, { a: '1' }, 'first');
    const second = await commit(directory, { a: '2' }, 'second');
    const annotated = await tag(directory, 'v1', first, 'annotated');

    const objects = await objectsOf(url, { want: [annotated, second], depth: 1 });

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
    const { url } = await world().create('sha256', 'sha256');

    const fault = await faultOf(open(url).lsRefs(['refs/heads/']), 'unsupported');

    expect(fault.message).toBe("repositories with object format 'sha256' are not supported");
  });

  test('adds to a shallow fetch only what is new', async () => {
    const { directory, url } = await world().create('growing');
    const first = await commit(directory, { a: '1', kept: 'kept' }, 'first');
    const second = await commit(directory, { a: '2' }, 'second');
    const third = await commit(directory, { a: '3' }, 'third');

    const added = await objectsOf(url, { want: [third], have: [second], depth: 1 });
    const two = await objectsOf(url, { want: [third], depth: 2 });

    const present = [third, blobId('3'), second, blobId('2'), first].map((id) => added.has(binaryId(id)));
    expect(present).toEqual([true, true, false, false, false]);
    expect([first, second, third].map((id) => two.has(binaryId(id)))).toEqual([false, true, true]);
  });

  test('sends everything to a client that has only what the server lacks', async () => {
    const { directory, url } = await world().create('strangers');
    const id = await commit(directory, { a: '1' }, 'first');

    expect((await objectsOf(url, { want: [id], have: ['f'.repeat(40)] })).size).toBe(3);
  });

  test('sends nothing to a client that has everything', async () => {
    const { directory, url } = await world().create('same');
    const id = await commit(directory, { a: '1' }, 'first');

    expect((await objectsOf(url, { want: [id], have: [id] })).size).toBe(0);
  });

  test('lists thousands of packed references', async () => {
    const { directory, url } = await world().create('many-refs');
    const id = await commit(directory, { a: '1' }, 'first');
    const names = Array.from({ length: MANY_REFS }, (_, index) => `refs/heads/b${index}`).sort();
    const lines = ['# pack-refs with: peeled fully-peeled sorted ', ...names.map((name) => `${id} ${name}`)];
    await writeFile(join(directory, 'packed-refs'), `${lines.join('\n')}\n`);

    const listed = await open(url).lsRefs(['refs/heads/b']);

    expect(listed.map(({ name }) => name)).toEqual(names);
    expect(await open(url).lsRefs(['refs/heads/b2999'])).toEqual([{ name: 'refs/heads/b2999', id }]);
  });

  test('sends blobs of more than one packet and more than one MiB whole', async () => {
    const { directory, url } = await world().create('large');
    const bytes = noise(3 * 1024 * 1024);
    const id = await commit(directory, { bytes, text: 'x'.repeat(2 * 1024 * 1024) }, 'first');

    const objects = await objectsOf(url, { want: [id], depth: 1 });

    expect(objects.get(binaryId(blobId(bytes)))?.data.equals(bytes)).toBe(true);
    expect(objects.size).toBe(4);
  });

  test('sends thousands of files in folders, links and programs among them', {
    timeout: 60_000,
  }, async () => {
    const { directory, url } = await world().create('files');
    const paths = Array.from({ length: MANY_FILES }, (_, index) => `folder-${index % 30}/ünï ${index}.txt`);
    const files: Record<string, CommitFile> = Object.fromEntries(paths.map((path) => [path, path]));
    files.run = { text: '#!/bin/sh\n', executable: true };
    files.link = { symlink: 'folder-1' };
    const id = await commit(directory, files, 'first');

    const objects = await objectsOf(url, { want: [id], depth: 1 });

    expect(objects.size).toBe(MANY_FILES + 30 + 4);
    expect(paths.every((path) => objects.has(binaryId(blobId(path))))).toBe(true);
  });

  test('[GR-02 timeout-bounds] ends with the signal', async () => {
    const { url } = await world().create('slow');

    await faultOf(world().git.open({ url, auth: world().auth }, AbortSignal.abort()).lsRefs(['']), 'timeout');
  });
}
