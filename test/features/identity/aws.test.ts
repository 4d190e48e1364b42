import { describe, expect, test } from 'vitest';
import { awsEndpoint, eksToken, parseEksCluster, sessionNameOf } from '../../../shared/core/identity/aws.ts';
import { at, clusterRecord, NOW } from '../../builders.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import type { CloudReply } from '../../servers/cloud-stub.ts';
import { createIdentityWorld, formOf } from './world.ts';

const ROLE = 'arn:aws:iam::123456789012:role/team';
const ACCOUNT = { 'eks.amazonaws.com/role-arn': ROLE };
const ARN = 'arn:aws:eks:eu-central-1:123456789012:cluster/prod';
const KEYS = { accessKeyId: 'ASIA1', secretAccessKey: 'hidden', sessionToken: 'session' };
const registered = clusterRecord({
  settings: { ...clusterRecord().settings, identityRoleArn: 'arn:aws:iam::123456789012:role/sluice-hub' },
});

const sts = (): CloudReply => [
  200,
  `<AssumeRoleWithWebIdentityResponse><Credentials><AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>hidden</SecretAccessKey><SessionToken>session</SessionToken><Expiration>${at(3600)}</Expiration></Credentials></AssumeRoleWithWebIdentityResponse>`,
];
const eks = (endpoint = 'https://ABC.gr7.eu-central-1.eks.amazonaws.com'): CloudReply => [
  200,
  {
    cluster: { name: 'prod', endpoint, certificateAuthority: { data: Buffer.from('CA').toString('base64') } },
  },
];
const routes = { 'POST /': sts, 'GET /clusters/prod': () => eks() };

/** The URL inside a token of EKS. */
function urlIn(token: string): URL {
  const [prefix, encoded = ''] = token.split(/\.(.*)/s);
  expect(prefix).toBe('k8s-aws-v1');
  expect(encoded).toMatch(/^[A-Za-z0-9_-]+$/);
  return new URL(Buffer.from(encoded, 'base64url').toString());
}

describe('keys of AWS', () => {
  test("[COM-23 object-identity] [COM-23 aws-role] [COM-23 token-request] are those of the account's role, for its own token", async () => {
    const { identities, asker, tokens, requests } = await createIdentityWorld(routes, ACCOUNT);

    const keys = await identities.awsKeys({ ...asker, region: 'eu-central-1' });

    const as = JSON.stringify(['aws', ROLE, 'deployer.apps.eu-central-1.fluxcd.io']);
    expect(keys).toEqual({ ...KEYS, expiresAt: new Date(at(3600)), as });
    expect(tokens).toEqual([['sts.amazonaws.com']]);
    expect(requests.map(formOf)).toEqual([
      {
        Action: 'AssumeRoleWithWebIdentity',
        Version: '2011-06-15',
        RoleArn: ROLE,
        RoleSessionName: 'deployer.apps.eu-central-1.fluxcd.io',
        WebIdentityToken: 'jwt-1',
      },
    ]);
    expect(requests[0]?.headers.authorization).toBeUndefined();
  });

  test('are those of the registered role without an account, and of nobody when none is registered', async () => {
    const asked: string[][] = [];
    const assumeIdentity = async (...parts: string[]) => {
      asked.push(parts);
      return { ...KEYS, expiresAt: new Date(at(900)) };
    };
    const { identities, asker } = await createIdentityWorld(routes, ACCOUNT, { assumeIdentity });
    const { serviceAccount: _none, ...alone } = { ...asker, region: 'eu-central-1' };

    expect(await identities.awsKeys({ ...alone, record: registered })).toMatchObject(KEYS);
    expect(asked).toEqual([['arn:aws:iam::123456789012:role/sluice-hub', registered.id]]);
    await faultOf(identities.awsKeys(alone), 'forbidden');
  });

  test('of a registered role are given on AWS only', async () => {
    const { identities, asker } = await createIdentityWorld(routes, ACCOUNT);
    const { serviceAccount: _none, ...alone } = { ...asker, region: 'eu-central-1', record: registered };

    expect((await faultOf(identities.awsKeys(alone), 'forbidden')).message).toContain('on AWS only');
  });

  test.each([
    ['no role', {}],
    ['a role that is none', { 'eks.amazonaws.com/role-arn': 'team' }],
  ])('an account with %s is told', async (_name, annotations) => {
    const { identities, asker } = await createIdentityWorld(routes, annotations);

    await faultOf(identities.awsKeys({ ...asker, region: 'eu-central-1' }), 'invalid');
  });

  test('a refusal is told by its code', async () => {
    const body =
      '<ErrorResponse><Error><Code>AccessDenied</Code><Message>jwt-1</Message></Error></ErrorResponse>';
    const { identities, asker } = await createIdentityWorld({ 'POST /': () => [403, body] }, ACCOUNT);

    const { message } = await faultOf(
      identities.awsKeys({ ...asker, region: 'eu-central-1' }),
      'unauthorized',
    );
    expect(message).toBe(`${ROLE} cannot be assumed: AccessDenied; look at its trust policy`);
  });
});

