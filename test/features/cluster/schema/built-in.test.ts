import { describe, expect, test } from 'vitest';
import { builtInType } from '../../../../infra/local/cluster/schema/built-in.ts';
import {
  builtInResources,
  subresourceType,
} from '../../../../infra/local/cluster/schema/built-in-resources.ts';
import type { Schema } from '../../../../infra/local/cluster/schema/schema.ts';

function resource(plural: string, group = '') {
  const found = builtInResources().find((type) => type.plural === plural && type.group === group);
  if (!found) throw new Error(`no ${plural} of ${group}`);
  return found;
}

/** The schema at a path of names; `[]` is a list's items. */
function at(schema: Schema, path: string): Schema | undefined {
  return path
    .split('.')
    .reduce<Schema | undefined>((node, name) => (name === '[]' ? node?.items : node?.field(name)), schema);
}

const pod = builtInType('core.v1.Pod');

describe('a schema of a built-in kind', () => {
  test.each([
    [
      'spec.containers',
      { type: 'list', listType: 'map', listKeys: ['name'], patchMergeKey: 'name', atomic: false },
    ],
    ['spec.containers.[].ports', { listKeys: ['containerPort', 'protocol'], patchMergeKey: 'containerPort' }],
    ['spec.containers.[].args', { type: 'list', listType: 'atomic', atomic: true }],
    ['spec.containers.[].resources.limits', { type: 'map', atomic: false }],
    ['spec.containers.[].resources.limits.cpu', { type: 'int-or-string', format: 'quantity' }],
    ['spec.nodeSelector', { type: 'map', atomic: true }],
    ['spec.volumes', { patchStrategy: ['merge', 'retainKeys'] }],
    ['metadata.finalizers', { listType: 'set', atomic: false, patchStrategy: ['merge'] }],
    ['metadata.creationTimestamp', { type: 'string', format: 'date-time' }],
    ['spec.containers.[].ports.[].protocol', { type: 'string', default: 'TCP' }],
    ['spec.terminationGracePeriodSeconds', { type: 'integer', format: 'int64', default: undefined }],
  ])('knows of a Pod that %s is %j', (path, facts) => {
    expect(at(pod, path)).toMatchObject(facts);
  });

  test('owns a label selector and a raw extension as one value, and merges a claim reference', () => {
    expect(at(resource('deployments', 'apps').schema, 'spec.selector')?.atomic).toBe(true);
    expect(at(resource('controllerrevisions', 'apps').schema, 'data')).toMatchObject({
      type: 'any',
      atomic: true,
      preservesUnknown: true,
    });
    expect(at(resource('persistentvolumes').schema, 'spec.claimRef')?.atomic).toBe(false);
    expect(builtInType('core.v1.ObjectReference').atomic).toBe(true);
  });

  test('ends where nothing is declared, and goes on where a type has itself as a part', () => {
    const props = builtInType('apiextensions.v1.JSONSchemaProps');

    expect(at(pod, 'spec.constructor')).toBeUndefined();
    expect(at(pod, 'spec.nodeName.deeper')).toBeUndefined();
    expect(at(props, 'not.not.properties.anything.not')?.fieldNames).toEqual(props.fieldNames);
  });

  test('is one for all who ask', () => {
    expect(resource('pods').schema).toBe(pod);
    expect(pod.field('spec')).toBe(builtInType('core.v1.Pod').field('spec'));
  });
});

describe('the built-in resources', () => {
  test('are those whose effect is there', () => {
    const groups = new Set(builtInResources().map(({ group }) => group));

    expect(groups).toContain('rbac.authorization.k8s.io');
    for (const group of ['admissionregistration.k8s.io', 'apiregistration.k8s.io', 'resource.k8s.io']) {
      expect(groups).not.toContain(group);
    }
  });

  test('name the preferred version of a group first', () => {
    const versions = builtInResources().filter(({ group }) => group === 'autoscaling');

    expect(versions.map(({ version }) => version)).toEqual(['v2', 'v1']);
  });

  test.each([
    ['deployments', 'apps', 'scale', { group: 'autoscaling', version: 'v1', kind: 'Scale' }],
    ['pods', '', 'eviction', { group: 'policy', version: 'v1', kind: 'Eviction', verbs: ['create'] }],
    ['serviceaccounts', '', 'token', { group: 'authentication.k8s.io', kind: 'TokenRequest' }],
    ['namespaces', '', 'status', { group: '', version: 'v1', kind: 'Namespace' }],
    ['pods', '', 'binding', { group: '', version: 'v1', kind: 'Binding' }],
  ])('tell what %s.%s/%s speaks', (plural, group, subresource, spoken) => {
    expect(subresourceType(resource(plural, group), subresource)).toMatchObject(spoken);
  });

  test('do not lead to a node', () => {
    expect(resource('pods').subresources).not.toContain('exec');
    expect(subresourceType(resource('pods'), 'log')).toBeUndefined();
  });
});
