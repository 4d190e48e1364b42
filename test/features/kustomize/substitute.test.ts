import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../shared/adapters/local/system.ts';
import type { KubernetesObject } from '../../../shared/core/kubernetes-object.ts';
import { build } from '../../../shared/kustomize/build.ts';
import type { BuildSpec, PostBuild } from '../../../shared/kustomize/build-spec.ts';
import { type SubstituteSource, variablesOf } from '../../../shared/kustomize/variables.ts';
import {
  configMap,
  describeWithKustomize,
  execOf,
  LEFT_TO_KUSTOMIZE,
  OWNER,
  objectsOfBuild,
  treeOf,
} from './world.ts';

interface Options {
  readonly postBuild?: PostBuild;
  readonly strict?: boolean;
}

/** Builds what kustomize would have printed as `yaml`. */
async function substituted(yaml: string, variables: Readonly<Record<string, string>>, options: Options = {}) {
  const { postBuild = {}, ...rest } = options;
  const spec: BuildSpec = { postBuild, ...LEFT_TO_KUSTOMIZE };
  return build({
    ...rest,
    spec,
    tree: treeOf({}),
    owner: OWNER,
    variables: new Map(Object.entries(variables)),
    exec: execOf(yaml),
    clock: systemClock,
    signal: new AbortController().signal,
  });
}

async function dataOf(
  data: string,
  variables: Readonly<Record<string, string>>,
  options?: Options,
): Promise<unknown> {
  const built = await substituted(configMap('x', `data:\n${data}`), variables, options);
  return built.ok ? built.objects[0]?.data : built.message;
}

const FAILED = "post build failed for 'ConfigMap.v1.[noGrp]/x': envsubst error:";

describe('variables', () => {
  const source = (
    kind: 'ConfigMap' | 'Secret',
    name: string,
    data?: Record<string, string>,
    optional = false,
  ): SubstituteSource => ({
    reference: { kind, name, optional },
    namespace: 'apps',
    found: data && { apiVersion: 'v1', kind, metadata: { name }, data },
  });

  it('[KS-40 later-wins] [KS-40 inline-wins] [KS-40 secret] come from sources in order, then inline', () => {
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const sources = [
      source('ConfigMap', 'a', { one: 'a', two: 'a', three: 'a' }),
      source('Secret', 'b', { two: base64('b'), three: base64('b') }),
    ];

    expect(variablesOf({ substitute: { three: 'inline' } }, sources)).toEqual({
      ok: true,
      values: new Map([
        ['one', 'a'],
        ['two', 'b'],
        ['three', 'inline'],
      ]),
    });
  });

  it('[KS-40 newlines] have no line breaks', () => {
    const variables = variablesOf({ substitute: { a: 'x\ny\n' } }, [
      source('ConfigMap', 'c', { b: '\n1\n2' }),
    ]);

    expect(variables).toEqual({
      ok: true,
      values: new Map([
        ['b', '12'],
        ['a', 'xy'],
      ]),
    });
  });

  it('[KS-40 missing] fail when a source is not there, unless it is optional', () => {
    expect(variablesOf(undefined, [source('ConfigMap', 'a')])).toEqual({
      ok: false,
      message: `substitute from 'ConfigMap/a' error: configmaps "a" not found`,
    });
    expect(variablesOf(undefined, [source('Secret', 'a')])).toMatchObject({ ok: false });
    expect(variablesOf(undefined, [source('Secret', 'a', undefined, true)])).toEqual({
      ok: true,
      values: new Map(),
    });
  });
});

describe('when variables are substituted', () => {
  it('[KS-41 none] not without a single one', async () => {
    expect(await dataOf('  a: ${v:=1}\n', {})).toEqual({ a: '${v:=1}' });
  });

  it('[KS-41 always] without one, when the strategy says so', async () => {
    const postBuild = { substituteStrategy: 'Always' };

    expect(await dataOf('  a: ${v:=dev}\n', {}, { postBuild })).toEqual({ a: 'dev' });
  });

  it('not at all without postBuild', async () => {
    const spec: BuildSpec = LEFT_TO_KUSTOMIZE;
    const exec = execOf(configMap('x', 'data: {a: "${v}"}\n'));
    const built = await build({
      spec,
      tree: treeOf({}),
      owner: OWNER,
      variables: new Map([['v', '1']]),
      exec,
      clock: systemClock,
      signal: new AbortController().signal,
    });

    expect(built).toMatchObject({ ok: true, objects: [{ data: { a: '${v}' } }] });
  });

  it.each(['labels', 'annotations'])(
    '[KS-42 label] [KS-42 annotation] [KS-47 only-substituted] not in a resource whose %s say so',
    async (field) => {
      const off = configMap(
        'x',
        `  ${field}:\n    kustomize.toolkit.fluxcd.io/substitute: disabled\ndata:\n  a: \${w} $$\n`,
      );
      const on = configMap(
        'z',
        `  ${field}:\n    kustomize.toolkit.fluxcd.io/substitute: Disabled\ndata:\n  a: \${v} $$\n`,
      );

      const built = await substituted(`${off}---\n${on}`, { v: '1' });

      expect(built).toMatchObject({
        ok: true,
        objects: [{ data: { a: '${w} $$' } }, { data: { a: '1 $' } }],
      });
    },
  );
});

