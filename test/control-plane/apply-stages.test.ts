import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { actionsOf, type Field, openField } from './applying.ts';
import { configMap, definition } from './manifests.ts';
import { permit } from './permitted.ts';

let field: Field;
beforeAll(async () => {
  field = await openField('stages');
});
afterAll(() => field.close());

const unique = () => randomUUID().slice(0, 8);
const maps = (name: string) => `/api/v1/namespaces/${field.namespace}/configmaps/${name}`;

test('[KS-63 definitions-first] [KS-63 definitions-awaited] [KS-106 rediscovered] [KS-80 order] a namespace, a CRD and what lives in them are applied in one run', async () => {
  const group = `g${unique()}.test`;
  const namespace = `stage-${unique()}`;
  const objects = [
    { apiVersion: `${group}/v1`, kind: 'Pear', metadata: { name: 'a', namespace }, spec: { size: 'big' } },
    configMap(namespace, 'b', { a: '1' }),
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    definition(group, 'Pear', ['size']),
  ].map(field.own);

  const report = await field.apply(objects);

  expect(report.failure).toBeUndefined();
  expect(report.changes.map(({ reference, action }) => `${reference.kind} ${action}`)).toEqual([
    'CustomResourceDefinition created',
    'Namespace created',
    'ConfigMap created',
    'Pear created',
  ]);
  expect(report.inventory).toEqual([
    { id: `_pears.${group}_apiextensions.k8s.io_CustomResourceDefinition`, v: 'v1' },
    { id: `_${namespace}__Namespace`, v: 'v1' },
    { id: `${namespace}_b__ConfigMap`, v: 'v1' },
    { id: `${namespace}_a_${group}_Pear`, v: 'v1' },
  ]);
  expect(report.definitions).toEqual({ [`pears.${group}`]: expect.stringMatching(/:1$/) });
  await field.api.send('DELETE', `/api/v1/namespaces/${namespace}`);
});

test('[KS-63 classes-second] classes go before what names them', async () => {
  const name = `class-${unique()}`;
  const objects = [
    {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'claim', namespace: field.namespace },
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: name,
        resources: { requests: { storage: '1Gi' } },
      },
    },
    { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name }, provisioner: 'test/none' },
    configMap(field.namespace, 'beside-class', {}),
  ].map(field.own);

  const report = await field.apply(objects);

  expect(report.changes.map(({ reference }) => reference.kind)).toEqual([
    'StorageClass',
    'ConfigMap',
    'PersistentVolumeClaim',
  ]);
  await field.api.send('DELETE', `/apis/storage.k8s.io/v1/storageclasses/${name}`);
});

test('[KS-63 refused-stage-writes-nothing] [KS-65 earlier-stages-stay] [KS-65 log-in-message] [KS-65 inventory-kept] a refused dry-run leaves its stage unwritten and earlier stages in place', async () => {
  const namespace = `part-${unique()}`;
  const invalid = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'bad', namespace: field.namespace },
    spec: { ports: [{ port: 0 }] },
  };
  const objects = [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    configMap(field.namespace, 'never', { a: '1' }),
    invalid,
  ].map(field.own);

  const report = await field.apply(objects);

  expect(report.failure?.message).toMatch(
    new RegExp(
      `^Service/${field.namespace}/bad dry-run failed \\(Invalid\\): Service "bad" is invalid: \\[spec.ports\\[0\\].port: [\\s\\S]*\\nNamespace/${namespace} created$`,
    ),
  );
  expect(report.inventory).toBeUndefined();
  expect(actionsOf(report)).toEqual({ [`Namespace/${namespace}`]: 'created' });
  expect(await field.api.get(maps('never'))).toBeUndefined();
  await field.api.send('DELETE', `/api/v1/namespaces/${namespace}`);
});

