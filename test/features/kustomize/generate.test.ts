import { describe, expect, it } from 'vitest';
import type { BuildSpec } from '../../../shared/kustomize/build-spec.ts';
import { generate } from '../../../shared/kustomize/generate.ts';
import { isLocalRelativePath } from '../../../shared/kustomize/paths.ts';
import { budget, configMap, textAt, treeOf } from './world.ts';

type Files = Readonly<Record<string, string>>;

/** The kustomization that the build would get. */
async function generated(
  files: Files,
  spec: BuildSpec = {},
  file = 'kustomization.yaml',
): Promise<Record<string, unknown>> {
  const result = await generate(treeOf(files), spec, budget());
  if (!result.ok) throw new Error(result.message);
  return JSON.parse(textAt(result.tree, file)) as Record<string, unknown>;
}

async function failure(files: Files, spec: BuildSpec = {}): Promise<unknown> {
  const result = await generate(treeOf(files), spec, budget());
  return result.ok ? result.path : [result.reason, result.message];
}

const INVALID = 'failed to decode Kubernetes YAML from';

describe('the path', () => {
  it.each([
    [undefined, ''],
    ['./', ''],
    ['', ''],
    ['apps', 'apps'],
    ['./apps/', 'apps'],
    ['/apps', 'apps'],
    ['../../apps', 'apps'],
    ['apps/../../../apps', 'apps'],
  ])('[KS-20 default-root] [KS-20 secure-join] %j is %j in the source', async (path, directory) => {
    expect(await failure({ 'apps/a.yaml': configMap('a') }, { path })).toBe(directory);
  });

  it('[KS-20 not-found] that is not there fails the artifact', async () => {
    expect(await failure({ 'a.yaml': configMap('a') }, { path: './nope' })).toEqual([
      'ArtifactFailed',
      'kustomization path not found: stat nope: no such file or directory',
    ]);
  });

  it('that is a file fails the build', async () => {
    expect(await failure({ 'a.yaml': configMap('a') }, { path: 'a.yaml' })).toEqual([
      'BuildFailed',
      'open a.yaml/kustomization.yaml: not a directory',
    ]);
  });
});

describe('a directory without a kustomization', () => {
  it('[KS-22 recursive] [KS-22 sub-directory] lists its files in byte order, level by level', async () => {
    const files = {
      'z.yaml': configMap('z'),
      'B.yml': configMap('b'),
      'a/2.yaml': configMap('a2'),
      'a/1.yaml': configMap('a1'),
      'k/Kustomization': 'resources: [x.yaml]\n',
      'k/x.yaml': configMap('x'),
      'k/deeper/broken.yaml': 'not: an object\n',
      'README.md': 'not: [yaml',
      'c.json': '{',
    };

    expect((await generated(files)).resources).toEqual([
      './B.yml',
      './a/1.yaml',
      './a/2.yaml',
      './k',
      './z.yaml',
    ]);
  });

  it('lists below the path only, from there', async () => {
    const files = {
      'a.yaml': configMap('a'),
      'apps/b.yaml': configMap('b'),
      'apps-old/c.yaml': configMap('c'),
    };

    expect((await generated(files, { path: 'apps' }, 'apps/kustomization.yaml')).resources).toEqual([
      './b.yaml',
    ]);
  });

  it.each([
    ['text', 'just text\n', 'missing Resource metadata'],
    ['a list', '- a\n', 'missing Resource metadata'],
    ['a map without metadata', 'foo: bar\n', 'missing Resource metadata'],
    ['no kind', 'apiVersion: v1\nmetadata: {name: x}\n', 'missing kind in object {{v1 } {{x } map[] map[]}}'],
    [
      'no name',
      'apiVersion: v1\nkind: Pod\n',
      'missing metadata.name in object {{v1 Pod} {{ } map[] map[]}}',
    ],
    ['one bad document of two', `${configMap('a')}---\na: b\n`, 'missing Resource metadata'],
  ])('[KS-22 not-an-object] fails on %s and names the file', async (_, text, problem) => {
    expect(await failure({ 'a.yaml': configMap('a'), 'sub/x.yaml': text })).toEqual([
      'BuildFailed',
      `${INVALID} sub/x.yaml: ${problem}`,
    ]);
  });

  it.each([
    ['an unclosed list', 'apiVersion: v1\nkind: [\n', 3],
    ['a tab', 'apiVersion: v1\nmetadata:\n\tname: x\n', 3],
    ['a key given twice', 'kind: ConfigMap\nkind: ConfigMap\n', 2],
  ])('[KS-22 yaml-error] fails on %s and names file and line', async (_, text, line) => {
    const [reason, message] = (await failure({ 'x.yaml': text })) as [string, string];

    expect(reason).toBe('BuildFailed');
    expect(message).toMatch(new RegExp(`^${INVALID} x\\.yaml: MalformedYAMLError: yaml: line ${line}: `));
  });

  it('[KS-22 nothing] without objects is a placeholder, and empty files do not matter', async () => {
    expect(await generated({ 'README.md': 'hello' })).toMatchObject({ namespace: '_placeholder' });
    expect((await generated({ 'a.yaml': '# nothing\n', 'b.yaml': '' })).resources).toEqual([
      './a.yaml',
      './b.yaml',
    ]);
  });
});

