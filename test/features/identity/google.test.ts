import { describe, expect, test } from 'vitest';
import { at } from '../../builders.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import type { CloudReply } from '../../servers/cloud-stub.ts';
import { createIdentityWorld, formOf } from './world.ts';

const POOL = 'projects/123/locations/global/workloadIdentityPools/fleet/providers/hub';
const EMAIL = 'deployer@team.iam.gserviceaccount.com';
const DIRECT = { 'gcp.auth.fluxcd.io/workload-identity-provider': POOL };
const LENT = { ...DIRECT, 'iam.gke.io/gcp-service-account': EMAIL };
const CLUSTER = 'projects/team/locations/europe-west1/clusters/prod';
const [PLATFORM, INFO] = ['cloud-platform', 'userinfo.email'].map(
  (one) => `https://www.googleapis.com/auth/${one}`,
);

const routes = {
  'POST /v1/token': (): CloudReply => [
    200,
    { access_token: 'federated', issued_token_type: 'x', token_type: 'Bearer', expires_in: 3600 },
  ],
  [`POST /v1/projects/-/serviceAccounts/${EMAIL}:generateAccessToken`]: (): CloudReply => [
    200,
    { accessToken: 'lent', expireTime: at(3600) },
  ],
  [`GET /v1/${CLUSTER}`]: (): CloudReply => [
    200,
    {
      name: 'prod',
      endpoint: '34.1.2.3',
      masterAuth: { clusterCaCertificate: Buffer.from('CA').toString('base64') },
      privateClusterConfig: { privateEndpoint: '10.0.0.2', publicEndpoint: '34.1.2.3' },
      controlPlaneEndpointsConfig: { dnsEndpointConfig: { endpoint: 'gke-1.europe-west1.gke.goog' } },
    },
  ],
};

describe('a token of Google Cloud', () => {
  test("[COM-23 gcp-account] [COM-23 token-request] is exchanged for the account's own, for both scopes", async () => {
    const { identities, asker, tokens, requests } = await createIdentityWorld(routes, DIRECT);

    expect(await identities.googleToken(asker)).toMatchObject({ token: 'federated' });

    expect(tokens).toEqual([[`//iam.googleapis.com/${POOL}`]]);
    expect(requests.map(formOf)).toEqual([
      {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        audience: `//iam.googleapis.com/${POOL}`,
        scope: `${PLATFORM} ${INFO}`,
        requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
        subject_token: 'jwt-1',
      },
    ]);
  });

  test('[COM-23 gcp-account] is that of the service account that is named, lent with the federated one', async () => {
    const { identities, asker, requests } = await createIdentityWorld(routes, LENT);

    expect(await identities.googleToken(asker)).toMatchObject({
      token: 'lent',
      expiresAt: new Date(at(3600)),
    });

    expect(formOf(requests[0] ?? { body: '' }).scope).toBe(PLATFORM);
    expect(requests[1]?.headers.authorization).toBe('Bearer federated');
    expect(JSON.parse(requests[1]?.body ?? '')).toEqual({ scope: [PLATFORM, INFO], lifetime: '3600s' });
  });

  test.each([
    ['no provider', {}],
    ['a provider that is none', { 'gcp.auth.fluxcd.io/workload-identity-provider': `${POOL}/x` }],
    ['an address that is none', { ...DIRECT, 'iam.gke.io/gcp-service-account': 'a@b/../c' }],
  ])('an account with %s is told', async (_name, annotations) => {
    const { identities, asker, requests } = await createIdentityWorld(routes, annotations);

    await faultOf(identities.googleToken(asker), 'invalid');
    expect(requests).toEqual([]);
  });

  test('nobody else is asked for', async () => {
    const { identities, asker } = await createIdentityWorld(routes, DIRECT);
    const { serviceAccount: _none, ...alone } = asker;

    await faultOf(identities.googleToken(alone), 'forbidden');
  });

  test('a refusal is told by its code', async () => {
    const refusing = {
      'POST /v1/token': (): CloudReply => [
        400,
        { error: 'invalid_grant', error_description: 'jwt-1 is bad' },
      ],
    };
    const { identities, asker } = await createIdentityWorld(refusing, DIRECT);

    const { message } = await faultOf(identities.googleToken(asker), 'unauthorized');
    expect(message).toBe("Google Cloud gives no token to service account 'apps/deployer': invalid_grant");
  });
});

describe('a cluster of GKE', () => {
  test('[KS-102 gcp] is looked up by its name, and spoken to with the token of Google', async () => {
    const { identities, asker, requests } = await createIdentityWorld(routes, DIRECT);

    const access = await identities.clusterAccess(asker, { provider: 'gcp', cluster: CLUSTER });

    expect(access).toMatchObject({ server: 'https://34.1.2.3:443', ca: 'CA', token: 'federated' });
    expect(requests.at(-1)?.headers.authorization).toBe('Bearer federated');
  });

  test('a given address is one of its own: private, or by name, behind which stands a public certificate', async () => {
    const { identities, asker } = await createIdentityWorld(routes, DIRECT);
    const at = (address: string) =>
      identities.clusterAccess(asker, { provider: 'gcp', cluster: CLUSTER, address });

    expect(await at('10.0.0.2')).toMatchObject({ server: 'https://10.0.0.2:443', ca: 'CA' });
    expect(await at('gke-1.europe-west1.gke.goog')).not.toHaveProperty('ca');
    await faultOf(at('10.0.0.3'), 'invalid');
  });

  test.each(['', 'prod', 'projects/a/locations/../clusters/c', 'projects/a/locations/b/clusters/c/d'])(
    'by "%s" it is refused',
    async (cluster) => {
      const { identities, asker } = await createIdentityWorld(routes, DIRECT);

      await faultOf(identities.clusterAccess(asker, { provider: 'gcp', cluster }), 'invalid');
    },
  );
});
