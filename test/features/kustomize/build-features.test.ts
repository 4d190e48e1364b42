import { expect, it } from 'vitest';
import type { KubernetesObject } from '../../../shared/core/kubernetes-object.ts';
import { configMap, deployment, describeWithKustomize, failureOfBuild, objectsOfBuild } from './world.ts';

const ORIGIN = 'config.kubernetes.io/origin';
const TRANSFORMATIONS = 'alpha.config.kubernetes.io/transformations';

const named = (objects: readonly KubernetesObject[], name: RegExp) =>
  objects.find(({ metadata }) => name.test(metadata.name)) as KubernetesObject;

describeWithKustomize('what kustomize offers inside the source', () => {
  it('[KS-29 features] generators of ConfigMaps and Secrets', async () => {
    const objects = await objectsOfBuild({
      'kustomization.yaml': `configMapGenerator:
- {name: a, files: [f.txt, k=f.txt], envs: [e.env], literals: [x=y]}
secretGenerator:
- {name: s, env: e.env, type: Opaque}
generatorOptions: {labels: {l: m}}
`,
      'f.txt': 'hello\n',
      'e.env': 'A=b\n#c\n',
    });

    expect(named(objects, /^a-/)).toMatchObject({
      data: { 'f.txt': 'hello\n', k: 'hello\n', A: 'b', x: 'y' },
    });
    expect(named(objects, /^s-/)).toMatchObject({ kind: 'Secret', data: { A: 'Yg==' } });
    expect(named(objects, /^s-/).metadata.labels).toMatchObject({ l: 'm' });
  });

  it('[KS-29 features] vars and replacements', async () => {
    const text = deployment('web').replace('image: nginx', 'image: nginx\n          args: ["$(NAME)"]');
    const replacement = `- source: {kind: ConfigMap, name: settings, fieldPath: data.image}
  targets: [{select: {kind: Deployment}, fieldPaths: [spec.template.spec.containers.0.image]}]
`;

    const objects = await objectsOfBuild({
      'kustomization.yaml': `resources: [a.yaml, d.yaml]
namePrefix: p-
vars:
- name: NAME
  objref: {kind: ConfigMap, name: settings, apiVersion: v1}
  fieldref: {fieldpath: metadata.name}
replacements: [{path: r.yaml}]
`,
      'a.yaml': configMap('settings', 'data: {image: foo}\n'),
      'd.yaml': text,
      'r.yaml': replacement,
    });

    expect(JSON.stringify(named(objects, /web/))).toContain('"args":["p-settings"],"image":"foo"');
  });

  it('[KS-29 features] builtin transformers: inline, in files and in directories', async () => {
    const objects = await objectsOfBuild({
      'kustomization.yaml': `resources: [a.yaml]
transformers:
- |-
  apiVersion: builtin
  kind: PrefixTransformer
  metadata: {name: with/slash}
  prefix: on-
  fieldSpecs: [{path: metadata/name}]
- labels.yaml
- more
`,
      'a.yaml': configMap('a'),
      'labels.yaml': `apiVersion: builtin
kind: LabelTransformer
metadata: {name: l}
labels: {on: "yes"}
fieldSpecs: [{path: metadata/labels, create: true}]
---
apiVersion: builtin
kind: PatchTransformer
metadata: {name: p}
path: patch.json
target: {kind: ConfigMap}
`,
      'patch.json': '[{"op": "add", "path": "/data", "value": {"a": "b"}}]',
      'more/kustomization.yaml': 'resources: [ns.yaml]\n',
      'more/ns.yaml': `apiVersion: builtin
kind: NamespaceTransformer
metadata: {name: n, namespace: apps}
fieldSpecs: [{path: metadata/namespace, create: true}]
`,
    });

    expect(objects).toHaveLength(1);
    expect(objects[0]).toMatchObject({
      metadata: { name: 'on-a', namespace: 'apps', labels: { on: 'yes' } },
      data: { a: 'b' },
    });
  });

  it('[KS-29 features] numbers where a plugin wants text', async () => {
    const text = `apiVersion: builtin\nkind: SuffixTransformer\nmetadata: {name: s}\nsuffix: 5\nfieldSpecs: [{path: metadata/name}]\n`;

    const [object] = await objectsOfBuild({
      'kustomization.yaml': 'resources: [a.yaml]\ntransformers: [s.yaml]\n',
      'a.yaml': configMap('a'),
      's.yaml': text,
    });

    expect(object?.metadata.name).toBe('a5');
  });

  it('[KS-29 features] crds, configurations and components', async () => {
    const objects = await objectsOfBuild({
      'kustomization.yaml':
        'resources: [a.yaml]\nnamePrefix: p-\nconfigurations: [c.yaml]\ncrds: [crd.json]\ncomponents: [c]\n',
      'a.yaml': `${configMap('x')}---\napiVersion: a.b/v1\nkind: Foo\nmetadata: {name: f}\nspec: {ref: {name: x}}\n`,
      'c.yaml': 'nameReference:\n- kind: ConfigMap\n  fieldSpecs: [{kind: Foo, path: spec/ref/name}]\n',
      'crd.json': '{}',
      'c/kustomization.yaml':
        'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnameSuffix: -c\n',
    });

    expect(named(objects, /f-c$/)).toMatchObject({
      metadata: { name: 'p-f-c' },
      spec: { ref: { name: 'p-x-c' } },
    });
  });

  it('[KS-29 order] sorting, when the file asks for it', async () => {
    const files = {
      'a.yaml': configMap('a'),
      'n.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: n}\n',
    };
    const kinds = async (sort: string) =>
      (await objectsOfBuild({ ...files, 'kustomization.yaml': `resources: [a.yaml, n.yaml]\n${sort}` })).map(
        ({ kind }) => kind,
      );

    expect(await kinds('')).toEqual(['ConfigMap', 'Namespace']);
    expect(await kinds('sortOptions: {order: legacy}\n')).toEqual(['Namespace', 'ConfigMap']);
  });

  it('[KS-29 no-leak] a schema of its own, which the next build does not see', async () => {
    const schema = {
      definitions: {
        'b.Foo': {
          properties: {
            spec: {
              properties: {
                list: {
                  type: 'array',
                  'x-kubernetes-patch-merge-key': 'name',
                  'x-kubernetes-patch-strategy': 'merge',
                  items: { type: 'object', properties: { name: { type: 'string' } } },
                },
              },
            },
          },
          'x-kubernetes-group-version-kind': [{ group: 'a.b', kind: 'Foo', version: 'v1' }],
        },
      },
    };
    const foo = (list: string) =>
      `apiVersion: a.b/v1\nkind: Foo\nmetadata: {name: f}\nspec: {list: [${list}]}\n`;
    const files = {
      'a.yaml': foo('{name: one, x: 1}'),
      'p.yaml': foo('{name: two}'),
      's.json': JSON.stringify(schema),
    };
    const list = async (openapi: string) => {
      const text = `resources: [a.yaml]\npatches: [{path: p.yaml}]\n${openapi}`;
      const [object] = await objectsOfBuild({ ...files, 'kustomization.yaml': text });
      const spec = object?.spec as { list: readonly { name: string }[] } | undefined;
      return spec?.list.map(({ name }) => name).sort();
    };

    expect(await list('openapi: {path: s.json}\n')).toEqual(['one', 'two']);
    expect(await list('')).toEqual(['two']);
  });

  it('[KS-31 annotations] where an object comes from', async () => {
    const files = {
      'kustomization.yaml': 'resources: [sub]\nnamePrefix: a-\n',
      'sub/kustomization.yaml': 'resources: [x.yaml]\n',
      'sub/x.yaml': configMap('x'),
    };

    const [object] = await objectsOfBuild(files, {
      buildMetadata: ['originAnnotations', 'transformerAnnotations'],
    });

    expect(object?.metadata.annotations?.[ORIGIN]).toBe('path: sub/x.yaml\n');
    expect(object?.metadata.annotations?.[TRANSFORMATIONS]).toMatch(/configuredIn: kustomization\.yaml/);
  });

  it('[KS-23 origin] an origin even unasked, when a kustomization has no resources', async () => {
    const [object] = await objectsOfBuild({
      'kustomization.yaml': 'configMapGenerator: [{name: x, literals: [a=b]}]\n',
    });

    expect(object?.metadata.annotations?.[ORIGIN]).toMatch(/configuredIn: kustomization\.yaml/);
  });
});

