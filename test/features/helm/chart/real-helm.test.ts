import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DEFAULT_CHART_LIMITS } from '../../../../shared/helm/chart/chart.ts';
import { packChart } from '../../../../shared/helm/chart/pack.ts';
import { readChart } from '../../../../shared/helm/chart/read-archive.ts';
import { archive, chartOf, chartYaml, filesIn, given, packed, readFolder } from './charts.ts';
import { chartFolder, dice, type Files } from './generate.ts';
import { openHelm } from './real-helm.ts';

const helm = await openHelm();

const PATIENCE = 300_000;
const GENERATED = 48;
const AT_ONCE = 2;

/** Our verdict on a folder, and the archive. */
async function ours(files: Files): Promise<Uint8Array | undefined> {
  const read = await readFolder(files);
  const made = read.ok ? await packChart(read.value, DEFAULT_CHART_LIMITS) : undefined;
  return made?.ok ? made.value.body : undefined;
}

/** What helm packages of a folder; `lacking` for a chart that it loads, and does not package as dependencies are missing. */
async function theirs(id: string, files: Files): Promise<Uint8Array | 'lacking' | undefined> {
  await helm.write(`${id}/app`, files);
  const { ok, out, err } = await helm.run('package', `${id}/app`, '-d', id);
  if (err.includes('missing in charts/ directory')) return 'lacking';
  const file = /saved it to: (.*\.tgz)/.exec(out)?.[1];
  return ok && file !== undefined ? readFile(join(helm.directory, file)) : undefined;
}

async function shown(tgz: Uint8Array, id: string): Promise<unknown> {
  const file = join(helm.directory, `${id}.tgz`);
  await writeFile(file, tgz);
  const rendered = await helm.run('template', 'x', file, '--include-crds');
  const all = await helm.run('show', 'all', file);
  return [rendered.ok, rendered.out, rendered.err.replaceAll(file, 'FILE'), all.out, all.ok];
}

async function compare(id: string, files: Files): Promise<'refused' | 'packaged' | 'lacking'> {
  const [mine, real] = [await ours(files), await theirs(id, files)];
  if (real === 'lacking') {
    expect((await readFolder(files)).ok, `${id}: loaded by helm`).toBe(true);
    return real;
  }
  expect(mine === undefined, `${id}: refused, by us and by helm`).toBe(real === undefined);
  if (mine === undefined || real === undefined) return 'refused';
  expect(filesIn(mine)).toEqual(filesIn(real));
  expect(await shown(mine, `${id}-ours`)).toEqual(await shown(real, `${id}-real`));
  return 'packaged';
}

