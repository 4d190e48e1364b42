import type { TLSSocket } from 'node:tls';
import { beforeAll, expect, test } from 'vitest';
import { indexYaml, versionYaml } from '../features/helm/indexes.ts';
import { type Authority, createAuthority } from '../servers/certificates.ts';
import { secret } from './bucket.ts';
import { create, reconcile } from './drive.ts';
import { helmAt, helmRepository, serveFiles } from './helm.ts';
import { told, useWorld } from './setting.ts';

const setting = useWorld('helm-repository-auth');
const INDEX = { '/index.yaml': indexYaml({ app: [versionYaml('app', '1.0.0')] }) };
let authority: Authority;

beforeAll(async () => {
  authority = await createAuthority();
});

async function read(name: string, url: string, spec: object): Promise<string> {
  await create(setting.world, helmRepository(setting, name, url, spec));
  const done = await reconcile(setting.world, helmAt(setting, name));
  return told(done, told(done, 'FetchFailed') === 'none' ? 'Ready' : 'FetchFailed');
}

test('[HR-05 basic] user and password of the Secret are shown to the server, and an empty pair is not', async () => {
  const proof = `Basic ${Buffer.from('ada:secret-word').toString('base64')}`;
  const { url } = await serveFiles(INDEX, { allows: ({ headers }) => headers.authorization === proof });
  const pair = { username: 'ada', password: 'secret-word' };
  await create(
    setting.world,
    secret(setting, 'pair', pair),
    secret(setting, 'empty', { ...pair, password: '' }),
  );
  const inUrl = url.replace('://', '://ada:secret-word@');

  expect(await read('pair', url, { secretRef: { name: 'pair' } })).toMatch(/^True Succeeded/);
  expect(await read('in-url', inUrl, {})).toMatch(/^True Succeeded/);
  expect(await read('empty', url, { secretRef: { name: 'empty' } })).toContain(': 401 Unauthorized');
  expect(await read('nobody', url, {})).toContain(': 401 Unauthorized');
});

test('[HR-06 authentication-failed] Secrets that are not there, or not whole, are told by name', async () => {
  const { url, asked } = await serveFiles(INDEX);
  const { namespace } = setting;
  await create(
    setting.world,
    secret(setting, 'half', { username: 'ada' }),
    secret(setting, 'other', { a: 'b' }),
  );
  const failed = 'True AuthenticationFailed:';

  expect(await read('no-secret', url, { secretRef: { name: 'none' } })).toBe(
    `${failed} failed to get authentication secret '${namespace}/none': secrets "none" not found`,
  );
  expect(await read('half', url, { secretRef: { name: 'half' } })).toBe(
    `${failed} failed to detect authentication methods: secret '${namespace}/half': malformed basic auth - has 'username' but missing 'password'`,
  );
  expect(await read('no-cert', url, { certSecretRef: { name: 'none' } })).toBe(
    `${failed} failed to get TLS authentication secret '${namespace}/none': secrets "none" not found`,
  );
  expect(await read('other-cert', url, { certSecretRef: { name: 'other' } })).toBe(
    `${failed} failed to construct Helm client's TLS config: secret '${namespace}/other' must contain either 'ca.crt' or both 'tls.crt' and 'tls.key'`,
  );
  expect(asked).toEqual([]);
  expect(await read('other', url, { secretRef: { name: 'other' } })).toMatch(/^True Succeeded/);
});

test('[HR-05 tls] [HR-05 tls-wins] TLS is that of certSecretRef, else of secretRef, which is warned of', async () => {
  const { certificate: cert, key } = authority.server;
  const tls = { cert, key, ca: authority.ca, requestCert: true, rejectUnauthorized: false };
  const allows = (request: { socket: unknown }): boolean => (request.socket as TLSSocket).authorized;
  const { url } = await serveFiles(INDEX, { tls, allows });
  const pair = { 'tls.crt': authority.client.certificate, 'tls.key': authority.client.key };
  const stranger = await createAuthority();
  await create(
    setting.world,
    secret(setting, 'both', { 'ca.crt': authority.ca, ...pair }),
    secret(setting, 'old', { caFile: authority.ca, certFile: pair['tls.crt'], keyFile: pair['tls.key'] }),
    secret(setting, 'ca', { 'ca.crt': authority.ca }),
    secret(setting, 'stranger', { 'ca.crt': stranger.ca }),
  );
  const warned = (): number =>
    setting.log.entries.filter(({ message }) => message.includes('.spec.certSecretRef')).length;

  expect(await read('both', url, { certSecretRef: { name: 'both' } })).toMatch(/^True Succeeded/);
  expect(await read('ca', url, { certSecretRef: { name: 'ca' } })).toContain(': 401 Unauthorized');
  const wins = { certSecretRef: { name: 'both' }, secretRef: { name: 'stranger' } };
  expect(await read('wins', url, wins)).toMatch(/^True Succeeded/);
  expect(warned()).toBe(0);
  expect(await read('deprecated', url, { secretRef: { name: 'old' } })).toMatch(/^True Succeeded/);
  expect(warned()).toBe(1);
  expect(await read('untrusted', url, {})).toMatch(/self-signed|unable to verify/);
});