const plugin = (kind: string, rest = '', apiVersion = 'builtin') =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata:\n  name: x\n${rest}`;

describeWithKustomize('what kustomize may not do', () => {
  const inFile = (text: string, list = 'transformers') => ({
    'kustomization.yaml': `resources: [a.yaml]\n${list}: [p.yaml]\n`,
    'a.yaml': configMap('a'),
    'p.yaml': text,
  });
  const container =
    '  annotations:\n    config.kubernetes.io/function: |\n      container: {image: example.com/x}\n';

  it.each([
    ['an exec plugin', inFile(plugin('Evil', '', 'someteam.example.com/v1'))],
    ['an exec plugin that generates', inFile(plugin('Evil', '', 'someteam.example.com/v1'), 'generators')],
    ['an exec plugin that validates', inFile(plugin('Evil', '', 'someteam.example.com/v1'), 'validators')],
    ['a container', inFile(plugin('PatchTransformer', container))],
    [
      'a container behind the old annotation',
      inFile(plugin('Evil', container.replace('kubernetes', 'k8s'), 'v1')),
    ],
    [
      'the Helm plugin',
      inFile(plugin('HelmChartInflationGenerator', 'repo: https://example.com\n'), 'generators'),
    ],
    [
      'a list of plugins',
      inFile(`apiVersion: v1\nkind: List\nitems:\n- ${plugin('Evil').trim().replaceAll('\n', '\n  ')}\n`),
    ],
    ['a builtin of another version', inFile(plugin('PatchTransformer', 'patch: x\n', 'builtin/v1'))],
    ['a plugin with fields of its own', inFile(plugin('PrefixTransformer', 'prefix: a\nexec: /bin/sh\n'))],
    [
      'an inline plugin',
      { 'kustomization.yaml': `transformers:\n- |-\n  ${plugin('Evil').trim().replaceAll('\n', '\n  ')}\n` },
    ],
    [
      'a path that a patch puts into a plugin',
      {
        'kustomization.yaml': 'resources: [a.yaml]\ntransformers: [dir]\n',
        'a.yaml': configMap('a'),
        'dir/kustomization.yaml':
          'resources: [p.yaml]\npatches: [{patch: "[{op: replace, path: /path, value: /etc/passwd}]", target: {kind: PatchTransformer}}]\n',
        'dir/p.yaml': plugin('PatchTransformer', 'path: ok.yaml\n'),
        'ok.yaml': configMap('a'),
      },
    ],
    [
      'plugins that a generator makes',
      {
        'kustomization.yaml': 'transformers: [dir]\n',
        'dir/kustomization.yaml': 'configMapGenerator: [{name: x, literals: [a=b]}]\n',
      },
    ],
    ['Helm charts', { 'kustomization.yaml': 'helmCharts: [{name: x, repo: "https://example.com"}]\n' }],
  ])('[KS-29 no-code] %s', async (_, files) => {
    expect(await failureOfBuild(files)).toMatch(
      /not allowed|may only list resources|unknown field|not inflated/,
    );
  });

  it('tells of remote bases, however many, what to do', async () => {
    const bases = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `https://example.com/${name}.yaml`);

    const message = await failureOfBuild({ 'kustomization.yaml': `resources: [${bases.join(', ')}]\n` });

    expect(message.match(/is not allowed/g)).toHaveLength(5);
    expect(message).toMatch(
      /; and 1 more; what is remote has to be in the source, unless the cluster allows remote bases$/,
    );
  });

  it('reads a plugin relative to the kustomization that names it, as kustomize does', async () => {
    const files = {
      'kustomization.yaml': 'resources: [a.yaml]\ntransformers: [dir/p.yaml]\n',
      'a.yaml': configMap('a'),
      'dir/p.yaml': plugin('PatchTransformer', 'path: patch.yaml\n'),
      'dir/patch.yaml': 'x',
    };

    expect(await failureOfBuild(files)).toMatch(/dir\/p\.yaml: path: 'patch\.yaml' does not exist/);
  });
});
