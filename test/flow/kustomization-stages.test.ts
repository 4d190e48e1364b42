import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import { until } from '../control-plane/api.ts';
import { applierAt, configMap, newEvents, publish, startsIn, sync, told, useWorld } from './setting.ts';

const setting = useWorld('stages');
const starts = startsIn(setting);
const GROUP = 'orchard.stages.test';
const INNER = 'stages-inner';

const definition: KubernetesObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `plums.${GROUP}` },
  spec: {
    group: GROUP,
    scope: 'Namespaced',
    names: { plural: 'plums', singular: 'plum', kind: 'Plum' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};
const plum = {
  apiVersion: `${GROUP}/v1`,
  kind: 'Plum',
  metadata: { name: 'a', namespace: INNER },
  spec: { size: 1 },
};
const inner = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: INNER } };
const RBAC = 'rbac.authorization.k8s.io';
const role = {
  apiVersion: `${RBAC}/v1`,
  kind: 'Role',
  metadata: { name: 'reader', namespace: INNER },
  rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }],
};
const binding = {
  ...role,
  kind: 'RoleBinding',
  roleRef: { apiGroup: RBAC, kind: 'Role', name: 'reader' },
  subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: INNER }],
  rules: undefined,
};

test('[KS-63 definitions-first] [KS-106 rediscovered] [KS-105 role-and-binding] [KS-84 empty-build] a namespace, a CRD and all that lives in them come in one run, are waited for, and go in one', async () => {
  const { cluster } = setting.world;
  const expression = {
    apiVersion: `${GROUP}/v1`,
    kind: 'Plum',
    current: "has(status.ripe) && status.ripe == 'yes'",
  };
  // Named so that their files come in the wrong order.
  const files = Object.fromEntries(
    [plum, binding, role, JSON.parse(configMap(INNER, 'content', {})), definition, inner].map(
      (object, index) => [`${index}.yaml`, JSON.stringify(object)],
    ),
  );
  const waiting = await starts('orchard', files, {
    wait: true,
    timeout: '1h',
    healthCheckExprs: [expression],
  });

  expect(told(waiting)).toBe('Unknown Progressing: Reconciliation in progress');
  expect(waiting.status.inventory?.entries.map(({ id }) => id)).toEqual([
    `_plums.${GROUP}_apiextensions.k8s.io_CustomResourceDefinition`,
    `_${INNER}__Namespace`,
    `${INNER}_reader_${RBAC}_Role`,
    `${INNER}_reader_${RBAC}_RoleBinding`,
    `${INNER}_content__ConfigMap`,
    `${INNER}_a_${GROUP}_Plum`,
  ]);
  const at = { apiVersion: `${GROUP}/v1`, kind: 'Plum', namespace: INNER, name: 'a' };
  const ripe = { merge: { status: { ripe: 'yes' } } };
  await cluster.patch(at, ripe, { fieldManager: 'gardener', subresource: 'status' });
  expect(told(await sync(setting, 'orchard'))).toContain('True ReconciliationSucceeded');

  await newEvents(setting, applierAt(setting, 'orchard'));
  await publish(setting, 'orchard', Object.fromEntries(Object.keys(files).map((file) => [file, null])));
  const empty = await sync(setting, 'orchard');

  expect(told(empty)).toContain('True ReconciliationSucceeded');
  expect(empty.status.inventory?.entries).toEqual([]);
  const [pruned] = await newEvents(setting, applierAt(setting, 'orchard'));
  expect(pruned?.split('\n').map((line) => line.replace('Normal Progressing: ', ''))).toEqual([
    `Plum/${INNER}/a deleted`,
    `ConfigMap/${INNER}/content deleted`,
    `RoleBinding/${INNER}/reader deleted`,
    `Role/${INNER}/reader deleted`,
    `Namespace/${INNER} deleted`,
    `CustomResourceDefinition/plums.${GROUP} deleted`,
  ]);
  const { apiVersion, kind, metadata } = definition;
  await until('the definition is gone', async () =>
    (await cluster.get({ apiVersion, kind, name: metadata.name })) === undefined ? true : undefined,
  );
});

test('[KS-100 impersonate] [KS-65 dry-run-wording] as an account that may write some kinds only, the first that it may not is told, and nothing is written', async () => {
  const { cluster } = setting.world;
  const { namespace } = setting;
  const as = { fieldManager: 'person' };
  const name = 'writer';
  const rules = [
    { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'create', 'patch', 'delete'] },
  ];
  await cluster.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } }, as);
  await cluster.create({ ...role, metadata: { name, namespace }, rules } as KubernetesObject, as);
  const subjects = [{ kind: 'ServiceAccount', name, namespace }];
  const roleRef = { apiGroup: RBAC, kind: 'Role', name };
  await cluster.create(
    { ...binding, metadata: { name, namespace }, roleRef, subjects } as KubernetesObject,
    as,
  );
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'theirs', namespace },
    stringData: { a: 'long-secret' },
  };
  const files = { 'a.yaml': configMap(namespace, 'mine', {}), 'b.yaml': JSON.stringify(secret) };

  const refused = await starts('limited', files, { serviceAccountName: name });

  expect(told(refused)).toMatch(
    new RegExp(
      `^False ReconciliationFailed: Secret/${namespace}/theirs dry-run failed \\(Forbidden\\): .*writer`,
    ),
  );
  expect(told(refused)).not.toContain('long-secret');
  expect(await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'mine' })).toBeUndefined();

  await publish(setting, 'limited', { 'b.yaml': null });
  expect(told(await sync(setting, 'limited'))).toContain('True ReconciliationSucceeded');
});
