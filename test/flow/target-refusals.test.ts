import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Fault } from '../../shared/core/failures.ts';
import type { Cluster } from '../../shared/ports.ts';
import { makeCertificate } from '../servers/certificate.ts';
import type { Reconciled } from './drive.ts';
import { create, edit, read, reconcile } from './drive.ts';
import { applierAt, configMap, newEvents, startsIn, told, useWorld, visitsIn } from './setting.ts';
import { addNamespace, kubeconfigOf, putMap, putSecret, useSpoke } from './spoke.ts';

const open = useWorld('target-open');
const locked = useWorld('target-locked', async () => ({ settings: { profile: 'lockdown' } }));
const lax = useWorld('target-lax', async () => ({ settings: { insecureKubeconfigTls: true } }));
const spoke = useSpoke();

beforeAll(async () => {
  for (const { namespace } of [open, locked, lax]) await addNamespace(spoke, namespace);
});

/** A Kustomization whose kubeconfig is this text. */
async function aimed(
  name: string,
  kubeconfig: string,
  setting = open,
  spec: object = {},
): Promise<Reconciled> {
  await putSecret(setting, name, { value: kubeconfig });
  const files = { 'a.yaml': configMap(setting.namespace, name, {}) };
  return startsIn(setting)(name, files, { kubeConfig: { secretRef: { name } }, ...spec });
}

async function untouched(name: string, { world, namespace } = open): Promise<void> {
  const map = { apiVersion: 'v1', kind: 'ConfigMap', namespace, name };
  expect(await world.cluster.get(map)).toBeUndefined();
  expect(await spoke.cluster.get(map)).toBeUndefined();
}

describe('[KS-101 missing] what is not there', () => {
  test('a Secret: the object fails, and goes on when it comes', async () => {
    const { namespace } = open;
    const files = { 'a.yaml': configMap(namespace, 'absent', {}) };
    const failed = await startsIn(open)('absent', files, {
      kubeConfig: { secretRef: { name: 'absent' } },
      retryInterval: '5m',
    });

    const said = `unable to read KubeConfig secret '${namespace}/absent' error: secrets "absent" not found`;
    expect(told(failed)).toBe(`False ReconciliationFailed: ${said}`);
    expect(told(failed, 'Stalled')).toBe('none');
    expect(told(failed, 'Reconciling')).toContain('ProgressingWithRetry');
    expect(failed.status.lastAttemptedRevision).toBeDefined();
    expect(await newEvents(open, applierAt(open, 'absent'))).toContainEqual(
      `Warning ReconciliationFailed: ${said}`,
    );

    await putSecret(open, 'absent', { value: kubeconfigOf(spoke.plane) });
    expect(told(await reconcile(open.world, applierAt(open, 'absent')))).toContain('True ');
  });

  test('a key', async () => {
    await putSecret(open, 'keyless', { other: kubeconfigOf(spoke.plane) });
    const files = { 'a.yaml': configMap(open.namespace, 'keyless', {}) };
    const kubeConfig = { secretRef: { name: 'keyless' } };

    expect(told(await startsIn(open)('keyless', files, { kubeConfig }))).toContain(
      "does not contain a 'value' key",
    );
    await edit(open.world, applierAt(open, 'keyless'), {
      spec: { kubeConfig: { secretRef: { name: 'keyless', key: 'mine' } } },
    });
    const named = await reconcile(open.world, applierAt(open, 'keyless'));
    expect(told(named)).toContain("does not contain a 'mine' key");
  });
});

