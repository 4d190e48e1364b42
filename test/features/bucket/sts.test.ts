import { describe, expect, test } from 'vitest';
import { createHttp } from '../../../shared/adapters/http/client.ts';
import type { BucketSpec } from '../../../shared/api/bucket.ts';
import { ldapKeys } from '../../../shared/artifact/bucket/ldap-keys.ts';
import type { FaultCode } from '../../../shared/core/failures.ts';
import { stsEndpointOf } from '../../../shared/core/identity/aws.ts';
import type { HttpRequest } from '../../../shared/ports.ts';
import { unsupported } from '../../../shared/reconcile/bucket/decide.ts';
import { at } from '../../builders.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import { serve } from '../http/web-server.ts';
import { createIdentityWorld } from '../identity/world.ts';

const SPEC = {
  ...{ bucketName: 'apps', endpoint: 's3.example.com', interval: '1m', timeout: '60s' },
} as const;
const ldap = { provider: 'ldap', endpoint: 'https://sts.example.com' } as const;
const aws = { provider: 'aws', endpoint: 'https://sts.eu-west-1.amazonaws.com' } as const;
const ref = { name: 'x' };

describe('[BK-03 misuse] sts that no rule of a CRD held back stalls as InvalidSTSConfiguration', () => {
  test.each<[string, Partial<BucketSpec>, string]>([
    ['gcp', { provider: 'gcp', sts: aws }, "not supported for 'gcp' bucket provider"],
    [
      'ldap for aws',
      { provider: 'aws', sts: ldap },
      "STS provider 'ldap' is not supported for 'aws' bucket provider",
    ],
    [
      'aws for generic',
      { provider: 'generic', sts: aws },
      "STS provider 'aws' is not supported for 'generic' bucket provider",
    ],
    [
      'a Secret',
      { provider: 'aws', sts: { ...aws, secretRef: ref } },
      'spec.sts.secretRef is not required for the',
    ],
    [
      'a certificate',
      { provider: 'aws', sts: { ...aws, certSecretRef: ref } },
      'spec.sts.certSecretRef is not required for the',
    ],
    ['nobody to ask as', { provider: 'aws', sts: aws }, 'set spec.serviceAccountName, or remove spec.sts'],
  ])('%s', (_name, spec, message) => {
    const trouble = unsupported({ ...SPEC, provider: 'generic', ...spec });

    expect(trouble).toMatchObject({ reason: 'InvalidSTSConfiguration', stalling: true });
    expect(trouble?.message).toContain(message);
  });

  test('an endpoint that is no URL is URLInvalid', () => {
    const sts = { ...ldap, endpoint: 'https://a b/' };

    expect(unsupported({ ...SPEC, provider: 'generic', sts })).toMatchObject({ reason: 'URLInvalid' });
  });
});

describe('STS of AWS', () => {
  test.each([
    'https://sts.amazonaws.com',
    'https://sts-fips.us-east-2.amazonaws.com',
    'https://vpce-002b7cc8966426bc6-njisq19r.sts.us-east-1.vpce.amazonaws.com',
  ])('%s is one', (endpoint) => {
    expect(stsEndpointOf(endpoint)).toBe(endpoint);
  });

  test.each([
    'http://sts.amazonaws.com',
    'https://evil.example/x.sts.amazonaws.com',
    'https://evil.example?.sts.amazonaws.com',
    'https://evil.example#.sts.amazonaws.com',
    'https://user@sts.amazonaws.com',
    'https://sts.amazonaws.com.evil.example',
    'https://sts.amazonaws.com:8443',
    'https://bucket.s3.amazonaws.com',
  ])('%s is none, and gets no token of an account', async (endpoint) => {
    const role = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/team' };
    const { identities, asker, tokens } = await createIdentityWorld({}, role);

    await faultOf(identities.awsKeys({ ...asker, region: 'eu-west-1', endpoint }), 'invalid');
    expect(tokens).toEqual([]);
  });

  test("[BK-03 aws] the account's token is exchanged where the spec says", async () => {
    const role = { 'eks.amazonaws.com/role-arn': 'arn:aws:iam::123456789012:role/team' };
    const asked: HttpRequest[] = [];
    const body = `<R><AccessKeyId>A</AccessKeyId><SecretAccessKey>S</SecretAccessKey><SessionToken>T</SessionToken><Expiration>${at(3600)}</Expiration></R>`;
    const http = {
      request: async (request: HttpRequest) => {
        asked.push(request);
        return { status: 200, headers: {}, body: Buffer.from(body), url: request.url };
      },
    };
    const { identities, asker } = await createIdentityWorld({}, role, { http });
    const keys = await identities.awsKeys({ ...asker, region: 'eu-west-1', endpoint: aws.endpoint });

    expect(keys.accessKeyId).toBe('A');
    expect(asked.map(({ url }) => url)).toEqual(['https://sts.eu-west-1.amazonaws.com/']);
  });
});

describe('a token service for LDAP that answers', () => {
  const ask = (url: string) =>
    ldapKeys(
      url,
      { username: 'ada', password: 'secret-word' },
      { http: createHttp({ loopback: true, privateRanges: true }), signal: AbortSignal.timeout(10_000) },
    );
  test.each<[string, number, string, FaultCode]>([
    [
      'no',
      403,
      '<ErrorResponse><Error><Code>AccessDenied</Code><Message>No\nsuch user</Message></Error></ErrorResponse>',
      'unauthorized',
    ],
    ['trouble', 500, 'oops', 'server-error'],
    ['HTML', 200, '<html><br></html>', 'malformed'],
    ['keys without a secret', 200, '<AssumeRoleWithLDAPIdentityResponse/>', 'malformed'],
    ['a redirect', 302, '', 'unauthorized'],
    ['without an end', 200, 'x'.repeat(100_000), 'too-large'],
  ])('%s', async (_name, status, body, code) => {
    let asked = 0;
    const url = await serve((_request, response) => {
      asked += 1;
      response.writeHead(status, { location: '/elsewhere' }).end(body);
    });

    const fault = await faultOf(ask(url), code);
    expect(asked).toBe(1);
    expect(fault.message).not.toContain('secret-word');
    if (status === 403) expect(fault.message).toMatch(/ answered 403: AccessDenied: No such user$/);
  });
});
