import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type ChartLimits, DEFAULT_CHART_LIMITS as LIMITS } from '../../../../shared/helm/chart/chart.ts';
import { packChart } from '../../../../shared/helm/chart/pack.ts';
import { readChart } from '../../../../shared/helm/chart/read-archive.ts';
import { mergeTreeValues } from '../../../../shared/helm/chart/values.ts';
import { archive, chartYaml, problemOf, readFolder, treeOf } from './charts.ts';

const MIB = 1024 * 1024;
const PATIENCE = 120_000;
const read = (tgz: Uint8Array, limits: Partial<ChartLimits> = {}) => readChart(tgz, { ...LIMITS, ...limits });
const chartFile = ['app/Chart.yaml', chartYaml()] as const;

/** Seconds of the processor, whatever else the machine does. */
async function processorTime(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

describe('what a hostile archive holds', () => {
  test('[HC-10 chart-size] more than 10 MiB is not even opened', async () => {
    expect(problemOf(await read(Buffer.alloc(10 * MIB + 1)))).toMatch(
      /^too-large: .*10485761 bytes.*10485760/,
    );
    expect(problemOf(await read(Buffer.alloc(10 * MIB)))).toMatch(/^malformed: .*not gzip/);
  });

  test(
    '[HC-10 inflated-size] 10 GB of zeros are told after 100 MiB',
    async () => {
      // gzip members follow each other: 10 GB in 10 MB.
      const gigabyte = gzipSync(Buffer.alloc(64 * MIB), { level: 9 });
      const bomb = Buffer.concat(
        Array.from({ length: Math.floor((10 * MIB) / gigabyte.length) }, () => gigabyte),
      );
      expect(bomb.length / gigabyte.length).toBeGreaterThan(150);

      const before = process.memoryUsage().rss;
      const took = await processorTime(async () =>
        expect(problemOf(await read(bomb))).toMatch(/^too-large: .*104857600 bytes/),
      );

      expect(took).toBeLessThan(10);
      expect(process.memoryUsage().rss - before).toBeLessThan(400 * MIB);
    },
    PATIENCE,
  );

  test(
    '[HC-10 inflated-size] archives in archives share what there is',
    async () => {
      const inner = archive([
        ['b/Chart.yaml', chartYaml('b')],
        ...Array.from({ length: 12 }, (_, at) => [`b/${at}`, Buffer.alloc(4 * MIB)] as const),
      ]);
      const bomb = archive([chartFile, ...[1, 2, 3].map((at) => [`app/charts/b-${at}.tgz`, inner] as const)]);

      expect(bomb.length).toBeLessThan(MIB);
      expect(problemOf(await read(bomb))).toMatch(/^too-large: .*subchart b-3.tgz.*bytes/);
    },
    PATIENCE,
  );

  test(
    'entries without end are told after 20 000',
    async () => {
      const entries = Array.from({ length: 30_000 }, (_, at) => [`app/${at}`, ''] as const);

      expect(problemOf(await read(archive([chartFile, ...entries])))).toMatch(/^too-large: .*20000/);
      expect((await read(archive([chartFile, ...entries.slice(0, 19_999)]))).ok).toBe(true);
    },
    PATIENCE,
  );

  test('charts in charts have an end', async () => {
    const deep = `${'charts/a/'.repeat(40)}Chart.yaml`;
    const files = Object.fromEntries(
      Array.from({ length: 41 }, (_, at) => [`${'charts/a/'.repeat(at)}Chart.yaml`, chartYaml('a')]),
    );

    expect(Object.keys(files)).toContain(deep);
    expect(problemOf(await readFolder(files))).toMatch(/^too-large: .*deeper than 32 levels/);
  });

  test('archives in archives have an end', async () => {
    let tgz = archive([['a/Chart.yaml', chartYaml('a')]]);
    for (let depth = 0; depth < 34; depth++)
      tgz = archive([
        ['a/Chart.yaml', chartYaml('a')],
        ['a/charts/a.tgz', tgz],
      ]);

    expect(problemOf(await read(tgz))).toMatch(/^too-large: .*deeper than 32 levels/);
  });
});

describe('what hostile YAML holds', () => {
  const values = (text: string) => readFolder({ 'Chart.yaml': chartYaml(), 'values.yaml': text });

  test(
    'aliases of aliases are not unfolded',
    async () => {
      const bomb = Array.from(
        { length: 20 },
        (_, at) => `a${at}: &a${at} [${Array(10).fill(at === 0 ? 'x' : `*a${at - 1}`)}]`,
      );

      const took = await processorTime(async () =>
        expect(problemOf(await values(`${bomb.join('\n')}\n`))).toMatch(/^too-large: .*aliasing/),
      );

      expect(took).toBeLessThan(10);
    },
    PATIENCE,
  );

  test(
    'levels without end are told',
    async () => {
      expect(problemOf(await values(`${'['.repeat(100_000)}`))).toMatch(/^(too-large|malformed): /);
      expect(
        problemOf(await values(Array.from({ length: 400 }, (_, at) => `${' '.repeat(at)}a:`).join('\n'))),
      ).toMatch(/^too-large: .*300 levels/);
    },
    PATIENCE,
  );

  test(
    'charts with 4 MiB of values each are told before they are read for minutes',
    async () => {
      const big = `a: ${'x'.repeat(4 * MIB)}\n`;
      const files = Object.fromEntries(
        ['a', 'b', 'c', 'd', 'e'].flatMap((name) => [
          [`charts/${name}/Chart.yaml`, chartYaml(name)],
          [`charts/${name}/values.yaml`, big],
        ]),
      );

      expect(problemOf(await readFolder({ 'Chart.yaml': chartYaml(), ...files }))).toMatch(
        /^too-large: .*16777216 characters/,
      );
    },
    PATIENCE,
  );

  test.each([
    ['markers of documents', '---\n'],
    ['comments', '#\n'],
    ['empty lines', '\n'],
    ['directives', '%\n'],
    ['ends of documents', '...\n'],
  ])(
    '%s without end take no long time',
    async (_, line) => {
      const text = `${line.repeat(Math.floor((5 * MIB - 20) / line.length))}---\na: 1\n`;

      const took = await processorTime(async () => {
        await values(text);
        mergeTreeValues(treeOf({ a: text }), ['a'], false, LIMITS);
      });

      expect(took).toBeLessThan(30);
    },
    PATIENCE,
  );

  test.each([
    ['digits', '1'],
    ['blanks', ' '],
    ['letters', 'a'],
    ['bars', '|'],
    ['points', '.'],
  ])(
    '%s without end in Chart.yaml take no long time',
    async (_, character) => {
      const line = `x: ${character.repeat(4 * MIB)}!`;

      const took = await processorTime(async () => {
        await readFolder({ 'Chart.yaml': chartYaml('app', [line]) });
        await readFolder({ 'Chart.yaml': `${chartYaml()}${line}`, 'values.yaml': line });
      });

      expect(took).toBeLessThan(30);
    },
    PATIENCE,
  );

  test('a name is no path', async () => {
    const named = (name: string) => readFolder({ 'Chart.yaml': chartYaml(JSON.stringify(name)) });

    expect(problemOf(await named('../app'))).toMatch(/^invalid: .*"\.\.\/app" is invalid/);
    expect(problemOf(await named('..'))).toMatch(/^invalid: /);
    expect(problemOf(await named('\u0000'))).toMatch(/^invalid: .*name is required/);
  });

  test('the name of a chart in it is no path either', async () => {
    const chart = await readFolder({ 'Chart.yaml': chartYaml() });
    if (!chart.ok) throw new Error();
    const bad = { ...chart.value, metadata: { ...chart.value.metadata, name: '../../x' } };

    expect(problemOf(await packChart({ ...chart.value, dependencies: [bad] }, LIMITS))).toMatch(
      /no name of a chart/,
    );
  });
});

describe('.helmignore of a stranger', () => {
  test(
    'takes no long time',
    async () => {
      const rules = Array.from({ length: 4000 }, (_, at) => `${'*a'.repeat(30)}${at}`).join('\n');
      const files = Object.fromEntries(
        Array.from({ length: 1000 }, (_, at) => [`${'a'.repeat(100)}${at}x`, '']),
      );
      const hostile = { 'Chart.yaml': chartYaml(), '.helmignore': rules, ...files };

      const took = await processorTime(async () =>
        expect(problemOf(await readFolder(hostile))).toMatch(/^too-large: .*helmignore takes too long/),
      );

      expect(took).toBeLessThan(60);
      expect(
        problemOf(await readFolder({ 'Chart.yaml': chartYaml(), '.helmignore': 'a\n'.repeat(5000) })),
      ).toMatch(/4096 rules/);
    },
    PATIENCE,
  );
});
