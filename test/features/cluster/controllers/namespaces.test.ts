import { afterEach, expect, test } from 'vitest';
import { conditionOf, openSimulatedCluster, type SimulatedCluster, template } from './simulated.ts';

let cluster: SimulatedCluster;
afterEach(() => cluster.stop());

const crd = {
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'widgets', kind: 'Widget' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
  },
};

test('every namespace has its account and the CA, and gets them back', () => {
  cluster = openSimulatedCluster();

  const account = cluster.see('core/v1/a/serviceaccounts/default');
  cluster.remove('core/v1/a/configmaps/kube-root-ca.crt');
  cluster.run(10);

  expect(account).toBeDefined();
  expect(cluster.see('core/v1/a/configmaps/kube-root-ca.crt').data).toEqual({ 'ca.crt': 'the CA' });
});

test('a namespace takes everything in it along, objects of CRDs and running pods too', () => {
  cluster = openSimulatedCluster({ podStart: 10, podStop: 50 });
  cluster.create('apiextensions.k8s.io/v1/-/customresourcedefinitions', crd);
  cluster.run(10);
  cluster.create('example.com/v1/a/widgets', {
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name: 'w' },
  });
  cluster.create('apps/v1/a/deployments', {
    metadata: { name: 'app' },
    spec: { selector: { matchLabels: { app: 'app' } }, template: template() },
  });
  cluster.run(100);

  cluster.remove('core/v1/-/namespaces/a');
  cluster.run(20);
  const during = cluster.see('core/v1/-/namespaces/a');
  cluster.run(300);

  expect(during.status.phase).toBe('Terminating');
  expect(conditionOf(during, 'NamespaceContentRemaining')).toBe('True SomeResourcesRemain');
  expect(cluster.find('core/v1/-/namespaces/a')).toBeUndefined();
  for (const plural of ['pods', 'serviceaccounts', 'configmaps']) {
    expect(cluster.list(`core/v1/a/${plural}`)).toEqual([]);
  }
  expect(cluster.list('example.com/v1/a/widgets')).toEqual([]);
});

test('a finalizer in a namespace holds it, and its conditions say which', () => {
  cluster = openSimulatedCluster();
  cluster.create('core/v1/a/configmaps', { metadata: { name: 'held', finalizers: ['example.com/hold'] } });

  cluster.remove('core/v1/-/namespaces/a');
  cluster.run(50);
  const held = cluster.see('core/v1/-/namespaces/a');
  cluster.replace('core/v1/a/configmaps/held', (object) => ({
    ...object,
    metadata: { ...object.metadata, finalizers: [] },
  }));
  cluster.run(50);

  const finalizers = held.status.conditions.find(({ type }) => type === 'NamespaceFinalizersRemaining');
  expect(finalizers).toMatchObject({ status: 'True', reason: 'SomeFinalizersRemain' });
  expect(finalizers?.message).toContain('example.com/hold in 1 resource instances');
  expect(cluster.find('core/v1/-/namespaces/a')).toBeUndefined();
});