test('[KS-63 failed-definition] a CRD whose names are taken ends the run', async () => {
  const group = `g${unique()}.test`;
  const first = definition(group, 'Plum', ['a']);
  const second = definition(group, 'Plum', ['a']);
  const spec = second.spec as { names: object };
  const rival = {
    ...second,
    metadata: { name: `rivals.${group}` },
    spec: { ...spec, names: { ...spec.names, plural: 'rivals' } },
  };
  await field.apply([first].map(field.own));

  const report = await field.apply([rival, configMap(field.namespace, 'after-crd', {})].map(field.own));

  expect(report.failure?.message).toContain(
    `failed early due to stalled resources: [CustomResourceDefinition/rivals.${group} status: 'Failed']`,
  );
  expect(report.entries).toEqual([]);
  expect(await field.api.get(maps('after-crd'))).toBeUndefined();
});

test('[KS-106 unknown-kind] a kind that nobody serves is named with its version', async () => {
  const object = {
    apiVersion: 'nobody.test/v1',
    kind: 'Nothing',
    metadata: { name: 'x', namespace: field.namespace },
  };

  const report = await field.apply([field.own(object)]);

  expect(report.failure?.message).toBe(
    `Nothing/${field.namespace}/x dry-run failed: no matches for kind "Nothing" in version "nobody.test/v1"`,
  );
});

test('[KS-65 namespace-wording] a namespaced object without a namespace, and one in a namespace that is missing', async () => {
  const bare = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'bare' }, data: {} };

  const without = await field.apply([field.own(bare)]);
  const missing = await field.apply([field.own(configMap('not-there', 'x', {}))]);

  expect(without.failure?.message).toBe(
    'ConfigMap/bare namespace not specified: the server could not find the requested resource',
  );
  expect(missing.failure?.message).toBe('ConfigMap/not-there/x not found: namespaces "not-there" not found');
});

test('[KS-80 scope] a namespace on a cluster-scoped object does not reach its inventory id', async () => {
  const name = `scoped-${unique()}`;
  const role = {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name, namespace: 'injected' },
    rules: [],
  };

  const report = await field.apply([field.own(role)]);

  expect(report.inventory).toEqual([{ id: `_${name}_rbac.authorization.k8s.io_ClusterRole`, v: 'v1' }]);
  await field.api.send('DELETE', `/apis/rbac.authorization.k8s.io/v1/clusterroles/${name}`);
});

test('[KS-105 role-and-binding] a Role and its RoleBinding go in one run, the Role first', async () => {
  const rbac = { apiVersion: 'rbac.authorization.k8s.io/v1' };
  const { namespace } = field;
  const objects = [
    {
      ...rbac,
      kind: 'RoleBinding',
      metadata: { name: 'reader', namespace },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
      subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace }],
    },
    {
      ...rbac,
      kind: 'Role',
      metadata: { name: 'reader', namespace },
      rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }],
    },
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'reader', namespace } },
  ].map(field.own);

  const report = await field.apply(objects);

  expect(report.changes.map(({ reference, action }) => `${reference.kind} ${action}`)).toEqual([
    'ServiceAccount created',
    'Role created',
    'RoleBinding created',
  ]);
});

test('[KS-105 limited-identity] [KS-63 custom-stage] an identity that may only grant what it has needs the Role in a stage of its own', async () => {
  const { namespace } = field;
  const group = 'rbac.authorization.k8s.io';
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }];
  const user = await permit(field.api, namespace, [
    ...rules,
    { apiGroups: [group], resources: ['roles', 'rolebindings'], verbs: ['create', 'get', 'list', 'patch'] },
  ]);
  const cluster = field.cluster.as(user);
  const objects = [
    { apiVersion: `${group}/v1`, kind: 'Role', metadata: { name: 'limited', namespace }, rules },
    {
      apiVersion: `${group}/v1`,
      kind: 'RoleBinding',
      metadata: { name: 'limited', namespace },
      roleRef: { apiGroup: group, kind: 'Role', name: 'limited' },
      subjects: [{ kind: 'ServiceAccount', name: 'default', namespace }],
    },
  ].map(field.own);

  const together = await field.apply(objects, { cluster });
  const apart = await field.apply(objects, { cluster, customStageKinds: new Set([`${group}/Role`]) });

  expect(together.failure?.message).toBe(
    `RoleBinding/${namespace}/limited not found: rolebindings.${group} "limited" not found`,
  );
  expect(apart.failure).toBeUndefined();
  expect(actionsOf(apart)).toEqual({ 'Role/limited': 'created', 'RoleBinding/limited': 'created' });
});
