import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHttp } from '../../shared/adapters/http/client.ts';
import { isFault } from '../../shared/core/failures.ts';
import { decryptFile } from '../../shared/decrypt/decrypt.ts';
import type { Unwrap } from '../../shared/decrypt/master-keys.ts';
import type { Http } from '../../shared/ports.ts';
import { ringOf } from '../features/decrypt/keys.ts';
import { type Moto, startMoto } from '../servers/moto.ts';
import { sopsEncrypt } from '../servers/sops.ts';

const PLAIN = '{\n\t"password": "correct-horse-4711"\n}\n';
const ROLE = 'arn:aws:iam::123456789012:role/decrypter';
const FILE = 'aws_access_key_id: AKIAPERSON\naws_secret_access_key: only-on-loopback\n';

let moto: Moto;
let arn = '';
/** What was asked, by service; `authorization` says as whom. */
let asked: { readonly service: string; readonly authorization: string }[] = [];

beforeAll(async () => {
  moto = await startMoto();
  const answer = await fetch(moto.access.endpoint, {
    method: 'POST',
    headers: {
      'x-amz-target': 'TrentService.CreateKey',
      'content-type': 'application/x-amz-json-1.1',
      authorization: 'AWS4-HMAC-SHA256 Credential=a/20260101/eu-central-1/kms/aws4_request',
    },
    body: '{}',
  });
  arn = ((await answer.json()) as { KeyMetadata: { Arn: string } }).KeyMetadata.Arn;
});

afterAll(() => moto?.stop());

/** AWS's own hosts are at moto. */
function atMoto(): Http {
  const http = createHttp({ loopback: true, privateRanges: false });
  asked = [];
  return {
    request: (request) => {
      const { host } = new URL(request.url);
      expect(host).toMatch(/^(?:kms|sts)\.eu-central-1\.amazonaws\.com$/);
      asked.push({ service: host.slice(0, 3), authorization: request.headers?.authorization ?? '' });
      return http.request({ ...request, url: `${moto.access.endpoint}/` });
    },
  };
}

function encryptedBy(flags: readonly string[]): Buffer {
  const { endpoint } = moto.access;
  const keys = { AWS_ACCESS_KEY_ID: 'sluice', AWS_SECRET_ACCESS_KEY: 'only on loopback' };
  return sopsEncrypt(PLAIN, { format: 'json', flags, env: { ...keys, AWS_ENDPOINT_URL: endpoint } });
}

async function decrypted(file: Uint8Array, unwrap: Unwrap): Promise<string> {
  return Buffer.from(await decryptFile(file, { from: 'json', to: 'json' }, unwrap)).toString();
}

test('[KS-50 key-secret] a data key of AWS KMS is unwrapped with the keys of sops.aws-kms', async () => {
  const file = encryptedBy(['--kms', arn]);

  expect(await decrypted(file, await ringOf({ 'sops.aws-kms': FILE }, { http: atMoto() }))).toBe(PLAIN);
  expect(asked.map(({ service }) => service)).toEqual(['kms']);
  expect(asked[0]?.authorization).toContain('Credential=AKIAPERSON/');
});

test('the encryption context of the metadata is sent, and has to be the same', async () => {
  const file = encryptedBy(['--kms', arn, '--encryption-context', 'team:a,stage:test']);
  const other = Buffer.from(file.toString().replace('"team": "a"', '"team": "b"'));
  const unwrap = await ringOf({ 'sops.aws-kms': FILE }, { http: atMoto() });

  expect(await decrypted(file, unwrap)).toBe(PLAIN);
  expect(other.equals(file)).toBe(false);
  await expect(decrypted(other, unwrap)).rejects.toThrow(/AWS KMS answered 400: InvalidCiphertextException/);
});

test('a role of the metadata is taken first, with the same keys', async () => {
  const file = encryptedBy(['--kms', `${arn}+${ROLE}`]);

  expect(await decrypted(file, await ringOf({ 'sops.aws-kms': FILE }, { http: atMoto() }))).toBe(PLAIN);
  expect(asked.map(({ service }) => service)).toEqual(['sts', 'kms']);
  expect(asked[0]?.authorization).toContain('Credential=AKIAPERSON/');
  expect(asked[1]?.authorization).toContain('Credential=ASIA');
});

test('[KS-51 ambient-identity] without that file KMS is asked as whom the cluster lends, and else not at all', async () => {
  const file = encryptedBy(['--kms', arn]);
  const lent = {
    aws: async (region: string) => ({
      accessKeyId: `LENT-${region}`,
      secretAccessKey: 's',
      sessionToken: 't',
    }),
  };
  const nobody = await ringOf({}, { http: atMoto() });
  const world = { http: atMoto() };

  const { NOBODY } = await import('../features/decrypt/keys.ts');
  expect(await decrypted(file, await ringOf({}, { ...world, lent: { ...NOBODY, ...lent } }))).toBe(PLAIN);
  expect(asked[0]?.authorization).toContain('Credential=LENT-eu-central-1/');
  asked.length = 0;
  await expect(decrypted(file, nobody)).rejects.toThrow('nobody lends an identity');
  expect(asked).toEqual([]);
});

test.each([
  'arn:aws:kms:evil.example.com/:111122223333:key/1',
  'arn:aws:kms:eu@evil:111122223333:key/1',
  'arn:aws:s3:eu-central-1:111122223333:key/1',
])('nothing is asked for the ARN %s', async (wrong) => {
  const unwrap = await ringOf({ 'sops.aws-kms': FILE }, { http: atMoto() });
  const key = { type: 'kms', arn: wrong, role: '', context: {}, encrypted: 'eA==' } as const;

  await expect(unwrap(key)).rejects.toSatisfy((error) => isFault(error, 'invalid'));
  expect(asked).toEqual([]);
});
