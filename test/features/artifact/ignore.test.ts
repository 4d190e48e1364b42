import { describe, expect, test } from 'vitest';
import { ignoring, readPatterns } from '../../../shared/artifact/ignore.ts';
import { processorTime } from '../../processor-time.ts';
import { faultNow } from '../semver/fault-now.ts';

/** Whether `path` (directories end in a slash) is left out by these lines at the root. */
function ignored(lines: string, path: string, domain: readonly string[] = []): boolean {
  const isDirectory = path.endsWith('/');
  return ignoring(readPatterns(lines, domain))(path.replace(/\/$/, '').split('/'), isDirectory);
}

describe('default exclusions', () => {
  const byDefault = (path: string): boolean => ignored('', path);

  test.each(['.git/config', '.gitignore', 'a/.gitmodules', 'a/b/.gitattributes', '.git/'])(
    '[COM-18 vcs] %s',
    (path) => {
      expect([byDefault(path), ignored('only-this', path)]).toEqual([true, true]);
    },
  );

  test.each('jpg jpeg gif png wmv flv tar.gz zip'.split(' '))('[COM-18 extensions] *.%s', (extension) => {
    expect([byDefault(`a/b.${extension}`), byDefault(`b.${extension}.txt`)]).toEqual([true, false]);
  });

  test.each(
    '.github/x .circleci/ a/.travis.yml .gitlab-ci.yml appveyor.yml .drone.yml cloudbuild.yaml codeship-services.yml codeship-steps.yml'.split(
      ' ',
    ),
  )('[COM-18 ci] %s', (path) => {
    expect(byDefault(path)).toBe(true);
  });

  test('[COM-18 ci] a file called .github is kept, it is no directory', () => {
    expect(byDefault('.github')).toBe(false);
  });

  test.each(['.goreleaser.yml', '.sops.yaml', '.flux.yaml'])('[COM-18 extra] %s at any depth', (name) => {
    expect([name, `a/${name}`, `a/b/${name}`].map(byDefault)).toEqual([true, true, true]);
  });

  test.each(['deploy.yaml', 'a/b/c.txt', 'tar.gz/readme', 'zip', 'Dockerfile'])('%s is kept', (path) => {
    expect(byDefault(path)).toBe(false);
  });

  test('[COM-19 replaces-defaults] one pattern switches them off', () => {
    expect(['a.jpg', '.github/y', '.sops.yaml', 'x'].map((path) => ignored('x', path))).toEqual([
      false,
      false,
      false,
      true,
    ]);
    expect(ignored('# nothing but a comment\n\n', 'a.jpg')).toBe(true);
  });
});

