import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { deployment, openTerminal } from './embedded-tools.ts';

const { directory, helm, tryHelm, kubectl, write } = await openTerminal();

const hook = (name: string, when: string, policy: string) => `apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-${name}
  annotations: {helm.sh/hook: '${when}', helm.sh/hook-delete-policy: '${policy}'}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: 'job:1'}]}}}
`;
const DEFINITION = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: carts.shop.example}
spec:
  group: shop.example
  scope: Namespaced
  names: {plural: carts, singular: cart, kind: Cart, listKind: CartList}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}
`;

beforeAll(() => {
  for (const folder of ['templates', 'crds']) mkdirSync(join(directory, 'shop', folder), { recursive: true });
  write('shop/Chart.yaml', 'apiVersion: v2\nname: shop\nversion: 0.1.0\nappVersion: "7"\n');
  write('shop/values.yaml', 'replicas: 1\nimage: shop:1\nsize: 3\n');
  write('shop/crds/carts.yaml', DEFINITION);
  const workload = deployment('NAME', 'IMAGE', 1)
    .replaceAll('NAME', '{{ .Release.Name }}')
    .replace('IMAGE', '{{ .Values.image }}')
    .replace('replicas: 1', 'replicas: {{ .Values.replicas }}');
  write('shop/templates/deployment.yaml', workload);
  write(
    'shop/templates/cart.yaml',
    'apiVersion: shop.example/v1\nkind: Cart\nmetadata: {name: first}\nspec: {size: {{ .Values.size }}}\n',
  );
  write('shop/templates/before.yaml', hook('migrate', 'pre-install,pre-upgrade', 'before-hook-creation'));
  write('shop/templates/after.yaml', hook('bye', 'post-delete', 'hook-succeeded'));
});

const shownOf = (what: string, path: string) => kubectl(`get ${what} -n shop -o jsonpath=${path}`);

// One release from its birth to its end, as each step needs the one before.
test('a release is installed, upgraded, rolled back and uninstalled, waiting each time', async () => {
  const installed = await helm('install web shop -n shop --create-namespace --wait --timeout 30s');
  expect(installed).toContain('STATUS: deployed\nREVISION: 1\n');
  expect(await shownOf('deployment/web', '{.status.availableReplicas}')).toBe('1');
  expect(await shownOf('cart/first', '{.spec.size}')).toBe('3');
  expect(await shownOf('job/web-migrate', '{.status.succeeded}')).toBe('1');
  expect(await helm('list -A')).toMatch(/^web\s+shop\s+1\s+.*deployed\s+shop-0\.1\.0\s+7/m);

  await helm('upgrade web shop -n shop --set replicas=2,image=shop:2,size=4 --wait --timeout 30s');
  expect(await shownOf('deployment/web', '{.status.updatedReplicas}')).toBe('2');
  expect(await shownOf('cart/first', '{.spec.size}')).toBe('4');
  expect(await helm('get values web -n shop')).toContain('image: shop:2\n');

  await helm('rollback web 1 -n shop --wait --timeout 30s');
  expect(await shownOf('cart/first', '{.spec.size}')).toBe('3');
  const history = (await helm('history web -n shop')).trim().split('\n').slice(1);
  expect(history.map((line) => line.split('\t')[2]?.trim())).toEqual([
    'superseded',
    'superseded',
    'deployed',
  ]);
  expect(await helm('status web -n shop')).toMatch(/^==> v1\/Deployment\nNAME +READY .*\nweb +1\/1/m);

  expect(await helm('uninstall web -n shop --wait --timeout 30s')).toBe('release "web" uninstalled\n');
  expect(await kubectl('get deployments,pods,carts -n shop -l app=web -o name')).toBe('');
  expect((await helm('list -n shop --no-headers')).trim()).toBe('');
});

test('a release whose pods never start fails, and can be rolled back by itself', async () => {
  await helm('install bad shop -n bad --create-namespace --wait --timeout 30s');

  const { code, err } = await tryHelm(
    'upgrade bad shop -n bad --set image=shop:broken --wait --rollback-on-failure --timeout 4s',
  );

  expect(code).toBe(1);
  expect(err).toContain('release bad failed, and has been rolled back');
  const image = '{.spec.template.spec.containers[0].image}';
  expect(await kubectl(`get deployment bad -n bad -o jsonpath=${image}`)).toBe('shop:1');
});

test('helm works without server-side apply as well', async () => {
  await helm('install old shop -n old --create-namespace --server-side=false --wait=legacy --timeout 30s');
  await helm('upgrade old shop -n old --server-side=false --set replicas=2 --wait=legacy --timeout 30s');

  expect(await kubectl('get deployment old -n old -o jsonpath={.status.readyReplicas}')).toBe('2');
});

test('a dry run on the server makes nothing', async () => {
  expect(await helm('install dry shop -n default --dry-run=server')).toContain('STATUS: pending-install');

  expect(await kubectl('get deployments -n default -o name')).toBe('');
});
