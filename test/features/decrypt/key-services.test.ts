import { execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync, verify, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isFault } from '../../../shared/core/failures.ts';
import type { MasterKey } from '../../../shared/decrypt/master-keys.ts';
import { CLOCK, httpBy, NO_HTTP, NOBODY, ringOf } from './keys.ts';

const DATA_KEY = Buffer.alloc(32, 7);
const BASE64 = DATA_KEY.toString('base64');

describe('[KS-50 key-kinds] Google Cloud KMS', () => {
  const resource = 'projects/p1/locations/global/keyRings/ring/cryptoKeys/key';
  const key: MasterKey = { type: 'gcp_kms', resource, encrypted: 'AAECAw==' };
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const account = {
    type: 'service_account',
    client_email: 'sops@p1.iam.gserviceaccount.com',
    private_key_id: 'k1',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    token_uri: 'https://oauth2.googleapis.com/token',
  };

  test('a service account proves itself by a signed assertion, once for all files', async () => {
    const { http, requests } = httpBy(({ url }) =>
      url.includes('oauth2') ? { json: { access_token: 'ya29.x' } } : { json: { plaintext: BASE64 } },
    );
    const unwrap = await ringOf({ 'sops.gcp-kms': JSON.stringify(account) }, { http });

    expect(await Promise.all([unwrap(key), unwrap(key)])).toEqual([DATA_KEY, DATA_KEY]);

    const [token, ...asked] = requests;
    expect(requests).toHaveLength(3);
    const form = new URLSearchParams(token?.body);
    expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
    const [header = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.');
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({
      alg: 'RS256',
      typ: 'JWT',
      kid: 'k1',
    });
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      iss: account.client_email,
      aud: account.token_uri,
      iat: CLOCK.now().getTime() / 1000,
      exp: CLOCK.now().getTime() / 1000 + 3600,
    });
    const signed = Buffer.from(signature, 'base64url');
    expect(verify('sha256', Buffer.from(`${header}.${claims}`), publicKey, signed)).toBe(true);
    expect(asked[0]).toMatchObject({
      url: `https://cloudkms.googleapis.com/v1/${resource}:decrypt`,
      headers: { authorization: 'Bearer ya29.x' },
    });
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual({ ciphertext: 'AAECAw==' });
  });

  test("a person's refresh token is exchanged", async () => {
    const { http, requests } = httpBy(({ url }) =>
      url.includes('oauth2') ? { json: { access_token: 'ya29.y' } } : { json: { plaintext: BASE64 } },
    );
    const person = { type: 'authorized_user', client_id: 'c', client_secret: 's', refresh_token: 'r' };

    const unwrap = await ringOf({ 'sops.gcp-kms': JSON.stringify(person) }, { http });

    expect(await unwrap(key)).toEqual(DATA_KEY);
    const form = Object.fromEntries(new URLSearchParams(requests[0]?.body));
    expect(form).toEqual({
      grant_type: 'refresh_token',
      client_id: 'c',
      client_secret: 's',
      refresh_token: 'r',
    });
  });

  test.each([
    ['{"type": "external_account", "credential_source": {"file": "/proc/self/environ"}}', 'cannot be used'],
    ['not-json-but-secret', 'it is no JSON object'],
    ['{"type": "service_account", "private_key": "secret-key"}', 'its private_key cannot be read'],
  ])('refuses %s without telling it', async (file, why) => {
    const failure = await ringOf({ 'sops.gcp-kms': file }).catch((error: unknown) => String(error));

    expect(failure).toContain(
      `failed to import 'sops.gcp-kms' data from sops decryption Secret 'apps/keys': `,
    );
    expect(failure).toContain(why);
    expect(failure).not.toMatch(/secret-key|but-secret|environ/);
  });

  test.each(['projects/p1/../../secrets', 'https://evil.example.com/x', ''])(
    'no key is called %j',
    async (name) => {
      const unwrap = await ringOf({ 'sops.gcp-kms': JSON.stringify(account) }, { http: NO_HTTP });

      await expect(unwrap({ ...key, resource: name })).rejects.toSatisfy((error) =>
        isFault(error, 'invalid'),
      );
    },
  );
});