describe('beside the real helm', () => {
  // More of them: CHARTS=1000.
  test(
    '[HC-10 same-charts] generated folders are taken or refused, packaged, rendered and shown alike',
    async () => {
      const count = Number(process.env.CHARTS ?? GENERATED);
      const results: string[] = [];
      const work = async (): Promise<void> => {
        for (let seed = results.push('') - 1; seed < count; seed = results.push('') - 1)
          results[seed] = await compare(`generated-${seed}`, chartFolder(dice(seed + 20_000)));
      };
      await Promise.all(Array.from({ length: AT_ONCE }, work));

      const refused = results.filter((result) => result === 'refused').length;
      expect(results.filter((result) => result === 'packaged').length).toBeGreaterThan(count / 8);
      expect(refused).toBeGreaterThan(count / 8);
    },
    PATIENCE,
  );

  const template = {
    'templates/map.yaml': 'kind: ConfigMap\napiVersion: v1\nmetadata: {name: "{{ .Chart.Name }}"}\n',
  };
  const nested = {
    'Chart.yaml': chartYaml('app', [
      'dependencies: [{name: db, version: 1.2.3, repository: "file://../db", alias: main}]',
    ]),
    'Chart.lock':
      'dependencies:\n- name: db\n  repository: file://../db\n  version: 1.2.3\ndigest: sha256:0\ngenerated: "2024-01-02T03:04:05Z"\n',
    'values.yaml': '# kept as it is\nmain: {size: 1}\n',
    'charts/db/Chart.yaml': chartYaml('db'),
    'charts/db/values.yaml': 'size: 0\n',
    'charts/db/templates/map.yaml':
      'kind: ConfigMap\napiVersion: v1\nmetadata: {name: "{{ .Values.size }}"}\n',
    ...template,
  };
  const first = {
    'Chart.yaml': 'apiVersion: v1\nname: app\nversion: 1.0.0\n',
    'requirements.yaml': 'dependencies:\n- {name: db, version: 1.2.3, repository: ""}\n',
    'requirements.lock': 'dependencies: []\n',
    'charts/db/Chart.yaml': 'name: db\nversion: 1.2.3\n',
    ...template,
  };

  test.each<readonly [string, 'packaged' | 'refused' | 'lacking', Files]>([
    ['a chart in a chart, locked', 'packaged', nested],
    ['API version v1 with requirements', 'packaged', first],
    [
      'a dependency that is not there',
      'lacking',
      {
        ...first,
        'requirements.yaml': 'dependencies: [{name: x, version: 1.x, repository: https://a.example}]\n',
      },
    ],
    ['requirements of a chart of v2', 'packaged', { ...first, 'Chart.yaml': chartYaml() }],
    ['a chart in it without a Chart.yaml', 'refused', { ...nested, 'charts/other/values.yaml': 'a: 1\n' }],
    ['a file where charts are', 'refused', { ...nested, 'charts/README.md': 'x' }],
    ['API version v3', 'refused', { ...nested, 'Chart.yaml': 'apiVersion: v3\nname: app\nversion: 1.0.0\n' }],
    [
      'API version v3 of a chart in it',
      'packaged',
      { ...nested, 'charts/db/Chart.yaml': 'apiVersion: v3\nname: db\nversion: 1.2.3\n' },
    ],
    ['a schema that is no JSON', 'refused', { ...nested, 'values.schema.json': '{' }],
    [
      'a schema that its values break',
      'packaged',
      { ...nested, 'values.schema.json': '{"required":["none"]}' },
    ],
    [
      'numbers where text is wanted',
      'packaged',
      {
        'Chart.yaml': chartYaml('app', [
          'appVersion: 1234567.8',
          'home: 1.10',
          'annotations: {a: 0x1F, b: true}',
        ]),
      },
    ],
    [
      'a commit that reads as a number',
      'packaged',
      { 'Chart.yaml': chartYaml('app', ['appVersion: 72445e2 # a commit']) },
    ],
    ['a number beyond all others', 'packaged', { 'Chart.yaml': chartYaml('app', ['appVersion: 12345e67']) }],
    ['such a version', 'refused', { 'Chart.yaml': chartYaml('app', [], '72445e2') }],
    ['a library', 'packaged', { 'Chart.yaml': chartYaml('app', ['type: library']), ...template }],
    [
      'two dependencies of one name',
      'refused',
      { 'Chart.yaml': chartYaml('app', ['dependencies: [{name: a}, {name: b, alias: a}]']) },
    ],
    ['an ignored Chart.yaml', 'refused', { ...nested, '.helmignore': 'Chart.yaml\n' }],
    ['what is not text in YAML', 'refused', { ...nested, 'values.yaml': 'a: \u0007\n' }],
  ])(
    '%s',
    async (id, verdict, files) => {
      expect(await compare(id.replaceAll(' ', '-'), files)).toBe(verdict);
    },
    PATIENCE,
  );

  test(
    'archives in charts/ become folders',
    async () => {
      const inner = await packed(await chartOf({ 'Chart.yaml': chartYaml('db'), ...template }));
      const folder = 'outer/app';
      await helm.write(folder, { 'Chart.yaml': chartYaml('app'), 'charts/db-1.2.3.tgz': '' });
      await writeFile(join(helm.directory, folder, 'charts/db-1.2.3.tgz'), inner);
      await helm.run('package', folder, '-d', 'outer');
      const real = await readFile(join(helm.directory, 'outer/app-1.2.3.tgz'));

      const tgz = archive([
        ['app/Chart.yaml', chartYaml('app')],
        ['app/charts/db-1.2.3.tgz', inner],
      ]);
      const mine = await packed(given(await readChart(tgz, DEFAULT_CHART_LIMITS)));

      expect(filesIn(mine)).toEqual(filesIn(real));
      expect(filesIn(mine).map(([name]) => name)).toContain('app/charts/db/Chart.yaml');
    },
    PATIENCE,
  );
});
