import { describe, expect, test } from 'vitest';
import { DEFAULT_CHART_LIMITS as LIMITS } from '../../../../shared/helm/chart/chart.ts';
import {
  effectiveValuesFiles,
  type MergedValues,
  mergeChartValues,
  mergeTreeValues,
  withValues,
} from '../../../../shared/helm/chart/values.ts';
import { chartOf, chartYaml, filesIn, given, packed, problemOf, treeOf } from './charts.ts';
import type { Files } from './generate.ts';

const mergedOf = (...texts: readonly string[]): MergedValues =>
  given(
    mergeTreeValues(
      treeOf(Object.fromEntries(texts.entries())),
      [...texts.keys()].map(String),
      false,
      LIMITS,
    ),
  );
const chartWith = (files: Files) => chartOf({ 'Chart.yaml': chartYaml(), ...files });
const valuesOf = (tgz: Uint8Array): string | undefined =>
  filesIn(tgz).find(([name]) => name === 'app/values.yaml')?.[1];

describe('merged values', () => {
  // As published for upstream's transform.MergeMaps and mergeFileValues: flat over nested and back, and order.
  test('[HC-08 deep] are deep, later files win', () => {
    expect(mergedOf('a: b', 'a: c').values).toEqual({ a: 'c' });
    expect(mergedOf('a: {b: {c: 1, d: 2}}', 'a: {b: {d: 3}, e: 4}').values).toEqual({
      a: { b: { c: 1, d: 3 }, e: 4 },
    });
    expect(mergedOf('a: {b: 1}', 'a: text').values).toEqual({ a: 'text' });
    expect(mergedOf('a: text', 'a: {b: 1}').values).toEqual({ a: { b: 1 } });
    expect(mergedOf('a: [1, 2, 3]', 'a: [4]').values).toEqual({ a: [4] });
    expect(mergedOf('a: {b: 1}', 'a: null').values).toEqual({ a: null });
    expect(mergedOf('a: {b: 1, c: 2}', 'a: {b: null}').values).toEqual({ a: { b: null, c: 2 } });
    expect(mergedOf('a: 1', '', '# nothing', 'null').values).toEqual({ a: 1 });
  });

  test('are of mappings only', () => {
    const merge = (text: string) => mergeTreeValues(treeOf({ a: text }), ['a'], false, LIMITS);

    expect(problemOf(merge('- 1'))).toMatch(/^malformed: cannot read values from 'a': a list where/);
    expect(problemOf(merge('a: ['))).toMatch(/^malformed: cannot read values from 'a': yaml: line/);
    expect(problemOf(merge('a: *b'))).toMatch(/unknown anchor/);
  });

  test('keep keys that mean something to JavaScript to themselves', () => {
    const { values } = mergedOf('__proto__: {polluted: 1}\nconstructor: {a: 1}', '__proto__: {more: 2}');

    expect(Object.entries(values)).toEqual([
      ['__proto__', { polluted: 1, more: 2 }],
      ['constructor', { a: 1 }],
    ]);
    expect('polluted' in {}).toBe(false);
  });

  test('[HC-08 documents] of a values file are those of its first document', () => {
    expect(mergedOf('a: 1\n---\nb: 2\n').values).toEqual({ a: 1 });
    expect(mergedOf('# first\n---\na: 1\n').values).toEqual({ a: 1 });
    expect(mergedOf('---\n# empty\n---\na: 1\n').values).toEqual({});
    expect(mergedOf('a: 1\n---\nb: [\n').values).toEqual({ a: 1 });
  });

  test('[HC-08 documents] of values.yaml of the chart are those of all its documents', async () => {
    const chart = await chartWith({ 'values.yaml': 'a: {b: 1}\n---\na: {c: 2}\n' });

    expect(given(mergeChartValues(chart, ['values.yaml'], false, LIMITS)).values).toEqual({
      a: { b: 1, c: 2 },
    });
  });

  // Measured, too.
  test.each([
    ['a: |\n  x', { a: 'x' }],
    ['a: |\n  x\n', { a: 'x\n' }],
    ['a: |+\n  x', { a: 'x' }],
    ['b: 1\na:\n- w\n- c: >\n    x\n    z # no comment', { b: 1, a: ['w', { c: 'x z # no comment' }] }],
    ['a: |\n  x\n  ', { a: 'x\n' }],
    ['a: |\n  x\nb: 1', { a: 'x\n', b: 1 }],
    ['a: |\n  x\n# end', { a: 'x\n' }],
    ['a: |', { a: '' }],
  ])('of a file without a last line break: %j', (text, values) => {
    expect(mergedOf(text).values).toEqual(values);
  });

  // Measured with sigs.k8s.io/yaml 1.6 behind Helm 4.2.1's Values.Encode.
  test('[HC-08 float] are written as Helm does', async () => {
    const chart = await chartWith({ 'values.yaml': 'x: 1\n' });
    const { values } = mergedOf(
      'b: 1\na: [x, {z: 1}]\nbig: 12345678901234567890\nfloat: 123456789.5\nsmall: 1.0e-10\nmode: 0644\n' +
        'yes: on\ntext: "yes"\nempty: {}\nnone: []\nlines: "a\\nb\\n"\n',
    );

    expect(valuesOf(await packed(given(withValues(chart, values)).chart))).toBe(
      'a:\n- x\n- z: 1\nb: 1\nbig: 12345678901234567000\nempty: {}\nfloat: 1.234567895e+08\nlines: |\n  a\n  b\n' +
        'mode: 420\nnone: []\nsmall: 1e-10\ntext: "yes"\n"true": true\n',
    );
  });
});