describe('patterns', () => {
  test('[COM-20 last-decides] [COM-20 re-include]', () => {
    expect(ignored('dir/*\n!dir/keep', 'dir/file')).toBe(true);
    expect(ignored('dir/*\n!dir/keep', 'dir/keep')).toBe(false);
    expect(ignored('!dir/keep\ndir/*', 'dir/keep')).toBe(true);
    expect(ignored('/*\n!/deploy', 'deploy/a/b.yaml')).toBe(false);
    expect(ignored('dir/\n!dir/sub/file', 'dir/sub/file')).toBe(false);
  });

  test('[COM-20 comments]', () => {
    expect(ignored('#a\nb', '#a')).toBe(false);
    expect(ignored('\\#a', '#a')).toBe(true);
    expect(ignored('  \n\t\nb', 'b')).toBe(true);
  });

  test('[COM-20 trailing-blanks]', () => {
    expect(ignored('a   ', 'a')).toBe(true);
    expect(ignored('a\\ ', 'a ')).toBe(true);
    expect(ignored('a\r\nb', 'a')).toBe(true);
  });

  test.each([
    ['**/*lue/vol?ano', 'value/volcano/tail', true],
    ['**/*lue/vol?ano', 'head/value/volcano', true],
    ['**/*lue/vol?ano', 'head/value/Volcano/tail', false],
    ['/*lue/vol?ano/**', 'value/volcano/tail/more', true],
    ['/*lue/vol?ano/**', 'value/volcano', true],
    ['/*lue/**/vol?ano', 'value/volcano', true],
    ['/*lue/**/vol?ano', 'value/a/b/volcano', true],
    ['/*lue/**foo/vol?ano', 'value/foo/volcano/tail', false],
    ['a/b**/c', 'a/bb/c', false],
    ['**/android/**/Generated.java', 'packages/tools/lib/src/android/gradle.dart', false],
    ['**', 'anything/at/all', true],
    ['/**', 'anything', false],
    ['**/', 'dir/file', true],
    ['**/', 'file', false],
  ])('[COM-20 double-star] %s and %s: %s', (pattern, path, expected) => {
    expect(ignored(pattern, path)).toBe(expected);
  });

  test.each([
    ['value', 'head/value/tail', true],
    ['val', 'head/value/tail', false],
    ['v*o', 'value/vulkano/tail', true],
    ['/value', 'value', true],
    ['/value', 'head/value', false],
    ['value/vulkano', 'value/vulkano/tail', true],
    ['value/vulkano', 'value/volcano', false],
    ['value/vulkano', 'head/value/vulkano', false],
    ['/value/volcano', 'value/value/volcano', false],
    ['/value/volcano', 'value', false],
  ])('[COM-20 anchored] %s and %s: %s', (pattern, path, expected) => {
    expect(ignored(pattern, path)).toBe(expected);
  });

  test.each([
    ['value/', 'value/tail', true],
    ['value/', 'head/value/', true],
    ['value/', 'head/value', false],
    ['**/*lue/vol?ano/', 'head/value/volcano/', true],
    ['**/*lue/vol?ano/', 'head/value/volcano', false],
    ['/*lue/**/vol?ano/', 'value/a/volcano/tail', true],
    ['/', 'a', false],
  ])('[COM-20 directory-only] %s and %s: %s', (pattern, path, expected) => {
    expect(ignored(pattern, path)).toBe(expected);
  });

  test.each([
    ['v[ou]l[kc]ano', 'volcano', true],
    ['v[^o]lcano', 'volcano', false],
    ['v[^o]lcano', 'vulcano', true],
    ['v[a-p]lcano', 'volcano', true],
    ['[a-c-e]', 'b', false],
    ['a?c', 'aéc', true],
    ['a?c', 'a🚀c', true],
    ['a\\*c', 'a*c', true],
    ['a\\*c', 'abc', false],
    ['a[\\]]c', 'a]c', true],
    ['v[ou]l[', 'vol[', false],
    ['a[]b]c', 'abc', false],
    ['a[', 'a[', false],
    ['a\\', 'a\\', false],
    ['*.y*ml', 'x.yaml', true],
    ['*a*b*c', 'xxaxxbxxcxxc', true],
    ['*a*b*c', 'xxaxxcxxb', false],
    ['[*]', '*', true],
  ])('[COM-20 glob] %s and %s: %s', (pattern, path, expected) => {
    expect(ignored(pattern, path)).toBe(expected);
  });

  test("[COM-19 per-directory] a directory's patterns speak of what is in it", () => {
    const inSub = (path: string): boolean => ignored('/file\nany', path, ['sub', 'dir']);

    expect(['sub/dir/file', 'sub/dir/x/any'].map(inSub)).toEqual([true, true]);
    expect(['file', 'sub/file', 'any', 'sub/dir', 'other/dir/file'].map(inSub)).toEqual(Array(5).fill(false));
  });

  test('[COM-20 line-limit] nothing is read from a line that is too long on', () => {
    const long = 'x'.repeat(65_535);

    expect(readPatterns(`a\n${long}\nb`, []).length).toBe(3);
    expect(readPatterns(`a\n${long}x\nb`, []).length).toBe(1);
  });

  test('hostile patterns take no longer than others', async () => {
    const cost = await processorTime(() => {
      expect(ignored(`${'*a'.repeat(100)}b`, 'a'.repeat(255))).toBe(false);
      expect(ignored(`x${' '.repeat(65_000)}y`, 'x')).toBe(false);
      expect(ignored(`**/${'*/**/'.repeat(50)}x`, 'a/'.repeat(200).slice(0, -1))).toBe(false);
    });

    expect(cost).toBeLessThan(500);
  });

  test('there are at most 4096', () => {
    const many = (count: number) => readPatterns('x\n'.repeat(count), []);

    expect(() => ignoring(many(4096))).not.toThrow();
    faultNow(() => ignoring(many(4097)), 'too-large');
  });
});
