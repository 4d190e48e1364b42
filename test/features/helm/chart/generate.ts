/** Files of a chart by path. */
export type Files = Readonly<Record<string, string>>;

/** A dice with a seed: the same charts on every machine. */
export interface Dice {
  below(limit: number): number;
  oneOf<T>(list: readonly T[]): T;
  isLucky(chance: number): boolean;
}

/** Marsaglia's xorshift32. */
export function dice(seed: number): Dice {
  let state = seed * 2654435761 + 1 || 1;
  const below = (limit: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
  return {
    below,
    oneOf: (list) => list[below(list.length)] as never,
    isLucky: (chance) => below(1000) < chance * 1000,
  };
}

const NAMES = [
  'app',
  'web-1',
  'a.b',
  '"app"',
  '123',
  '.',
  '..',
  'a/b',
  '',
  '"a\\tb"',
  '[a]',
  '日本',
  'true',
  '"a b"',
];
const VERSIONS = [
  '1.2.3',
  '0.1.0-rc.1+b.2',
  'v1.2',
  '"1"',
  '1.10',
  '1.2.3-01',
  'latest',
  '',
  '1.2.3.4',
  '1.0.0-é',
  '01.2.3',
];
const API_VERSIONS = ['v2', 'v1', 'v2', '""', 'beta', '2'];
const LINES = [
  'type: application',
  'type: library',
  'type: other',
  'type:',
  'description: |\n  two\n  lines',
  'description: "tab\\there \\u200b\\u00a0x"',
  'appVersion: 1.10',
  'appVersion: "1.10"',
  'appVersion: 1234.5678',
  'appVersion: 1e-7',
  'appVersion: 0x1F',
  'appVersion: yes',
  'appVersion: 2024-01-02',
  'appVersion: [1]',
  'deprecated: true',
  'deprecated: "true"',
  'keywords: [a, 1, true, null]',
  'keywords: a',
  'sources: [https://example.com, ""]',
  'maintainers: [{name: a, email: b}, {url: 1}]',
  'maintainers: [null]',
  'maintainers: [a]',
  'maintainers: []',
  'annotations: {a: "1", b: 2, c: true, d: }',
  'annotations: {a: [1]}',
  'annotations: a',
  'kubeVersion: ">=1.20.0-0"',
  'icon: https://example.com/a.png',
  'unknown: [1, {a: b}]',
  'Home: https://example.com',
  'NAME: other',
  'name: again',
  '? [a, b]\n: c',
  '1: 2',
  'home: &x https://example.com\nicon: *x',
  'tags: a,b',
  'condition: a.b',
  '- a',
  'a: b: c',
  '\tb: c',
  '"a',
  '...',
  '---\nname: second',
];
const DEPENDENCIES = [
  '{name: lib, version: 1.0.0, repository: ""}',
  '{name: lib, version: "^1", repository: https://example.com, alias: l}',
  '{name: lib, alias: "l l"}',
  '{name: db, version: 1.x, repository: "@stable", condition: db.enabled, tags: [a, 1], enabled: true}',
  '{name: db, import-values: [data, {child: a, parent: b}, 1]}',
  '{name: "", version: 1}',
  '{version: "1.0.0"}',
  'null',
  'lib',
  '{name: [a]}',
];
const VALUES = [
  'a: 1\nb: {c: [1, 2.50, x], d: null}\n',
  '',
  '# nothing\n',
  '---\na: 1\n---\na: {b: 2}\n---\na: {c: 3}\n',
  '--- # first\na: 1\n---\n',
  '--- a\n',
  'a: 1\n--- b\n',
  'null\n',
  '[1]\n',
  'text\n',
  'a: 1\na: 2\n',
  'a: &x {b: 1}\nc: {<<: *x, d: 2}\n',
  'a: *missing\n',
  'a: 12345678901234567890\nb: 1e3\nc: 0o17\nd: 017\ne: 1_000\nf: 0.1e-9\ng: 123456789.5\n',
  'a: .nan\n',
  'a: yes\nb: "no"\nc: ~\nd: 2024-01-02\ne: 1:30\nf: 0x10\n',
  '"a b": "x: y"\nc: "- d"\ne: "#f"\ng: "multi\\nline\\n"\nh: |\n  x\n   y\ni: >-\n  folded\n  text\n',
  'a: "\\u0001"\n',
  'a: \u0001\n',
  'tab:\t1\n',
  'a:\n- b\n-  - c\n   - {d: e}\n',
  '{a: 1, b: [',
  'a: !!binary aGVsbG8=\nb: !custom x\nc: !!str 1\n',
  'true: 1\n1: 2\n1.5: 3\n',
  '"": empty\n',
  'null: 1\n',
  'a: x\n...\nb: y\n',
  'a: 1\n---\nb: [\n',
  'a: "𝄞 é"\nb: " lead"\nc: "trail "\nd: "it\'s"\n',
  `long: ${'word '.repeat(40)}end\n`,
  'a: 1\r\nb: 2\r\n',
  '\ufeffa: 1\n',
  '%YAML 1.1\n---\na: 1\n',
];
const LOCKS = [
  'dependencies: [{name: lib, repository: "", version: 1.0.0}]\ndigest: sha256:1\ngenerated: "2024-01-02T03:04:05.678901234Z"\n',
  'dependencies: []\n',
  '',
  'generated: 2024-01-02T03:04:05+01:00\n',
  'generated: 2024-01-02\n',
  'generated: "now"\n',
  'dependencies: a\n',
  'digest: 1\n',
  '[',
];
const SCHEMAS = [
  '{"type":"object"}',
  '{}',
  '{',
  '',
  '{"$schema":"http://json-schema.org/draft-07/schema#","type":"object"}',
];
const IGNORES = [
  '*.md\n',
  'docs/\n',
  '/docs\n',
  'docs/*.md\n',
  '# comment\n\n  *.txt  \n',
  '!*.yaml\n',
  '!templates/\n',
  'a[bc].txt\n',
  'a[^b].txt\n',
  'a[\n',
  '**/x\n',
  'templates/*\n',
  'charts/*/values.yaml\n',
  '*/*.md\n',
  '*a*b*\n',
  '.helmignore\n',
  'docs/[/-z]*\n',
  '!\n',
  '/\n',
  '\\#x\n',
  '?.txt\n',
  'Chart.lock\n',
  'values.yaml\n',
  '[!a].txt\n',
  'docs/\\\n',
];
const OTHERS = [
  'README.md',
  'docs/a.md',
  'docs/deep/b.md',
  'a.txt',
  'ab.txt',
  'xaybz.txt',
  'templates/.hidden',
  'templates/sub/.hidden/x.yaml',
  'templates/NOTES.txt',
  'templates/_helpers.tpl',
  '#x',
  '.dot/x',
  'crds/x.yaml',
  'charts/_skipped/Chart.yaml',
  'charts/.skipped/x',
  'charts/lib-1.0.0.tgz.prov',
  'é/ü.txt',
  'a-b/c.txt',
  'a/c.txt',
];

/** The lines of a Chart.yaml, more or less valid. */
export function chartYaml(random: Dice, name?: string): string {
  const isOdd = random.isLucky(0.25);
  const lines = [
    `apiVersion: ${isOdd ? random.oneOf(API_VERSIONS) : random.oneOf(['v1', 'v2', 'v2'])}`,
    `name: ${name ?? (isOdd ? random.oneOf(NAMES) : random.oneOf(['app', 'web-1']))}`,
    `version: ${isOdd ? random.oneOf(VERSIONS) : '1.2.3'}`,
  ].filter(() => !random.isLucky(0.02));
  for (let count = random.below(3); count > 0; count--) lines.push(random.oneOf(LINES));
  if (random.isLucky(0.3)) lines.push(`dependencies: [${dependencies(random)}]`);
  return `${lines.join('\n')}\n`;
}

function dependencies(random: Dice): string {
  return Array.from({ length: random.below(3) }, () => random.oneOf(DEPENDENCIES)).join(', ');
}

/** A chart's folder, more or less valid. */
export function chartFolder(random: Dice, depth = 0): Files {
  const files: Record<string, string> = {
    'Chart.yaml': chartYaml(random, depth > 0 ? `sub${depth}` : undefined),
  };
  const sometimes = (chance: number, path: string, pool: readonly string[]): void => {
    if (random.isLucky(chance)) files[path] = random.oneOf(pool);
  };
  if (random.isLucky(0.02)) delete files['Chart.yaml'];
  sometimes(0.5, 'values.yaml', VALUES);
  sometimes(0.2, 'values.schema.json', SCHEMAS);
  sometimes(0.15, 'Chart.lock', LOCKS);
  sometimes(0.1, 'requirements.lock', LOCKS);
  if (random.isLucky(0.15)) files['requirements.yaml'] = `dependencies: [${dependencies(random)}]\n`;
  sometimes(0.4, '.helmignore', IGNORES);
  files['templates/map.yaml'] = TEMPLATE;
  for (let count = random.below(6); count > 0; count--) files[random.oneOf(OTHERS)] = `x${count}\n`;
  if (depth < 2 && random.isLucky(0.2)) {
    for (const [path, text] of Object.entries(chartFolder(random, depth + 1)))
      files[`charts/sub/${path}`] = text;
  }
  if (random.isLucky(0.02)) files['charts/README.md'] = 'x\n';
  return files;
}

/** Shows the values as they arrive in a template. */
const TEMPLATE = `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Chart.Name | quote }}
data:
  values: {{ .Values | toJson | quote }}
`;

/** Some values files. */
export function valuesFiles(random: Dice): readonly string[] {
  return Array.from({ length: 1 + random.below(3) }, () => random.oneOf(VALUES));
}
