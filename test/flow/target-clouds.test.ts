import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, onTestFinished, test } from 'vitest';
import { createHttp } from '../../shared/adapters/http/client.ts';
import { PUBLIC_ENDPOINTS } from '../../shared/adapters/identity/endpoints.ts';
import { createIdentities } from '../../shared/adapters/identity/identities.ts';
import { connect } from '../../shared/adapters/kubernetes/connect.ts';
import { systemClock } from '../../shared/adapters/local/system.ts';
import { eksToken } from '../../shared/core/identity/aws.ts';
import type { KubernetesObject } from '../../shared/ports.ts';
import { until } from '../control-plane/api.ts';
import { startCloudStub } from '../servers/cloud-stub.ts';
import { startTokenIssuer } from '../servers/token-issuer.ts';
import { startTokenReviewer } from '../servers/token-reviewer.ts';
import { edit, reconcile } from './drive.ts';
import { applierAt, configMap, newEvents, startsIn, told, useWorld, visitsIn } from './setting.ts';
import { addNamespace, putMap, useSpoke } from './spoke.ts';

const GATE = { featureGates: { ObjectLevelWorkloadIdentity: true } };
const KEYS = { accessKeyId: 'ASIATEAM', secretAccessKey: 'hidden', sessionToken: 'session' };
const CLUSTER = { name: 'prod', region: 'eu-central-1' };
const ARN = 'arn:aws:eks:eu-central-1:123456789012:cluster/prod';

const setting = useWorld('hub-clouds', async () => ({ settings: GATE }));
const locked = useWorld('hub-clouds-locked', async () => ({ settings: { ...GATE, profile: 'lockdown' } }));
const { namespace } = setting;

/** Says whose an EKS token is, as the authenticator of EKS does: by the signature, and only for its own cluster. */
function reviewed(token: string): string | undefined {
  const url = URL.parse(Buffer.from(token.replace(/^k8s-aws-v1\./, ''), 'base64url').toString());
  const time = url?.searchParams.get('X-Amz-Date') ?? '';
  const now = new Date(time.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z'));
  const isFresh = Math.abs(Date.now() - now.getTime()) < 15 * 60_000;
  return isFresh && eksToken(CLUSTER, KEYS, now).token === token ? 'aws:team' : undefined;
}

const dir = mkdtempSync(join(tmpdir(), 'flow-clouds-'));
const started: { readonly stop: () => void }[] = [];
afterAll(() => {
  for (const { stop } of started) stop();
  rmSync(dir, { recursive: true, force: true });
});

const spoke = useSpoke(async () => {
  const [hub, authenticator] = await Promise.all([
    startTokenIssuer({ server: inject('server'), ca: inject('ca'), token: inject('token') }),
    startTokenReviewer(reviewed),
  ]);
  started.push(hub, authenticator);
  const trusted = hub.flags(join(dir, 'authentication.json'), 'hub:', ['spoke']);
  const webhook = authenticator.flags(join(dir, 'webhook.json'));
  return { access: { issuer: 'https://spoke.example', flags: [...trusted, ...webhook] } };
});

async function allow(...users: readonly string[]): Promise<void> {
  const apiGroup = 'rbac.authorization.k8s.io';
  const binding = {
    ...{ apiVersion: `${apiGroup}/v1`, kind: 'ClusterRoleBinding', metadata: { name: 'from-hub' } },
    roleRef: { apiGroup, kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: users.map((name) => ({ apiGroup, kind: 'User', name })),
  };
  await spoke.cluster.apply(binding as KubernetesObject, { fieldManager: 'person' });
}

beforeAll(async () => {
  for (const one of [setting, locked]) {
    await addNamespace(spoke, one.namespace);
    for (const name of ['deployer', 'default']) {
      const annotations = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/team' };
      const metadata = { namespace: one.namespace, name, annotations };
      const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata };
      await one.world.cluster.apply(account, { fieldManager: 'person' });
    }
  }
  const accounts = [
    `hub:system:serviceaccount:${namespace}:deployer`,
    `hub:system:serviceaccount:${locked.namespace}:default`,
  ];
  await allow(...accounts, 'aws:team');
  await trustIsThere();
});

/** An API server learns an issuer's keys in its own time. */
async function trustIsThere(): Promise<void> {
  const account = { namespace, name: 'deployer' };
  const { server, ca } = spoke.plane;
  await until('the spoke trusts the hub', async () => {
    const { token } = await setting.world.cluster.accountToken(account, ['spoke']);
    const asAccount = connect({ id: 'trusted', server, ca, credentials: { token } });
    return asAccount.facts().then(
      () => true,
      () => undefined,
    );
  });
}

const generic = () => ({
  provider: 'generic',
  address: spoke.plane.server,
  'ca.crt': spoke.plane.ca,
  audiences: 'another\n  spoke  \n\n',
  serviceAccountName: 'deployer',
});

async function described(
  name: string,
  data: Readonly<Record<string, string>>,
  one = setting,
  spec: object = {},
) {
  await putMap(one, name, data);
  const files = { 'a.yaml': configMap(one.namespace, name, {}) };
  return startsIn(one)(name, files, { kubeConfig: { configMapRef: { name } }, ...spec });
}

const isThere = async (name: string, one = setting) =>
  (await spoke.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: one.namespace, name })) !==
  undefined;

