import { describe, expect, it } from 'vitest';
import { buildReal, configMap, treeOf, walked } from './world.ts';

/** A kustomization that reads `path` through one field; `plugin.yaml` is there for those that need a second file. */
type Reader = (path: string) => Readonly<Record<string, string>>;

const direct =
  (field: (path: string) => string): Reader =>
  (path) => ({ 'apps/kustomization.yaml': `resources: [r.yaml]\n${field(JSON.stringify(path))}\n` });

const plugin =
  (kind: string, field: (path: string) => string, list = 'transformers'): Reader =>
  (path) => ({
    'apps/kustomization.yaml': `resources: [r.yaml]\n${list}: [plugin.yaml]\n`,
    'apps/plugin.yaml': `apiVersion: builtin\nkind: ${kind}\nmetadata: {name: x}\n${field(JSON.stringify(path))}\n`,
  });

/** Every field of kustomize 5.8 through which a file is read. */
const READERS: Readonly<Record<string, Reader>> = {
  resources: (path) => ({ 'apps/kustomization.yaml': `resources: [${JSON.stringify(path)}]\n` }),
  bases: direct((path) => `bases: [${path}]`),
  components: direct((path) => `components: [${path}]`),
  crds: direct((path) => `crds: [${path}]`),
  configurations: direct((path) => `configurations: [${path}]`),
  openapi: direct((path) => `openapi: {path: ${path}}`),
  patchesStrategicMerge: direct((path) => `patchesStrategicMerge: [${path}]`),
  patches: direct((path) => `patches: [{path: ${path}}]`),
  patchesJson6902: direct((path) => `patchesJson6902: [{path: ${path}, target: {kind: ConfigMap, name: r}}]`),
  replacements: direct((path) => `replacements: [{path: ${path}}]`),
  'configMapGenerator files': direct((path) => `configMapGenerator: [{name: x, files: [${path}]}]`),
  'configMapGenerator keyed files': (path) =>
    direct((text) => `configMapGenerator: [{name: x, files: [${text}]}]`)(`k=${path}`),
  'configMapGenerator envs': direct((path) => `configMapGenerator: [{name: x, envs: [${path}]}]`),
  'configMapGenerator env': direct((path) => `configMapGenerator: [{name: x, env: ${path}}]`),
  'secretGenerator files': direct((path) => `secretGenerator: [{name: x, files: [${path}]}]`),
  'secretGenerator envs': direct((path) => `secretGenerator: [{name: x, envs: [${path}]}]`),
  'secretGenerator env': direct((path) => `secretGenerator: [{name: x, env: ${path}}]`),
  generators: direct((path) => `generators: [${path}]`),
  transformers: direct((path) => `transformers: [${path}]`),
  validators: direct((path) => `validators: [${path}]`),
  'plugin PatchTransformer': plugin('PatchTransformer', (path) => `path: ${path}`),
  'plugin PatchJson6902Transformer': plugin('PatchJson6902Transformer', (path) => `path: ${path}`),
  'plugin PatchStrategicMergeTransformer': plugin(
    'PatchStrategicMergeTransformer',
    (path) => `paths: [${path}]`,
  ),
  'plugin ReplacementTransformer': plugin(
    'ReplacementTransformer',
    (path) => `replacements: [{path: ${path}}]`,
  ),
  'plugin ValueAddTransformer': plugin('ValueAddTransformer', (path) => `targetFilePath: ${path}`),
  'plugin ConfigMapGenerator files': plugin('ConfigMapGenerator', (path) => `files: [${path}]`, 'generators'),
  'plugin ConfigMapGenerator envs': plugin('ConfigMapGenerator', (path) => `envs: [${path}]`, 'generators'),
  'plugin SecretGenerator env': plugin('SecretGenerator', (path) => `env: ${path}`, 'generators'),
};

