import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { convertIndex } from '../../../shared/helm/index/read.ts';
import { indexYaml, largeIndex, versionYaml } from './indexes.ts';

interface Stored {
  readonly entries: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[] | null>> | null;
}

const textOf = (index: string | Uint8Array): string =>
  Buffer.from(convertIndex(typeof index === 'string' ? Buffer.from(index) : index).body).toString();
const stored = (index: string): Stored => JSON.parse(textOf(index)) as Stored;
const versionsOf = (index: string, chart: string): readonly unknown[] =>
  (stored(index).entries?.[chart] ?? []).map(({ version }) => version);
const chart = (...versions: readonly string[]): string => indexYaml({ app: versions });
const plain = (...versions: readonly string[]): string =>
  chart(...versions.map((version) => versionYaml('app', version)));

describe('what is stored of an index', () => {
  // Written by hand from the order of the fields in Helm's types and the rules of Go's encoder.
  test('[HR-03 json] is indented JSON in the order of the fields of Helm, escaped as Go does', () => {
    const more = [
      'appVersion: "1.10"',
      'created: 2024-05-06T07:08:09.120000000+00:00',
      'deprecated: true',
      'description: a <b> & c',
      'annotations: {z: "1", a: "2"}',
      'urls: [app.tgz]',
    ];

    expect(textOf(chart(versionYaml('app', '1.0.0', more)))).toBe(`{
  "apiVersion": "v1",
  "generated": "2024-01-02T03:04:05.1Z",
  "entries": {
    "app": [
      {
        "name": "app",
        "version": "1.0.0",
        "description": "a \\u003cb\\u003e \\u0026 c",
        "apiVersion": "v2",
        "appVersion": "1.10",
        "deprecated": true,
        "annotations": {
          "a": "2",
          "z": "1"
        },
        "urls": [
          "app.tgz"
        ],
        "created": "2024-05-06T07:08:09.12Z"
      }
    ]
  }
}`);
  });

  test('has a digest of its own', () => {
    const { body, digest } = convertIndex(Buffer.from(plain('1.0.0')));

    expect(digest).toBe(`sha256:${createHash('sha256').update(body).digest('hex')}`);
  });

  test('[HR-02 json-or-yaml] is the same whether it came as JSON or YAML', () => {
    const yaml = indexYaml({ b: [versionYaml('b', '1.0.0')], a: [versionYaml('a', '2.0.0')] });

    expect(textOf(textOf(yaml))).toBe(textOf(yaml));
    expect(Object.keys(stored(yaml).entries ?? {})).toEqual(['a', 'b']);
  });

  test('[HR-02 sorted] versions are sorted by precedence, the newest first; equal ones keep their order', () => {
    const given = ['1.2', 'v1.10.0', '1.9.0-rc.1', '1.9.0', '1.9.0+b', '1.9.0+a', '1.10.0-0', '0'];

    expect(versionsOf(plain(...given.map((one) => `"${one}"`)), 'app')).toEqual([
      'v1.10.0',
      '1.10.0-0',
      '1.9.0',
      '1.9.0+b',
      '1.9.0+a',
      '1.9.0-rc.1',
      '1.2',
      '0',
    ]);
  });

  test('duplicate versions stay, absurd ones are dropped', () => {
    const given = [
      '1.0.0',
      '1.0.0',
      `${'9'.repeat(30)}.0.0`,
      'latest',
      '1.0.0.0',
      '"-1"',
      '""',
      `1.0.0-${'a'.repeat(300)}`,
    ];

    expect(versionsOf(plain(...given), 'app')).toEqual(['1.0.0', '1.0.0']);
  });

  test.each([
    ['no name', '  - version: 1.0.0'],
    ['a path for a name', versionYaml('../app', '1.0.0')],
    ['a parent for a name', versionYaml('..', '1.0.0')],
    ['no version', '  - name: app'],
    ['a type that Helm does not know', versionYaml('app', '1.0.0', ['type: plugin'])],
    ['a maintainer that is null', versionYaml('app', '1.0.0', ['maintainers: [null]'])],
    [
      'a dependency with an odd alias',
      versionYaml('app', '1.0.0', ['dependencies: [{name: b, alias: "a b"}]']),
    ],
    ['nothing', '  - null'],
  ])('[HR-02 dropped] an entry with %s is dropped, and the others stay', (_, entry) => {
    expect(versionsOf(chart(entry, versionYaml('app', '2.0.0')), 'app')).toEqual(['2.0.0']);
  });

  test('dependencies of the same name are taken, as of old servers', () => {
    const twice = versionYaml('app', '1.0.0', ['dependencies: [{name: b}, {name: b}]']);

    expect(versionsOf(chart(twice), 'app')).toEqual(['1.0.0']);
  });

  test('[HR-02 entry-api-version] an entry without apiVersion is v1', () => {
    expect(stored(chart('  - name: app\n    version: 1.0.0')).entries?.app?.[0]).toMatchObject({
      apiVersion: 'v1',
    });
  });

  // As Helm 4.2.2 reads the same file: only what stands beside the metadata of a chart becomes text.
  test('numbers are text in the fields beside the metadata of a chart', () => {
    const more = ['urls: [1, 2.5, yes]', 'digest: 12', 'engine: 1.50', 'tillerVersion: no'];
    const told = { urls: ['1', '2.5', 'true'], digest: '12', engine: '1.5', tillerVersion: 'false' };

    expect(stored(chart(versionYaml('app', '1.0.0', more))).entries?.app?.[0]).toMatchObject(told);
  });

  test('odd spaces and control characters are taken out of texts', () => {
    const odd = versionYaml('app', '1.0.0', ['description: "one\\ttwo\\u00a0\\u200bthree\\nfour ✓ é"']);

    expect(stored(chart(odd)).entries?.app?.[0]).toMatchObject({ description: 'one two three four ✓ é' });
  });
});

