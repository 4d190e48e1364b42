import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Directory, findIn } from '../../../shared/artifact/directory.ts';
import type { GitTree } from '../../../shared/artifact/git-tree.ts';
import { type ArtifactLimits, DEFAULT_LIMITS } from '../../../shared/artifact/limits.ts';
import type { GitObject } from '../../../shared/artifact/pack.ts';
import { fillSubmodules, resolveUrl, submoduleUrls } from '../../../shared/artifact/submodules.ts';
import type { GitRemote } from '../../../shared/ports.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import { processorTime } from '../../processor-time.ts';
import { idOf, type PackEntry, packOf, TYPE, treeEntry } from './packs.ts';

const PERSON = 'a <a@example.com> 1700000000 +0000';

/** A repository of these files in one commit. */
function repository(files: Readonly<Record<string, Uint8Array>>): { pack: Buffer; commit: string } {
  const blobs = Object.values(files).map((data): PackEntry => ({ type: TYPE.blob, data }));
  const tree = Buffer.concat(
    Object.entries(files).map(([name, data]) => treeEntry('100644', name, idOf('blob', data))),
  );
  const commit = `tree ${idOf('tree', tree).toString('hex')}\nauthor ${PERSON}\ncommitter ${PERSON}\n\nx\n`;
  const pack = packOf([...blobs, { type: TYPE.tree, data: tree }, { type: TYPE.commit, data: commit }]);
  return { pack, commit: idOf('commit', commit).toString('hex') };
}

/** A tree with a submodule at each of `paths`, all of the same commit. */
function superproject(paths: readonly string[], commit: string): GitTree {
  const text = paths.map((path) => `[submodule "${path}"]\n\tpath = ${path}\n\turl = ../${path}\n`).join('');
  const root = rootOf(text);
  for (const path of paths) root.children.set(path, { kind: 'directory', children: new Map() });
  return { root, submodules: new Map(paths.map((path) => [path, commit])) };
}

function rootOf(gitmodules: string): Directory {
  return {
    kind: 'directory',
    children: new Map([['.gitmodules', { kind: 'file', data: Buffer.from(gitmodules) }]]),
  };
}

/** Gives everybody that pack. */
const openAs = (pack: Buffer) => () => ({ fetchPack: async () => pack }) as unknown as GitRemote;

function fill(files: Readonly<Record<string, Uint8Array>>, count: number, limits: Partial<ArtifactLimits>) {
  const { pack, commit } = repository(files);
  const paths = Array.from({ length: count }, (_, index) => `m${index}`);
  const tree = superproject(paths, commit);
  const filled = fillSubmodules(tree, 'https://example.com/a/b', openAs(pack), {
    ...DEFAULT_LIMITS,
    ...limits,
  });
  return { tree, filled };
}

describe('[GR-20 submodules] what submodules may hold', () => {
  const data = randomBytes(4000);

  test('is what one repository may, and below that all of it is there', async () => {
    const { tree, filled } = fill({ a: data }, 10, { inflatedBytes: 50_000, entries: 40 });
    await filled;

    expect(findIn(tree.root, 'm9/a')).toMatchObject({ kind: 'file', data });
  });

  test('counts bytes of all of them together', async () => {
    const { filled } = fill({ a: data }, 20, { inflatedBytes: 50_000 });

    const { message } = await faultOf(filled, 'too-large');
    expect(message).toMatch(/^submodule 'm\d+': .*bytes in all objects/);
  });

  test('counts files of all of them together, before the next is fetched', async () => {
    const { filled } = fill({ a: data, b: data, c: data }, 20, { entries: 40 });

    const { message } = await faultOf(filled, 'too-large');
    expect(message).toMatch(/^submodule 'm\d+': .*files and directories/);
  });
});

describe('.gitmodules', () => {
  test('of nothing but empty lines does not hold the worker', async () => {
    const empty = rootOf(`${'\n'.repeat(200_000)}x`);

    expect(await processorTime(() => submoduleUrls(empty))).toBeLessThan(5000);
  });

  test('sections may be indented, with Windows line ends', () => {
    const urls = submoduleUrls(
      rootOf('  [submodule "a"]\r\n\tpath = a\r\n\turl = https://example.com/a\r\n'),
    );

    expect([...urls]).toEqual([['a', 'https://example.com/a']]);
  });

  test.each([
    ['git@example.com:a/b.git', 'ssh://git@example.com/a/b.git'],
    ['git@example.com:/a/b.git', 'ssh://git@example.com/a/b.git'],
    ['../c.git', 'https://example.com/a/c.git'],
    ['./c', 'https://example.com/a/b/c'],
  ])('%s is fetched from %s', (url, wanted) => {
    expect(resolveUrl('https://example.com/a/b', url, 'm')).toBe(wanted);
  });

  test.each(['file:///etc/passwd', '/etc/passwd', 'git://example.com/a'])('%s is refused', (url) => {
    expect(() => resolveUrl('https://example.com/a/b', url, 'm')).toThrow(/cannot be fetched/);
  });
});

test('all objects of a submodule are seen by who checks what a signature vouches for', async () => {
  const { pack, commit } = repository({ a: Buffer.from('a') });
  const types: string[] = [];
  const check = (objects: Iterable<GitObject>) => types.push(...[...objects].map(({ type }) => type));

  await fillSubmodules(
    superproject(['m'], commit),
    'https://example.com/a/b',
    openAs(pack),
    DEFAULT_LIMITS,
    check,
  );

  expect(types.toSorted()).toEqual(['blob', 'commit', 'tree']);
});
