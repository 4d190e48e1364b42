/** One version of a chart as YAML, a list's item at `indent` spaces. */
export function versionYaml(name: string, version: string, more: readonly string[] = []): string {
  return [
    '  - apiVersion: v2',
    `    name: ${name}`,
    `    version: ${version}`,
    ...more.map((line) => `    ${line}`),
  ].join('\n');
}

/** An index of these charts. */
export function indexYaml(charts: Readonly<Record<string, readonly string[]>>): string {
  const entries = Object.entries(charts).map(([name, versions]) => `  ${name}:\n${versions.join('\n')}`);
  return `apiVersion: v1\nentries:\n${entries.join('\n')}\ngenerated: "2024-01-02T03:04:05.1Z"\n`;
}

/** A generated index as large repositories publish them, about 1 KB a version. */
export function largeIndex(charts: number, versions: number): string {
  const all = Array.from({ length: charts }, (_, chart) => {
    const name = `chart-${chart}`;
    const list = Array.from({ length: versions }, (_, at) =>
      versionYaml(name, `${at}.1.0`, bodyOf(name, chart, at)),
    );
    return [name, list] as const;
  });
  return indexYaml(Object.fromEntries(all));
}

function bodyOf(name: string, chart: number, at: number): readonly string[] {
  return [
    'annotations:',
    '  category: Database',
    '  images: |',
    '    - name: db',
    `      image: registry.example.org/org/db:${at}.${chart}`,
    `appVersion: 1.${at}.${chart}`,
    `created: "2024-01-02T03:04:05.${String(chart * 1000 + at).padStart(9, '0')}Z"`,
    'dependencies:',
    '- name: common',
    '  repository: oci://registry.example.org/org',
    '  tags:',
    '  - common',
    '  version: 2.x.x',
    'description: A chart of a database that is fast, reliable, scalable, and easy to use;',
    '  it is wrapped over two lines by whoever wrote it.',
    `digest: ${'0123456789abcdef'.repeat(4)}`,
    'home: https://charts.example.org',
    'icon: https://charts.example.org/assets/stacks/db/img/db-stack-220x234.png',
    'keywords:',
    '- db',
    '- sql',
    'maintainers:',
    '- name: Example, Inc.',
    '  url: https://git.example.org/org/charts',
    'sources:',
    '- https://git.example.org/org/charts/tree/main/db',
    'urls:',
    `- https://charts.example.org/org/${name}-${at}.1.0.tgz`,
  ];
}