describe('values files', () => {
  test('are asked for by more than values.yaml alone', () => {
    expect(effectiveValuesFiles(['./values.yaml'])).toEqual([]);
    expect(effectiveValuesFiles(['values.yaml', 'b.yaml'])).toEqual(['values.yaml', 'b.yaml']);
    expect(effectiveValuesFiles(['charts/../values.yaml'])).toEqual([]);
    expect(effectiveValuesFiles(['x/values.yaml'])).toEqual(['x/values.yaml']);
  });

  test('of a chart of a repository are in the chart', async () => {
    const chart = await chartWith({
      'values.yaml': 'a: 1\nb: 1\n',
      'ci/b.yaml': 'b: 2\n',
      'templates/c.yaml': 'c: 3\n',
    });

    const merged = given(mergeChartValues(chart, ['values.yaml', './ci/../ci/b.yaml'], false, LIMITS));

    expect(merged).toEqual({ values: { a: 1, b: 2 }, files: ['values.yaml', './ci/../ci/b.yaml'] });
    expect(problemOf(mergeChartValues(chart, ['../ci/b.yaml'], false, LIMITS))).toMatch(
      /^not-found: no values file/,
    );
    expect(problemOf(mergeChartValues(chart, ['templates/c.yaml'], false, LIMITS))).toMatch(/^not-found/);
    expect(given(mergeChartValues(chart, ['none.yaml', 'ci/b.yaml'], true, LIMITS)).files).toEqual([
      'ci/b.yaml',
    ]);
  });

  test('[HC-08 source-root] of a chart in a source are below the root of the source', () => {
    const tree = treeOf({ 'env/prod.yaml': 'a: 1\n' });

    expect(given(mergeTreeValues(tree, ['../../env/prod.yaml'], false, LIMITS)).values).toEqual({ a: 1 });
    expect(problemOf(mergeTreeValues(tree, ['env/none.yaml'], false, LIMITS))).toMatch(
      /^not-found.*'env\/none.yaml'/,
    );
    expect(problemOf(mergeTreeValues(tree, ['env'], true, LIMITS))).toMatch(/^not-found.*folder/);
    expect(given(mergeTreeValues(tree, ['env/none.yaml'], true, LIMITS))).toEqual({ values: {}, files: [] });
  });

  test('are not read beyond a limit', () => {
    const tree = treeOf({ a: `a: ${'x'.repeat(200)}\n`, b: 'b: 1\n' });

    expect(problemOf(mergeTreeValues(tree, ['a'], false, { ...LIMITS, fileBytes: 100 }))).toMatch(
      /^too-large.*100/,
    );
    expect(problemOf(mergeTreeValues(tree, ['b', 'a'], false, { ...LIMITS, yamlCharacters: 100 }))).toMatch(
      /^too-large.*100 characters/,
    );
  });
});

describe('the chart with other values', () => {
  test('has them as its values.yaml', async () => {
    const chart = await chartWith({ 'values.yaml': '# old\na: 1\n' });

    const { chart: changed, isChanged } = given(withValues(chart, { b: 2 }));

    expect([isChanged, valuesOf(await packed(changed))]).toEqual([true, 'b: 2\n']);
    expect(valuesOf(await packed(given(withValues(chart, {})).chart))).toBe('');
  });

  test('[HC-08 same-bytes] is the same where nothing is other', async () => {
    const chart = await chartWith({ 'values.yaml': 'a: 1\n' });

    expect(given(withValues(chart, { a: 1 })).isChanged).toBe(false);
  });

  test('[HC-08 no-values-file] has had some', async () => {
    expect(problemOf(withValues(await chartWith({}), { a: 1 }))).toMatch(
      /^not-found: failed to locate values file/,
    );
  });
});
