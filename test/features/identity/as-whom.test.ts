import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createHttp } from '../../../shared/adapters/http/client.ts';
import { at, clusterRecord } from '../../builders.ts';
import type { CloudReply } from '../../servers/cloud-stub.ts';
import { createIdentityWorld } from './world.ts';

const ROLE = 'arn:aws:iam::123456789012:role/team';
const POOL = 'projects/123/locations/global/workloadIdentityPools/fleet/providers/hub';
const EMAIL = 'deployer@team.iam.gserviceaccount.com';
const TENANT = '11111111-2222-3333-4444-555555555555';
const FEDERATED = { 'gcp.auth.fluxcd.io/workload-identity-provider': POOL };
const KEYS = { accessKeyId: 'ASIA1', secretAccessKey: 'hidden', sessionToken: 'session' };

const routes = {
  'POST /': (): CloudReply => [
    200,
    `<X><Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>hidden</SecretAccessKey><SessionToken>session</SessionToken><Expiration>${at(3600)}</Expiration></Credentials></X>`,
  ],
  'POST /v1/token': (): CloudReply => [200, { access_token: 'federated', expires_in: 3600 }],
  [`POST /v1/projects/-/serviceAccounts/${EMAIL}:generateAccessToken`]: (): CloudReply => [
    200,
    { accessToken: 'lent', expireTime: at(3600) },
  ],
  [`POST /${TENANT}/oauth2/v2.0/token`]: (): CloudReply => [200, { access_token: 'aad', expires_in: 3600 }],
  'POST /other.example/oauth2/v2.0/token': (): CloudReply => [200, { access_token: 'aad', expires_in: 3600 }],
};

/** Whom an account of these annotations becomes, in a cluster of its own. */
async function become(
  cloud: 'awsKeys' | 'azureToken' | 'googleToken',
  annotations: Readonly<Record<string, string>>,
  more: object = {},
): Promise<string | undefined> {
  const { identities, asker } = await createIdentityWorld(routes, annotations);
  const record = { ...asker.record, id: crypto.randomUUID() };
  const asked = { ...asker, record, region: 'eu-central-1', scope: 'storage/.default', ...more };
  return (await identities[cloud](asked)).as;
}

const azure = (client: string, tenant = TENANT) => ({
  'azure.workload.identity/tenant-id': tenant,
  'azure.workload.identity/client-id': client,
});

describe('whom a cloud lets accounts of several clusters become', () => {
  test.each<[string, Parameters<typeof become>, Parameters<typeof become>]>([
    [
      'another role',
      ['awsKeys', { 'eks.amazonaws.com/role-arn': ROLE }],
      ['awsKeys', { 'eks.amazonaws.com/role-arn': `${ROLE}s` }],
    ],
    ['another application', ['azureToken', azure('one')], ['azureToken', azure('two')]],
    ['one of another tenant', ['azureToken', azure('one')], ['azureToken', azure('one', 'other.example')]],
  ])('is the same, unless it is %s', async (_what, one, other) => {
    expect(await become(...one)).toBe(await become(...one));
    expect(await become(...one)).toBeTypeOf('string');
    expect(await become(...other)).not.toBe(await become(...one));
  });

  test('is the service account of Google that is lent to them, and without one nobody else', async () => {
    const lent = { ...FEDERATED, 'iam.gke.io/gcp-service-account': EMAIL };

    expect(await become('googleToken', lent)).toBe(await become('googleToken', lent));
    expect(await become('googleToken', lent)).toContain(EMAIL);
    expect(await become('googleToken', FEDERATED)).toBeUndefined();
  });

  test('is another session of a role in another region or with another name', async () => {
    const annotations = { 'eks.amazonaws.com/role-arn': ROLE };
    const one = await become('awsKeys', annotations);

    expect(await become('awsKeys', annotations, { region: 'us-east-1' })).not.toBe(one);
  });

  test('is told by nobody when the token service is one that a tenant names', async () => {
    const http = {
      request: async () => ({
        status: 200,
        headers: {},
        body: Buffer.from(routes['POST /']()[1] as string),
        url: '',
      }),
    };
    const { identities, asker } = await createIdentityWorld(
      routes,
      { 'eks.amazonaws.com/role-arn': ROLE },
      { http },
    );
    const endpoint = 'https://vpce-1.sts.eu-central-1.vpce.amazonaws.com';
    const keys = await identities.awsKeys({ ...asker, region: 'eu-central-1', endpoint });

    expect(keys).toMatchObject(KEYS);
    expect(keys.as).toBeUndefined();
  });

  test('is the installation of a GitHub App for who has the key', async () => {
    const keys = [0, 1].map(() => generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey);
    const [one = '', other = ''] = keys.map((key) => String(key.export({ type: 'pkcs8', format: 'pem' })));
    const ask = async (privateKey: string, id = '7') => {
      const token = [201, { token: 'ghs', expires_at: at(3600) }] as const;
      const { identities, asker, url } = await createIdentityWorld({
        'POST /app/installations/7/access_tokens': () => token,
        'POST /app/installations/8/access_tokens': () => token,
      });
      const http = createHttp({ loopback: true, privateRanges: true });
      // Every stub has a port of its own.
      const app = { id: '42', installation: { id }, privateKey, baseUrl: url };
      const { as = '' } = await identities.githubToken(app, { http, signal: asker.signal });
      // Whose word it is counts as well: a tenant names the server.
      expect(as).toContain(url);
      return as.replace(url, '');
    };

    expect(await ask(one)).toBe(await ask(one));
    expect(await ask(other)).not.toBe(await ask(one));
    expect(await ask(one, '8')).not.toBe(await ask(one));
    expect(await ask(one)).not.toContain('PRIVATE');
  });

  test('is the role that is registered with each, once each has assumed it', async () => {
    const assumeIdentity = async () => ({ ...KEYS, expiresAt: new Date(at(900)) });
    const { identities, asker } = await createIdentityWorld(routes, {}, { assumeIdentity });
    const { serviceAccount: _none, ...alone } = { ...asker, region: 'eu-central-1' };
    const as = async (id: string, identityRoleArn: string) => {
      const record = clusterRecord({ id, settings: { ...clusterRecord().settings, identityRoleArn } });
      return (await identities.awsKeys({ ...alone, record })).as;
    };

    expect(await as('c1', ROLE)).toBe(await as('c2', ROLE));
    expect(await as('c1', `${ROLE}s`)).not.toBe(await as('c1', ROLE));
  });
});
