import { describe, expect, test } from 'vitest';
import { createManualClock } from '../../../shared/adapters/memory/manual-clock.ts';
import { Fault } from '../../../shared/core/failures.ts';
import { type Cloud, loginToCloud } from '../../../shared/oci/clouds/login.ts';
import type { Http, HttpRequest, Identities } from '../../../shared/ports.ts';
import { faultOf } from '../../contracts/fault-of.ts';

const ECR = '123456789012.dkr.ecr.eu-west-1.amazonaws.com';
const expiresAt = new Date('2026-03-01T13:00:00Z');

/** A world whose clouds answer as documented, and what they were asked. */
function world(answer: unknown = {}, status = 200, identities: Partial<Identities> = {}) {
  const asked: HttpRequest[] = [];
  const wanted: Record<string, unknown>[] = [];
  const http: Http = {
    request: async (request) => {
      asked.push(request);
      return { status, headers: {}, body: Buffer.from(JSON.stringify(answer)), url: request.url };
    },
  };
  const given: Partial<Identities> = {
    awsKeys: async ({ region, serviceAccount }) => {
      wanted.push({ region, serviceAccount });
      return {
        accessKeyId: 'AKIDEXAMPLE',
        secretAccessKey: 'secret',
        sessionToken: 'session',
        expiresAt,
        as: 'role',
      };
    },
    azureToken: async ({ scope, serviceAccount }) => {
      wanted.push({ scope, serviceAccount });
      return { token: 'aad', expiresAt, as: 'client' };
    },
    googleToken: async ({ serviceAccount }) => {
      wanted.push({ serviceAccount });
      return { token: 'ya29.x', expiresAt };
    },
    ...identities,
  };
  const clock = createManualClock();
  const asker = { namespace: 'apps', serviceAccount: 'puller', signal: AbortSignal.timeout(10_000) };
  const access = { http, clock, identities: given as Identities, asker: asker as never, trusts: undefined };
  return {
    asked,
    wanted,
    clock,
    login: (cloud: Cloud, registry: string) => loginToCloud(cloud, registry, access),
  };
}

const ecrAnswer = {
  authorizationData: [
    { authorizationToken: Buffer.from('AWS:the-password').toString('base64'), expiresAt: 1_900_000_000 },
  ],
};

describe('ECR', () => {
  test('[OCI-09 aws] [OCI-09 account] [OCI-09 kept] gives a token to the role of the object, and once for a while', async () => {
    const { login, asked, wanted } = world(ecrAnswer);
    const credentials = { kind: 'basic', username: 'AWS', password: 'the-password', lent: 'role' };
    expect([await login('aws', ECR), await login('aws', ECR)]).toEqual([credentials, credentials]);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toMatchObject({
      method: 'POST',
      url: 'https://api.ecr.eu-west-1.amazonaws.com/',
      headers: {
        'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken',
        'x-amz-security-token': 'session',
        authorization: expect.stringMatching(
          /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/ecr\/aws4_request,/,
        ),
      },
    });
    expect(wanted[0]).toEqual({ region: 'eu-west-1', serviceAccount: 'puller' });
  });

  test.each([
    ['123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com', 'ecr-fips.us-gov-west-1.amazonaws.com'],
    ['123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn', 'api.ecr.cn-north-1.amazonaws.com.cn'],
    ['123456789012.dkr-ecr.eu-west-1.on.aws', 'ecr.eu-west-1.api.aws'],
  ])('[OCI-09 hosts] %s is asked at %s', async (registry, host) => {
    const { login, asked } = world(ecrAnswer);
    await login('aws', registry);
    expect(new URL(asked[0]?.url ?? '').host).toBe(host);
  });

  test('[OCI-09 public-ecr] the public one is asked in its only region', async () => {
    const { login, asked } = world({ authorizationData: ecrAnswer.authorizationData[0] });
    expect(await login('aws', 'public.ecr.aws')).toMatchObject({ password: 'the-password' });
    expect(asked[0]).toMatchObject({
      url: 'https://api.ecr-public.us-east-1.amazonaws.com/',
      headers: { 'x-amz-target': 'SpencerFrontendService.GetAuthorizationToken' },
    });
  });
});

describe('ACR', () => {
  test('[OCI-09 azure] exchanges the token of the application for one of its own', async () => {
    const { login, asked, wanted } = world({ refresh_token: 'acr-refresh' });
    expect(await login('azure', 'team.azurecr.io')).toEqual({
      ...{ kind: 'basic', username: '00000000-0000-0000-0000-000000000000', password: 'acr-refresh' },
      lent: 'client',
    });
    expect(asked[0]?.url).toBe('https://team.azurecr.io/oauth2/exchange');
    expect(Object.fromEntries(new URLSearchParams(Buffer.from(asked[0]?.body ?? []).toString()))).toEqual({
      ...{ grant_type: 'access_token', service: 'team.azurecr.io', access_token: 'aad' },
    });
    expect(wanted[0]).toEqual({ scope: 'https://management.azure.com/.default', serviceAccount: 'puller' });
  });
});

describe('Google', () => {
  test.each(['gcr.io', 'eu.gcr.io', 'europe-west1-docker.pkg.dev'])(
    '[OCI-09 gcp] %s takes the access token as it is',
    async (registry) => {
      const { login, asked } = world();
      expect(await login('gcp', registry)).toEqual({
        kind: 'basic',
        username: 'oauth2accesstoken',
        password: 'ya29.x',
        // Whom a pool makes of an account is nobody else.
        lent: null,
      });
      expect(asked).toEqual([]);
    },
  );
});

describe('nobody else gets a token', () => {
  test.each<[Cloud, string]>([
    ['aws', 'ghcr.io'],
    ['aws', `${ECR}.evil.example`],
    ['aws', `evil.example.${ECR}`],
    ['aws', '123456789012.dkr.ecr.evil.example/.amazonaws.com'],
    ['azure', 'azurecr.io.evil.example'],
    ['azure', 'evil.example'],
    ['azure', 'x.azurecr.com'],
    ['gcp', 'evilgcr.io'],
    ['gcp', 'gcr.io.evil.example'],
    ['gcp', 'evil.example'],
  ])('[OCI-09 hosts] of %s: %s', async (cloud, registry) => {
    const { login, asked, wanted } = world();
    await faultOf(login(cloud, registry), 'invalid');
    expect([asked, wanted]).toEqual([[], []]);
  });

  test('nor whoever has no identity, and a cloud that refuses is told', async () => {
    const awsKeys = () => Promise.reject(new Fault('forbidden', 'no identity'));
    await faultOf(world({}, 200, { awsKeys }).login('aws', ECR), 'forbidden');
    const refusing = world({ __type: 'AccessDeniedException' }, 400);
    expect((await faultOf(refusing.login('aws', ECR), 'unauthorized')).message).toContain('status 400');
    await faultOf(world({}, 503).login('aws', ECR), 'server-error');
    await faultOf(world({}).login('aws', ECR), 'malformed');
    await faultOf(world({}).login('azure', 'team.azurecr.io'), 'malformed');
  });
});
