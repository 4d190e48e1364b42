import type { BuildSpec } from '../../../shared/kustomize/build-spec.ts';
import { configMap } from './world.ts';

/** A repository that tries to read, reach or exhaust something. */
export interface Attack {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly spec?: BuildSpec;
}

/** What is to be read or reached: a file outside with its directory, and a server. */
export interface Prey {
  readonly directory: string;
  readonly file: string;
  readonly server: string;
}

const UP = '../'.repeat(14);
const RESOURCE = { 'r.yaml': configMap('r') };

/** Each way to write a path that leads elsewhere. */
function paths({ directory, file, server }: Prey): Readonly<Record<string, string>> {
  const [, host = ''] = server.split('//');
  return {
    'the parent': `${UP}${file.slice(1)}`,
    'the parent, late': `sub/../sub/${UP}../${file.slice(1)}`,
    'an absolute path': file,
    'an absolute directory': directory,
    'two slashes': `/${file}`,
    'a trailing slash': `${file}/`,
    'a file URL': `file://${file}`,
    'a file URL with a host': `file://localhost${file}`,
    'a URL': `${server}/canary.yaml`,
    'a URL in capitals': `HTTP://${host}/canary.yaml`,
    'a URL behind a space': ` ${server}/canary.yaml`,
    'a repository': `${server}/org/repo//base?ref=main`,
    'git::': `git::${server}/org/repo`,
    'git::file': `git::file://${directory}`,
    'an scp address': `git@${host}:org/repo`,
    ssh: `ssh://git@${host}/org/repo`,
    'a protocol of git': `ext::sh -c 'cat ${file}'`,
    'percent signs': `${UP.replaceAll('..', '%2e%2e')}${file.slice(1)}`,
    'wide dots': `${UP.replaceAll('..', '\uff0e\uff0e')}${file.slice(1)}`,
    backslashes: `${UP.replaceAll('/', '\\')}${file.slice(1)}`,
    'an end of text': `r.yaml\u0000${file}`,
    'a line break': `r.yaml\n${file}`,
    'the process': '/proc/self/environ',
    'the root of the process': `/proc/self/root${file}`,
    'a parent of the process': `${UP}proc/1/environ`,
    'the home': '~/.ssh/id_rsa',
    'a variable': '$HOME/../..',
  };
}

/** Each field that takes a path, in YAML after `path` is put in as JSON. */
const FIELDS: Readonly<Record<string, (path: string) => string>> = {
  resources: (path) => `resources: [${path}]`,
  bases: (path) => `bases: [${path}]`,
  components: (path) => `components: [${path}]`,
  crds: (path) => `crds: [${path}]`,
  configurations: (path) => `configurations: [${path}]`,
  openapi: (path) => `openapi: {path: ${path}}`,
  patches: (path) => `patches: [{path: ${path}}]`,
  patchesStrategicMerge: (path) => `patchesStrategicMerge: [${path}]`,
  patchesJson6902: (path) =>
    `patchesJson6902: [{path: ${path}, target: {version: v1, kind: ConfigMap, name: r}}]`,
  replacements: (path) => `replacements: [{path: ${path}}]`,
  files: (path) => `configMapGenerator: [{name: g, files: [${path}]}]`,
  'files with a key': (path) =>
    `configMapGenerator: [{name: g, files: [${JSON.stringify(`k=${JSON.parse(path)}`)}]}]`,
  envs: (path) => `secretGenerator: [{name: g, envs: [${path}]}]`,
  env: (path) => `secretGenerator: [{name: g, env: ${path}}]`,
  generators: (path) => `generators: [${path}]`,
  transformers: (path) => `transformers: [${path}]`,
  validators: (path) => `validators: [${path}]`,
  ...Object.fromEntries(
    [
      ['PatchTransformer', 'path: P, target: {kind: ConfigMap}'],
      ['PatchStrategicMergeTransformer', 'paths: [P]'],
      ['PatchJson6902Transformer', 'path: P, target: {kind: ConfigMap, name: r}'],
      ['ConfigMapGenerator', 'name: g, files: [P]'],
      ['SecretGenerator', 'name: g, envs: [P]'],
      ['ReplacementTransformer', 'replacements: [{path: P}]'],
      ['ValueAddTransformer', 'value: x, targetFilePath: P, targets: [{fieldPath: a}]'],
    ].map(([kind = '', rest = '']) => [
      kind,
      (path: string) => {
        const list = kind.endsWith('Generator') ? 'generators' : 'transformers';
        const text = `{apiVersion: builtin, kind: ${kind}, metadata: {name: x}, ${rest.replace('P', () => path)}}`;
        return `${list}: [${JSON.stringify(text)}]`;
      },
    ]),
  ),
};

