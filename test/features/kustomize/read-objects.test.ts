import { describe, expect, it } from 'vitest';
import { parseYamlDocuments } from '../../../shared/core/yaml.ts';
import { readDocuments } from '../../../shared/kustomize/documents.ts';
import { objectsOf } from '../../../shared/kustomize/read-objects.ts';
import { processorTime } from '../../processor-time.ts';
import {
  budget,
  configMap,
  deployment,
  describeWithKustomize,
  failureOfBuild,
  objectsOfBuild,
} from './world.ts';

/** The objects of what kustomize printed. */
const objectsIn = (yaml: string) => objectsOf(parseYamlDocuments(yaml));
const names = (yaml: string) => objectsIn(yaml).map(({ metadata }) => metadata?.name);

describe('reading objects', () => {
  it('[KS-34 dropped] drops what has no apiVersion or name, and empty documents', () => {
    const bad = 'piVersion: v1\nkind: Pod\nmetadata: {name: a}\n';
    const nameless = 'apiVersion: v1\nkind: Pod\nmetadata: {labels: {a: b}}\n';
    const number = 'apiVersion: v1\nkind: Pod\nmetadata: {name: 1}\n';

    expect(names(['', bad, nameless, number, '# only\n', configMap('x')].join('---\n'))).toEqual(['x']);
  });

  it('[KS-34 refused] fails on a document without a kind', () => {
    expect(() => objectsIn('apiVersion: v1\nmetadata: {name: a}\n')).toThrow(
      /^error unmarshaling JSON: while decoding JSON: Object 'Kind' is missing in '/,
    );
  });

  it('[KS-34 lists] takes the items of whatever has items, without a look at them', () => {
    const list =
      'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: a}}\n- {kind: Nameless}\n';

    expect(objectsIn(list)).toEqual([
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } },
      { kind: 'Nameless' },
    ]);
    expect(() => objectsIn('kind: List\nitems: [a]\n')).toThrow('items member is not an object');
  });

  it("[KS-22 config-skipped] drops kustomize's own kind, in any case", () => {
    const config = 'apiVersion: kustomize.config.k8s.io/v1beta1\nkind: KUSTOMIZATION\nmetadata: {name: a}\n';

    expect(names(`${config}---\n${configMap('x')}`)).toEqual(['x']);
  });

  it('refuses an integer that JSON.stringify would change, and says where', () => {
    expect(() => objectsIn(configMap('x', 'data:\n  list: [1, 9007199254740993]\n'))).toThrow(
      /the integer 9007199254740993 at data\.list\.1 is too large to be carried exactly/,
    );
  });

  it('keeps the bounds of a schema, which are floating point numbers', () => {
    const [crd] = objectsIn(
      'apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x}\nspec: {maximum: 9223372036854775807}\n',
    );

    expect(crd?.spec).toEqual({ maximum: 2 ** 63 });
  });

  it('[KS-34 refused] fails on a built resource without apiVersion', async () => {
    await expect(readDocuments('kind: Pod\nmetadata: {name: a}\n', budget())).rejects.toThrow(
      'failed to decode Kubernetes apiVersion, kind and name from: {"kind":"Pod","metadata":{"name":"a"}}',
    );
  });

  it('reads 1000 objects in a moment', async () => {
    const yaml = Array.from({ length: 1000 }, (_, index) => deployment(`d${index}`)).join('---\n');
    const cost = await processorTime(async () =>
      expect(await readDocuments(yaml, budget())).toHaveLength(1000),
    );

    // Some 0.3 s alone.
    expect(cost).toBeLessThan(4000);
  });
});

describeWithKustomize('reading what kustomize built', () => {
  it('[KS-34 lists] has expanded lists of any kind', async () => {
    const item = (name: string) => `- {apiVersion: v1, kind: ConfigMap, metadata: {name: ${name}}}\n`;
    const files = {
      'a.yaml': `apiVersion: v1\nkind: List\nitems:\n${item('a')}${item('b')}`,
      'b.yaml': `apiVersion: v1\nkind: ConfigMapList\nitems:\n${item('c')}`,
    };

    expect((await objectsOfBuild(files)).map(({ metadata }) => metadata.name)).toEqual(['a', 'b', 'c']);
  });

  it('[KS-34 refused] fails on a resource without apiVersion', async () => {
    expect(await failureOfBuild({ 'a.yaml': 'kind: ConfigMap\nmetadata: {name: x}\n' })).toBe(
      'BuildFailed: failed to decode Kubernetes apiVersion, kind and name from: {"kind":"ConfigMap","metadata":{"name":"x"}}',
    );
  });
});

describeWithKustomize('items of a kind that is no List', () => {
  it.each([
    ['metadata.name', '{apiVersion: v1, kind: ConfigMap}'],
    ['apiVersion', '{kind: ConfigMap, metadata: {name: a}}'],
    ['apiVersion', '{apiVersion: 5, kind: ConfigMap, metadata: {name: a}}'],
    ['kind', '{a: 1, apiVersion: v1}'],
  ])('without %s fail the build: %s', async (field, item) => {
    const menu = `apiVersion: example.com/v1\nkind: Menu\nmetadata: {name: m}\nitems: [${item}]\n`;

    expect(await failureOfBuild({ 'a.yaml': menu })).toContain(`an item of a list has no ${field}`);
  });
});
