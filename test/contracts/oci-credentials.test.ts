import { sign, X509Certificate } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RegistryCredentials } from '../../shared/oci/credentials.ts';
import { type Authority, createAuthority } from '../servers/certificates.ts';
import { FLUX, pushArtifact } from '../servers/oci-push.ts';
import { type OciServer, REGISTRY_USER, startRegistry } from '../servers/oci-server.ts';
import { faultOf } from './fault-of.ts';
import { messageOfFault, repositoryAt, watched } from './oci-world.ts';

const { username, password } = REGISTRY_USER;
const USER: RegistryCredentials = { kind: 'basic', username, password };
const BASIC = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
const LAYER = { mediaType: FLUX.content, body: Buffer.from('a layer') };

const lines = (asked: readonly { readonly method: string; readonly url: string }[]) =>
  asked.map(({ method, url }) => `${method} ${new URL(url).pathname}`);

describe('a registry that asks for Basic credentials', () => {
  let server: OciServer;
  beforeAll(async () => {
    server = await startRegistry({ basic: true });
    const to = { url: server.url, repository: 'org/app', authorization: BASIC };
    await pushArtifact(to, 'latest', [LAYER]);
  });
  afterAll(() => server?.stop());

  test('[OCI-08 basic] gets them when it asks, and without asking from then on', async () => {
    const { http, asked } = watched();
    const repository = repositoryAt(server.host, 'org/app', { http, credentials: USER });
    await repository.digestOf('latest');
    const first = asked.length;
    await repositoryAt(server.host, 'org/app', { http, credentials: USER }).digestOf('latest');

    expect(asked.slice(first).map(({ method, headers }) => [method, headers?.authorization])).toEqual([
      ['HEAD', BASIC],
    ]);
  });

  test('refuses wrong ones and none, and neither is told', async () => {
    const wrong: RegistryCredentials = { kind: 'basic', username, password: 'not-the-password' };
    for (const credentials of [wrong, undefined]) {
      const repository = repositoryAt(server.host, 'org/app', { credentials });
      const message = await messageOfFault(repository.digestOf('latest'), 'unauthorized');
      expect(message).toContain('answers with status 401');
      expect(message).not.toContain('not-the-password');
    }
  });

  test('what one identity was given is for nobody else', async () => {
    const { http } = watched();
    await repositoryAt(server.host, 'org/app', { http, credentials: USER }).digestOf('latest');
    await faultOf(repositoryAt(server.host, 'org/app', { http }).digestOf('latest'), 'unauthorized');
  });
});

