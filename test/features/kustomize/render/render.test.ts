import { describe, expect, it } from 'vitest';
import { KUSTOMIZATION_FIELDS } from '../../../../shared/kustomize/fields.ts';
import { HANDLED } from '../../../../shared/kustomize/render/handled.ts';
import { configMap, deployment } from '../world.ts';
import { namesOf, printed, refusal } from './rendering.ts';

describe('what the table says', () => {
  it('names every field that a kustomization can have', () => {
    const fields = Object.keys(HANDLED).filter((field) => !field.includes('.'));

    expect(fields.sort()).toEqual(Object.keys(KUSTOMIZATION_FIELDS).sort());
  });

  it.each([
    ['crds', 'crds: [a.yaml]\n'],
    ['openapi', 'openapi: {path: a.yaml}\n'],
    ['vars', 'vars: [{name: A, objref: {kind: ConfigMap, name: a, apiVersion: v1}}]\n'],
    [
      'patches.options',
      'patches: [{patch: "kind: A\\nmetadata: {name: a}", options: {allowNameChange: true}}]\n',
    ],
  ])('leaves %s to kustomize', async (field, text) => {
    const why = await refusal({
      'kustomization.yaml': `resources: [a.yaml]\n${text}`,
      'a.yaml': configMap('a'),
    });

    expect(why).toContain(`${field} (`);
  });

  it('does not mind fields that say nothing', async () => {
    const files = {
      'kustomization.yaml': 'resources: [a.yaml]\nvars: []\ncrds: []\n',
      'a.yaml': configMap('a'),
    };

    expect(await printed(files)).toBe(configMap('a'));
  });
});

describe('facts of kustomize', () => {
  // api v0.21.1, krusty/configmaps_test.go
  it('ends generated names with a hash that changes with what is merged', async () => {
    const base = {
      'base/kustomization.yaml':
        'configMapGenerator:\n- name: bob\n  literals: [fruit=Indian Gooseberry, year=2020, crisis=true]\n',
    };
    const overlay =
      'resources: [base]\nconfigMapGenerator: [{name: bob, behavior: merge, literals: [month=12]}]\n';

    expect(await namesOf({ ...base, 'kustomization.yaml': 'resources: [base]\n' })).toEqual([
      'bob-79t79mt227',
    ]);
    expect(await namesOf({ ...base, 'kustomization.yaml': overlay })).toEqual(['bob-bk46gm59c6']);
  });

  it('lets references follow prefixes and hashes', async () => {
    const text = await printed({
      'kustomization.yaml':
        'resources: [d.yaml]\nnamePrefix: p-\nconfigMapGenerator: [{name: bob, literals: [fruit=Indian Gooseberry, year=2020, crisis=true]}]\n',
      'd.yaml': `${deployment('web')}          envFrom: [{configMapRef: {name: bob}}, {configMapRef: {name: other}}]\n`,
    });

    // The name is no part of the hash.
    expect(text).toContain('- configMapRef:\n            name: p-bob-79t79mt227\n');
    expect(text).toContain('- configMapRef:\n            name: other\n');
  });

  it('leaves cluster-scoped kinds without a namespace, and renames Namespaces', async () => {
    const kinds = ['ClusterRole', 'Role'].map(
      (kind) => `apiVersion: rbac.authorization.k8s.io/v1\nkind: ${kind}\nmetadata:\n  name: a\n`,
    );
    const text = await printed({
      'kustomization.yaml': 'resources: [a.yaml]\nnamespace: team\n',
      'a.yaml': [...kinds, 'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n'].join('---\n'),
    });

    expect(text).toBe(
      [
        kinds[0],
        `${kinds[1]}  namespace: team\n`,
        'apiVersion: v1\nkind: Namespace\nmetadata:\n  name: team\n',
      ].join('---\n'),
    );
  });

  it('puts what a patch adds to a list before what was there', async () => {
    const patch =
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {template: {spec: {containers: [{name: side, image: x}]}}}\n';
    const text = await printed({
      'kustomization.yaml': 'resources: [d.yaml]\npatches: [{path: p.yaml}]\n',
      'd.yaml': deployment('web'),
      'p.yaml': patch,
    });

    expect(text.match(/name: (side|main)/g)).toEqual(['name: side', 'name: main']);
  });

  it('makes annotations text, and drops empty ones', async () => {
    const text = await printed({
      'kustomization.yaml': 'resources: [a.yaml, b.yaml]\n',
      'a.yaml': configMap('a', '  annotations: {number: 1.50, yes: true, nothing: null}\n'),
      'b.yaml': configMap('b', '  annotations: {}\n'),
    });

    expect(text).toContain(
      'annotations:\n    nothing: "null"\n    number: "1.50"\n    yes: "true"\n'.replace(
        '    yes',
        '    "yes"',
      ),
    );
    expect(text).toMatch(/metadata:\n {2}name: b\n$/);
  });

  it('drops objects that are only there to configure others', async () => {
    const local = (value: string) => `  annotations: {config.kubernetes.io/local-config: "${value}"}\n`;

    expect(
      await namesOf({
        'kustomization.yaml': 'resources: [a.yaml, b.yaml]\n',
        'a.yaml': configMap('a', local('true')),
        'b.yaml': configMap('b', local('false')),
      }),
    ).toEqual(['b']);
  });
});

