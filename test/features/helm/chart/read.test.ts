import { describe, expect, test } from 'vitest';
import { type ChartLimits, DEFAULT_CHART_LIMITS as LIMITS } from '../../../../shared/helm/chart/chart.ts';
import { packChart } from '../../../../shared/helm/chart/pack.ts';
import { readChart, readChartMetadata } from '../../../../shared/helm/chart/read-archive.ts';
import { kindOfPath, readChartTree, readTreeMetadata } from '../../../../shared/helm/chart/read-tree.ts';
import {
  archive,
  chartOf,
  chartYaml,
  filesIn,
  given,
  packed,
  problemOf,
  readFolder,
  treeOf,
} from './charts.ts';
import type { Files } from './generate.ts';

const MIB = 1024 * 1024;
const read = (tgz: Uint8Array, limits: Partial<ChartLimits> = {}) => readChart(tgz, { ...LIMITS, ...limits });
const namesIn = async (files: Files): Promise<readonly string[]> =>
  filesIn(await packed(await chartOf({ 'Chart.yaml': chartYaml(), ...files }))).map(([name]) =>
    name.slice('app/'.length),
  );

describe('a chart in a source', () => {
  const files = { 'values.yaml': 'a: 1\n', 'templates/a.yaml': 'a', 'README.md': 'b' };
  const tree = treeOf({ 'Chart.yaml': chartYaml(), ...files }, 'charts/app');

  test('is a folder', async () => {
    const chart = given(await readChartTree(tree, 'charts/app', LIMITS));

    expect(chart.metadata).toMatchObject({
      name: 'app',
      version: '1.2.3',
      apiVersion: 'v2',
      dependencies: [],
    });
    expect(chart.values).toEqual({ a: 1 });
    expect(chart.templates.map(({ path }) => path)).toEqual(['templates/a.yaml']);
    expect(chart.files.map(({ path }) => path)).toEqual(['README.md']);
    expect(given(await readTreeMetadata(tree, 'charts/app', LIMITS))).toEqual(chart.metadata);
  });

  test('may be the whole source', async () => {
    const root = treeOf({ 'Chart.yaml': chartYaml(), ...files });

    expect(given(await readChartTree(root, '', LIMITS)).metadata.name).toBe('app');
  });

  test('or an archive in it', async () => {
    const tgz = await packed(given(await readChartTree(tree, 'charts/app', LIMITS)));
    const archives = new Map([['dist/app.tgz', tgz]]);

    expect(kindOfPath(archives, 'dist/app.tgz')).toBe('file');
    expect(given(await readChartTree(archives, 'dist/app.tgz', LIMITS)).values).toEqual({ a: 1 });
    expect(given(await readTreeMetadata(archives, 'dist/app.tgz', LIMITS)).name).toBe('app');
  });

  test('is told when there is none', async () => {
    expect(problemOf(await readChartTree(tree, 'charts', LIMITS))).toMatch(
      /^not-found: .*'charts'.*Chart.yaml/,
    );
    expect(problemOf(await readChartTree(tree, 'none', LIMITS))).toMatch(/^not-found: .*no such path/);
    expect(problemOf(await readTreeMetadata(tree, 'charts', LIMITS))).toMatch(/^not-found: .*spec.chart/);
    expect(kindOfPath(tree, 'charts/ap')).toBeUndefined();
  });

  test('[HC-10 file-size] has files of 5 MiB at most', async () => {
    const limit = 5 * MIB;
    const big = (size: number, more: Files = {}) =>
      readFolder({ 'Chart.yaml': chartYaml(), 'a.bin': 'x'.repeat(size), ...more });

    expect((await big(limit)).ok).toBe(true);
    expect(problemOf(await big(limit + 1))).toMatch(/^too-large: .*a\.bin.*5242881.*5242880.*helmignore/);
    expect((await big(limit + 1, { '.helmignore': '*.bin\n' })).ok).toBe(true);
    expect(problemOf(await read(archive([['a/a.bin', 'x'.repeat(limit + 1)]])))).toMatch(
      /^too-large: .*5242880/,
    );
  });

  test('[HC-10 ignored-size] may have others beside it', async () => {
    const more = { '.helmignore': 'big/\n', 'big/a': 'x'.repeat(6 * MIB) };

    expect(await namesIn(more)).toEqual(['Chart.yaml', '.helmignore']);
  });

  test('[HC-10 marks] is read without byte order marks', async () => {
    const chart = await chartOf({ 'Chart.yaml': `\ufeff${chartYaml()}`, 'a.txt': '\ufeffa' });

    expect(Buffer.from(chart.files[0]?.data ?? []).toString()).toBe('a');
    const marked = [
      ['app/Chart.yaml', `\ufeff${chartYaml()}`],
      ['app/a.txt', '\ufeffa'],
    ] as const;
    const packaged = await read(archive(marked));
    expect(packaged.ok && Buffer.from(packaged.value.files[0]?.data ?? []).toString()).toBe('a');
  });
});

