import { describe, expect, it } from 'vitest';
import { KUSTOMIZATION_FIELDS, PLUGIN_FIELDS } from '../../../shared/kustomize/fields.ts';
import { MAX_KUSTOMIZATION_DEPTH } from '../../../shared/kustomize/walk-enter.ts';
import { configMap, describeWithKustomize, exec, textAt, treeOf, walked } from './world.ts';

const SECRET = '/proc/self/environ';

async function messages(files: Readonly<Record<string, string>>, path = ''): Promise<readonly string[]> {
  return (await walked(treeOf(files), path)).violations.map(
    ({ file, field, message }) => `${file} ${field} ${message}`,
  );
}

describe('the table of fields', () => {
  it("has every field of kustomize 5.8's type, and no other", () => {
    // The json tags of types.Kustomization, api v0.21.1.
    const upstream =
      'apiVersion bases buildMetadata commonAnnotations commonLabels components configMapGenerator configurations crds ' +
      'generatorOptions generators helmChartInflationGenerator helmCharts helmGlobals imageTags images kind labels metadata ' +
      'namePrefix nameSuffix namespace openapi patches patchesJson6902 patchesStrategicMerge replacements replicas ' +
      'resources secretGenerator sortOptions transformers validators vars';

    expect(Object.keys(KUSTOMIZATION_FIELDS).sort()).toEqual(upstream.split(' '));
  });

  it('has every builtin plugin but the one that runs Helm', () => {
    // krusty.GetBuiltinPluginNames, api v0.21.1.
    const upstream =
      'AnnotationsTransformer ConfigMapGenerator HashTransformer HelmChartInflationGenerator IAMPolicyGenerator ' +
      'ImageTagTransformer LabelTransformer NamespaceTransformer PatchJson6902Transformer PatchStrategicMergeTransformer ' +
      'PatchTransformer PrefixSuffixTransformer PrefixTransformer ReplacementTransformer ReplicaCountTransformer ' +
      'SecretGenerator SuffixTransformer ValueAddTransformer';

    expect([...Object.keys(PLUGIN_FIELDS), 'HelmChartInflationGenerator'].sort()).toEqual(
      upstream.split(' '),
    );
  });
});

describe('ways to hide a path from the walk', () => {
  it.each([
    ['a name in capitals', `Resources: [${SECRET}]\n`],
    ['a name in capitals beside the real one', `resources: []\nRESOURCES: [${SECRET}]\n`],
    ['a second key of the same name', `resources: []\nresources: [${SECRET}]\n`],
    ['a merged map', `commonLabels: &a {x: z}\nopenapi: {<<: {path: ${SECRET}}}\n`],
    ['a merge at the top', `<<: {resources: [${SECRET}]}\n`],
    ['an alias', `namePrefix: &p ${SECRET}\nresources: [*p]\n`],
    ['an escaped key', `"re\\u0073ources": ["${SECRET}"]\n`],
    ['an escaped value', 'resources: ["\\x2fproc/self/environ"]\n'],
    ['a tag', `resources: [!!str ${SECRET}]\n`],
    ['a block scalar', `resources:\n- >-\n  ${SECRET}\n`],
    ['JSON', `{"resources": ["${SECRET}"]}\n`],
    ['a byte order mark', `\uFEFFresources: [${SECRET}]\n`],
    ['a version directive', `%YAML 1.1\n---\nresources: [${SECRET}]\n`],
    ['a nested name in capitals', `configMapGenerator: [{name: x, Files: [${SECRET}]}]\n`],
    ['a nested list in capitals', `secretGenerator: [{name: x, ENVS: [${SECRET}]}]\n`],
  ])('[KS-29 contained] %s', async (_, text) => {
    expect(await messages({ 'kustomization.yaml': text })).toEqual([
      expect.stringMatching(/absolute path .* is not allowed/),
    ]);
  });

  it.each([
    ['a control character', 'resources: ["a\\n/../../../proc/self/environ"]\n', /is not a path/],
    ['a NUL', 'resources: ["a\\0b"]\n', /is not a path/],
    ['an unknown field', `execPlugins: [${SECRET}]\n`, /execPlugins unknown field/],
    ['a long s, which folds to s in Unicode', `re\u017fources: [${SECRET}]\n`, /unknown field/],
    ['an unknown nested field', `patches: [{file: ${SECRET}}]\n`, /patches\[0\]\.file unknown field/],
    ['a map for a list', `resources: {a: ${SECRET}}\n`, /cannot read object as list/],
    ['a list for a text', `resources: [[${SECRET}]]\n`, /cannot read list as string/],
    ['helmCharts', 'helmCharts: [{name: x, repo: "https://example.com"}]\n', /Helm charts are not inflated/],
    ['helmGlobals', 'helmGlobals: {chartHome: /}\n', /Helm charts are not inflated/],
    ['the old Helm field', 'helmChartInflationGenerator: [{chartName: x}]\n', /Helm charts are not inflated/],
    ['no YAML', 'resources: [\n', /invalid Kustomization: yaml: line/],
    ['no map', '- a\n', /not a map/],
    [
      'two equals signs',
      'configMapGenerator: [{name: x, files: ["a=b=/etc/passwd"]}]\n',
      /not a path or key=path/,
    ],
    ['an empty key', 'configMapGenerator: [{name: x, files: ["=/etc/passwd"]}]\n', /not a path or key=path/],
    ['an inline patch that is also a URL', 'patchesStrategicMerge: ["http://example.com/x: y"]\n', /remote/],
    [
      'an inline patch that is also a way up',
      'patchesStrategicMerge: ["{a: /../../../../../../proc/self/environ}"]\n',
      /path out of the artifact/,
    ],
  ])('[KS-29 contained] refuses %s', async (_, text, message) => {
    const found = await messages({ 'kustomization.yaml': text });

    expect(found.length).toBeGreaterThan(0);
    expect(found[0]).toMatch(message);
  });

  it('looks into bases of bases and components of components', async () => {
    const files = {
      'a/kustomization.yaml': 'resources: [../b]\n',
      'b/kustomization.yml': 'components: [../c]\n',
      'c/Kustomization': `kind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\ncrds: [${SECRET}]\n`,
    };

    expect(await messages(files, 'a')).toEqual([
      `c/Kustomization crds[0] absolute path '${SECRET}' is not allowed`,
    ]);
  });
});

