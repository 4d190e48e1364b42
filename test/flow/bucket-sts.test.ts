import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import type { AwsKeys, Identities, Ports } from '../../shared/ports.ts';
import { serve } from '../features/http/web-server.ts';
import { createAuthority } from '../servers/certificates.ts';
import { type CloudStub, startCloudStub } from '../servers/cloud-stub.ts';
import { startHttpProxy } from '../servers/proxies.ts';
import { bucket, bucketAt, secret, useS3 } from './bucket.ts';
import { create, type Reconciled, reconcile } from './drive.ts';
import { type Setting, told, useWorld } from './setting.ts';

const gate = { ObjectLevelWorkloadIdentity: true };
const setting = useWorld('bucket-sts', async () => ({ settings: { featureGates: gate } }));
const locked = useWorld('bucket-sts-locked', async () => ({ settings: { profile: 'lockdown' } }));
const s3 = useS3(setting);
const stubs: CloudStub[] = [];
afterAll(() => {
  for (const { stop } of stubs) stop();
});

async function visited(
  name: string,
  spec: object,
  ports: Partial<Ports> = {},
  where: Setting = setting,
): Promise<Reconciled> {
  await create(where.world, bucket(s3, where, name, { secretRef: null, ...spec }));
  return reconcile(where.world, bucketAt(where, name), { ports });
}

/** MinIO's token service: the S3 server's own keys for one user. */
async function tokenService(): Promise<CloudStub> {
  const { accessKeyId, secretAccessKey } = s3.server.access.credentials;
  const stub = await startCloudStub({
    'POST /': ({ body }) => {
      const form = new URLSearchParams(body);
      if (form.get('LDAPUsername') !== 'ada' || form.get('LDAPPassword') !== 'secret-word')
        return [403, '<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>'];
      const keys = `<AccessKeyId>${accessKeyId}</AccessKeyId><SecretAccessKey>${secretAccessKey}</SecretAccessKey>`;
      return [
        200,
        `<AssumeRoleWithLDAPIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithLDAPIdentityResult><Credentials>${keys}<SessionToken></SessionToken><Expiration>2030-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithLDAPIdentityResult></AssumeRoleWithLDAPIdentityResponse>`,
      ];
    },
  });
  stubs.push(stub);
  return stub;
}

describe('sts of provider ldap', () => {
  test('[BK-03 ldap] gives keys to the user of the Secret', async () => {
    const service = await tokenService();
    await s3.fill('by-ldap', { 'a.yaml': 'a: 1\n' });
    const user = { username: 'ada', password: 'secret-word' };
    await create(setting.world, secret(setting, 'ada', user));

    const done = await visited('by-ldap', {
      sts: { provider: 'ldap', endpoint: service.url, secretRef: { name: 'ada' } },
    });

    expect(told(done)).toMatch(/^True Succeeded: /);
    expect(service.requests.map(({ body }) => body)).toEqual([
      'Action=AssumeRoleWithLDAPIdentity&Version=2011-06-15&LDAPUsername=ada&LDAPPassword=secret-word',
    ]);
  });

  test('[BK-03 ldap-way] behind TLS by its own certificate Secret, through the proxy of the bucket', async () => {
    const service = await tokenService();
    const { ca, server } = await createAuthority();
    const tls = { cert: server.certificate, key: server.key };
    const endpoint = await serve((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', async () => {
        const answer = await fetch(service.url, { method: 'POST', body: Buffer.concat(chunks) });
        response.writeHead(answer.status).end(await answer.text());
      });
    }, tls);
    const proxy = await startHttpProxy({});
    onTestFinished(() => proxy.stop());
    await s3.fill('by-tls', { 'a.yaml': 'a: 1\n' });
    await create(
      setting.world,
      secret(setting, 'grace', { username: 'ada', password: 'secret-word' }),
      secret(setting, 'sts-ca', { 'ca.crt': ca }),
      secret(setting, 'way', { address: proxy.url }),
    );
    const sts = { provider: 'ldap', endpoint, secretRef: { name: 'grace' } };
    const proxySecretRef = { name: 'way' };

    const certSecretRef = { name: 'sts-ca' };
    const done = await visited('by-tls', { sts: { ...sts, certSecretRef }, proxySecretRef });

    expect(told(done)).toMatch(/^True Succeeded: /);
    expect(proxy.log()).toContain(new URL(endpoint).host);
    expect(told(await visited('untrusted', { sts, proxySecretRef }))).toMatch(/self-signed|unable to verify/);
  });

  test('who is refused is told, without the password', async () => {
    const service = await tokenService();
    await create(setting.world, secret(setting, 'eve', { username: 'eve', password: 'guessed-word' }));

    const failed = await visited('refused', {
      sts: { provider: 'ldap', endpoint: service.url, secretRef: { name: 'eve' } },
    });

    expect(told(failed)).toMatch(
      /^False BucketOperationFailed: failed to confirm existence of 'refused' bucket: token service .* answered 403: AccessDenied$/,
    );
    expect(JSON.stringify(failed.status)).not.toContain('guessed-word');
  });

  test.each([
    ['gone', undefined, /^False AuthenticationFailed: failed to get STS secret 'bucket-sts\/gone': /],
    [
      'half',
      { username: 'ada' },
      /^False AuthenticationFailed: invalid 'half' secret data for 'ldap' STS provider: required fields username, password$/,
    ],
  ])('[BK-03 ldap-secrets] a Secret that cannot be used is told: %s', async (name, data, message) => {
    if (data) await create(setting.world, secret(setting, name, data));
    const sts = { provider: 'ldap', endpoint: 'https://sts.example.com', secretRef: { name } };

    expect(told(await visited(`user-${name}`, { sts }))).toMatch(message);
  });

  test('[BK-03 ldap-secrets] a Secret with no certificate in it is told', async () => {
    await create(setting.world, secret(setting, 'no-tls', { x: 'y' }));
    const sts = { provider: 'ldap', endpoint: 'https://sts.example.com', certSecretRef: { name: 'no-tls' } };

    expect(told(await visited('no-tls', { sts }))).toMatch(
      /^False AuthenticationFailed: failed to get STS TLS config: secret 'bucket-sts\/no-tls' must contain/,
    );
  });

  test.each([
    ['metadata', 'http://169.254.169.254/latest', setting, 'link-local or metadata address'],
    ['private', 'http://10.96.0.1/', locked, 'private address'],
  ])('egress: a token service is asked by the one rule: %s', async (name, endpoint, where, why) => {
    const failed = await visited(`egress-${name}`, { sts: { provider: 'ldap', endpoint } }, {}, where);

    expect(told(failed)).toContain(`is not allowed: ${why}`);
  });
});