describe('a kustomization that is there', () => {
  it.each(['kustomization.yaml', 'kustomization.yml', 'Kustomization'])(
    '[KS-21 recognised] [KS-24 written] as %s is read and rewritten in place',
    async (name) => {
      const files = { [name]: 'resources: [a.yaml]\n', 'a.yaml': configMap('a'), 'b.yaml': configMap('b') };

      expect(await generated(files, { namePrefix: 'x-' }, name)).toMatchObject({
        resources: ['a.yaml'],
        namePrefix: 'x-',
      });
    },
  );

  it('[KS-23 origin] without resources gets originAnnotations, in place of its own build metadata', async () => {
    const files = {
      'kustomization.yaml': 'buildMetadata: [transformerAnnotations]\nconfigMapGenerator: [{name: a}]\n',
    };

    expect((await generated(files)).buildMetadata).toEqual(['originAnnotations']);
    expect((await generated(files, { buildMetadata: ['transformerAnnotations'] })).buildMetadata).toEqual([
      'transformerAnnotations',
    ]);
  });

  it('loses fields that kustomize does not know, has names in any case, and numbers where text is wanted', async () => {
    const text =
      'Resources: [a.yaml]\nfoo: bar\nimages: [{name: nginx, newTag: 1.10, more: 1}]\ncommonLabels: {a: yes}\n';

    expect(await generated({ 'kustomization.yaml': text })).toEqual({
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      resources: ['a.yaml'],
      images: [{ name: 'nginx', newTag: '1.1' }],
      commonLabels: { a: 'true' },
    });
  });

  it('of the wrong shape fails the build', async () => {
    const [reason, message] = (await failure({ 'kustomization.yaml': 'resources: a.yaml\n' })) as [
      string,
      string,
    ];

    expect(reason).toBe('BuildFailed');
    expect(message).toMatch(/cannot unmarshal string into Go struct field Kustomization\.resources/);
  });

  it('[KS-24 overrides] [KS-24 appended] is edited by the spec', async () => {
    const text =
      'resources: [a.yaml]\nnamespace: old\nnamePrefix: old-\nnameSuffix: -old\npatches: [{path: p.yaml}]\ncomponents: [c1]\n';
    const spec: BuildSpec = {
      targetNamespace: 'new',
      namePrefix: 'new-',
      nameSuffix: '-new',
      patches: [{ patch: 'x', target: { kind: 'Pod', name: '' } }, { patch: 'y' }],
      components: ['c2'],
    };

    expect(await generated({ 'kustomization.yaml': text }, spec)).toMatchObject({
      namespace: 'new',
      namePrefix: 'new-',
      nameSuffix: '-new',
      patches: [{ path: 'p.yaml' }, { patch: 'x', target: { kind: 'Pod' } }, { patch: 'y' }],
      components: ['c1', 'c2'],
    });
  });

  it('[KS-31 replaces] [KS-31 kept] has its build metadata replaced by a list that is not empty', async () => {
    const files = { 'kustomization.yaml': 'resources: [a.yaml]\nbuildMetadata: [managedByLabel]\n' };

    expect((await generated(files, { buildMetadata: ['originAnnotations'] })).buildMetadata).toEqual([
      'originAnnotations',
    ]);
    expect((await generated(files, { buildMetadata: [] })).buildMetadata).toEqual(['managedByLabel']);
    expect((await generated(files)).buildMetadata).toEqual(['managedByLabel']);
  });
});

describe('components', () => {
  it.each([
    ['foobar.yaml', true],
    ['./foobar.yaml', true],
    ['../foobar', true],
    ['file://foobar.yaml', true],
    ['file:///foobar.yaml', false],
    ['/foobar.yaml', false],
    ['https://github.com/owner/repo', false],
    ['HTTPS://github.com/owner/repo', false],
    ['git@github.com:owner/repo', false],
    ['ssh://git@github.com/owner/repo', false],
    ['github.com/owner/repo', false],
    ['git::x', false],
    ['gh:owner/repo', false],
  ])('[KS-28 local] %s may be a component: %s', async (path, allowed) => {
    expect(isLocalRelativePath(path)).toBe(allowed);
    if (!allowed) {
      const message = `component path '${path}' must be local and relative`;
      expect(await failure({ 'a.yaml': configMap('a') }, { components: [path] })).toEqual([
        'BuildFailed',
        message,
      ]);
    }
  });

  it('[KS-28 ignored] that are not there are left out when that is wanted', async () => {
    const files = { 'apps/a.yaml': configMap('a'), 'c/kustomization.yaml': 'kind: Component\n' };
    const spec = { path: 'apps', components: ['../c', '../nope', '../../../nope'] };
    const file = 'apps/kustomization.yaml';

    expect((await generated(files, { ...spec, ignoreMissingComponents: true }, file)).components).toEqual([
      '../c',
    ]);
    expect((await generated(files, spec, file)).components).toEqual(spec.components);
  });
});
