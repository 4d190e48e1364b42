import { expect, test } from 'vitest';
import { mergeKeys } from './merging.ts';

function at(apiVersion: string, kind: string, path: string) {
  return mergeKeys(apiVersion, kind, path.split('.'));
}

test('a list of containers is merged by name', () => {
  expect(at('apps/v1', 'Deployment', 'spec.template.spec.containers')).toEqual({
    type: 'list',
    patchStrategy: ['merge'],
    mergeKey: 'name',
    listType: 'map',
    keys: ['name'],
  });
});

test('lists on the way are passed through; a patch has one key where apply has two', () => {
  expect(at('v1', 'Pod', 'spec.containers.ports')).toMatchObject({
    mergeKey: 'containerPort',
    keys: ['containerPort', 'protocol'],
  });
});

test.each([
  ['v1', 'Pod', 'spec.volumes', ['merge', 'retainKeys']],
  ['apps/v1', 'Deployment', 'spec.strategy', ['retainKeys']],
  ['policy/v1', 'PodDisruptionBudget', 'spec.selector', ['replace']],
  ['v1', 'Pod', 'spec.tolerations', []],
])('%s %s %s has patch strategy %j', (apiVersion, kind, path, patchStrategy) => {
  expect(at(apiVersion, kind, path)).toMatchObject({ patchStrategy });
});

test.each([
  ['metadata.finalizers', 'set'],
  ['metadata.ownerReferences', 'map'],
  ['spec.containers.args', 'atomic'],
])('of a Pod, %s is a list of type %s', (path, listType) => {
  expect(at('v1', 'Pod', path)).toMatchObject({ type: 'list', listType });
});

test.each([
  ['v1', 'ConfigMap', 'data', 'map'],
  ['v1', 'ConfigMap', 'data.anything', 'scalar'],
  ['v1', 'Service', 'spec.ports.targetPort', 'scalar'],
  ['v1', 'Pod', 'metadata', 'object'],
  ['v1', 'Pod', 'metadata.creationTimestamp', 'scalar'],
  ['v1', 'Pod', 'spec.containers.resources.limits', 'map'],
  ['apps/v1', 'ControllerRevision', 'data', 'object'],
])('%s %s %s is a %s', (apiVersion, kind, path, type) => {
  expect(at(apiVersion, kind, path)?.type).toBe(type);
});

test.each([
  ['apps/v1', 'Deployment', 'spec.nothing'],
  ['apps/v1', 'Deployment', 'spec.replicas.deeper'],
  ['apps/v1', 'Deployment', 'constructor'],
  ['apps/v1beta1', 'Deployment', 'spec'],
  ['example.com/v1', 'Deployment', 'spec'],
  ['apps/v1', 'toString', 'spec'],
])('%s %s %s is not known', (apiVersion, kind, path) => {
  expect(at(apiVersion, kind, path)).toBeUndefined();
});
