import { describe, expect, test } from 'vitest';
import { sha256Hex } from '../../../shared/core/digests.ts';
import {
  encodeRfc3986,
  NO_PAYLOAD,
  presignV4,
  signV4,
  type UnsignedRequest,
} from '../../../shared/core/sigv4.ts';

// From AWS's documentation: "Examples: Signature Calculations" of the S3 API reference.
const EXAMPLE = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
};
const S3 = { region: 'us-east-1', service: 's3', now: new Date('2013-05-24T00:00:00Z') };
// From AWS's Signature Version 4 test suite.
const SUITE_KEYS = {
  accessKeyId: 'AKIDEXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const SUITE = { region: 'us-east-1', service: 'service', now: new Date('2015-08-30T12:36:00Z') };

function toS3(path: string, more: Partial<UnsignedRequest> = {}): UnsignedRequest {
  const payload = more.payload ?? NO_PAYLOAD;
  return {
    method: 'GET',
    url: new URL(`https://examplebucket.s3.amazonaws.com${path}`),
    payload,
    ...more,
    headers: { 'x-amz-content-sha256': payload, ...more.headers },
  };
}

function signatureIn({ authorization = '' }: Readonly<Record<string, string>>): string {
  return authorization.replace(/.*Signature=/, '');
}

describe("S3's published examples", () => {
  test.each([
    [
      'an object in part',
      toS3('/test.txt', { headers: { Range: 'bytes=0-9' } }),
      'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
    ],
    [
      'an upload',
      toS3('/test%24file.text', {
        method: 'PUT',
        payload: sha256Hex('Welcome to Amazon S3.'),
        headers: { Date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
      }),
      '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
    ],
    [
      'a parameter without a value',
      toS3('/?lifecycle'),
      'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
    ],
    [
      'a listing',
      toS3('/?max-keys=2&prefix=J'),
      '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
    ],
  ])('%s', (_name, request, signature) => {
    expect(signatureIn(signV4(request, EXAMPLE, S3))).toBe(signature);
  });
});

describe("AWS's test suite", () => {
  const at = (path: string, method = 'GET', headers: Record<string, string> = {}): UnsignedRequest => ({
    method,
    url: new URL(`https://example.amazonaws.com${path}`),
    headers,
    payload: NO_PAYLOAD,
  });

  test.each([
    ['get-vanilla', at('/'), '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    ['post-vanilla', at('/', 'POST'), '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    [
      'get-vanilla-query-order-key-case',
      at('/?Param2=value2&Param1=value1'),
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
    [
      'get-vanilla-query-unreserved',
      at(
        '/?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz',
      ),
      '9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197',
    ],
    [
      'get-header-value-trim',
      at('/', 'GET', { 'My-Header1': ' value1', 'My-Header2': ' "a   b   c"' }),
      'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
    ],
  ])('%s', (_name, request, signature) => {
    expect(signatureIn(signV4(request, SUITE_KEYS, SUITE))).toBe(signature);
  });
});

test('signs and sends the token of a session', () => {
  const signed = signV4(toS3('/'), { ...EXAMPLE, sessionToken: 'tok' }, S3);

  expect(signed['x-amz-security-token']).toBe('tok');
  expect(signed.authorization).toContain(
    'SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,',
  );
});

test('encodes all but the unreserved characters', () => {
  expect(encodeRfc3986("a b/é!'()*~-._")).toBe('a%20b%2F%C3%A9%21%27%28%29%2A~-._');
});

test("a link, as in S3's published example of query parameters", () => {
  const url = new URL('https://examplebucket.s3.amazonaws.com/test.txt');
  const request = { method: 'GET', url, headers: {}, payload: 'UNSIGNED-PAYLOAD' };

  const { searchParams } = presignV4(request, EXAMPLE, S3, 86_400);

  expect(searchParams.get('X-Amz-Signature')).toBe(
    'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404',
  );
  expect(searchParams.get('X-Amz-Expires')).toBe('86400');
});
