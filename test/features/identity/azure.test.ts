import { describe, expect, test } from 'vitest';
import { AKS_SCOPE, ARM_SCOPE } from '../../../shared/core/identity/azure.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import type { CloudReply, CloudRequest } from '../../servers/cloud-stub.ts';
import { createIdentityWorld, formOf } from './world.ts';

const TENANT = '11111111-2222-3333-4444-555555555555';
const CLIENT = '66666666-7777-8888-9999-000000000000';
const ACCOUNT = { 'azure.workload.identity/tenant-id': TENANT, 'azure.workload.identity/client-id': CLIENT };
const TOKEN = `POST /${TENANT}/oauth2/v2.0/token`;
const ID = `/subscriptions/${CLIENT}/resourceGroups/team/providers/Microsoft.ContainerService/managedClusters/prod`;
const API = '?api-version=2024-09-01';

/** Entra ID's token endpoint: a token that names its scope. */
const entra = (request: CloudRequest): CloudReply => [
  200,
  {
    token_type: 'Bearer',
    expires_in: 3599,
    ext_expires_in: 3599,
    access_token: `for ${formOf(request).scope}`,
  },
];

const kubeconfigOf = (server: string, ca: string) =>
  Buffer.from(
    JSON.stringify({
      clusters: [
        {
          name: 'prod',
          cluster: { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') },
        },
      ],
      users: [{ name: 'u', user: { exec: { command: 'kubelogin' } } }],
    }),
  ).toString('base64');

const arm = (aadProfile?: object) => ({
  [`GET ${ID}`]: (): CloudReply => [200, { name: 'prod', properties: { ...(aadProfile && { aadProfile }) } }],
  [`POST ${ID}/listClusterUserCredential`]: (): CloudReply => [
    200,
    {
      kubeconfigs: [
        { name: 'clusterUser', value: kubeconfigOf('https://prod.hcp.westeurope.azmk8s.io:443', 'CA one') },
        { name: 'private', value: kubeconfigOf('https://prod.privatelink.example:443', 'CA two') },
      ],
    },
  ],
});

describe('a token of Entra ID', () => {
  test("[COM-23 azure-account] [COM-23 token-request] is the client credentials grant, asserted by the account's own token", async () => {
    const { identities, asker, tokens, requests } = await createIdentityWorld({ [TOKEN]: entra }, ACCOUNT);

    const { token } = await identities.azureToken({ ...asker, scope: ARM_SCOPE });

    expect(token).toBe(`for ${ARM_SCOPE}`);
    expect(tokens).toEqual([['api://AzureADTokenExchange']]);
    expect(requests.map(formOf)).toEqual([
      {
        grant_type: 'client_credentials',
        client_id: CLIENT,
        scope: ARM_SCOPE,
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: 'jwt-1',
      },
    ]);
  });

  test('[COM-23 cache] is kept until shortly before it ends, for each scope and account', async () => {
    const { identities, asker, clock, requests, account } = await createIdentityWorld(
      { [TOKEN]: entra },
      ACCOUNT,
    );
    const ask = () => identities.azureToken({ ...asker, scope: ARM_SCOPE });

    await Promise.all([ask(), ask()]);
    await clock.advance(50 * 60_000);
    await ask();
    expect(requests).toHaveLength(1);
    await clock.advance(6 * 60_000);
    await ask();
    expect(requests).toHaveLength(2);
    await identities.azureToken({ ...asker, scope: AKS_SCOPE });
    expect(requests).toHaveLength(3);
    account.uid = 'another of this name';
    await ask();
    expect(requests).toHaveLength(4);
  });

  test.each([
    ['no tenant', { 'azure.workload.identity/client-id': CLIENT }, /tenant-id/],
    ['no client', { 'azure.workload.identity/tenant-id': TENANT }, /client-id/],
    ['a tenant that is a path', { ...ACCOUNT, 'azure.workload.identity/tenant-id': '../x' }, /tenant-id/],
  ])('an account with %s is told', async (_name, annotations, said) => {
    const { identities, asker, requests } = await createIdentityWorld({ [TOKEN]: entra }, annotations);

    expect((await faultOf(identities.azureToken({ ...asker, scope: 'x' }), 'invalid')).message).toMatch(said);
    expect(requests).toEqual([]);
  });

  test('[COM-23 no-identity] nobody else is asked for: without an account, or when it is gone', async () => {
    const { identities, asker } = await createIdentityWorld({ [TOKEN]: entra }, ACCOUNT);
    const { serviceAccount: _none, ...alone } = asker;

    await faultOf(identities.azureToken({ ...alone, scope: 'x' }), 'forbidden');
    const gone = identities.azureToken({ ...asker, serviceAccount: 'gone', scope: 'x' });
    expect((await faultOf(gone, 'not-found')).message).toContain("service account 'apps/gone'");
  });

  test.each([
    [
      401,
      { error: 'invalid_client', error_description: 'AADSTS70021: no match. Trace ID: 1' },
      'unauthorized',
    ],
    [429, {}, 'throttled'],
    [503, '<html>', 'server-error'],
    [200, { expires_in: 1 }, 'malformed'],
  ] as const)('an answer %s is a fault that tells the code alone', async (status, body, code) => {
    const { identities, asker } = await createIdentityWorld({ [TOKEN]: () => [status, body] }, ACCOUNT);

    const { message } = await faultOf(identities.azureToken({ ...asker, scope: 'x' }), code);

    if (code === 'unauthorized') expect(message).toMatch(/invalid_client \(AADSTS70021\)$/);
    expect(message).not.toContain('jwt-1');
  });
});

describe('a cluster of AKS', () => {
  test('[KS-102 azure] is looked up by its resource id, and spoken to with a token of its scope', async () => {
    const { identities, asker, requests } = await createIdentityWorld(
      { [TOKEN]: entra, ...arm({}) },
      ACCOUNT,
    );

    const access = await identities.clusterAccess(asker, { provider: 'azure', cluster: ID });

    expect(access).toMatchObject({
      server: 'https://prod.hcp.westeurope.azmk8s.io:443',
      ca: 'CA one',
      token: `for ${AKS_SCOPE}`,
    });
    const toArm = requests.filter(({ path }) => path.startsWith('/subscriptions'));
    expect(toArm.map(({ method, path, query }) => `${method} ${path}?${query}`)).toEqual([
      `GET ${ID}${API}`,
      `POST ${ID}/listClusterUserCredential${API}`,
    ]);
    expect(new Set(toArm.map(({ headers }) => headers.authorization))).toEqual(
      new Set([`Bearer for ${ARM_SCOPE}`]),
    );
  });

  test('[KS-102 address] a given address picks one of its own, and another is refused', async () => {
    const { identities, asker } = await createIdentityWorld({ [TOKEN]: entra, ...arm({}) }, ACCOUNT);
    const at = (address: string) =>
      identities.clusterAccess(asker, { provider: 'azure', cluster: ID, address });

    expect(await at('PROD.privatelink.example')).toMatchObject({ ca: 'CA two' });
    const { message } = await faultOf(at('https://evil.example'), 'invalid');
    expect(message).toContain("has no address 'https://evil.example'");
    expect(message).toContain('prod.hcp.westeurope.azmk8s.io');
  });

  test('with address and CA given nothing is looked up', async () => {
    const { identities, asker, requests } = await createIdentityWorld({ [TOKEN]: entra }, ACCOUNT);
    const described = { provider: 'azure', address: 'a.example', ca: 'CA' } as const;

    expect(await identities.clusterAccess(asker, described)).toMatchObject({
      server: 'https://a.example:443',
      ca: 'CA',
    });
    expect(requests).toHaveLength(1);
  });

  test('without Entra ID, or by an id that is none, it is refused', async () => {
    const { identities, asker } = await createIdentityWorld({ [TOKEN]: entra, ...arm() }, ACCOUNT);
    const of = (cluster: string) => identities.clusterAccess(asker, { provider: 'azure', cluster });

    expect((await faultOf(of(ID), 'invalid')).message).toContain('Microsoft Entra ID integration');
    await faultOf(of('/subscriptions/x'), 'invalid');
    await faultOf(of(ID.replace('team', '..')), 'invalid');
  });
});