describe('what comes of it', () => {
  it.each([
    ['42', 42],
    ['yes', true],
    ['off', false],
    ['null', null],
    ['', null],
    ['1.10', 1.1],
    ['0x1F', 31],
    ['012', 10],
    ['12:30:45', '12:30:45'],
    ['2001-01-01', '2001-01-01'],
    ['[1, {a: b}]', [1, { a: 'b' }]],
    ['a #b', 'a'],
    ['"42"', '42'],
    ['text', 'text'],
  ])('[KS-41 types-change] %j, unquoted, becomes %j', async (value, expected) => {
    expect(await dataOf('  a: ${v}\n', { v: value })).toEqual({ a: expected });
  });

  it('stays text inside quotes or beside other text', async () => {
    expect(await dataOf('  a: "${v}"\n  b: x-${v}\n', { v: '42' })).toEqual({ a: '42', b: 'x-42' });
  });

  it('[KS-41 broken] is an error that names the resource when it is no YAML any more', async () => {
    expect(await dataOf('  a: ${v}\n', { v: 'a: b: c' })).toMatch(`${FAILED} YAMLToJSON: yaml: line 6:`);
    expect(await dataOf('  a: ${v}\n', { v: '*foo' })).toMatch(/unknown anchor 'foo' referenced/);
  });

  it('[KS-44 unset] is an error that names an unset variable', async () => {
    expect(await dataOf('  a: ${w}\n', { v: '1' })).toBe(
      `${FAILED} variable substitution failed: variable not set (strict mode): "w"`,
    );
  });

  it('[KS-44 defaults] is the default of an unset variable', async () => {
    const data = '  a: ${w:-1}\n  b: ${w:=2}\n  c: ${w=3}\n  d: ${w:+4}\n  e: ${w:?5}\n';

    expect(await dataOf(data, { v: '1' })).toEqual({ a: 1, b: 2, c: 3, d: 4, e: 5 });
  });

  it('[KS-44 empty] is nothing for a variable that is set to nothing', async () => {
    expect(await dataOf('  a: x${v}\n', { v: '' })).toEqual({ a: 'x' });
  });

  it('[KS-44 lenient] is nothing for an unset variable with the gate off', async () => {
    expect(await dataOf('  a: x${w}\n', { v: '1' }, { strict: false })).toEqual({ a: 'x' });
  });

  it.each(['a-b', '1a', 'a.b', 'é', ''])('[KS-43 names] is an error for the variable %j', async (name) => {
    expect(await dataOf('  a: b\n', { [name]: '1' })).toBe(
      `${FAILED} '${name}' var name is invalid, must match '^[_[:alpha:]][_[:alpha:][:digit:]]*$'`,
    );
  });

  it('[KS-47 collapses] has $ for $$', async () => {
    expect(await dataOf('  a: pa$$word\n  b: $${v}\n  c: $v\n', { v: '1' })).toEqual({
      a: 'pa$word',
      b: '${v}',
      c: '$v',
    });
  });

  it('may not be a second resource of the same id', async () => {
    const built = await substituted(`${configMap('${v}')}---\n${configMap('z')}`, { v: 'z' });

    expect(built).toMatchObject({
      ok: false,
      message: expect.stringMatching(/in Replace: id matched 2 resources/),
    });
  });

  it('[KS-34 dropped] is dropped when its name is no text any more', async () => {
    const built = await substituted(`${configMap('${v}')}---\n${configMap('z')}`, { v: '123' });

    expect(built.ok && built.objects.map(({ metadata }) => metadata.name)).toEqual(['z']);
  });

  it("loses the other labels when one is no text, as Flux's own code does", async () => {
    const built = await substituted(configMap('x', '  labels:\n    a: ${v}\n    b: c\n'), { v: '5' });

    expect(built.ok && Object.keys(built.objects[0]?.metadata.labels ?? {})).toEqual([
      'kustomize.toolkit.fluxcd.io/name',
      'kustomize.toolkit.fluxcd.io/namespace',
    ]);
  });
});

describeWithKustomize('secrets', () => {
  it('[KS-48 data] [KS-48 string-data] are substituted in stringData, not in data', async () => {
    const text =
      'apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {a: "x${v}"}\ndata: {b: JHt2fQ==}\n';
    const settings = configMap('c', 'data: {a: "x${v}"}\n');

    const objects: readonly KubernetesObject[] = await objectsOfBuild(
      { 's.yaml': `${text}---\n${settings}` },
      { postBuild: {} },
      { v: '1' },
    );

    expect(objects).toMatchObject([
      { stringData: { a: 'x1' }, data: { b: 'JHt2fQ==' } },
      { data: { a: 'x1' } },
    ]);
  });
});