const HOSTILE: readonly (readonly [string, string, RegExp])[] = [
  ['an absolute path', '/proc/self/environ', /absolute path .* is not allowed/],
  ['a way up', '../../../../proc/self/environ', /leads out of the artifact/],
  ['a way down and up', 'x/../../../etc/passwd', /leads out of the artifact/],
  ['https', 'https://example.com/x.yaml', /remote .* is not allowed/],
  ['HTTP in capitals', 'HTTP://example.com/x.yaml', /remote .* is not allowed/],
  ['a forced Git URL', 'git::https://example.com/org/repo', /remote .* is not allowed/],
  ['ssh', 'ssh://git@example.com/org/repo', /remote .* is not allowed/],
  ['scp style', 'git@example.com:org/repo.git', /remote .* is not allowed/],
  ['a GitHub shorthand', 'github.com/org/repo//path', /remote .* is not allowed/],
  ['a GitHub shorthand with a colon', 'github.com:org/repo', /remote .* is not allowed/],
  ['a file URL', 'file:///etc/passwd', /remote .* is not allowed/],
  ['what is not there', 'nope.yaml', /no such file or directory/],
];

describe('the walk over every field that names a path', () => {
  for (const [field, files] of Object.entries(READERS)) {
    it.each(HOSTILE)(`[KS-29 contained] ${field} may not name %s`, async (_, path, message) => {
      const { violations } = await walked(treeOf({ 'apps/r.yaml': configMap('r'), ...files(path) }), 'apps');

      expect(violations.map((violation) => violation.message)).toEqual([expect.stringMatching(message)]);
      expect(violations[0]?.file).toMatch(/^apps\/(kustomization|plugin)\.yaml$/);
      expect(violations[0]?.field).not.toBe('');
    });
  }

  it.each(Object.entries(READERS))('lets %s name a file beside it', async (_, files) => {
    const tree = treeOf({ 'apps/r.yaml': configMap('r'), ...files('ok.txt'), 'apps/ok.txt': 'a: b\n' });

    const complaints = (await walked(tree, 'apps')).violations.filter(
      ({ message }) => !/not a directory|plugin/.test(message),
    );

    expect(complaints).toEqual([]);
  });

  it('lets a path leave its directory, not the root', async () => {
    const tree = treeOf({
      'apps/kustomization.yaml': 'resources: [../base/r.yaml, ../base/sub]\n',
      'base/r.yaml': configMap('r'),
      'base/sub/kustomization.yaml': 'resources: [../../other.yaml]\n',
      'other.yaml': configMap('o'),
    });

    expect((await walked(tree, 'apps')).violations).toEqual([]);
  });

  it('refuses a directory that kustomize would take for a repository, though it exists', async () => {
    const tree = treeOf({
      'kustomization.yaml': 'resources: [github.com/org/repo, user@host/dir]\n',
      'github.com/org/repo/kustomization.yaml': 'resources: [r.yaml]\n',
      'github.com/org/repo/r.yaml': configMap('r'),
      'user@host/dir/kustomization.yaml': 'namePrefix: x\n',
    });

    expect((await walked(tree, '')).violations.map(({ field }) => field)).toEqual([
      'resources[0]',
      'resources[1]',
    ]);
  });

  it('has no symbolic links to follow: a tree is plain files by path', async () => {
    const tree = treeOf({
      'kustomization.yaml': 'resources: [link.yaml]\n',
      'link.yaml': '../../etc/passwd',
    });

    const { tree: reached } = await walked(tree, '');

    // What was a link before the artifact was packed is not a file of it; here its target would be mere text.
    expect(new TextDecoder().decode(reached.get('link.yaml'))).toBe('../../etc/passwd');
  });

  it('[KS-29 no-remote] [COM-24 remote-bases] stops a build before kustomize runs', async () => {
    const built = await buildReal({ 'kustomization.yaml': 'resources: [https://example.com/x.yaml]\n' });

    expect(built).toEqual({
      ok: false,
      reason: 'BuildFailed',
      message:
        "kustomize build failed: kustomization.yaml: resources[0]: remote 'https://example.com/x.yaml' is not allowed; what is remote has to be in the source, unless the cluster allows remote bases",
    });
  });
});