describe('[KS-102 config-map] a cluster that a ConfigMap describes', () => {
  test('[KS-102 generic] [KS-102 audiences] is spoken to with a token of an account of this one, which it trusts', async () => {
    expect(told(await described('trusted', generic()))).toContain('True ReconciliationSucceeded');
    expect(await isThere('trusted')).toBe(true);
  });

  test('does not take a token for others', async () => {
    const failed = await described('strangers', { ...generic(), audiences: 'another' });

    expect(told(failed)).toMatch(/^False ReconciliationFailed: .*Unauthorized/);
  });

  test('impersonates there', async () => {
    const failed = await described('lent', generic(), setting, { serviceAccountName: 'somebody' });

    expect(told(failed)).toContain(`User "system:serviceaccount:${namespace}:somebody" cannot`);
  });

  test.each([
    ['no provider', { provider: '' }, "provider '' not implemented"],
    ['a provider that is none', { provider: 'ibm' }, "provider 'ibm' not implemented"],
    ['no address', { address: '' }, 'needs the address of the cluster'],
    ['an address without TLS', { address: 'http://spoke.example' }, 'must be one of https'],
    ['an account that is not there', { serviceAccountName: 'nobody' }, "service account 'hub-clouds/nobody'"],
    ['an account that cannot be', { serviceAccountName: '../x' }, 'is not a name'],
    ['nobody to ask as', { serviceAccountName: '' }, 'as a service account only'],
  ])('with %s fails, and says so', async (title, change, said) => {
    const name = `bad-${title.replace(/\W+/g, '-').toLowerCase()}`;

    expect(told(await described(name, { ...generic(), ...change }))).toContain(said);
    expect(await isThere(name)).toBe(false);
  });

  test('that is not there fails, and says so', async () => {
    const spec = { kubeConfig: { configMapRef: { name: 'absent' } } };
    const failed = await startsIn(setting)('absent', { 'a.yaml': configMap(namespace, 'absent', {}) }, spec);

    const said = `failed to get configmap ${namespace}/absent: configmaps "absent" not found`;
    expect(told(failed)).toBe(`False ReconciliationFailed: ${said}`);
  });

  test('[COM-24 kubeconfig-account] in profile lockdown is asked as the account default unless another is named', async () => {
    const { serviceAccountName: _none, ...rest } = generic();
    // Whom to act as there is a question of its own, with the same answer.
    const account = `system:serviceaccount:${locked.namespace}:default`;
    await spoke.cluster.apply(
      {
        ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding' },
        metadata: { name: 'acting' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: account }],
      } as KubernetesObject,
      { fieldManager: 'person' },
    );

    expect(told(await described('defaulted', rest, locked))).toContain('True ReconciliationSucceeded');
    expect(await isThere('defaulted', locked)).toBe(true);
  });

  test.each([
    ['its ConfigMap', { apiVersion: 'v1', kind: 'ConfigMap' }, 'goes-map', 'goes-map'],
    ['its account', { apiVersion: 'v1', kind: 'ServiceAccount' }, 'leaver', 'goes-account'],
  ])(
    '[KS-15 kubeconfig-gone] [KS-104 finalizer] without %s tells what stays, and goes',
    async (_what, kind, gone, name) => {
      const { world } = setting;
      const leaver = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { namespace, name: 'leaver' } };
      await world.cluster.apply(leaver, { fieldManager: 'person' });
      await allow(
        ...['deployer', 'leaver'].map((one) => `hub:system:serviceaccount:${namespace}:${one}`),
        `hub:system:serviceaccount:${locked.namespace}:default`,
        'aws:team',
      );
      await described(name, { ...generic(), ...(gone === 'leaver' && { serviceAccountName: 'leaver' }) });
      expect(await isThere(name)).toBe(true);
      await newEvents(setting, applierAt(setting, name));
      await world.cluster.delete({ ...kind, namespace, name: gone });

      await world.cluster.delete(applierAt(setting, name));
      await visitsIn(setting)(applierAt(setting, name));

      expect(await world.cluster.get(applierAt(setting, name))).toBeUndefined();
      expect(await newEvents(setting, applierAt(setting, name))).toEqual([
        expect.stringContaining('unable to prune objects'),
      ]);
      expect(await isThere(name)).toBe(true);
    },
  );
});

