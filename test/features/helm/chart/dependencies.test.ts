import { describe, expect, test } from 'vitest';
import { DEFAULT_CHART_LIMITS as LIMITS } from '../../../../shared/helm/chart/chart.ts';
import {
  type MissingDependency,
  missingDependencies,
  normaliseRepositoryUrl,
  readSourceDependency,
  withDependencies,
} from '../../../../shared/helm/chart/dependencies.ts';
import { chartOf, chartYaml, filesIn, given, packed, problemOf, treeOf } from './charts.ts';
import type { Files } from './generate.ts';

const dependencies = (...lines: readonly string[]): Files => ({
  'Chart.yaml': chartYaml('app', ['dependencies:', ...lines.map((line) => `- {${line}}`)]),
});
const missing = async (files: Files, path = 'charts/app') => missingDependencies(await chartOf(files), path);
const places = async (files: Files, path?: string) =>
  given(await missing(files, path)).map(
    (one) => `${one.key} ${one.from} ${one.from === 'source' ? one.path : one.url}`,
  );

describe('what a chart misses', () => {
  test('[HC-09 only-missing] is what it wants and has not', async () => {
    const wanted = dependencies(
      'name: a, repository: https://x.example',
      'name: b, alias: c, repository: oci://y.example/z/',
    );

    expect(await places(wanted)).toEqual(['a http https://x.example/', 'c oci oci://y.example/z']);
    expect(await places({ ...wanted, 'charts/a/Chart.yaml': chartYaml('a') })).toEqual([
      'c oci oci://y.example/z',
    ]);
    expect(await places({ ...wanted, 'charts/c/Chart.yaml': chartYaml('c') })).toEqual([
      'a http https://x.example/',
    ]);
    // As many as are wanted, though others: upstream looks no further.
    const others = { 'charts/x/Chart.yaml': chartYaml('x'), 'charts/y/Chart.yaml': chartYaml('y') };
    expect(await places({ ...wanted, ...others })).toEqual([]);
    expect(await places({ 'Chart.yaml': chartYaml() })).toEqual([]);
  });

  test('[HC-09 lock-first] is what the lock says', async () => {
    const lock = 'dependencies: [{name: a, version: 1.0.1, repository: https://z.example}]\n';
    const wanted = dependencies(
      'name: a, version: 1.x, repository: https://x.example',
      'name: b, repository: ""',
    );

    const [only, ...more] = given(await missing({ ...wanted, 'Chart.lock': lock }));

    expect(only?.dependency).toEqual({
      name: 'a',
      version: '1.0.1',
      repository: 'https://z.example',
      alias: '',
    });
    expect(more).toEqual([]);
    expect(await places({ ...wanted, 'Chart.lock': 'dependencies: []\n' })).toEqual([]);
    expect(await places({ ...wanted, 'Chart.lock': '' })).toHaveLength(2);
  });

  test('of API version v1 is what its requirements say', async () => {
    const files = {
      'Chart.yaml': 'apiVersion: v1\nname: app\nversion: 1.0.0\n',
      'requirements.yaml': 'dependencies: [{name: a, version: 1.x, repository: https://x.example}]\n',
    };
    const lock = 'dependencies: [{name: a, version: 1.0.1, repository: https://x.example}]\n';

    expect(given(await missing(files))[0]?.dependency.version).toBe('1.x');
    expect(given(await missing({ ...files, 'requirements.lock': lock }))[0]?.dependency.version).toBe(
      '1.0.1',
    );
  });

  test('[HC-09 local-paths] lies in the source', async () => {
    const wanted = (repository: string) => dependencies(`name: a, repository: "${repository}"`);

    expect(await places(wanted(''))).toEqual(['a source charts/app/charts/a']);
    expect(await places(wanted('file://../a'))).toEqual(['a source charts/a']);
    expect(await places(wanted('file://./a%20b'))).toEqual(['a source charts/app/a b']);
    expect(await places(wanted('file:///a'))).toEqual(['a source charts/app/a']);
    expect(await places(wanted('file://../../../../a'))).toEqual(['a source a']);
    expect(await places(wanted('file://..'), '')).toEqual(['a source ']);
  });

  test('[HC-09 alias] by the alias of a repository is refused', async () => {
    expect(problemOf(await missing(dependencies('name: a, repository: "@stable"')))).toMatch(
      /^unsupported: failed to add remote dependency 'a': aliased repository dependency is not supported: @stable/,
    );
  });

  test.each([
    'alias:stable',
    's3://bucket/charts',
    'stable',
    'git+https://x.example',
    'file:/a',
    '//x.example',
  ])('[HC-09 other-schemes] at %s is refused', async (repository) => {
    expect(problemOf(await missing(dependencies(`name: a, repository: "${repository}"`)))).toMatch(
      /^unsupported: .*invalid dependency repository URL/,
    );
  });

  test('[HC-09 same-url] is found by URLs that end in a slash or not', () => {
    expect(normaliseRepositoryUrl('https://x.example')).toBe('https://x.example/');
    expect(normaliseRepositoryUrl('HTTPS://x.example/a//')).toBe('https://x.example/a/');
    expect(normaliseRepositoryUrl('https://x.example/a?b=c/')).toBe('https://x.example/a/?b=c/');
    expect(normaliseRepositoryUrl('oci://x.example/a/')).toBe('oci://x.example/a');
    expect(normaliseRepositoryUrl('x.example')).toBeUndefined();
  });
});

describe('a dependency in the source', () => {
  const tree = treeOf({
    'db/Chart.yaml': chartYaml('db', [], '1.5.0'),
    'db/values.yaml': 'a: 1\n',
    'bad/x': '',
  });
  const read = (path: string, version: string) => {
    const dependency = { name: 'db', version, repository: `file://../${path}`, alias: '' };
    const one: MissingDependency = { key: 'db', dependency, from: 'source', path };
    return readSourceDependency(tree, one, LIMITS);
  };

  test('is the chart there', async () => {
    expect(given(await read('db', '^1.2')).metadata.version).toBe('1.5.0');
  });

  test('[HC-09 local-version] is of a version in range', async () => {
    expect(problemOf(await read('db', '~1.4'))).toMatch(
      /^invalid: .*can't get a valid version for constraint '~1.4'/,
    );
    expect(problemOf(await read('db', 'latest!'))).toMatch(
      /^invalid: .*invalid version\/constraint format 'latest!'/,
    );
  });

  test('is told when there is none', async () => {
    expect(problemOf(await read('none', '*'))).toBe(
      "not-found: failed to add local dependency 'db': no chart found at '/none' (reference 'file://../none')",
    );
    expect(problemOf(await read('bad', '*'))).toMatch(
      /^not-found: failed to add local dependency 'db': .*Chart.yaml/,
    );
  });
});

test('[HC-09 alias-name] what was missing is packed with the chart, under its alias', async () => {
  const chart = await chartOf(dependencies('name: db, alias: main, repository: ""'));
  const db = await chartOf({ 'Chart.yaml': chartYaml('db') });
  const [dependency] = chart.metadata.dependencies;

  const files = filesIn(
    await packed(withDependencies(chart, [{ dependency: dependency as never, chart: db }])),
  );

  const found = files.find(([name]) => name === 'app/charts/main/Chart.yaml');
  expect(found?.[1]).toBe('apiVersion: v2\nname: main\nversion: 1.2.3\n');
});
