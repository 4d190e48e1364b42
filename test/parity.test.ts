import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { byKind, type Fact, faultsOf, loadFacts, tagOf } from './parity/index.ts';
import { mergeResults, statesOf } from './parity/results.ts';
import { KINDS } from './parity/rows.ts';
import { summarise } from './parity/summary.ts';
import { BEGIN, supportTable, tableIn, withTable } from './parity/support-table.ts';
import { tagsIn } from './parity/tags.ts';

const ROOT = join(import.meta.dirname, '..');
const FACTS: readonly Fact[] = [
  { row: 'GR-01', fact: 'a', says: 'a' },
  { row: 'GR-01', fact: 'b', says: 'b' },
  { row: 'GR-02', fact: 'c', says: 'c', refused: true },
];

function summaryOf(states: Record<string, 'pass' | 'fail'>) {
  const [kind] = byKind(FACTS, [{ kind: 'GitRepository', rows: ['GR-01', 'GR-02', 'GR-03'] }]);
  if (!kind) throw new Error('no kind');
  return summarise(kind, statesOf({ file: states }));
}

describe('the facts', () => {
  test('name known rows, once each', async () => {
    expect(faultsOf(await loadFacts())).toEqual([]);
  });

  test('hold every tag that a test title carries', async () => {
    const known = new Set((await loadFacts()).map(tagOf));
    const sources = globSync('test/{features,contracts,control-plane,flow}/**/*.test.ts', { cwd: ROOT });

    const unknown = sources.flatMap((file) =>
      tagsIn(readFileSync(join(ROOT, file), 'utf8'))
        .filter((tag) => !known.has(tag))
        .map((tag) => `${file}: ${tag}`),
    );

    expect(unknown).toEqual([]);
  });

  test('are refused when repeated, unnamed, silent or of an unknown row', () => {
    const faults = faultsOf([
      { row: 'GR-01', fact: 'a', says: 'a' },
      { row: 'GR-01', fact: 'a', says: 'again' },
      { row: 'GR-99', fact: 'b', says: 'b' },
      { row: 'GR-02', fact: 'Not Kebab', says: 'c' },
      { row: 'GR-02', fact: 'd', says: '' },
    ]);

    expect(faults).toEqual([
      'GR-01 a: listed twice',
      'GR-99 b: no such row',
      'GR-02 Not Kebab: the name is not in kebab-case',
      'GR-02 d: says nothing',
    ]);
  });
});

describe('the report', () => {
  test('knows 28 rows of GitRepository, 87 of Kustomization, 12 of Bucket, 18 of OCIRepository, 12 of HelmRepository, 16 of HelmChart, 5 of ExternalArtifact, 17 of ArtifactGenerator, 40 of Receiver, 31 shared ones', () => {
    expect(KINDS.map(({ kind, rows }) => [kind, rows.length, rows[0], rows.at(-1)])).toEqual([
      ['GitRepository', 28, 'GR-01', 'GR-28'],
      ['Kustomization', 87, 'KS-01', 'KS-106'],
      ['Bucket', 12, 'BK-01', 'BK-12'],
      ['OCIRepository', 18, 'OCI-01', 'OCI-18'],
      ['HelmRepository', 12, 'HR-01', 'HR-12'],
      ['HelmChart', 16, 'HC-01', 'HC-16'],
      ['ExternalArtifact', 5, 'EA-01', 'EA-05'],
      ['ArtifactGenerator', 17, 'AG-01', 'AG-17'],
      ['Receiver', 40, 'RC-01', 'RC-40'],
      ['Common', 31, 'COM-01', 'COM-31'],
    ]);
  });

  test('reads several tags from one title, and none from ordinary brackets', () => {
    expect(tagsIn('[KS-41 types-change] [COM-01 go] a [list] of [KS-41] things[0]')).toEqual([
      'KS-41 types-change',
      'COM-01 go',
    ]);
  });

  test('calls a row proven when all its facts are, and rows without facts open', () => {
    const summary = summaryOf({ 'GR-01 a': 'pass', 'GR-01 b': 'pass', 'GR-02 c': 'pass' });

    expect(summary.rows).toEqual({ all: 3, proven: 1, refused: 1, open: 1 });
    expect(summary.facts).toEqual({ all: 3, proven: 2, refused: 1, open: 0 });
    expect(summary.open).toEqual([{ row: 'GR-03', facts: [] }]);
  });

  test('leaves a row open for one failing or missing test, even of a refusal', () => {
    const summary = summaryOf({ 'GR-01 a': 'pass', 'GR-01 b': 'fail' });

    expect(summary.rows).toEqual({ all: 3, proven: 0, refused: 0, open: 3 });
    expect(summary.open.slice(0, 2)).toEqual([
      { row: 'GR-01', facts: ['b'] },
      { row: 'GR-02', facts: ['c'] },
    ]);
  });

  test('counts a tag as failing when one file passes and another fails, in any order', () => {
    expect(statesOf({ a: { x: 'pass' }, b: { x: 'fail' }, c: { x: 'pass' } }).get('x')).toBe('fail');
  });

  test('keeps what a partial run did not touch, and forgets files that are gone', () => {
    const old = { a: { x: 'pass' }, b: { y: 'pass' }, gone: { z: 'pass' } } as const;

    const merged = mergeResults(old, { a: { w: 'fail' } }, (file) => file !== 'gone');

    expect(merged).toEqual({ a: { w: 'fail' }, b: { y: 'pass' } });
  });
});

describe('the support table', () => {
  const readme = () => readFileSync(join(ROOT, 'README.md'), 'utf8');

  test('stands in README.md with a line a kind whose numbers add up', () => {
    const lines = tableIn(readme());

    expect(lines?.map(([kind, all]) => [kind, Number(all)])).toEqual(
      KINDS.map(({ kind, rows }) => [kind, rows.length]),
    );
    for (const [, all, proven, refused, open] of lines ?? []) {
      expect(Number(proven) + Number(refused) + Number(open)).toBe(Number(all));
    }
  });

  test('replaces only what stands between its markers', () => {
    const table = supportTable([summaryOf({})]);

    const twice = withTable(withTable('# Title\n\nText.\n', 'old'), table);

    expect(twice.startsWith(`# Title\n\nText.\n\n${BEGIN}\n| kind |`)).toBe(true);
    expect(twice).not.toContain('old');
    expect(tableIn(twice)).toEqual([['GitRepository', '3', '0', '0', '3', '0 of 3']]);
    expect(tableIn('no table')).toBeUndefined();
  });
});