describe('a registry with a token server', () => {
  let server: OciServer;
  let tokens: Server;
  const asked: { url: string; authorization: string | undefined; body: string }[] = [];

  beforeAll(async () => {
    const authority = await createAuthority();
    const { certificate, key } = authority.server;
    tokens = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        const url = new URL(request.url ?? '', 'http://x');
        const { authorization } = request.headers;
        asked.push({ url: url.search, authorization, body });
        const form = new URLSearchParams(body);
        if (authorization !== BASIC && form.get('refresh_token') !== 'a-refresh-token')
          return response.writeHead(401).end('{"errors":[{"code":"UNAUTHORIZED","message":"who are you"}]}');
        const scope = url.searchParams.get('scope') ?? form.get('scope') ?? '';
        const token = tokenFor(
          scope,
          url.searchParams.get('service') ?? form.get('service') ?? '',
          certificate,
          key,
        );
        response.setHeader('content-type', 'application/json');
        return response.end(
          JSON.stringify(form.has('refresh_token') ? { access_token: token } : { token, expires_in: 300 }),
        );
      });
    });
    await new Promise<void>((resolve) => tokens.listen(0, '127.0.0.1', resolve));
    const realm = `http://127.0.0.1:${(tokens.address() as AddressInfo).port}/token`;
    server = await startRegistry({
      token: { realm, service: 'test', issuer: 'tests', certificate: authority.ca },
    });
    const push = tokenFor('repository:org/app:pull,push', 'test', certificate, key);
    const to = { url: server.url, repository: 'org/app', authorization: `Bearer ${push}` };
    await pushArtifact(to, 'latest', [LAYER]);
  });
  afterAll(async () => {
    tokens?.close();
    await server?.stop();
  });

  test('[OCI-08 token] is answered with a token for this repository, which is used until it expires', async () => {
    const { http, asked: requests } = watched();
    const credentials = USER;
    await repositoryAt(server.host, 'org/app', { http, credentials }).digestOf('latest');
    expect(lines(requests).slice(-3)).toEqual([
      'HEAD /v2/org/app/manifests/latest',
      'GET /token',
      'HEAD /v2/org/app/manifests/latest',
    ]);
    expect(asked.at(-1)?.url).toBe('?service=test&scope=repository%3Aorg%2Fapp%3Apull');
    requests.length = 0;

    await repositoryAt(server.host, 'org/app', { http, credentials }).digestOf('latest');
    expect(lines(requests)).toEqual(['HEAD /v2/org/app/manifests/latest']);
  });

  test('[OCI-08 identity-token] an identity token is exchanged for one', async () => {
    const credentials = { kind: 'identity', token: 'a-refresh-token' } as const;
    await repositoryAt(server.host, 'org/app', { credentials }).digestOf('latest');
    expect(Object.fromEntries(new URLSearchParams(asked.at(-1)?.body))).toMatchObject({
      ...{ grant_type: 'refresh_token', refresh_token: 'a-refresh-token' },
      ...{ service: 'test', scope: 'repository:org/app:pull' },
    });
  });

  test('a refusal of the token server is told', async () => {
    const message = await messageOfFault(
      repositoryAt(server.host, 'org/app').digestOf('latest'),
      'unauthorized',
    );
    expect(message).toMatch(/^no token of 127\.0\.0\.1:\d+: status 401: UNAUTHORIZED: who are you$/);
  });
});

describe('TLS', () => {
  let server: OciServer;
  let authority: Authority;
  beforeAll(async () => {
    authority = await createAuthority();
    server = await startRegistry({ tls: { ...authority.server, clientCa: authority.ca } });
  });
  afterAll(() => server?.stop());

  test('[OCI-10 ca] [OCI-10 client-certificate] the registry is trusted by the CA that is given, and sees our certificate', async () => {
    const { ca, client } = authority;
    const secure = { insecure: false, ca, clientCertificate: client };
    await faultOf(repositoryAt(server.host, 'org/app', secure).digestOf('latest'), 'not-found');
    await faultOf(
      repositoryAt(server.host, 'org/app', { ...secure, ca: '' }).digestOf('latest'),
      'unreachable',
    );
    await faultOf(
      repositoryAt(server.host, 'org/app', { insecure: false, ca }).digestOf('latest'),
      'unreachable',
    );
  });

  test('[OCI-10 any-certificate] insecure without a Secret trusts whoever answers', async () => {
    const { client } = authority;
    const insecure = { trustAnyCertificate: true, clientCertificate: client };
    await faultOf(repositoryAt(server.host, 'org/app', insecure).digestOf('latest'), 'not-found');
  });
});

/** A token as the registry's specification has it, signed by a certificate that it trusts. */
function tokenFor(scope: string, audience: string, certificate: string, key: string): string {
  const [type = '', name = '', actions = ''] = scope.split(':');
  const access = scope === '' ? [] : [{ type, name, actions: actions.split(',') }];
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: 'tests',
    sub: username,
    aud: audience,
    nbf: now - 60,
    iat: now,
    exp: now + 300,
    jti: `${now}`,
    access,
  };
  const header = { typ: 'JWT', alg: 'ES256', x5c: [new X509Certificate(certificate).raw.toString('base64')] };
  const text = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}