describe('[KS-103 cloud-token] a cluster of EKS', () => {
  const expiration = new Date(Date.now() + 3_600_000).toISOString();
  const sts = () =>
    [
      200,
      `<r><AccessKeyId>${KEYS.accessKeyId}</AccessKeyId><SecretAccessKey>${KEYS.secretAccessKey}</SecretAccessKey><SessionToken>${KEYS.sessionToken}</SessionToken><Expiration>${expiration}</Expiration></r>`,
    ] as const;

  async function atEks(name: string, cluster: string) {
    const data = Buffer.from(spoke.plane.ca).toString('base64');
    const description = { endpoint: spoke.plane.server, certificateAuthority: { data } };
    const described = () => [200, { cluster: description }] as const;
    const aws = await startCloudStub({
      'POST /': sts,
      'GET /clusters/prod': described,
      'GET /clusters/other': described,
    });
    onTestFinished(aws.stop);
    // Who is asked is a stub, but what is signed names the real host, as the authenticator wants it.
    const endpoints = {
      ...PUBLIC_ENDPOINTS,
      aws: (service: 'sts' | 'eks', region: string) =>
        service === 'eks' ? aws.url : PUBLIC_ENDPOINTS.aws(service, region),
    };
    const http = createHttp({ loopback: true, privateRanges: true });
    const redirected: typeof http = {
      request: (request) =>
        http.request({
          ...request,
          url: request.url.replace('https://sts.eu-central-1.amazonaws.com', aws.url),
        }),
    };
    const identities = createIdentities({ http: redirected, clock: systemClock, endpoints });
    await putMap(setting, name, { provider: 'aws', cluster, serviceAccountName: 'deployer' });
    const spec = { kubeConfig: { configMapRef: { name } }, suspend: true };
    await startsIn(setting)(name, { 'a.yaml': configMap(namespace, name, {}) }, spec);
    await edit(setting.world, applierAt(setting, name), { spec: { suspend: false } });
    return reconcile(setting.world, applierAt(setting, name), { ports: { identities } });
  }

  test('is found by its ARN and spoken to with a token that its authenticator takes', async () => {
    expect(told(await atEks('eks', ARN))).toContain('True ReconciliationSucceeded');
    expect(await isThere('eks')).toBe(true);
  });

  test('takes no token that was made for another cluster', async () => {
    const failed = await atEks('eks-other', ARN.replace('prod', 'other'));

    expect(told(failed)).toMatch(/^False ReconciliationFailed: .*Unauthorized/);
  });
});

test('[KS-102 gate] tokens of accounts are given only where the operator says so', async () => {
  const { world } = setting;
  await putMap(setting, 'shut', generic());
  const spec = { kubeConfig: { configMapRef: { name: 'shut' } } };
  const { clusters } = world.runtime.ports;
  const shut: typeof clusters = {
    ...clusters,
    open: async (id) => {
      const { record, cluster } = await clusters.open(id);
      return { cluster, record: { ...record, settings: { ...record.settings, featureGates: {} } } };
    },
  };
  await startsIn(setting)('shut', { 'a.yaml': configMap(namespace, 'shut', {}) }, { ...spec, suspend: true });
  await edit(world, applierAt(setting, 'shut'), { spec: { suspend: false } });

  const failed = await reconcile(world, applierAt(setting, 'shut'), { ports: { clusters: shut } });

  expect(told(failed)).toContain('ObjectLevelWorkloadIdentity feature gate is not enabled');
});
