import { describe, expect, test } from 'vitest';
import { ARM_SCOPE } from '../../../shared/core/identity/azure.ts';
import type { Asker, Cluster, DescribedCluster } from '../../../shared/ports.ts';
import { at, clusterRecord } from '../../builders.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import type { CloudReply } from '../../servers/cloud-stub.ts';
import { createIdentityWorld, formOf } from './world.ts';

const TENANT = '11111111-2222-3333-4444-555555555555';
const CLIENT = '66666666-7777-8888-9999-000000000000';
const POOL = 'projects/123/locations/global/workloadIdentityPools/fleet/providers/hub';
const ROLE = 'arn:aws:iam::123456789012:role/of-the-account';
const AZURE = { 'azure.workload.identity/tenant-id': TENANT, 'azure.workload.identity/client-id': CLIENT };
const GOOGLE = { 'gcp.auth.fluxcd.io/workload-identity-provider': POOL };
const AWS = { 'eks.amazonaws.com/role-arn': ROLE };
const AKS = `/subscriptions/${CLIENT}/resourceGroups/team/providers/Microsoft.ContainerService/managedClusters/prod`;
const GKE = 'projects/team/locations/europe-west1/clusters/prod';
const KEYS = { accessKeyId: 'ASIA', secretAccessKey: 'hidden', sessionToken: 'session' };
const ca = Buffer.from('CA').toString('base64');

const routes = {
  [`POST /${TENANT}/oauth2/v2.0/token`]: (): CloudReply => [
    200,
    { access_token: 'of-entra', expires_in: 3599 },
  ],
  'POST /v1/token': (): CloudReply => [200, { access_token: 'of-google', expires_in: 3600 }],
  'POST /': (): CloudReply => [
    200,
    `<r><AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>hidden</SecretAccessKey><SessionToken>session</SessionToken><Expiration>${at(3600)}</Expiration></r>`,
  ],
  [`GET ${AKS}`]: (): CloudReply => [200, { properties: { aadProfile: {} } }],
  [`POST ${AKS}/listClusterUserCredential`]: (): CloudReply => [
    200,
    {
      kubeconfigs: [
        {
          value: Buffer.from(
            JSON.stringify({
              clusters: [
                {
                  name: 'p',
                  cluster: { server: 'https://prod.azmk8s.io', 'certificate-authority-data': ca },
                },
              ],
            }),
          ).toString('base64'),
        },
      ],
    },
  ],
  [`GET /v1/${GKE}`]: (): CloudReply => [
    200,
    { endpoint: '34.1.2.3', masterAuth: { clusterCaCertificate: ca } },
  ],
};

/** A cluster with `operators/lender` registered, of these annotations, and an asker of another namespace that names nobody. */
async function world(annotations: object, settings: object = {}, options: object = {}) {
  const inner = await createIdentityWorld(routes, {}, options);
  const given: { account: string; audiences: readonly string[] }[] = [];
  const account = { namespace: 'operators', name: 'lender', uid: 'u7', annotations };
  const cluster = {
    get: async ({ namespace, name }: { namespace: string; name: string }) =>
      `${namespace}/${name}` === 'operators/lender'
        ? { kind: 'ServiceAccount', metadata: account }
        : undefined,
    accountToken: async (of: { namespace: string; name: string }, audiences: readonly string[]) => {
      given.push({ account: `${of.namespace}/${of.name}`, audiences });
      return { token: 'jwt', expiresAt: new Date(at(3600)) };
    },
  } as unknown as Cluster;
  const asker: Asker = {
    record: clusterRecord({
      settings: { ...clusterRecord().settings, identityServiceAccount: 'operators/lender', ...settings },
    }),
    ...{ cluster, namespace: 'team', signal: new AbortController().signal },
  };
  return { ...inner, asker, given, account };
}

describe('[COM-23 controller-identity] without an account the one that is registered with the cluster is asked for, gate or not', () => {
  test('by Entra ID', async () => {
    const { identities, asker, given, requests } = await world(AZURE);

    expect(await identities.azureToken({ ...asker, scope: ARM_SCOPE })).toMatchObject({ token: 'of-entra' });
    expect(given).toEqual([{ account: 'operators/lender', audiences: ['api://AzureADTokenExchange'] }]);
    expect(requests.map(formOf)).toMatchObject([{ client_id: CLIENT, client_assertion: 'jwt' }]);
  });

  test('by Google', async () => {
    const { identities, asker, given, requests } = await world(GOOGLE);

    expect(await identities.googleToken(asker)).toMatchObject({ token: 'of-google' });
    expect(given).toEqual([{ account: 'operators/lender', audiences: [`//iam.googleapis.com/${POOL}`] }]);
    expect(requests.map(formOf)).toMatchObject([{ subject_token: 'jwt' }]);
  });

  test('by AWS', async () => {
    const { identities, asker, given, requests } = await world(AWS);

    expect(await identities.awsKeys({ ...asker, region: 'eu-west-1' })).toMatchObject(KEYS);
    expect(given).toEqual([{ account: 'operators/lender', audiences: ['sts.amazonaws.com'] }]);
    expect(requests.map(formOf)).toMatchObject([{ RoleArn: ROLE, WebIdentityToken: 'jwt' }]);
  });

  test('and at AWS a registered role comes first', async () => {
    const roles: string[] = [];
    const assumeIdentity = async (role: string) => {
      roles.push(role);
      return { ...KEYS, expiresAt: new Date(at(900)) };
    };
    const identityRoleArn = 'arn:aws:iam::123456789012:role/sluice-hub';
    const { identities, asker, given } = await world(AWS, { identityRoleArn }, { assumeIdentity });

    expect(await identities.awsKeys({ ...asker, region: 'eu-west-1' })).toMatchObject(KEYS);
    expect([roles, given]).toEqual([[identityRoleArn], []]);
  });
});

