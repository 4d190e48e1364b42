import { beforeAll, describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import { create, edit, type Reconciled, reconcile } from './drive.ts';
import { applierAt, configMap, newEvents, startsIn, told, useWorld } from './setting.ts';

const setting = useWorld('identities');
const { namespace } = setting;
const RBAC = 'rbac.authorization.k8s.io';

beforeAll(async () => {
  const metadata = { namespace, name: 'deployer' };
  const rules = [
    { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'create', 'patch', 'delete'] },
  ];
  const roleRef = { apiGroup: RBAC, kind: 'Role', name: 'deployer' };
  const subjects = [{ kind: 'ServiceAccount', ...metadata }];
  await create(
    setting.world,
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules } as KubernetesObject,
    { apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', metadata, roleRef, subjects } as KubernetesObject,
  );
});

function started(name: string, manifest: string, spec: object): Promise<Reconciled> {
  return startsIn(setting)(name, { 'a.yaml': manifest }, spec);
}

const SECRET = `apiVersion: v1\nkind: Secret\nmetadata: {name: forbidden, namespace: ${namespace}}\n`;

describe('serviceAccountName', () => {
  test('[KS-100 impersonate] [COM-29 kustomization] what the account may do is done as the account; the status is written as ourselves', async () => {
    const user = `system:serviceaccount:${namespace}:deployer`;
    setting.requests.length = 0;
    const done = await started('may', configMap(namespace, 'may', {}), { serviceAccountName: 'deployer' });

    expect(told(done)).toContain('True ReconciliationSucceeded');
    const own = setting.requests.filter(({ path }) => path.includes('/configmaps'));
    const ofMap = own.filter(({ path }) => !path.includes('sluice-owner'));
    expect(ofMap.length).toBeGreaterThan(1);
    expect(new Set(ofMap.map((request) => request.user))).toEqual(new Set([user]));
    const status = setting.requests.filter(({ path }) => path.includes('/status'));
    expect(status.some((request) => request.user !== undefined)).toBe(false);
  });

  test('what it may not do fails with the words of the server, and a role given helps', async () => {
    const failed = await started('may-not', `${configMap(namespace, 'with', {})}---\n${SECRET}`, {
      serviceAccountName: 'deployer',
    });

    expect(told(failed)).toMatch(/^False ReconciliationFailed: /);
    expect(told(failed)).toContain(`Secret/${namespace}/forbidden`);
    expect(told(failed)).toContain(`User "system:serviceaccount:${namespace}:deployer" cannot`);
    expect(await newEvents(setting, applierAt(setting, 'may-not'))).toHaveLength(1);

    const rules = [{ apiGroups: [''], resources: ['configmaps', 'secrets'], verbs: ['*'] }];
    const role = { apiVersion: `${RBAC}/v1`, kind: 'Role', namespace, name: 'deployer' };
    await edit(setting.world, role, { rules });
    await expect
      .poll(async () => told(await reconcile(setting.world, applierAt(setting, 'may-not'))), {
        timeout: 10_000,
      })
      .toContain('True ReconciliationSucceeded');
  });

  test('an account that is not there may do nothing', async () => {
    const failed = await started('nobody', configMap(namespace, 'nobody', {}), {
      serviceAccountName: 'absent',
    });

    expect(told(failed)).toMatch(/^False ReconciliationFailed: /);
    expect(told(failed)).toContain(`User "system:serviceaccount:${namespace}:absent" cannot`);
  });
});

describe('substituteFrom', () => {
  const source = (kind: string, name: string) => ({ apiVersion: 'v1', kind, namespace, name });

  async function valueIn(name: string): Promise<unknown> {
    const found = await setting.world.cluster.get(source('ConfigMap', name));
    return (found as (KubernetesObject & { readonly data?: { readonly v?: string } }) | undefined)?.data?.v;
  }

  test('[COM-25 others] what changes in a ConfigMap or a Secret is applied at the next run', async () => {
    const [variable, secret] = ['$', '$'].map((sign, index) => `${sign}{${index === 0 ? 'color' : 'size'}}`);
    await create(
      setting.world,
      {
        ...source('ConfigMap', 'vars'),
        metadata: { namespace, name: 'vars' },
        data: { color: 'blue' },
      } as KubernetesObject,
      {
        ...source('Secret', 'hidden'),
        metadata: { namespace, name: 'hidden' },
        stringData: { size: 'big' },
      } as KubernetesObject,
    );
    const substituteFrom = [
      { kind: 'ConfigMap', name: 'vars' },
      { kind: 'Secret', name: 'hidden' },
    ];
    await started('varies', configMap(namespace, 'varies', { v: `${variable} ${secret}` }), {
      postBuild: { substituteFrom },
    });
    expect(await valueIn('varies')).toBe('blue big');

    await edit(setting.world, source('ConfigMap', 'vars'), { data: { color: 'red' } });
    await reconcile(setting.world, applierAt(setting, 'varies'));
    expect(await valueIn('varies')).toBe('red big');

    await edit(setting.world, source('Secret', 'hidden'), { stringData: { size: 'small' } });
    const done = await reconcile(setting.world, applierAt(setting, 'varies'));
    expect(await valueIn('varies')).toBe('red small');
    expect(done.status.history).toHaveLength(3);
  });

  test('one that is missing fails the build with its name, what was applied stays, and optional ones may be missing', async () => {
    const substituteFrom = [{ kind: 'ConfigMap', name: 'no-such-vars' }];
    const failed = await started('misses', configMap(namespace, 'misses', { v: '1' }), {
      postBuild: { substituteFrom },
    });
    expect(told(failed)).toMatch(/^False (BuildFailed|ReconciliationFailed): /);
    expect(told(failed)).toContain('no-such-vars');

    const optional = [{ kind: 'ConfigMap', name: 'no-such-vars', optional: true }];
    await edit(setting.world, applierAt(setting, 'misses'), {
      spec: { postBuild: { substituteFrom: optional } },
    });
    const done = await reconcile(setting.world, applierAt(setting, 'misses'));
    expect(told(done)).toContain('True ReconciliationSucceeded');
  });
});
