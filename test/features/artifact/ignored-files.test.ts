import { describe, expect, test } from 'vitest';
import { fetchArtifact, resolveRemote } from '../../../shared/artifact/git-source.ts';
import { DEFAULT_LIMITS } from '../../../shared/artifact/limits.ts';
import { readTarGz } from '../../../shared/artifact/read-tar-gz.ts';
import { commit } from '../../servers/git-http.ts';
import { gitWorld } from '../git/git-world.ts';

describe('ignored files in a repository', () => {
  test('[COM-18 vcs] [GR-07 no-git] without patterns the default exclusions hold', async () => {
    const paths = await packed({
      '.gitignore': 'ignored.txt',
      '.gitattributes': '',
      'ignored.txt': 'tracked all the same',
      'logo.png': 'x',
      '.github/workflows/ci.yaml': 'x',
      'deploy/app.yaml': 'x',
      'deploy/.sops.yaml': 'x',
    });

    expect(paths).toEqual(['deploy/app.yaml', 'ignored.txt']);
  });

  test('[COM-19 per-directory] [COM-19 replaces-defaults] files at any depth', async () => {
    const paths = await packed({
      '.sourceignore': '*.md\n/top.txt\n',
      'README.md': 'x',
      'top.txt': 'x',
      'logo.png': 'x',
      'sub/.sourceignore': '/top.txt\n!*.md\n',
      'sub/README.md': 'x',
      'sub/top.txt': 'x',
      'sub/deep/top.txt': 'x',
      'sub/deep/.sourceignore': '.sourceignore\n',
    });

    expect(paths).toEqual([
      '.sourceignore',
      'logo.png',
      'sub/.sourceignore',
      'sub/README.md',
      'sub/deep/top.txt',
    ]);
  });

  test('[COM-19 spec-wins] the patterns of the spec come last', async () => {
    const files = { '.sourceignore': '/*\n!/deploy\n', 'deploy/a': 'x', 'deploy/b': 'x', other: 'x' };

    expect(await packed(files)).toEqual(['deploy/a', 'deploy/b']);
    expect(await packed(files, '!/other\n/deploy/b')).toEqual(['deploy/a', 'other']);
  });

  test('[COM-20 re-include] below an excluded directory, unlike in git', async () => {
    const files = { 'a/b/c': 'x', 'a/b/d': 'x', e: 'x' };

    expect(await packed(files, 'a/\n!a/b/c')).toEqual(['a/b/c', 'e']);
  });

  test('a symlink called .sourceignore is not read', async () => {
    const paths = await packed({ '.sourceignore': { symlink: 'patterns' }, patterns: 'a', a: 'x' });

    expect(paths).toEqual(['a', 'patterns']);
  });
});

async function packed(files: Parameters<typeof commit>[1], ignore?: string): Promise<string[]> {
  const world = await gitWorld();
  await commit(world.directory, files, 'first');
  const remote = world.open();
  const resolved = await resolveRemote(remote, { branch: 'main' });
  const { body } = await fetchArtifact(remote, resolved, ignore === undefined ? {} : { ignore });
  return [...readTarGz(body, DEFAULT_LIMITS).keys()];
}
