import { expect, test } from 'vitest';
import { openTerminal } from './embedded-tools.ts';

const { cluster, kubectl, tryKubectl, write } = await openTerminal();

await kubectl('create role reader --verb=get,list --resource=pods');
await kubectl('create rolebinding reader --role=reader --user=ann');

test('can-i answers by roles', async () => {
  expect(await tryKubectl('auth can-i get pods --as ann')).toMatchObject({ code: 0, out: 'yes\n' });
  expect(await tryKubectl('auth can-i delete pods --as ann')).toMatchObject({ code: 1, out: 'no\n' });
  expect(await kubectl('auth can-i --list --as ann')).toMatch(/^pods +\[\] +\[\] +\[get list\]$/m);
});

test('whoami tells who asks, impersonated too', async () => {
  const own = await kubectl('auth whoami');
  const other = await kubectl('auth whoami --as ann --as-group staff');

  expect(own).toMatch(/^Username +kubernetes-admin$/m);
  expect(other).toMatch(/^Username +ann\nGroups +\[staff system:authenticated\]$/m);
});

test('who may not is told so', async () => {
  const { code, err } = await tryKubectl('get secrets --as ann');

  expect(code).toBe(1);
  expect(err).toBe(
    'Error from server (Forbidden): secrets is forbidden: User "ann" cannot list resource "secrets" in API group "" in the namespace "default"\n',
  );
});

test('another user comes with a certificate of their own', async () => {
  write('ann', cluster.kubeconfigOf('ann', ['staff']));

  expect(await kubectl('auth whoami --kubeconfig=ann')).toMatch(/^Username +ann$/m);
  expect(await kubectl('get pods --kubeconfig=ann')).toContain('No resources found');
});

test('a wrong token is nobody', async () => {
  const { code, err } = await tryKubectl('get pods --token=wrong');

  expect(code).toBe(1);
  expect(err).toContain('You must be logged in to the server');
});

test('reconcile brings roles to what a file says', async () => {
  write(
    'role.yaml',
    `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: default}
rules: [{apiGroups: [''], resources: [configmaps], verbs: [get]}]
`,
  );

  expect(await kubectl('auth reconcile -f role.yaml')).toContain('reader reconciled');
  expect(await tryKubectl('auth can-i get configmaps --as ann')).toMatchObject({ out: 'yes\n' });
});
