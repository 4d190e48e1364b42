import { afterEach, expect, test } from 'vitest';
import { openSimulatedCluster, type SimulatedCluster } from './simulated.ts';

let cluster: SimulatedCluster;
afterEach(() => cluster.stop());

const MAPS = 'core/v1/a/configmaps';

function create(name: string, owners: readonly object[] = [], extra: object = {}): object {
  const made = cluster.create(MAPS, { metadata: { name, ownerReferences: owners, ...extra } });
  return { apiVersion: 'v1', kind: 'ConfigMap', name, uid: made.metadata.uid };
}

function names(): string[] {
  return cluster
    .list(MAPS)
    .map(({ metadata }) => metadata.name)
    .filter((name) => name !== 'kube-root-ca.crt');
}

test('in the background, owners go first and what they own follows', () => {
  cluster = openSimulatedCluster();
  const owner = create('owner');
  const child = create('child', [owner]);
  create('grandchild', [child]);
  create('other');

  cluster.remove(`${MAPS}/owner`, { propagationPolicy: 'Background' });
  const atOnce = names();
  cluster.run(50);

  expect(atOnce).toEqual(['child', 'grandchild', 'other']);
  expect(names()).toEqual(['other']);
});

test('in the foreground, owners wait for what blocks them', () => {
  cluster = openSimulatedCluster();
  const owner = create('owner');
  create('child', [{ ...owner, blockOwnerDeletion: true }], { finalizers: ['example.com/hold'] });

  cluster.remove(`${MAPS}/owner`, { propagationPolicy: 'Foreground' });
  cluster.run(50);
  const during = names();
  cluster.replace(`${MAPS}/child`, (object) => ({
    ...object,
    metadata: { ...object.metadata, finalizers: [] },
  }));
  cluster.run(50);

  expect(during).toEqual(['child', 'owner']);
  expect(names()).toEqual([]);
});

test('orphans stay, and forget their owner', () => {
  cluster = openSimulatedCluster();
  const owner = create('owner');
  create('child', [owner]);

  cluster.remove(`${MAPS}/owner`, { propagationPolicy: 'Orphan' });
  cluster.run(50);

  expect(names()).toEqual(['child']);
  expect(cluster.see(`${MAPS}/child`).metadata.ownerReferences).toBeUndefined();
});

test('what has no namespace is not taken along by an owner that has one', () => {
  cluster = openSimulatedCluster();
  const owner = create('owner');
  const roles = 'rbac.authorization.k8s.io/v1/-/clusterroles';
  cluster.create(roles, { metadata: { name: 'kept', ownerReferences: [owner] }, rules: [] });
  cluster.run(50);
  const before = cluster.list(roles).some(({ metadata }) => metadata.name === 'kept');

  cluster.remove(`${MAPS}/owner`, { propagationPolicy: 'Background' });
  cluster.run(50);

  expect(before).toBe(true);
  expect(cluster.list(roles).some(({ metadata }) => metadata.name === 'kept')).toBe(true);
});

test('who has another owner stays with that one', () => {
  cluster = openSimulatedCluster();
  const [one, other] = [create('one'), create('other')];
  create('child', [one, other]);

  cluster.remove(`${MAPS}/one`);
  cluster.run(50);

  expect(names()).toEqual(['child', 'other']);
  expect(cluster.see(`${MAPS}/child`).metadata.ownerReferences).toEqual([other]);
});

test('who names an owner that is not there goes', () => {
  cluster = openSimulatedCluster();
  const owner = create('owner');

  create('stranger', [{ ...owner, uid: 'another' }]);
  create('lost', [{ apiVersion: 'v1', kind: 'Secret', name: 'none', uid: 'none' }]);
  create('unknown', [{ apiVersion: 'x.example/v1', kind: 'Unknown', name: 'none', uid: 'none' }]);
  cluster.run(50);

  // Of a kind that nobody knows, nobody knows whether it is there.
  expect(names()).toEqual(['owner', 'unknown']);
});
