import { type ChartFiles, chartFiles, prefixed } from '../../servers/helm.ts';

/** A HelmChart that both reconcile. */
export interface Scenario {
  readonly name: string;
  readonly spec: object;
  readonly source: readonly [kind: 'HelmRepository' | 'GitRepository' | 'Bucket', name: string];
  /** The first words of a message whose rest is not the same: ours says what to do, or a library's error differs. */
  readonly upTo?: string;
}

/** Values files for charts of repositories. */
export const VALUES: ChartFiles = {
  'values.yaml':
    '# the defaults\nreplicas: 1\nimage: {tag: one, name: app}\nflags: [a, b]\nport: 0x10\nempty:\n',
  'prod.yaml': 'replicas: 3\nimage: {tag: "2.0"}\nflags: [c]\n',
  'more/eu.yaml': 'zone: eu\nimage:\n  name: null\n',
};

/** What the museum of index charts has. */
export const MUSEUM: readonly ChartFiles[] = [
  chartFiles('app', '1.0.0', VALUES),
  chartFiles('app', '1.1.0', VALUES),
  chartFiles('app', '2.0.0', VALUES),
  chartFiles('app', '2.1.0-rc.1', VALUES),
  chartFiles('app', '2.0.0+build.7', VALUES),
  chartFiles('cache', '1.4.0'),
  chartFiles('cache', '2.0.0'),
];

/** The repository of charts in folders; `url` is the museum's. */
export function gitFiles(url: string): ChartFiles {
  const dependency = (name: string, version: string, repository: string, more = ''): string =>
    `- name: ${name}\n  version: "${version}"\n  repository: "${repository}"\n${more}`;
  const umbrella = (name: string, ...dependencies: readonly string[]): string =>
    `apiVersion: v2\nname: ${name}\nversion: 0.1.0\nappVersion: "1.16.0"\ntype: application\nkeywords: [a, b]\nmaintainers:\n- name: Ada\n  email: ada@example.org\ndependencies:\n${dependencies.join('')}`;
  const chart = (name: string, text: string): ChartFiles =>
    prefixed(`charts/${name}`, chartFiles(name, '0.1.0', { 'Chart.yaml': text }));
  return {
    ...prefixed('charts/plain', {
      ...chartFiles('plain', '0.3.0'),
      '.helmignore': '# left out\n*.md\n/secret/\n',
      'readme.md': 'left out',
      'keep.txt': 'kept',
      'secret/key': 'left out',
      'files/a.json': '{"a": 1}\n',
      'templates/NOTES.txt': 'hello\n',
      'templates/_helpers.tpl': '{{- define "x" -}}x{{- end -}}\n',
      'values.schema.json': '{"type": "object"}\n',
    }),
    ...prefixed('charts/common', chartFiles('common', '1.9.0')),
    ...chart(
      'umbrella',
      umbrella(
        'umbrella',
        dependency('common', '1.x', 'file://../common', '  alias: shared\n'),
        dependency('cache', '1.x', url),
      ),
    ),
    ...chart('no-such-dep', umbrella('no-such-dep', dependency('cache', '9.x', url))),
    ...chart('no-such-file', umbrella('no-such-file', dependency('none', '1.x', 'file://../none'))),
    ...chart('alias-only', umbrella('alias-only', dependency('cache', '1.x', '@museum'))),
    ...prefixed('charts/v1', {
      'Chart.yaml': 'name: v1\nversion: 0.2.0\n',
      'values.yaml': 'a: 1\n',
      'requirements.yaml': `dependencies:\n${dependency('cache', '2.x', url)}`,
      'templates/a.yaml': 'a: b\n',
    }),
    ...prefixed('charts/negated', { ...chartFiles('negated', '1.0.0'), '.helmignore': '*.md\n!keep.md\n' }),
    ...prefixed('charts/bad-version', chartFiles('bad-version', 'one')),
    'env/prod.yaml': 'replicas: 7\nimage: {tag: prod}\n',
    'env/eu.yaml': 'zone: eu\n',
  };
}