describe('what kustomize does to scalars when it writes them once more', () => {
  it.each([
    ['indented lines in a folded block', 'data:\n  a: >\n    one\n      two\n'],
    ['a block that begins with a tab', 'data:\n  a: |\n    \tone\n    two\n'],
    ['a block of one line that begins with a tab', 'data:\n  a: |-\n    \tone\n'],
    ['a block that ends in a line of spaces', 'data:\n  a: |2\n      one\n     \n'],
    ['an instant', 'data: {a: 2001-01-01}\n'],
    ['a number that JSON does not hold exactly', 'data: {a: 12345678901234567890}\n'],
    ['infinity', 'data: {a: .inf}\n'],
  ])('is left to it: %s', async (_, data) => {
    await refusal({ 'kustomization.yaml': 'resources: [a.yaml]\n', 'a.yaml': configMap('a', data) });
  });

  it('is left to it: a number over text that may have been in quotes', async () => {
    const patch = configMap('a', 'data: {a: 5}\n');

    expect(
      await refusal({
        'kustomization.yaml': 'resources: [a.yaml]\npatches: [{path: p.yaml}]\n',
        'a.yaml': configMap('a', 'data: {a: "x"}\n'),
        'p.yaml': patch,
      }),
    ).toContain('number');
  });
});

describe('errors of a build', () => {
  it.each([
    [
      'the same object twice',
      {
        'kustomization.yaml': 'resources: [a.yaml, b.yaml]\n',
        'a.yaml': configMap('a'),
        'b.yaml': configMap('a'),
      },
    ],
    [
      'an object without a name',
      { 'kustomization.yaml': 'resources: [a.yaml]\n', 'a.yaml': 'apiVersion: v1\nkind: A\n' },
    ],
    ['YAML that is none', { 'kustomization.yaml': 'resources: [a.yaml]\n', 'a.yaml': 'a: [\n' }],
    [
      'a patch of nothing',
      {
        'kustomization.yaml': 'resources: [a.yaml]\npatches: [{path: p.yaml}]\n',
        'a.yaml': configMap('a'),
        'p.yaml': configMap('b'),
      },
    ],
    [
      'replicas of nothing',
      {
        'kustomization.yaml': 'resources: [a.yaml]\nreplicas: [{name: b, count: 1}]\n',
        'a.yaml': configMap('a'),
      },
    ],
    ['nothing', { 'kustomization.yaml': 'kind: Kustomization\n' }],
  ])('are left to kustomize, which words them: %s', async (_, files) => {
    expect(await refusal(files)).not.toBe('');
  });

  it('end at once when the time is up', async () => {
    const over = new Error('over');
    const files = Object.fromEntries(
      Array.from({ length: 4 }, (_, index) => [
        `${index}.yaml`,
        configMap(`a${index}`, `data: {a: ${'x'.repeat(70_000)}}\n`),
      ]),
    );
    const kustomization = `resources: [${Object.keys(files).join(', ')}]\n`;

    await expect(
      printed({ 'kustomization.yaml': kustomization, ...files }, AbortSignal.abort(over)),
    ).rejects.toBe(over);
  });
});