describe('[KS-50 key-kinds] Azure Key Vault', () => {
  const key: MasterKey = {
    type: 'azure_kv',
    vault: 'https://mine.vault.azure.net',
    name: 'sops',
    version: '1234abcd',
    encrypted: 'AAEC_-w',
  };
  const azure = () =>
    httpBy(({ url }) =>
      url.includes('/oauth2/')
        ? { json: { access_token: 'eyA' } }
        : { json: { value: DATA_KEY.toString('base64url') } },
    );

  test.each([
    ['tenantId: t1\nclientId: c1\nclientSecret: s1\n', 'https://login.microsoftonline.com'],
    ['{"tenant": "t1", "appId": "c1", "password": "s1"}', 'https://login.microsoftonline.com'],
    [
      'tenantId: t1\nclientId: c1\nclientSecret: s1\nauthorityHost: https://login.microsoftonline.us/\n',
      'https://login.microsoftonline.us',
    ],
  ])('an application proves itself by its secret: %j', async (file, authority) => {
    const { http, requests } = azure();

    const unwrap = await ringOf({ 'sops.azure-kv': file }, { http });

    expect(await unwrap(key)).toEqual(DATA_KEY);
    expect(requests[0]?.url).toBe(`${authority}/t1/oauth2/v2.0/token`);
    expect(Object.fromEntries(new URLSearchParams(requests[0]?.body))).toEqual({
      grant_type: 'client_credentials',
      client_id: 'c1',
      client_secret: 's1',
      scope: 'https://vault.azure.net/.default',
    });
    expect(requests[1]?.url).toBe('https://mine.vault.azure.net/keys/sops/1234abcd/decrypt?api-version=7.4');
    expect(requests[1]?.headers.authorization).toBe('Bearer eyA');
    expect(JSON.parse(requests[1]?.body ?? '')).toEqual({ alg: 'RSA-OAEP-256', value: 'AAEC_-w' });
  });

  test('or by its certificate', async () => {
    const pem = certificate();
    const { http, requests } = azure();
    const file = JSON.stringify({ tenantId: 't1', clientId: 'c1', clientCertificate: pem });

    expect(await (await ringOf({ 'sops.azure-kv': file }, { http }))(key)).toEqual(DATA_KEY);

    const form = new URLSearchParams(requests[0]?.body);
    const [header = '', claims = '', signature = ''] = (form.get('client_assertion') ?? '').split('.');
    const { publicKey, fingerprint256 } = new X509Certificate(pem);
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({
      alg: 'PS256',
      typ: 'JWT',
      'x5t#S256': Buffer.from(fingerprint256.replaceAll(':', ''), 'hex').toString('base64url'),
    });
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      iss: 'c1',
      sub: 'c1',
      aud: requests[0]?.url,
    });
    const pss = {
      key: createPublicKey(publicKey.export({ type: 'spki', format: 'pem' })),
      padding: 6,
      saltLength: 32,
    };
    expect(
      verify('sha256', Buffer.from(`${header}.${claims}`), pss, Buffer.from(signature, 'base64url')),
    ).toBe(true);
  });

  test('but not by a certificate of another kind of key', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const other = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
    const pem = other + certificate().slice(certificate().indexOf('-----BEGIN CERTIFICATE'));
    const file = JSON.stringify({ tenantId: 't1', clientId: 'c1', clientCertificate: pem });

    await expect(ringOf({ 'sops.azure-kv': file })).rejects.toThrow('must have an RSA key');
  });

  test.each([
    ['clientId: c1\n', 'a managed identity is the machine’s own'],
    ['tenantId: t1\n', 'invalid data: requires a combination of'],
    ['- a list', 'it is no YAML mapping'],
    ['{tenantId: t, clientId: c, clientCertificate: MIIsecret}', 'clientCertificate must be PEM'],
    [
      '{tenantId: t, clientId: c, clientSecret: s, authorityHost: "http://a"}',
      'authorityHost is no HTTPS address',
    ],
  ])('refuses %j', async (file, why) => {
    const failure = await ringOf({ 'sops.azure-kv': file }).catch((error: unknown) => String(error));

    expect(failure).toContain(why);
    expect(failure).not.toContain('MIIsecret');
  });

  test.each([
    { vault: 'https://evil.example.com' },
    { vault: 'https://evil.example.com/.vault.azure.net' },
    { vault: 'http://mine.vault.azure.net' },
    { name: '../secrets/x' },
    { version: '..' },
  ])('a token of Azure never goes to %j', async (wrong) => {
    const unwrap = await ringOf(
      { 'sops.azure-kv': 'tenantId: t\nclientId: c\nclientSecret: s\n' },
      { http: NO_HTTP },
    );

    await expect(unwrap({ ...key, ...wrong })).rejects.toSatisfy((error) => isFault(error, 'invalid'));
  });
});