describe('what names a place at AWS', () => {
  test.each([
    ['eu-central-1', 'https://sts.eu-central-1.amazonaws.com'],
    ['us-gov-west-1', 'https://sts.us-gov-west-1.amazonaws.com'],
    ['cn-north-1', 'https://sts.cn-north-1.amazonaws.com.cn'],
  ])('%s has its own host', (region, endpoint) => {
    expect(awsEndpoint('sts', region)).toBe(endpoint);
  });

  test.each(['evil.example/', 'eu-central-1.evil.example#', '', 'eu'])(
    'a region "%s" never becomes a host',
    async (region) => {
      const arn = `arn:aws:eks:${region}:123456789012:cluster/prod`;
      await faultOf(
        Promise.resolve().then(() => awsEndpoint('sts', region)),
        'invalid',
      );
      await faultOf(
        Promise.resolve().then(() => parseEksCluster(arn)),
        'invalid',
      );
    },
  );

  test.each(['prod', 'arn:aws:eks:eu-central-1:1:cluster/a/b', 'arn:aws:s3:eu-central-1:1:cluster/a'])(
    '"%s" is no cluster',
    async (arn) => {
      await faultOf(
        Promise.resolve().then(() => parseEksCluster(arn)),
        'invalid',
      );
    },
  );

  test("a session's name fits", () => {
    expect(sessionNameOf('a'.repeat(63), 'b'.repeat(63), 'eu-central-1')).toHaveLength(64);
  });
});

describe('a token of EKS', () => {
  test('[KS-103 eks-token] is a presigned question who asks, bound to the cluster, for 15 minutes', () => {
    const { token, expiresAt } = eksToken(parseEksCluster(ARN), KEYS, NOW);

    const url = urlIn(token);
    expect(url.origin + url.pathname).toBe('https://sts.eu-central-1.amazonaws.com/');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      Action: 'GetCallerIdentity',
      Version: '2011-06-15',
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': 'ASIA1/20260301/eu-central-1/sts/aws4_request',
      'X-Amz-Date': '20260301T120000Z',
      'X-Amz-Expires': '900',
      'X-Amz-Security-Token': 'session',
      'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
    });
    expect(expiresAt).toEqual(new Date(at(900)));
  });

  test('[KS-102 eks] comes with the address and the CA that EKS tells, asked as the same role', async () => {
    const { identities, asker, requests } = await createIdentityWorld(routes, ACCOUNT);

    const access = await identities.clusterAccess(asker, { provider: 'aws', cluster: ARN });

    expect(access).toMatchObject({
      server: 'https://abc.gr7.eu-central-1.eks.amazonaws.com:443',
      ca: 'CA',
      expiresAt: new Date(at(900)),
    });
    expect(urlIn(access.token).searchParams.get('X-Amz-Credential')).toMatch(/^ASIA1\//);
    const described = requests.at(-1);
    expect(described?.headers.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=ASIA1\/20260301\/eu-central-1\/eks\/aws4_request,SignedHeaders=host;x-amz-date;x-amz-security-token,/,
    );
  });

  test('is kept for ten of its fifteen minutes, and so is what EKS told; the keys are kept for longer', async () => {
    const { identities, asker, clock, requests } = await createIdentityWorld(routes, ACCOUNT);
    const access = () => identities.clusterAccess(asker, { provider: 'aws', cluster: ARN });
    const asked = () => requests.map(({ method, path }) => `${method} ${path}`);

    const first = await access();
    await clock.advance(599_000);
    expect(await access()).toBe(first);
    expect(asked()).toEqual(['POST /', 'GET /clusters/prod']);
    await clock.advance(1_000);
    const second = await access();

    expect(second.expiresAt.getTime() - first.expiresAt.getTime()).toBe(600_000);
    expect(asked()).toEqual(['POST /', 'GET /clusters/prod', 'GET /clusters/prod']);
  });

  test("is nobody else's, nor for another cluster", async () => {
    const { identities, asker, account } = await createIdentityWorld(
      { ...routes, 'GET /clusters/other': () => eks() },
      ACCOUNT,
    );
    const access = (cluster = ARN) => identities.clusterAccess(asker, { provider: 'aws', cluster });
    const first = await access();

    expect(await access(ARN.replace('prod', 'other'))).not.toBe(first);
    account.annotations = { 'eks.amazonaws.com/role-arn': `${ROLE}-2` };
    expect(await access()).not.toBe(first);
    account.annotations = ACCOUNT;
    expect(await access()).toBe(first);
    account.uid = 'another of this name';
    expect(await access()).not.toBe(first);
  });

  test('of a registered role goes to the very cluster: it is looked up whatever is given', async () => {
    const assumeIdentity = async () => ({ ...KEYS, expiresAt: new Date(at(900)) });
    const { identities, asker } = await createIdentityWorld(routes, {}, { assumeIdentity });
    const { serviceAccount: _none, ...alone } = { ...asker, record: registered };
    const at443 = (address: string) =>
      identities.clusterAccess(alone, { provider: 'aws', cluster: ARN, address, ca: 'CA' });

    const { message } = await faultOf(at443('https://evil.example'), 'invalid');
    expect(message).toContain("has no address 'https://evil.example'");
    await at443('https://ABC.gr7.eu-central-1.eks.amazonaws.com');
  });

  test('a cluster that may not be described is told by the code', async () => {
    const refusing = { ...routes, 'GET /clusters/prod': (): CloudReply => [403, { message: 'no' }] };
    const { identities, asker } = await createIdentityWorld(refusing, ACCOUNT);

    const access = identities.clusterAccess(asker, { provider: 'aws', cluster: ARN });
    expect((await faultOf(access, 'unauthorized')).message).toContain(
      `failed to describe EKS cluster '${ARN}'`,
    );
  });
});