describe('the shape of the tree of kustomizations', () => {
  it.each([
    ['itself', { 'kustomization.yaml': 'resources: [.]\n' }],
    ['an empty path', { 'kustomization.yaml': 'resources: [""]\n' }],
    ['its parent', { 'kustomization.yaml': 'resources: [a]\n', 'a/kustomization.yaml': 'resources: [..]\n' }],
    [
      'a ring',
      {
        'kustomization.yaml': 'resources: [a]\n',
        'a/kustomization.yaml': 'resources: [../b]\n',
        'b/kustomization.yaml': 'resources: [../a]\n',
      },
    ],
  ])('refuses a cycle: %s', async (_, files) => {
    expect(await messages(files as Record<string, string>)).toEqual([
      expect.stringMatching(/cycle detected/),
    ]);
  });

  it('refuses nesting beyond its depth', async () => {
    const names = Array.from({ length: MAX_KUSTOMIZATION_DEPTH + 2 }, (_, i) => `d${i}`);
    const files = Object.fromEntries(
      names.map((name, i) => [`${name}/kustomization.yaml`, `resources: [../${names[i + 1] ?? 'r.yaml'}]\n`]),
    );

    expect(await messages({ ...files, 'r.yaml': configMap('r') }, 'd0')).toEqual([
      expect.stringMatching(/nested deeper/),
    ]);
  });

  it('counts what kustomize would enter again and again', async () => {
    const levels = Array.from({ length: 20 }, (_, i) => i);
    const files = Object.fromEntries(
      levels.flatMap((i) =>
        ['x', 'y'].map((side) => [
          `${side}${i}/kustomization.yaml`,
          `resources: [../x${i + 1}, ../y${i + 1}]\n`,
        ]),
      ),
    );
    const ends = { 'x20/kustomization.yaml': 'namePrefix: w\n', 'y20/kustomization.yaml': 'namePrefix: z\n' };

    expect((await messages({ ...files, ...ends }, 'x0'))[0]).toMatch(/more than 10000 kustomizations/);
  });

  it('refuses a directory without a kustomization, and one with two', async () => {
    expect(
      (await messages({ 'kustomization.yaml': 'resources: [a]\n', 'a/r.yaml': configMap('r') }))[0],
    ).toMatch(
      /unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory 'a'/,
    );
    expect(
      (await messages({ 'kustomization.yaml': 'namePrefix: a\n', Kustomization: 'namePrefix: b\n' }))[0],
    ).toMatch(/Found multiple kustomization files under: \./);
  });
});

describe('what kustomize is given', () => {
  it('is what the build reads and nothing else', async () => {
    const { tree } = await walked(
      treeOf({
        'apps/kustomization.yaml':
          'resources: [r.yaml]\nconfigMapGenerator: [{name: x, files: [k=../notes.txt]}]\n',
        'apps/r.yaml': configMap('r'),
        'apps/unused.yaml': configMap('u'),
        'notes.txt': 'hello',
        'secret.key': 'x',
      }),
      'apps',
    );

    expect([...tree.keys()].sort()).toEqual(['apps/kustomization.yaml', 'apps/r.yaml', 'notes.txt']);
  });

  it('is configuration in JSON, with canonical names, so that no two readers can disagree', async () => {
    const { tree } = await walked(
      treeOf({
        'kustomization.yaml': 'Resources: [r.yaml]\nNamePrefix: &x a-\nnameSuffix: *x\n',
        'r.yaml': configMap('r'),
      }),
      '',
    );

    expect(JSON.parse(textAt(tree, 'kustomization.yaml'))).toEqual({
      resources: ['r.yaml'],
      namePrefix: 'a-',
      nameSuffix: 'a-',
    });
  });

  it('never is one file both as configuration and as data', async () => {
    const files = { 'kustomization.yaml': 'configMapGenerator: [{name: x, files: [kustomization.yaml]}]\n' };

    expect(await messages(files)).toEqual([expect.stringMatching(/both configuration and data/)]);
  });
});

describeWithKustomize('the real kustomize, did it ever see such a tree', () => {
  it('reads what it is told to: the walk is what protects', async () => {
    const files = { 'kustomization.yaml': 'configMapGenerator: [{name: x, files: [/proc/self/environ]}]\n' };

    const yaml = await exec.kustomize(treeOf(files), '', AbortSignal.timeout(10_000));

    expect(yaml).toContain('environ');
    expect(await messages(files)).toHaveLength(1);
  });
});
