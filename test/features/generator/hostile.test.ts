import { describe, expect, test } from 'vitest';
import type { CopyOperation } from '../../../shared/api/artifact-generator.ts';
import { findIn } from '../../../shared/artifact/directory.ts';
import { GENERATOR_LIMITS, openBudget } from '../../../shared/artifact/generator/budget.ts';
import { buildArtifact } from '../../../shared/artifact/generator/build.ts';
import { copyAll } from '../../../shared/artifact/generator/copy.ts';
import { unpackSource } from '../../../shared/artifact/generator/extract.ts';
import { mergeYaml } from '../../../shared/artifact/generator/merge-yaml.ts';
import { archiveOf, type Files, treeOf } from './trees.ts';

const KIB = 1024;

/** Copies from one source `src`. */
function copy(files: Files, operations: readonly CopyOperation[], limits = {}) {
  const budget = openBudget({ ...GENERATOR_LIMITS, ...limits });
  return copyAll(operations, new Map([['src', treeOf(files)]]), budget);
}

/** An archive of one entry, written by hand: `type` 2 is a symbolic link, 1 a hard one. */
async function archiveWith(name: string, type: string): Promise<Uint8Array> {
  const { gzipSync } = await import('node:zlib');
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644', 100);
  header.write('00000000000', 124);
  header.write('        ', 148);
  header.write(type, 156);
  header.write('/etc/passwd', 157);
  header.write('ustar\x0000', 257, 'latin1');
  const sum = header.reduce((all, byte) => all + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return gzipSync(Buffer.concat([header, Buffer.alloc(1024)]));
}

describe('paths', () => {
  test.each<[from: string, to: string, strategy: 'Extract' | 'Overwrite']>([
    ['@src/../x', '@artifact/', 'Overwrite'],
    ['@src//etc/passwd', '@artifact/', 'Overwrite'],
    ['@src/a.yaml', '@artifact/../x', 'Overwrite'],
    ['@src/a.yaml', '@artifact//etc/x', 'Overwrite'],
    ['@src/*', '@artifact/a/../../x/', 'Overwrite'],
    ['@src/a.tgz', '@artifact/../x', 'Extract'],
    ['@src/*.tgz', '@artifact/../x', 'Extract'],
  ])('[AG-11 escape] %s to %s does not leave its root', (from, to, strategy) => {
    const operation = { from, to, strategy };

    expect(() => copy({ 'a.yaml': '', 'a.tgz': '' }, [operation])).toThrow('path escapes from parent');
  });

  test('[AG-11 escape] a pattern never reaches beyond the source', () => {
    for (const from of ['@src/../*', '@src/a/../../*', '@src//*'])
      expect(() => copy({ 'a/b': '' }, [{ from, to: '@artifact/' }])).toThrow('no files match pattern');
  });
});

describe('archives', () => {
  test.each([
    ['a link', '2', 'x', 'is a symlink, which is not allowed in this context'],
    ['a hard link', '1', 'x', 'is a link or a device'],
    ['a device', '3', 'x', 'is a link or a device'],
    ['a way out', '0', '../x', 'invalid name'],
    ['an absolute path', '0', '/x', 'invalid name'],
  ])(
    '[AG-14 refused] [AG-11 escape] with %s are neither sources nor extracted',
    async (_, type, name, why) => {
      const bytes = await archiveWith(name, type);
      const extract = [{ from: '@src/a.tgz', to: '@artifact/', strategy: 'Extract' as const }];

      expect(() => unpackSource(bytes, openBudget())).toThrow(why);
      expect(() => copy({ 'a.tgz': bytes }, extract)).toThrow(why);
    },
  );

  test('that are bombs end where all sources of a generator have their room', async () => {
    const bomb = await archiveOf({ zeros: Buffer.alloc(300 * KIB) });
    const extract = [{ from: '@src/**/*.tgz', to: '@artifact/', strategy: 'Extract' as const }];
    const files = Object.fromEntries(Array.from({ length: 20 }, (_, at) => [`d${at}/b.tgz`, bomb]));

    expect(() => copy(files, extract, { inflatedBytes: 1000 * KIB })).toThrow('the archive has more than');
    expect(() => unpackSource(bomb, openBudget({ ...GENERATOR_LIMITS, inflatedBytes: KIB }))).toThrow(
      'the archive has more than 1024 bytes',
    );
  });

  test('of folders without end cost as many copies', async () => {
    const deep = await archiveOf({ [`${'d/'.repeat(2000)}f`]: '' });
    const extract = [{ from: '@src/a.tgz', to: '@artifact/', strategy: 'Extract' as const }];

    expect(() => copy({ 'a.tgz': deep }, extract, { copies: 1000 })).toThrow(
      'the generator takes more than 1000 copied files and directories: split it',
    );
  });
});

describe('operations', () => {
  const files = Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`d/f${at}`, 'x'.repeat(KIB)]));

  test('that copy a tree over and over cost as many copies', () => {
    const again = Array.from({ length: 50 }, (_, at) => ({ from: '@src/d', to: `@artifact/${at}` }));

    expect(() => copy(files, again, { copies: 1000 })).toThrow('copied files and directories: split it');
  });

  test('that make more than can be packed end the run', async () => {
    const again = Array.from({ length: 50 }, (_, at) => ({ from: '@src/d', to: `@artifact/${at}` }));
    const budget = openBudget({ ...GENERATOR_LIMITS, copiedBytes: 1000 * KIB });
    const sources = new Map([['src', treeOf(files)]]);

    await expect(buildArtifact({ name: 'big', copy: again }, sources, budget)).rejects.toThrow(
      'bytes of copied files: split it',
    );
  });

  test('that merge a file into itself cost its bytes', () => {
    const again = Array.from({ length: 50 }, () => {
      return { from: '@src/v.yaml', to: '@artifact/v.yaml', strategy: 'Merge' as const };
    });
    const big = `a: ${'x'.repeat(100 * KIB)}\n`;

    expect(() => copy({ 'v.yaml': big }, again, { mergedBytes: 1000 * KIB })).toThrow(
      'bytes of merged YAML: split it',
    );
  });

  test('[AG-13 merge] do not go through a key named __proto__', () => {
    const stage = copy({ 'a.yaml': '__proto__: {x: 1}\n', 'b.yaml': '__proto__: {z: 2}\n' }, [
      { from: '@src/a.yaml', to: '@artifact/v.yaml' },
      { from: '@src/b.yaml', to: '@artifact/v.yaml', strategy: 'Merge' },
    ]);
    const merged = findIn(stage, 'v.yaml');

    expect(merged?.kind === 'file' && merged.data.toString()).toBe('__proto__:\n  x: 1\n  z: 2\n');
    expect(({} as { x?: number }).x).toBeUndefined();
  });
});

describe('YAML', () => {
  const empty = Buffer.from('{}');

  test.each([
    ['aliases that multiply', billionLaughs(), 'excessive aliasing'],
    [
      'lists without end',
      `${'['.repeat(5000)}`,
      /deeper than 300 levels|must be sufficiently indented|Flow sequence/,
    ],
    [
      'depth',
      `${Array.from({ length: 400 }, (_, at) => `${' '.repeat(at)}a:`).join('\n')}`,
      'deeper than 300',
    ],
    ['a list', '- a\n', 'it is no mapping'],
    ['a separator with more', 'a: 1\n--- b\n', 'invalid Yaml document separator: b'],
    ['numbers that Go would round', 'a: 99999999999999999999\n', 'too large to be merged: quote it'],
  ])('[AG-13 merge] with %s is refused', (_, text, why) => {
    expect(() => mergeYaml(empty, Buffer.from(text))).toThrow(why);
  });
});

function billionLaughs(): string {
  const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x]'];
  for (let at = 1; at < 9; at++)
    lines.push(
      `a${at}: &a${at} [${Array(9)
        .fill(`*a${at - 1}`)
        .join(',')}]`,
    );
  return `${lines.join('\n')}\n`;
}