describe('[KS-101 self-contained] a kubeconfig of a tenant', () => {
  const exec = {
    command: '/bin/sh',
    args: ['-c', 'touch /tmp/owned'],
    apiVersion: 'client.authentication.k8s.io/v1',
  };
  test.each([
    ['exec', { user: { exec } }, 'users[].user.exec'],
    ['token-file', { user: { tokenFile: '/var/run/secrets/token' } }, 'users[].user.tokenFile'],
    [
      'certificate',
      { user: { 'client-certificate': '/etc/x', 'client-key': '/etc/y' } },
      'client-certificate',
    ],
    ['auth-provider', { user: { 'auth-provider': { name: 'gcp' } } }, 'users[].user.auth-provider'],
    ['password', { user: { username: 'a', password: 'hidden' } }, 'users[].user.username'],
    ['as', { user: { token: 'hidden', as: 'system:admin' } }, 'users[].user.as'],
    [
      'ca-file',
      { cluster: { 'certificate-authority': '/etc/ca' } },
      'clusters[].cluster.certificate-authority',
    ],
    ['proxy', { cluster: { 'proxy-url': 'http://10.0.0.1' } }, 'clusters[].cluster.proxy-url'],
    ['plain', { cluster: { server: 'http://example.com' } }, 'clusters[].cluster.server'],
    [
      'insecure',
      { cluster: { 'insecure-skip-tls-verify': true } },
      'clusters[].cluster.insecure-skip-tls-verify',
    ],
  ])('with %s is refused by the name of the field', async (name, changes, field) => {
    const refused = await aimed(name, kubeconfigOf(spoke.plane, changes));

    expect(told(refused)).toMatch(/^False ReconciliationFailed: /);
    expect(told(refused)).toContain(field);
    expect(told(refused)).not.toContain('hidden');
    await untouched(name);
  });

  test('that is no kubeconfig is never quoted', async () => {
    const refused = await aimed('garbage', 'token: [hidden');

    expect(told(refused)).toMatch(/^False ReconciliationFailed: the kubeconfig is not a YAML mapping/);
    expect(JSON.stringify(refused)).not.toContain('hidden');
  });

  test.each(['a secret/../x', 'UPPER'])('a Secret "%s" that cannot be stalls nothing else', async (name) => {
    const files = { 'a.yaml': configMap(open.namespace, 'odd', {}) };
    const at = `odd-${name.length}`;
    const failed = await startsIn(open)(at, files, { kubeConfig: { secretRef: { name } } });

    expect(told(failed)).toMatch(/^False ReconciliationFailed: /);
  });
});

describe('[KS-101 insecure-tls] a certificate that is not looked at', () => {
  test('is taken where the operator allows it', async () => {
    const stranger = makeCertificate().certificate;
    const text = kubeconfigOf(
      { ...spoke.plane, ca: stranger },
      { cluster: { 'certificate-authority-data': undefined, 'insecure-skip-tls-verify': true } },
    );

    expect(told(await aimed('lax', text, lax))).toContain('True ReconciliationSucceeded');
    expect(told(await aimed('lax', text))).toContain('insecure-skip-tls-verify');
  });

  test('is not taken for granted there: without the field it is looked at', async () => {
    const text = kubeconfigOf({ ...spoke.plane, ca: makeCertificate().certificate });

    expect(told(await aimed('strict', text, lax))).toMatch(/^False ReconciliationFailed: .*certificate/);
  });
});

describe('where a kubeconfig may lead', () => {
  test.each([
    ['metadata', 'https://169.254.169.254', 'link-local or metadata address'],
    ['mapped', 'https://[::ffff:169.254.169.254]', 'link-local or metadata address'],
    ['decimal', 'https://2852039166', 'link-local or metadata address'],
    ['azure', 'https://168.63.129.16', 'link-local or metadata address'],
    ['zero', 'https://0.0.0.0', 'reserved address'],
  ])('never to %s', async (name, server, verdict) => {
    for (const setting of [open, locked]) {
      const refused = await aimed(`to-${name}`, kubeconfigOf({ ...spoke.plane, server }), setting);
      expect(told(refused)).toContain(`is not allowed: ${verdict}`);
    }
  });

  test.each(['https://10.96.0.1', 'https://192.168.1.1', 'https://[fd12:3456::1]'])(
    'in profile lockdown not to %s, though the registered cluster may be there',
    async (server) => {
      const name = `private-${server.replace(/[^a-z0-9]+/g, '-')}x`;
      const refused = await aimed(name, kubeconfigOf({ ...spoke.plane, server }), locked);
      expect(told(refused)).toContain('is not allowed: private address');
    },
  );

  test("a ConfigMap's address is held against the same rule", async () => {
    const { world, namespace } = open;
    await create(world, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name: 'lent' } });
    await putMap(open, 'described', {
      ...{ provider: 'generic', address: 'https://169.254.169.254', serviceAccountName: 'lent' },
    });
    const { clusters } = world.runtime.ports;
    const gated: typeof clusters = {
      ...clusters,
      open: async (id) => {
        const { record, cluster } = await clusters.open(id);
        const featureGates = { ObjectLevelWorkloadIdentity: true };
        return { cluster, record: { ...record, settings: { ...record.settings, featureGates } } };
      },
    };
    const spec = { kubeConfig: { configMapRef: { name: 'described' } } };
    await startsIn(open)('described', { 'a.yaml': configMap(namespace, 'described', {}) }, spec);

    const refused = await reconcile(world, applierAt(open, 'described'), { ports: { clusters: gated } });

    expect(told(refused)).toContain('is not allowed: link-local or metadata address');
  });
});

