import { beforeAll, expect, test } from 'vitest';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import { create, gitRepository, kustomization } from './drive.ts';
import { publish, type Setting, sync, told, useWorld } from './setting.ts';

const GROUP = 'rbac.authorization.k8s.io';
const plain = useWorld('stage-plain');
const custom = useWorld('stage-custom', async () => ({ settings: { customStageKinds: [`${GROUP}/Role`] } }));

/** May read ConfigMaps and give others that, but may not bind a Role that is not there yet. */
async function limited({ world, namespace }: Setting): Promise<void> {
  const metadata = { namespace, name: 'limited' };
  const rules = [
    { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] },
    { apiGroups: [GROUP], resources: ['roles', 'rolebindings'], verbs: ['create', 'get', 'list', 'patch'] },
  ];
  const roleRef = { apiGroup: GROUP, kind: 'Role', name: 'limited' };
  const subjects = [{ kind: 'ServiceAccount', ...metadata }];
  await create(
    world,
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: `${GROUP}/v1`, kind: 'Role', metadata, rules } as KubernetesObject,
    { apiVersion: `${GROUP}/v1`, kind: 'RoleBinding', metadata, roleRef, subjects } as KubernetesObject,
  );
}

async function granted(setting: Setting) {
  const { world, namespace } = setting;
  const metadata = { namespace, name: 'readers' };
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list'] }];
  const roleRef = { apiGroup: GROUP, kind: 'Role', name: 'readers' };
  const subjects = [{ kind: 'ServiceAccount', namespace, name: 'default' }];
  const objects = [
    { apiVersion: `${GROUP}/v1`, kind: 'Role', metadata, rules },
    { apiVersion: `${GROUP}/v1`, kind: 'RoleBinding', metadata, roleRef, subjects },
  ];
  const repository = `grants-${namespace}`;
  await publish(setting, repository, {
    'all.yaml': objects.map((each) => JSON.stringify(each)).join('\n---\n'),
  });
  await create(
    world,
    gitRepository(world, namespace, repository),
    kustomization(namespace, repository, { serviceAccountName: 'limited' }),
  );
  return sync(setting, repository);
}

beforeAll(() => Promise.all([limited(plain), limited(custom)]));

test("[KS-63 custom-stage-config] the cluster's setting names the kinds that go in a stage of their own", async () => {
  const together = await granted(plain);
  const apart = await granted(custom);

  expect(told(together)).toMatch(
    /^False ReconciliationFailed: .*RoleBinding\/stage-plain\/readers not found/,
  );
  expect(told(apart)).toContain('True ReconciliationSucceeded');
});