describe('.helmignore', () => {
  const all = {
    'a.txt': '',
    'b.md': '',
    'docs/a.txt': '',
    'docs/deep/b.md': '',
    'x/docs': '',
    'templates/t.yaml': '',
  };
  const left = async (rules: string): Promise<readonly string[]> =>
    (await namesIn({ ...all, '.helmignore': rules })).filter((name) => Object.hasOwn(all, name));

  // By hand from the documented rules; the real helm agrees (real-helm.test.ts).
  test.each<readonly [string, readonly string[]]>([
    ['*.txt\n', ['b.md', 'docs/deep/b.md', 'templates/t.yaml', 'x/docs']],
    ['/a.txt\n', ['b.md', 'docs/a.txt', 'docs/deep/b.md', 'templates/t.yaml', 'x/docs']],
    ['docs/\n', ['a.txt', 'b.md', 'templates/t.yaml', 'x/docs']],
    ['docs\n', ['a.txt', 'b.md', 'templates/t.yaml']],
    ['docs/*.md\n', ['a.txt', 'b.md', 'docs/a.txt', 'docs/deep/b.md', 'templates/t.yaml', 'x/docs']],
    ['docs/*/*.md\n', ['a.txt', 'b.md', 'docs/a.txt', 'templates/t.yaml', 'x/docs']],
    ['# *\n\n  ?.md  \r\n', ['a.txt', 'docs/a.txt', 'templates/t.yaml', 'x/docs']],
  ])('[HC-10 ignore-rules] %j', async (rules, expected) => {
    expect([...(await left(rules))].sort()).toEqual([...expected].sort());
  });

  test('[HC-10 ignore-rules] a negated rule leaves out the rest, even Chart.yaml', async () => {
    expect(
      problemOf(await readFolder({ 'Chart.yaml': chartYaml(), ...all, '.helmignore': '!*.md\n' })),
    ).toMatch(/Chart.yaml file is missing/);
    expect(await left('!*[a.tYd]*\n')).not.toContain('x/docs');
  });

  test('a rule whose mistake Helm does not see is a rule that may match nothing', async () => {
    expect(await left('x*[\n')).toEqual(expect.arrayContaining(['a.txt', 'x/docs']));
  });

  test('[HC-10 ignored-folders] hides folders, and hidden templates by itself', async () => {
    const hidden = { 'templates/.a': '', 'templates/b/.c': '', 'docs/.helmignore': '*\n' };

    expect(await namesIn({ ...hidden, '.helmignore': '/docs\n' })).toEqual([
      'Chart.yaml',
      'templates/b/.c',
      '.helmignore',
    ]);
  });

  test.each([
    ['**/a\n', /double-star/],
    ['a[\n', /syntax error/],
    [`${'a'.repeat(70_000)}\n`, /a line of more than/],
  ])('that Helm does not take is refused: %.10j', async (rules, message) => {
    expect(problemOf(await readFolder({ 'Chart.yaml': chartYaml(), '.helmignore': rules }))).toMatch(message);
  });
});