describe('[KS-101 trouble] a cluster in trouble', () => {
  test.each([
    ['that nobody answers for', 'https://127.0.0.1:1', /cannot reach|ECONNREFUSED|connect/],
    ['of a name that nobody has', 'https://spoke.invalid', /spoke\.invalid/],
  ])(
    '%s fails the object with its name, is told once, and the message is done with',
    async (title, server, said) => {
      const name = `down-${title.length}`;
      const failed = await aimed(name, kubeconfigOf({ ...spoke.plane, server }));

      expect(told(failed)).toMatch(/^False ReconciliationFailed: /);
      expect(told(failed)).toMatch(said);
      const visit = await visitsIn(open)(applierAt(open, name));
      expect(visit.ok).toBe(true);
      expect(told(await read(open.world, applierAt(open, name)))).toMatch(said);
    },
  );

  test('that refuses its token', async () => {
    const failed = await aimed('stranger', kubeconfigOf({ ...spoke.plane, token: 'nobody-knows-me' }));

    const said = 'the cluster of spec.kubeConfig cannot be used: Unauthorized';
    expect(told(failed)).toBe(`False ReconciliationFailed: ${said}`);
    expect(JSON.stringify(failed)).not.toContain('nobody-knows-me');
  });

  test('that answers nonsense', async () => {
    const { certificate, key } = makeCertificate();
    const server = createServer({ cert: certificate, key }, (_request, response) => response.end('<html>'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const text = kubeconfigOf({ server: `https://127.0.0.1:${port}`, ca: certificate, token: 't' });

    expect(told(await aimed('nonsense', text))).toMatch(/^False ReconciliationFailed: /);
  });

  test('that stops answering in the middle of a run fails the run, not the worker', async () => {
    await aimed('breaks-off', kubeconfigOf(spoke.plane));
    const { clusters } = open.world.runtime.ports;
    const broken = async (): Promise<never> => {
      throw new Fault('unreachable', 'the spoke hung up');
    };
    const failing = (cluster: Cluster): Cluster => ({
      ...cluster,
      as: (user) => failing(cluster.as(user)),
      until: (signal) => failing(cluster.until(signal)),
      list: broken,
      listMetadata: broken,
    });
    const reach: typeof clusters.reach = (target) => failing(clusters.reach(target));

    const visit = await visitsIn(open)(applierAt(open, 'breaks-off'), { clusters: { ...clusters, reach } });

    expect(visit).toMatchObject({ ok: true, woken: [], warned: expect.not.stringContaining('interrupted') });
    const failed = await read(open.world, applierAt(open, 'breaks-off'));
    expect(told(failed)).toBe('False ReconciliationFailed: the spoke hung up');
  });

  test('that went away fails the run until it is back', async () => {
    await aimed('vanishes', kubeconfigOf(spoke.plane));
    await spoke.plane.stopApiServer();

    const visit = await visitsIn(open)(applierAt(open, 'vanishes'));
    expect(visit.ok).toBe(true);
    expect(told(await read(open.world, applierAt(open, 'vanishes')))).toMatch(
      /^False ReconciliationFailed: /,
    );

    await spoke.plane.startApiServer();
    expect(told(await reconcile(open.world, applierAt(open, 'vanishes')))).toContain('True ');
  });
});
