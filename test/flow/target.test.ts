import { beforeAll, describe, expect, test } from 'vitest';
import type { Cluster, KubernetesObject } from '../../shared/ports.ts';
import { edit, eventsOf, type Reconciled, reconcile } from './drive.ts';
import { applierAt, configMap, newEvents, publish, startsIn, sync, told, useWorld } from './setting.ts';
import { addAccount, addNamespace, hubKubeconfig, kubeconfigOf, putSecret, useSpoke } from './spoke.ts';

const setting = useWorld('hub');
const { namespace } = setting;
const spoke = useSpoke();
const other = useSpoke();
const remote = { kubeConfig: { secretRef: { name: 'spoke' } } };

beforeAll(async () => {
  for (const one of [spoke, other]) await addNamespace(one, namespace);
  await putSecret(setting, 'spoke', { value: kubeconfigOf(spoke.plane) });
});

/** A Deployment that nobody makes pods for. */
function deployment(name: string): object {
  const labels = { app: name };
  const containers = [{ name: 'c', image: 'i' }];
  const spec = {
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers } },
  };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace, name }, spec };
}

const mapAt = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });

function started(
  name: string,
  spec: object = remote,
  more: Readonly<Record<string, string>> = {},
): Promise<Reconciled> {
  return startsIn(setting)(name, { 'a.yaml': configMap(namespace, name, { v: '1' }), ...more }, spec);
}

async function valueAt(cluster: Cluster, name: string): Promise<unknown> {
  const found = await cluster.get(mapAt(name));
  return (found as (KubernetesObject & { readonly data?: { readonly v?: string } }) | undefined)?.data?.v;
}

describe('a kubeconfig in a Secret', () => {
  test('[KS-101 secret] names the cluster that the objects go to; status and events stay', async () => {
    setting.requests.length = 0;
    const done = await started('plain');

    expect(told(done)).toContain('True ReconciliationSucceeded');
    expect(done.status.inventory?.entries).toEqual([{ id: `${namespace}_plain__ConfigMap`, v: 'v1' }]);
    expect(await valueAt(spoke.cluster, 'plain')).toBe('1');
    expect(await valueAt(setting.world.cluster, 'plain')).toBeUndefined();
    expect(await eventsOf(setting.world, applierAt(setting, 'plain'))).toContainEqual(
      expect.stringContaining(`ConfigMap/${namespace}/plain created`),
    );
    const events = await spoke.cluster.list({ apiVersion: 'v1', kind: 'Event', namespace });
    expect(events.items).toEqual([]);
  });

  test('a change there is drift, and corrected there', async () => {
    await started('drifts');
    await spoke.cluster.patch(
      mapAt('drifts'),
      { merge: { data: { v: '2' } } },
      { fieldManager: 'kubectl-edit' },
    );

    const done = await reconcile(setting.world, applierAt(setting, 'drifts'));

    expect(told(done)).toContain('True ReconciliationSucceeded');
    expect(await valueAt(spoke.cluster, 'drifts')).toBe('1');
  });

  test('a run that finds nothing to do writes nothing, here or there', async () => {
    await started('still');
    const before = await spoke.cluster.get(mapAt('still'));
    setting.requests.length = 0;

    await reconcile(setting.world, applierAt(setting, 'still'));

    const writes = setting.requests.filter(({ method }) => method !== 'GET');
    expect(writes.map(({ method, path }) => `${method} ${path}`)).toEqual([]);
    expect(await spoke.cluster.get(mapAt('still'))).toEqual(before);
  });

  test('what is stale is pruned there', async () => {
    await started('prunes', remote, { 'b.yaml': configMap(namespace, 'prunes-more', { v: '1' }) });
    expect(await valueAt(spoke.cluster, 'prunes-more')).toBe('1');
    await publish(setting, 'prunes', { 'b.yaml': '' });

    const done = await sync(setting, 'prunes');

    expect(told(done)).toContain('True ReconciliationSucceeded');
    expect(await valueAt(spoke.cluster, 'prunes-more')).toBeUndefined();
  });

  test('health is looked at there', async () => {
    const waiting = await startsIn(setting)(
      'waits',
      { 'd.yaml': JSON.stringify(deployment('waits')) },
      { ...remote, wait: true },
    );
    expect(told(waiting, 'Healthy')).toMatch(/^Unknown /);

    const reference = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'waits' };
    const condition = (type: string, reason: string) => ({ type, status: 'True', reason, message: '' });
    const status = {
      ...{ observedGeneration: 1, replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 },
      conditions: [condition('Available', 'x'), condition('Progressing', 'NewReplicaSetAvailable')],
    };
    await spoke.cluster.patch(reference, { merge: { status } }, { fieldManager: 'k', subresource: 'status' });
    const done = await reconcile(setting.world, applierAt(setting, 'waits'), {
      message: { reason: 'wait', hops: 1 },
    });

    expect(told(done, 'Healthy')).toMatch(/^True /);
    expect(told(done)).toContain('True ReconciliationSucceeded');
  });

  test.each([
    [
      '[KS-101 keys] under a key that is named',
      { secretRef: { name: 'keyed', key: 'mine' } },
      { value: 'x', mine: '' },
    ],
    ['[KS-101 keys] else under value', { secretRef: { name: 'keyed' } }, { 'value.yaml': 'x', value: '' }],
    ['[KS-101 keys] else under value.yaml', { secretRef: { name: 'keyed' } }, { 'value.yaml': '' }],
  ])('%s', async (title, kubeConfig, keys) => {
    const filled = Object.entries(keys).map(([key, text]) => [key, text || kubeconfigOf(spoke.plane)]);
    await putSecret(setting, 'keyed', Object.fromEntries(filled));
    const name = `keyed-${title.split(' ').at(-1)}`;

    expect(told(await started(name, { kubeConfig }))).toContain('True ReconciliationSucceeded');
    expect(await valueAt(spoke.cluster, name)).toBe('1');
  });

  test('the Secret that Cluster API makes for a cluster is one', async () => {
    const text = kubeconfigOf(spoke.plane);
    await putSecret(setting, 'stage-kubeconfig', { value: text });

    const done = await started('stage', { kubeConfig: { secretRef: { name: 'stage-kubeconfig' } } });
    expect(told(done)).toContain('True ReconciliationSucceeded');
  });
});