describe('[KS-50 key-kinds] OpenBao and Vault', () => {
  const key: MasterKey = {
    type: 'hc_vault',
    address: 'https://vault.example.com:8200',
    engine: 'sops/transit',
    name: 'team a',
    encrypted: 'vault:v1:abc',
  };

  test('the transit engine is asked with the token, trimmed', async () => {
    const { http, requests } = httpBy(() => ({ json: { data: { plaintext: BASE64 } } }));

    const unwrap = await ringOf({ 'sops.vault-token': ' s.token\n' }, { http });

    expect(await unwrap(key)).toEqual(DATA_KEY);
    expect(requests).toMatchObject([
      {
        url: 'https://vault.example.com:8200/v1/sops/transit/decrypt/team%20a',
        headers: { 'x-vault-token': 's.token' },
      },
    ]);
    expect(JSON.parse(requests[0]?.body ?? '')).toEqual({ ciphertext: 'vault:v1:abc' });
  });

  test('a refusal is told in the words of the server, and not the token', async () => {
    const body = new TextEncoder().encode('{"errors": ["permission denied"]}');
    const { http } = httpBy(() => ({ status: 403, body }));

    const unwrap = await ringOf({ 'sops.vault-token': 's.token' }, { http });

    await expect(unwrap(key)).rejects.toThrow('Vault transit answered 403: permission denied');
  });

  test.each([
    { address: 'https://vault.example.com/x?y' },
    { address: 'file:///etc' },
    { engine: '../sys' },
    { name: '..' },
  ])('nothing is asked at %j', async (wrong) => {
    const unwrap = await ringOf({ 'sops.vault-token': 't' }, { http: NO_HTTP });

    await expect(unwrap({ ...key, ...wrong })).rejects.toSatisfy((error) => isFault(error, 'invalid'));
  });
});

describe('[KS-51 age-default] the operator’s Secret', () => {
  test('lends age keys alone', async () => {
    const files = {
      'sops.vault-token': 'operators',
      'sops.aws-kms': 'not: yaml: at all',
      'x.asc': 'nonsense',
    };
    const unwrap = await ringOf(files, { http: NO_HTTP }, true);
    const key: MasterKey = {
      type: 'hc_vault',
      address: 'https://v',
      engine: 'transit',
      name: 'k',
      encrypted: '',
    };

    await expect(unwrap(key)).rejects.toThrow('nobody lends an identity');
  });
});

test('HuaweiCloud KMS is refused, with advice', async () => {
  const unwrap = await ringOf({}, { lent: NOBODY });

  await expect(unwrap({ type: 'hckms', id: 'eu-west-101:k', encrypted: '' })).rejects.toThrow(
    'HuaweiCloud KMS takes credentials from the environment only',
  );
});

function certificate(): string {
  const place = mkdtempSync(join(tmpdir(), 'sluice-azure-'));
  try {
    const options = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=sops'];
    const [key, crt] = [join(place, 'key'), join(place, 'crt')];
    execFileSync('openssl', ['req', ...options, '-keyout', key, '-out', crt], { stdio: 'ignore' });
    return readFileSync(key, 'utf8') + readFileSync(crt, 'utf8');
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}