describe('an index', () => {
  test.each([
    ['[HR-02 api-version] without apiVersion', 'entries: {}\n', 'no API version specified'],
    ['without anything', '', 'empty index.yaml file'],
    ['of comments', '# nothing\n', 'no API version specified'],
    ['that is a page', '<!DOCTYPE html>\n<html>\n', 'the index is not a mapping'],
    ['that is a list', '[]', 'the index is not a mapping'],
    [
      'with a field that Helm does not know',
      'apiVersion: v1\nentries: {}\nmore: 1\n',
      'unknown field "more"',
    ],
    [
      'with a chart given twice',
      `${indexYaml({ a: [versionYaml('a', '1.0.0')] }).replace('generated', '  a:\n  - name: a\ngenerated')}`,
      'already',
    ],
    [
      'with an entry that is no mapping',
      chart('  - 1'),
      "field 'entries' is number where a mapping is wanted",
    ],
    ['with a time that is none', chart(versionYaml('app', '1.0.0', ['created: yesterday'])), 'parsing time'],
    [
      'with a version that YAML takes for a number',
      chart(versionYaml('app', '1.10')),
      "field 'version' is number",
    ],
    [
      'with a day that is none',
      chart(versionYaml('app', '1.0.0', ['created: "2024-02-30T00:00:00Z"'])),
      'parsing time',
    ],
    ['that is not YAML', 'apiVersion: v1\nentries: {a: [\n', 'yaml: line'],
    [
      'with a name in JSON that is a number',
      '{"apiVersion":"v1","entries":{"a":[{"name":1}]}}',
      "field 'name' is number",
    ],
  ])('%s is told', (_, index, problem) => {
    expect(() => textOf(index)).toThrow(problem);
  });

  test('in JSON may have fields that Helm does not know', () => {
    expect(textOf('{"apiVersion":"v1","entries":{},"more":1}')).toContain('"entries": {}');
  });

  // Layouts of published indexes: by Helm, by servers in Go, Java and shell.
  test.each([
    ['with entries that are deeper', (yaml: string) => yaml.replace(/^ {2}/gm, '    ')],
    ['with lists deeper than their names', (yaml: string) => yaml.replace(/^( {2,})(- | {2})/gm, '$1  $2')],
    [
      'with comments and blank lines',
      (yaml: string) => `# made by hand\n\n${yaml.replace('entries:', '# all\nentries:')}`,
    ],
    ['behind a marker', (yaml: string) => `---\n${yaml}`],
    ['with Windows line ends', (yaml: string) => yaml.replaceAll('\n', '\r\n')],
    ['with quoted names', (yaml: string) => yaml.replace('  web:', '  "web":').replace('  app:', "  'app':")],
    ['with the rest first', (yaml: string) => yaml.replace(/(entries:[\s\S]*)(generated.*\n)/, '$2$1')],
    ['folded by a backslash', (yaml: string) => yaml.replace('plain words', '"plain \\\n      words"')],
    [
      'with an alias',
      (yaml: string) =>
        yaml.replace('plain words', '&d plain words').replace('description: other words', 'description: *d'),
    ],
  ])('%s is read the same', (name, change) => {
    const about = (text: string) => [`description: ${text}`, 'urls:', '- a.tgz'];
    const web = ['1.0.0', '2.0.0'].map((version) => versionYaml('web', version, about('plain words')));
    const yaml = indexYaml({
      web,
      app: [versionYaml('app', '1.0.0', about(name === 'with an alias' ? 'other words' : 'plain words'))],
    });

    const changed = change(yaml);

    expect(changed).not.toBe(yaml);
    expect(textOf(changed)).toBe(textOf(yaml.replace('other words', 'plain words')));
  });

  test('that repeats an alias without end is told', () => {
    const laughs = Array.from(
      { length: 9 },
      (_, at) =>
        `  ${'abcdefghij'[at + 1]}: &${'abcdefghij'[at + 1]} [${Array(9).fill(`*${'abcdefghij'[at]}`)}]`,
    );

    expect(() =>
      textOf(`apiVersion: v1\nentries: {}\nserverInfo:\n  a: &a [x]\n${laughs.join('\n')}\n`),
    ).toThrow(/alias/);
  });

  test('of 20 000 versions is read, whole', () => {
    const index = largeIndex(200, 100);

    const { entries } = stored(index);

    expect(Object.keys(entries ?? {})).toHaveLength(200);
    expect(entries?.['chart-7']).toHaveLength(100);
    expect(entries?.['chart-7']?.[0]).toMatchObject({ version: '99.1.0', appVersion: '1.99.7' });
  }, 60_000);

  test('of more pieces than anybody has is told before it takes the memory', () => {
    const pieces = 3 * 1024 * 1024;

    expect(() => textOf(`{"apiVersion":"v1","entries":[${'{},'.repeat(pieces)}{}]}`)).toThrow(/the most/);
    expect(() => textOf(`apiVersion: v1\nentries:\n${'  a:\n'.repeat(pieces)}`)).toThrow(
      /more than 524288 lines/,
    );
  }, 60_000);
});