/** All that is compared. */
export const SCENARIOS: readonly Scenario[] = [
  of('latest', { chart: 'app' }),
  of('range', { chart: 'app', version: '1.x' }),
  of('prerelease', { chart: 'app', version: '>=2.0.0-0' }),
  of('exact', { chart: 'app', version: '2.1.0-rc.1' }),
  of('metadata', { chart: 'app', version: '2.0.x' }),
  of('values', { chart: 'app', version: '1.0.0', valuesFiles: ['values.yaml', 'prod.yaml', 'more/eu.yaml'] }),
  of('values-only-default', { chart: 'app', version: '1.0.0', valuesFiles: ['values.yaml'] }),
  of('values-ignored', {
    ...{ chart: 'app', version: '1.0.0' },
    ...{ valuesFiles: ['prod.yaml', 'none.yaml'], ignoreMissingValuesFiles: true },
  }),
  of(
    'values-missing',
    { chart: 'app', version: '1.0.0', valuesFiles: ['none.yaml'] },
    "values files merge error: failed to merge chart values: no values file found at path 'none.yaml'",
  ),
  of('no-version', { chart: 'app', version: '9.x' }),
  of('no-chart', { chart: 'none' }),
  of('no-range', { chart: 'app', version: 'no range' }),
  of('bad-name', { chart: 'App' }, "invalid chart reference: invalid chart name 'App': "),
  of('verified-index', { chart: 'app', verify: { provider: 'cosign' } }),
  from(['HelmRepository', 'broken'], 'gone', { chart: 'app' }),
  from(['HelmRepository', 'guarded'], 'guarded-tls', { chart: 'app', version: '1.0.0' }),
  from(['HelmRepository', 'elsewhere'], 'refused', { chart: 'app' }),
  from(['HelmRepository', 'none'], 'no-source', { chart: 'app' }),
  from(['HelmRepository', 'empty'], 'no-artifact', { chart: 'app' }),
  from(['HelmRepository', 'registry'], 'oci-exact', { chart: 'app', version: '1.2.0' }),
  from(['HelmRepository', 'registry'], 'oci-range', { chart: 'app', version: '1.x' }),
  from(['HelmRepository', 'registry'], 'oci-plus', { chart: 'app', version: '1.1.0+build.5' }),
  from(
    ['HelmRepository', 'registry'],
    'oci-gone',
    { chart: 'app', version: '7.0.0' },
    'chart pull error: failed to download chart for remote reference: failed to get ',
  ),
  from(['HelmRepository', 'folders'], 'oci-folder', { chart: 'charts/app', version: '1.2.0' }),
  from(['HelmRepository', 'registry'], 'oci-no-range', { chart: 'app', version: '>=7' }),
  from(
    ['HelmRepository', 'registry'],
    'oci-no-repository',
    { chart: 'none' },
    'chart pull error: failed to get chart version for remote reference: could not get tags for "none": could not fetch tags for ',
  ),
  from(['HelmRepository', 'registry'], 'oci-signed', signed('trusted')),
  from(
    ['HelmRepository', 'registry'],
    'oci-foreign',
    signed('foreign'),
    'chart verification error: failed to verify ',
  ),
  from(
    ['HelmRepository', 'registry'],
    'oci-no-keys',
    signed('no-keys'),
    "failed to verify the signature using provider 'cosign': no public keys found in secret ",
  ),
  git('git-folder', { chart: 'charts/plain' }),
  git('git-dots', { chart: './charts/../charts/plain/' }),
  git('git-revision', { chart: 'charts/plain', reconcileStrategy: 'Revision' }),
  git('git-values', {
    ...{ chart: 'charts/plain', reconcileStrategy: 'Revision' },
    valuesFiles: ['charts/plain/values.yaml', 'env/prod.yaml', 'env/eu.yaml'],
  }),
  git('git-umbrella', { chart: 'charts/umbrella' }),
  git('git-v1', { chart: 'charts/v1' }),
  git('git-no-such-dep', { chart: 'charts/no-such-dep' }),
  git('git-no-such-file', { chart: 'charts/no-such-file' }),
  git(
    'git-alias-only',
    { chart: 'charts/alias-only' },
    "dependency build error: failed to add remote dependency 'cache': ",
  ),
  git('git-negated', { chart: 'charts/negated' }, 'chart package error: '),
  git('git-nowhere', { chart: 'charts/none' }, 'invalid chart reference: '),
  git('git-bad-version', { chart: 'charts/bad-version' }, 'invalid chart reference: '),
  git(
    'git-no-values',
    { chart: 'charts/plain', valuesFiles: ['env/none.yaml'] },
    'values files merge error: no values file found at path ',
  ),
  from(['Bucket', 'archives'], 'bucket-archive', { chart: 'charts/app.tgz' }),
  from(['Bucket', 'archives'], 'bucket-revision', { chart: 'charts/app.tgz', reconcileStrategy: 'Revision' }),
];

function from(source: Scenario['source'], name: string, spec: object, upTo?: string): Scenario {
  return { name, spec, source, ...(upTo !== undefined && { upTo }) };
}

function of(name: string, spec: object, upTo?: string): Scenario {
  return from(['HelmRepository', 'museum'], name, spec, upTo);
}

function git(name: string, spec: object, upTo?: string): Scenario {
  return from(['GitRepository', 'charts'], name, spec, upTo);
}

function signed(secret: string): object {
  const verify = { provider: 'cosign', secretRef: { name: secret } };
  return { chart: 'app', version: '1.2.0', verify };
}