describe('another target', () => {
  test('gets everything, though nothing else changed; what lies on the old one stays', async () => {
    await putSecret(setting, 'moving', { value: kubeconfigOf(spoke.plane) });
    await started('moves', { kubeConfig: { secretRef: { name: 'moving' } } });
    await putSecret(setting, 'moving', { value: kubeconfigOf(other.plane) });

    const done = await reconcile(setting.world, applierAt(setting, 'moves'));

    expect(told(done)).toContain('True ReconciliationSucceeded');
    expect(await valueAt(other.cluster, 'moves')).toBe('1');
    expect(await valueAt(spoke.cluster, 'moves')).toBe('1');
  });

  test('ends a wait for health on the old one', async () => {
    await putSecret(setting, 'waiting', { value: kubeconfigOf(spoke.plane) });
    const spec = { kubeConfig: { secretRef: { name: 'waiting' } }, wait: true };
    const files = { 'd.yaml': JSON.stringify(deployment('follows')) };
    expect(told(await startsIn(setting)('follows', files, spec), 'Healthy')).toMatch(/^Unknown /);
    await putSecret(setting, 'waiting', { value: kubeconfigOf(other.plane) });

    await reconcile(setting.world, applierAt(setting, 'follows'), { message: { reason: 'wait', hops: 1 } });

    const reference = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'follows' };
    expect(await other.cluster.get(reference)).toBeDefined();
  });

  test('from the hub itself to a spoke, and back', async () => {
    await putSecret(setting, 'home', { value: hubKubeconfig() });
    await started('returns', { kubeConfig: { secretRef: { name: 'home' } } });
    expect(await valueAt(setting.world.cluster, 'returns')).toBe('1');

    await edit(setting.world, applierAt(setting, 'returns'), { spec: remote });
    await reconcile(setting.world, applierAt(setting, 'returns'));
    expect(await valueAt(spoke.cluster, 'returns')).toBe('1');

    await setting.world.cluster.delete(mapAt('returns'));
    await edit(setting.world, applierAt(setting, 'returns'), { spec: { kubeConfig: null } });
    await reconcile(setting.world, applierAt(setting, 'returns'));
    expect(await valueAt(setting.world.cluster, 'returns')).toBe('1');
  });
});

describe('serviceAccountName', () => {
  test('[KS-100 remote] is impersonated there, not here', async () => {
    const rules = [
      { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'create', 'patch', 'delete'] },
    ];
    await addAccount(spoke, namespace, 'deployer', rules);
    setting.requests.length = 0;
    const done = await started('lent', { ...remote, serviceAccountName: 'deployer' });

    expect(told(done)).toContain('True ReconciliationSucceeded');
    const there = setting.requests.filter(({ path, user }) => path.includes('/configmaps/lent') && user);
    expect(new Set(there.map(({ user }) => user))).toEqual(
      new Set([`system:serviceaccount:${namespace}:deployer`]),
    );

    const refused = await started('denied', { ...remote, serviceAccountName: 'nobody' });
    expect(told(refused)).toMatch(/^False ReconciliationFailed: /);
    expect(told(refused)).toContain(`User "system:serviceaccount:${namespace}:nobody" cannot`);
    expect(await newEvents(setting, applierAt(setting, 'denied'))).toHaveLength(1);
  });

  test('a kubeconfig whose user sees one namespace only is enough', async () => {
    const all = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
    await addAccount(spoke, namespace, 'narrow', all);
    const { token } = await spoke.cluster.accountToken({ namespace, name: 'narrow' });
    await putSecret(setting, 'narrow', { value: kubeconfigOf({ ...spoke.plane, token }) });

    const done = await started('narrow', { kubeConfig: { secretRef: { name: 'narrow' } } });
    expect(told(done)).toContain('True ReconciliationSucceeded');
    expect(told(await reconcile(setting.world, applierAt(setting, 'narrow')))).toContain('True ');
  });
});

test("Flux's own controllers may be brought to a cluster that is reconciled by nobody from here", async () => {
  const labels = { 'app.kubernetes.io/part-of': 'flux', 'app.kubernetes.io/component': 'source-controller' };
  const controller = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace, name: 'source-controller', labels },
    spec: {
      selector: { matchLabels: { app: 's' } },
      template: {
        metadata: { labels: { app: 's' } },
        spec: { containers: [{ name: 'manager', image: 'i' }] },
      },
    },
  };
  const files = { 'c.yaml': JSON.stringify(controller) };

  expect(told(await startsIn(setting)('brings-flux', files, remote))).toContain(
    'True ReconciliationSucceeded',
  );
  const refused = await startsIn(setting)('starts-flux', files);
  expect(told(refused, 'Stalled')).toContain("would start Flux's own controllers");
});
