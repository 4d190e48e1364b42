import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { openBudget } from '../../../shared/artifact/generator/budget.ts';
import { doubleStar, isDoubleStarPattern } from '../../../shared/artifact/generator/double-star.ts';
import { isBadPattern } from '../../../shared/artifact/generator/element-pattern.ts';
import { globArchives } from '../../../shared/artifact/generator/glob-archives.ts';
import { globFiles } from '../../../shared/artifact/generator/glob-files.ts';
import { treeOf } from './trees.ts';

type Found = readonly string[] | 'error';

/**
 * What Go 1.26 and doublestar 4.10 answered about generated patterns: which are well-formed (`path.Match`, then
 * `doublestar.Match`), what `doublestar.Match` matches, and what `fs.Glob` and `doublestar.Glob` find in trees, in order.
 * Left out for the latter: alternatives that are empty or `**`, which it orders by chance of its own implementation.
 */
const asked = JSON.parse(readFileSync(new URL('./vectors/globs.json', import.meta.url), 'utf8')) as {
  readonly trees: readonly (readonly string[])[];
  readonly patterns: readonly (readonly [pattern: string, element: boolean, doubleStar: boolean])[];
  readonly matches: readonly (readonly [pattern: string, path: string, matches: boolean])[];
  readonly globs: readonly {
    readonly tree: number;
    readonly pattern: string;
    readonly glob: Found;
    readonly archives?: Found;
  }[];
};

const trees = asked.trees.map((paths) => treeOf(Object.fromEntries(paths.map((path) => [path, 'x']))));
const answer = (find: () => readonly string[]): Found => {
  try {
    return find();
  } catch {
    return 'error';
  }
};
const inTree = (
  find: typeof globFiles,
  { tree, pattern }: { readonly tree: number; readonly pattern: string },
): Found => answer(() => find(trees[tree] ?? treeOf({}), pattern, openBudget()));

describe('patterns, as Go has them', () => {
  test('[AG-11 go-glob] find in a tree what fs.Glob finds, in its order', () => {
    const found = asked.globs.map((one) => inTree(globFiles, one));

    expect(found).toEqual(asked.globs.map(({ glob }) => glob));
  });

  test('[AG-14 extract] find in a tree what doublestar.Glob finds, each once, in its order', () => {
    const globs = asked.globs.filter(({ archives }) => archives !== undefined);

    expect(globs.map((one) => inTree(globArchives, one))).toEqual(globs.map(({ archives }) => archives));
  });

  test('[AG-12 doublestar] match what doublestar.Match matches', () => {
    const found = asked.matches.map(([pattern, path]) => doubleStar(pattern, () => undefined)(path));

    expect(found).toEqual(asked.matches.map(([, , matches]) => matches));
  });

  test('[AG-11 go-glob] [AG-12 doublestar] are well-formed or not', () => {
    const found = asked.patterns.map(([pattern]) => [
      pattern,
      !isBadPattern(pattern),
      isDoubleStarPattern(pattern),
    ]);

    expect(found).toEqual(asked.patterns);
  });
});

describe('hostile patterns', () => {
  const deep = treeOf(
    Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`${'a'.repeat(200)}${at}`, ''])),
  );

  test.each([
    ['alternatives that multiply', `${'{a,b}'.repeat(200)}c`],
    ['stars that multiply', `${'*a'.repeat(500)}b`],
    ['folders that multiply', `${'**/'.repeat(300)}b`],
  ])('%s cost steps, and too many of them end the run', (_, pattern) => {
    const budget = openBudget({ ...limits, steps: 200_000 });
    const matches = doubleStar(pattern, (steps) => budget.spend('steps', steps));

    expect(() => {
      for (let at = 0; at < 200; at++) matches(`${'a'.repeat(200)}${at}/`.repeat(20));
    }).toThrow('takes more than 200000 steps of matching patterns: split it');
  });

  test('stars in the names of Go cost as many', () => {
    const budget = openBudget({ ...limits, steps: 200_000 });

    expect(() => globFiles(deep, `${'*a'.repeat(500)}b`, budget)).toThrow('steps of matching patterns');
  });

  test('alternatives of folders may stand for 256 patterns', () => {
    expect(() => globArchives(deep, `${'{a/b,c}'.repeat(9)}`, openBudget())).toThrow(
      'the pattern stands for more than 256 patterns',
    );
  });
});

const limits = {
  ...{ inflatedBytes: 1e6, extractedBytes: 1e6, copiedBytes: 1e6, mergedBytes: 1e6 },
  ...{ steps: 1e6, copies: 1e6, entries: 1e6, operations: 10, artifacts: 10 },
};