describe('[COM-23 no-identity] who is nobody', () => {
  const everybody = (asker: Asker, { identities }: Pick<Awaited<ReturnType<typeof world>>, 'identities'>) => [
    () => identities.awsKeys({ ...asker, region: 'eu-west-1' }),
    () => identities.azureToken({ ...asker, scope: ARM_SCOPE }),
    () => identities.googleToken(asker),
  ];

  test('is told how to become somebody', async () => {
    const there = await world({});
    const { identityServiceAccount: _, ...settings } = there.asker.record.settings;
    const asker = { ...there.asker, record: { ...there.asker.record, settings } };

    for (const ask of everybody(asker, there)) {
      const { message } = await faultOf(ask(), 'forbidden');
      expect(message).toMatch(
        /^cluster '.*' has no (AWS|Azure|Google Cloud) identity; name a service account, or/,
      );
      expect(message).toContain('--identity-service-account NAMESPACE/NAME');
    }
  });

  test('because the registered account is, is told which annotation is missing', async () => {
    const there = await world({});

    for (const ask of everybody(there.asker, there)) {
      const { message } = await faultOf(ask(), 'forbidden');
      expect(message).toMatch(/'operators\/lender' is nobody there; .* annotate that one with [a-z.]+\//);
    }
    expect(there.requests).toEqual([]);
  });

  test('because it is gone, is not taken for somebody whose own account is gone', async () => {
    const there = await world({}, { identityServiceAccount: 'operators/gone' });

    for (const ask of everybody(there.asker, there)) {
      const { data } = await faultOf(ask(), 'not-found');
      expect(data).toEqual({});
    }
  });
});

describe('a registered account is lent to tenants who may be hostile', () => {
  const described = (provider: DescribedCluster['provider'], cluster: string) => ({ provider, cluster });

  test.each([
    ['azure', AKS, AZURE, 'https://prod.azmk8s.io:443'],
    ['gcp', GKE, GOOGLE, 'https://34.1.2.3:443'],
  ] as const)(
    'its token of %s goes to the cluster it is for, whatever address is given',
    async (provider, id, annotations, server) => {
      const { identities, asker } = await world(annotations);
      const evil = { address: 'https://evil.example', ca: 'their CA' };

      expect(await identities.clusterAccess(asker, described(provider, id))).toMatchObject({ server });
      await faultOf(identities.clusterAccess(asker, { ...described(provider, id), ...evil }), 'invalid');
      await faultOf(identities.clusterAccess(asker, { provider, ...evil }), 'invalid');
    },
  );

  test.each([
    ['azure', AKS, AZURE],
    ['gcp', GKE, GOOGLE],
  ] as const)(
    'its token of %s goes to who proves to be that cluster by the CA that the cloud tells, whatever CA is given',
    async (provider, id, annotations) => {
      const { identities, asker } = await world(annotations);
      const own = { ...described(provider, id), ca: 'CA' };

      expect(await identities.clusterAccess(asker, own)).toMatchObject({ ca: 'CA' });
      const fault = await faultOf(identities.clusterAccess(asker, { ...own, ca: 'their CA' }), 'invalid');
      expect(fault.message).toMatch(/^cluster .*prod has another CA than the one in ca\.crt; take that away/);
    },
  );

  test('nor is it given what the same account was given for an address of its own choice', async () => {
    const gate = { featureGates: { ObjectLevelWorkloadIdentity: true } };
    const { identities, asker } = await world(AZURE, gate);
    const own = { ...asker, namespace: 'operators', serviceAccount: 'lender' };
    const evil = { ...described('azure', AKS), address: 'https://evil.example', ca: 'their CA' };

    expect(await identities.clusterAccess(own, evil)).toMatchObject({ server: 'https://evil.example:443' });
    await faultOf(identities.clusterAccess(asker, evil), 'invalid');
  });

  test('its own token of Kubernetes is shown to nobody whom they name', async () => {
    const { identities, asker, given } = await world({ ...AWS, ...AZURE, ...GOOGLE });
    const evil = { provider: 'generic', address: 'https://evil.example' } as const;

    await faultOf(
      identities.clusterAccess({ ...asker, audiences: ['sts.amazonaws.com'] }, evil),
      'forbidden',
    );
    await faultOf(identities.accountToken({ ...asker, audiences: ['https://evil.example'] }), 'forbidden');
    expect(given).toEqual([]);
  });

  test('what its token is good for is not theirs to say', async () => {
    const { identities, asker, given } = await world(AZURE);

    await identities.azureToken({ ...asker, audiences: ['sts.amazonaws.com'], scope: ARM_SCOPE });
    expect(given).toEqual([{ account: 'operators/lender', audiences: ['api://AzureADTokenExchange'] }]);
  });
});
