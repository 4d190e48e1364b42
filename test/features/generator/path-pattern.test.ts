import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { openBudget } from '../../../shared/artifact/generator/budget.ts';
import { captureSegment } from '../../../shared/artifact/generator/capture.ts';
import { expandPathPattern } from '../../../shared/artifact/generator/path-pattern.ts';
import { messageOf } from '../../../shared/core/failures.ts';
import { treeOf } from './trees.ts';

interface Asked {
  readonly pattern: string;
  readonly name: string;
  readonly from: string;
  readonly made: readonly {
    readonly name: string;
    readonly from: string;
    readonly labels: Readonly<Record<string, string>>;
  }[];
  readonly error?: string;
}

/** What source-watcher 2.2 made of patterns over the folders below, with one output of a name and a copy. */
const asked = JSON.parse(
  readFileSync(new URL('./vectors/paths.json', import.meta.url), 'utf8'),
) as readonly Asked[];

const FOLDERS = [
  ...['apps/web/prod', 'apps/web/dev', 'apps/API/prod', 'apps/api-2/prod', 'apps/x_y/prod', 'apps/a.b/prod'],
  ...['apps/-bad/prod', 'libs/web', 'libs/é', 'a-b-c/x', 'a/b/c/d', 'teams/one/apps/two/envs/three'],
  ...['dup/A', 'dup/a', 'ends.', `long/${'a'.repeat(74)}`],
];
const source = treeOf(
  Object.fromEntries([['apps/file', ''], ...FOLDERS.map((folder) => [`${folder}/x`, ''])]),
);

function expand({ pattern, name, from }: Asked, budget = openBudget()) {
  const outputs = [{ name, copy: [{ from, to: '@artifact/' }] }];
  return expandPathPattern(pattern, outputs, new Map([['src', source]]), budget);
}

test.each(asked)('[AG-15 path-pattern] [AG-15 captures] [AG-15 terminal] $pattern makes $name', (one) => {
  const { made, error } = one;
  const answer = () => {
    try {
      return expand(one).map(({ output, labels }) => ({
        name: output.name,
        from: output.copy[0]?.from,
        labels,
      }));
    } catch (fault) {
      return messageOf(fault);
    }
  };

  expect(answer()).toEqual(error ?? made);
});

test('a pattern makes no more artifacts than a status can list', () => {
  const many = treeOf(Object.fromEntries(Array.from({ length: 2001 }, (_, at) => [`a${at}/x`, ''])));
  const outputs = [{ name: '{a}', copy: [] }];

  expect(() => expandPathPattern('@src/{a}', outputs, new Map([['src', many]]), openBudget())).toThrow(
    'the generator takes more than 2000 artifacts: split it',
  );
});

test('a pattern multiplies copies up to a limit', () => {
  const many = treeOf(Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`a${at}/x`, ''])));
  const copy = Array.from({ length: 1000 }, () => ({ from: '@src/{a}', to: '@artifact/' }));

  expect(() =>
    expandPathPattern('@src/{a}', [{ name: '{a}', copy }], new Map([['src', many]]), openBudget()),
  ).toThrow('the generator takes more than 100000 copy operations: split it');
});

test('captures that follow each other try each place of a name once', () => {
  const pieces = [...Array.from({ length: 60 }, (_, at) => ({ capture: `c${at}` })), { literal: 'x' }];

  expect(captureSegment(pieces, 'a'.repeat(255))).toBeUndefined();
});