describe('provider aws without a Secret', () => {
  const withKeys = (asked: object[]): Partial<Ports> => {
    const awsKeys: Identities['awsKeys'] = async ({ serviceAccount, region, endpoint, namespace }) => {
      asked.push({ serviceAccount, region, endpoint, namespace });
      return { ...s3.server.access.credentials, expiresAt: new Date(8.64e15) } as AwsKeys;
    };
    return { identities: { ...setting.world.runtime.ports.identities, awsKeys } };
  };
  const endpoint = 'https://sts.eu-central-1.amazonaws.com';

  test('[BK-04 account] [BK-03 aws] is read as the role of the account, by the token service of the spec', async () => {
    await s3.fill('as-account', { 'a.yaml': 'a' });
    const asked: object[] = [];
    const spec = { provider: 'aws', serviceAccountName: 'reader', sts: { provider: 'aws', endpoint } };

    expect(told(await visited('as-account', spec, withKeys(asked)))).toMatch(/^True Succeeded: /);
    expect(asked).toEqual([
      { serviceAccount: 'reader', region: 'eu-central-1', endpoint, namespace: 'bucket-sts' },
    ]);
  });

  test('[BK-04 aws-chain] is read as the role that is registered with the cluster', async () => {
    await s3.fill('as-registered', { 'a.yaml': 'a' });
    const asked: object[] = [];

    expect(told(await visited('as-registered', { provider: 'aws' }, withKeys(asked)))).toMatch(
      /^True Succeeded: /,
    );
    expect(asked).toEqual([{ region: 'eu-central-1', namespace: 'bucket-sts' }]);
  });

  test('an account that is not there is told', async () => {
    const failed = await visited('no-account', { provider: 'aws', serviceAccountName: 'nobody' });

    expect(told(failed)).toMatch(/^False AuthenticationFailed: AWS authentication failed: .*nobody/);
  });

  test('[BK-03 aws] a token service that is none of AWS gets nothing', async () => {
    const account = { apiVersion: 'v1', kind: 'ServiceAccount' };
    const annotations = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/team' };
    const metadata = { namespace: 'bucket-sts', name: 'eager', annotations };
    await create(setting.world, { ...account, metadata });
    const sts = { provider: 'aws', endpoint: 'https://evil.example/x.sts.amazonaws.com' };
    const failed = await visited('evil-sts', { provider: 'aws', serviceAccountName: 'eager', sts });

    expect(told(failed)).toMatch(
      /^False AuthenticationFailed: AWS authentication failed: invalid STS endpoint/,
    );
  });

  test.each(['aws', 'gcp', 'azure'])(
    '[BK-10 feature-gate] %s: an account is named while its gate is closed',
    async (provider) => {
      const spec = { provider, serviceAccountName: 'reader' };
      const stalled = await visited(`gate-${provider}`, spec, {}, locked);

      const text =
        'to use spec.serviceAccountName for provider authentication please enable the ObjectLevelWorkloadIdentity feature gate in the controller';
      expect(told(stalled, 'Stalled')).toBe(`True FeatureGateDisabled: ${text}`);
    },
  );
});
