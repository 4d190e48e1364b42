import { beforeAll, expect, test } from 'vitest';
import type { KubernetesObject } from '../../shared/ports.ts';
import { type AgePair, agePair, encryptedFor, leaks, objectsIn, SECRET_DATA, traces } from './decrypting.ts';
import { create, edit, gitRepository, kustomization, read, reconcile } from './drive.ts';
import { applierAt, configMap, poll, publish, sourceAt, sync, told, useWorld, visitsIn } from './setting.ts';
import { addAccount, addNamespace, kubeconfigOf, putSecret, useSpoke } from './spoke.ts';

const setting = useWorld('at-once');
const { namespace } = setting;
const spoke = useSpoke();
const { manifest } = objectsIn(setting);

/** What nobody may see anywhere but in the Secret on the other cluster. */
const PLAIN = ['password-otter-6101', 'password-heron-6102', 'greeting-fjord-6103', 'greeting-dune-6104'];
const [FIRST, SECOND, HELLO, BYE] = PLAIN as [string, string, string, string];

let key: AgePair;

beforeAll(async () => {
  key = await agePair();
  await addNamespace(spoke, namespace);
  await addAccount(spoke, namespace, 'deployer', [
    { apiGroups: [''], resources: ['configmaps', 'secrets'], verbs: ['*'] },
  ]);
  await putSecret(setting, 'spoke', { value: kubeconfigOf(spoke.plane) });
  await putSecret(setting, 'keys', { 'main.agekey': key.identity });
  await putSecret(setting, 'variables', { greeting: HELLO });
});

/** Encrypted, with a variable in what is encrypted. */
function secretFile(password: string): string {
  const stringData = { password, greeting: 'say ${greeting} in ${region}' };
  return encryptedFor(key, 'yaml', manifest('Secret', 'made', { stringData }), SECRET_DATA);
}

async function onSpoke(kind: string, name: string): Promise<Readonly<Record<string, string>> | undefined> {
  const found = (await spoke.cluster.get({ apiVersion: 'v1', kind, namespace, name })) as
    | (KubernetesObject & { readonly data?: Readonly<Record<string, string>> })
    | undefined;
  if (kind !== 'Secret' || found === undefined) return found?.data;
  const decoded = Object.entries(found.data ?? {}).map(
    ([entry, value]) => [entry, Buffer.from(value, 'base64').toString()] as const,
  );
  return Object.fromEntries(decoded);
}

const SPEC = {
  path: './app',
  sourceRef: { kind: 'GitRepository', name: 'all' },
  dependsOn: [
    {
      name: 'base',
      readyExpr:
        "has(dep.status.conditions) && dep.status.conditions.exists(c, c.type == 'Ready' && c.status == 'True') && self.spec.path == './app'",
    },
  ],
  decryption: { provider: 'sops', secretRef: { name: 'keys' } },
  postBuild: { substitute: { region: 'north' }, substituteFrom: [{ kind: 'Secret', name: 'variables' }] },
  // The state is somebody else's to write, and health goes by it.
  ignore: [{ paths: ['/data/state'], target: { kind: 'ConfigMap', name: 'watched' } }],
  healthCheckExprs: [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      current: "data.?state.orValue('up') == 'up'",
      failed: "data.?state.orValue('') == 'lost'",
    },
  ],
  kubeConfig: { secretRef: { name: 'spoke' } },
  serviceAccountName: 'deployer',
  wait: true,
  timeout: '1h',
};
const at = () => applierAt(setting, 'all');

test('[KS-56 before-substitution] [KS-12 ready-expr] [KS-87 expressions] [KS-71 no-drift] [KS-101 secret] everything that a spec can ask for at once, from the first run to the deletion', async () => {
  const { world } = setting;
  await publish(setting, 'all', {
    'base/map.yaml': configMap(namespace, 'base', {}),
    'app/secret.yaml': secretFile(FIRST),
    'app/watched.yaml': configMap(namespace, 'watched', { state: 'starting', region: '${region}' }),
    'app/old.yaml': configMap(namespace, 'old', { a: '1' }),
  });
  const sourceRef = { kind: 'GitRepository', name: 'all' };
  await create(
    world,
    gitRepository(world, namespace, 'all'),
    kustomization(namespace, 'base', { path: './base', sourceRef }),
    kustomization(namespace, 'all', SPEC),
  );

  expect(told(await sync(setting, 'all'))).toMatch(/^False DependencyNotReady: .*readyExpr eval/);
  await reconcile(world, applierAt(setting, 'base'));
  const waiting = await reconcile(world, at());

  expect(told(waiting)).toBe('Unknown Progressing: Reconciliation in progress');
  expect(await onSpoke('Secret', 'made')).toEqual({ password: FIRST, greeting: `say ${HELLO} in north` });
  expect(await onSpoke('ConfigMap', 'watched')).toEqual({ state: 'starting', region: 'north' });
  expect(
    await world.cluster.get({ apiVersion: 'v1', kind: 'Secret', namespace, name: 'made' }),
  ).toBeUndefined();

  const watched = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'watched' };
  await spoke.cluster.patch(watched, { merge: { data: { state: 'up' } } }, { fieldManager: 'operator' });
  const ready = await poll(setting, at(), (object) => !told(object).startsWith('Unknown'));
  expect(told(ready)).toContain('True ReconciliationSucceeded');

  // What somebody else wrote is looked at once.
  await reconcile(world, at());
  setting.requests.length = 0;
  await reconcile(world, at());
  expect(setting.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  expect(await onSpoke('ConfigMap', 'watched')).toEqual({ state: 'up', region: 'north' });

  await putSecret(setting, 'variables', { greeting: BYE });
  await publish(setting, 'all', { 'app/secret.yaml': secretFile(SECOND), 'app/old.yaml': null });
  await reconcile(world, sourceAt(setting, 'all'));
  await reconcile(world, applierAt(setting, 'base'));
  const upgraded = await poll(setting, at(), (object) => !told(object).startsWith('Unknown'));
  expect(told(upgraded)).toContain('True ReconciliationSucceeded');
  expect(await onSpoke('Secret', 'made')).toEqual({ password: SECOND, greeting: `say ${BYE} in north` });
  expect(await onSpoke('ConfigMap', 'old')).toBeUndefined();
  expect(await onSpoke('ConfigMap', 'watched')).toEqual({ state: 'up', region: 'north' });

  await edit(world, at(), { spec: { dependsOn: null } });
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name: 'more' } };
  await publish(setting, 'all', { 'app/account.yaml': JSON.stringify(account) });
  const forbidden = told(await sync(setting, 'all'));
  expect(forbidden).toMatch(/^False ReconciliationFailed: .*system:serviceaccount:at-once:deployer.*cannot/);
  expect((await read(world, at())).status.inventory?.entries).toEqual(upgraded.status.inventory?.entries);

  await world.cluster.delete(at());
  await visitsIn(setting)(at());
  expect(await world.cluster.get(at())).toBeUndefined();
  expect([await onSpoke('Secret', 'made'), await onSpoke('ConfigMap', 'watched')]).toEqual([
    undefined,
    undefined,
  ]);
  expect(leaks(await traces(setting), [...PLAIN, key.identity])).toEqual([]);
});