describe('a chart in an archive', () => {
  const chartFile = ['app/Chart.yaml', chartYaml()] as const;

  test('has one folder, of any name', async () => {
    const chart = given(
      await read(
        archive([
          ['other/values.yaml', 'a: 1\n'],
          ['other/Chart.yaml', chartYaml()],
        ]),
      ),
    );

    expect([chart.metadata.name, chart.values]).toEqual(['app', { a: 1 }]);
  });

  test('may be of Windows', async () => {
    const chart = given(await read(archive([chartFile, ['app\\templates\\a.yaml', 'a']])));

    expect(chart.templates.map(({ path }) => path)).toEqual(['templates/a.yaml']);
  });

  test.each([
    ['/app/Chart.yaml', /malformed/],
    ['app/../../etc/passwd', /malformed/],
    ['app/..x', /parent directory/],
    ['app//etc/passwd', /absolute/],
    ['app\\..\\x', /malformed/],
    ['app/c:/x', /illegally named/],
    ['Chart.yaml', /outside the base directory/],
    ['README.md', /outside the base directory/],
  ])('never has a name such as %s', async (name, message) => {
    expect(problemOf(await read(archive([chartFile, [name, 'x']])))).toMatch(message);
  });

  test.each([
    ['a hard link', '1'],
    ['a symbolic link', '2'],
    ['a character device', '3'],
    ['a block device', '4'],
    ['a FIFO', '6'],
  ])('[HC-10 links] never has %s', async (_, type) => {
    expect(problemOf(await read(archive([chartFile, ['app/x', '', type]])))).toMatch(
      /^malformed: .*"app\/x" is neither a file nor a directory/,
    );
  });

  test('has to be one', async () => {
    expect(problemOf(await read(Buffer.from('no archive')))).toMatch(/^malformed: .*not gzip/);
    expect(problemOf(await read(archive([])))).toMatch(/no files in chart archive/);
    expect(problemOf(await read(archive([['app/values.yaml', 'a: 1\n']])))).toMatch(
      /^not-found: .*Chart.yaml file is missing/,
    );
  });

  test('is read for its metadata alone, as it is stored as it came', async () => {
    const broken = archive([chartFile, ['app/values.yaml', 'a: [']]);

    expect(given(await readChartMetadata(broken, LIMITS)).name).toBe('app');
    expect(problemOf(await read(broken))).toMatch(/^malformed: .*values.yaml/);
    expect(problemOf(await readChartMetadata(archive([['app/x', '']]), LIMITS))).toMatch(
      /^not-found: .*Chart.yaml/,
    );
  });
});

describe('a packed chart', () => {
  test('is the same bytes for the same chart, in whatever order its files come', async () => {
    const files = {
      'Chart.yaml': chartYaml(),
      'a.txt': 'a',
      'templates/b.yaml': 'b',
      'charts/c/Chart.yaml': chartYaml('c'),
    };
    const reversed = Object.fromEntries(Object.entries(files).reverse());

    const [one, other] = [await packed(await chartOf(files)), await packed(await chartOf(reversed))];

    expect(Buffer.compare(one, other)).toBe(0);
  });

  test('comes back as the same chart', async () => {
    const chart = await chartOf({
      'Chart.yaml': chartYaml(),
      'values.yaml': 'a: é\n',
      'ü.txt': 'a',
      [`${'deep/'.repeat(40)}a`]: 'b',
    });

    const again = given(await read(await packed(chart)));

    expect(filesIn(await packed(again))).toEqual(filesIn(await packed(chart)));
  });

  test('is refused above the size of an archive', async () => {
    const noise = Array.from({ length: 20_000 }, (_, at) => Math.imul(at, 2654435761).toString(36)).join('');
    const chart = await chartOf({ 'Chart.yaml': chartYaml(), 'noise.txt': noise });

    expect(problemOf(await packChart(chart, { ...LIMITS, chartBytes: 10_000 }))).toMatch(
      /^too-large: cannot package the chart 'app'/,
    );
  });
});
