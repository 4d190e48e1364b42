import { expect, test } from 'vitest';
import {
  inventoryEntry,
  inventoryId,
  MAX_INVENTORY_BYTES,
  mergeInventory,
  referenceOfEntry,
  refusedInventory,
  staleEntries,
} from '../../../shared/apply/inventory.ts';

const RBAC = 'rbac.authorization.k8s.io';

// Parity list KS-80, and the cases of fluxcd/cli-utils' own parser.
test.each([
  [{ apiVersion: 'v1', kind: 'Namespace', name: 'web' }, '_web__Namespace'],
  [{ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'apps', name: 'web' }, 'apps_web_apps_Deployment'],
  [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'test-name' }, '_test-name_apps_ReplicaSet'],
  [
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'Role',
      namespace: 'test-namespace',
      name: 'kubeadm:nodes-kubeadm-config',
    },
    `test-namespace_kubeadm__nodes-kubeadm-config_${RBAC}_Role`,
  ],
  [
    { apiVersion: `${RBAC}/v1`, kind: 'Role', namespace: 'test-namespace', name: 'system::leader' },
    `test-namespace_system____leader_${RBAC}_Role`,
  ],
  [
    { apiVersion: `${RBAC}/v1`, kind: 'ClusterRole', namespace: 'test-namespace', name: ':leader' },
    `test-namespace___leader_${RBAC}_ClusterRole`,
  ],
  [
    { apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', namespace: 'test-namespace', name: 'leader:' },
    `test-namespace_leader___${RBAC}_RoleBinding`,
  ],
  [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      namespace: 'test-namespace',
      name: 'test_name_with_underscores',
    },
    'test-namespace_test_name_with_underscores_apps_Deployment',
  ],
])('[KS-80 id] [KS-80 colons] %o <-> %s', (reference, id) => {
  expect(inventoryId(reference)).toBe(id);
  expect(inventoryEntry(reference)).toEqual({ id, v: 'v1' });
  expect(referenceOfEntry({ id, v: 'v1' })).toEqual(reference);
});

test('[KS-80 id] an id with too few parts names nothing', () => {
  expect(referenceOfEntry({ id: '_test-name_apps', v: 'v1' })).toBeUndefined();
  expect(referenceOfEntry({ id: 'nothing', v: 'v1' })).toBeUndefined();
});

const entry = (id: string, v = 'v1') => ({ id, v });

test('[KS-81 by-id] stale is what the new set has no id of; a new version alone is not stale', () => {
  const old = [entry('a_x__ConfigMap'), entry('a_web_apps_Deployment', 'v1beta2'), entry('_a__Namespace')];
  const next = [entry('a_web_apps_Deployment', 'v1')];

  expect(staleEntries(old, next)).toEqual([entry('_a__Namespace'), entry('a_x__ConfigMap')]);
  expect(staleEntries(old, old)).toEqual([]);
  expect(staleEntries([], next)).toEqual([]);
});

test('[KS-83 survivors-tracked] what could not be deleted is appended once', () => {
  const inventory = [entry('a_x__ConfigMap')];
  const survivors = [entry('a_y__ConfigMap'), entry('a_x__ConfigMap', 'v2')];

  const merged = mergeInventory(inventory, survivors);

  expect(merged).toEqual([entry('a_x__ConfigMap'), entry('a_y__ConfigMap')]);
  expect(mergeInventory(merged, survivors)).toEqual(merged);
});

test('an inventory that no status can hold is refused with its size, and what to do', () => {
  const named = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'apps', name });
  // 2048 entries of 512 bytes each, commas included, and the brackets.
  const overhead = JSON.stringify(inventoryEntry(named(''))).length + 1;
  const most = Array.from({ length: 2048 }, (_, index) => named(`${index}`.padStart(512 - overhead, '0')));
  const all = [...most.slice(1), named('0'.repeat(511 - overhead))];

  expect(JSON.stringify(all.map(inventoryEntry))).toHaveLength(MAX_INVENTORY_BYTES);
  expect(refusedInventory(all)).toBeUndefined();
  expect(refusedInventory(most)).toBe(
    `the inventory of 2048 objects takes ${MAX_INVENTORY_BYTES + 1} bytes, where ${MAX_INVENTORY_BYTES} are the most that a status can hold: nothing was applied, split it into several Kustomizations`,
  );
});