/** Every field with every path. */
export function escapes(prey: Prey): readonly Attack[] {
  return Object.entries(FIELDS).flatMap(([field, write]) =>
    Object.entries(paths(prey)).map(([how, path]) => ({
      name: `${field} by ${how}`,
      files: {
        ...RESOURCE,
        'sub/x.yaml': configMap('x'),
        'kustomization.yaml': `${/^(resources|bases)/.test(field) ? '' : 'resources: [r.yaml]\n'}${write(JSON.stringify(path))}\n`,
      },
    })),
  );
}

/** The fields of the object itself. */
export function specs(prey: Prey): readonly Attack[] {
  const files = { ...RESOURCE, 'kustomization.yaml': 'resources: [r.yaml]\n' };
  return Object.entries(paths(prey)).flatMap(([how, path]) => [
    { name: `spec.path by ${how}`, files, spec: { path } },
    { name: `spec.components by ${how}`, files, spec: { components: [path] } },
    { name: `spec.patches by ${how}`, files, spec: { patches: [{ patch: path }] } },
  ]);
}

/** Programs, containers and charts in each place that takes a plugin. */
export function programs({ file, server }: Prey): readonly Attack[] {
  const kinds: Readonly<Record<string, string>> = {
    exec: `apiVersion: x/v1\nkind: Run\nmetadata:\n  name: x\n  annotations:\n    config.kubernetes.io/function: |\n      exec: {path: /bin/cat, args: [${file}]}\n`,
    container: `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  annotations:\n    config.kubernetes.io/function: |\n      container: {image: x, network: true}\n`,
    starlark: `apiVersion: x/v1\nkind: Star\nmetadata:\n  name: x\n  annotations:\n    config.k8s.io/function: |\n      starlark: {name: x, url: ${server}/x.star}\n`,
    plugin: 'apiVersion: someteam.example.com/v1\nkind: SedTransformer\nmetadata: {name: x}\n',
    chart: `apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: x}\nname: c\nrepo: ${server}\nhelmCommand: /bin/cat\n`,
  };
  const lists = ['generators', 'transformers', 'validators'];
  const inPlaces = Object.entries(kinds).flatMap(([kind, text]) =>
    lists.flatMap((list) => [
      {
        name: `${kind} inline in ${list}`,
        files: {
          ...RESOURCE,
          'kustomization.yaml': `resources: [r.yaml]\n${list}: [${JSON.stringify(text)}]\n`,
        },
      },
      {
        name: `${kind} in a file of ${list}`,
        files: {
          ...RESOURCE,
          'p.yaml': text,
          'kustomization.yaml': `resources: [r.yaml]\n${list}: [p.yaml]\n`,
        },
      },
      {
        name: `${kind} in a directory of ${list}`,
        files: {
          ...RESOURCE,
          'p/p.yaml': text,
          'p/kustomization.yaml': 'resources: [p.yaml]\n',
          'kustomization.yaml': `resources: [r.yaml]\n${list}: [p]\n`,
        },
      },
    ]),
  );
  const charts = [
    `helmCharts: [{name: c, repo: ${server}}]`,
    `helmGlobals: {chartHome: ${file}}`,
    `helmChartInflationGenerator: [{chartName: c, chartRepoUrl: ${server}, helmBin: /bin/cat}]`,
  ].map((text) => ({
    name: text,
    files: { ...RESOURCE, 'kustomization.yaml': `resources: [r.yaml]\n${text}\n` },
  }));
  return [...inPlaces, ...charts];
}
