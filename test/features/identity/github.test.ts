import { generateKeyPairSync, verify } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createHttp } from '../../../shared/adapters/http/client.ts';
import type { GitHubApp } from '../../../shared/ports.ts';
import { NOW } from '../../builders.ts';
import { faultOf } from '../../contracts/fault-of.ts';
import type { CloudReply, CloudRequest } from '../../servers/cloud-stub.ts';
import { createIdentityWorld } from './world.ts';

const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
const privateKey = String(pair.privateKey.export({ type: 'pkcs1', format: 'pem' }));
const expires = new Date(NOW.getTime() + 3_600_000).toISOString();
const token: CloudReply = [201, { token: 'ghs_token', expires_at: expires }];
const installation: CloudReply = [200, { id: 77, account: { login: 'org' } }];
const nobody: CloudReply = [404, { message: 'Not Found' }];

async function world(routes: Readonly<Record<string, CloudReply>>) {
  const told = Object.entries(routes).map(([route, reply]) => [route, () => reply] as const);
  const { identities, requests, url, clock } = await createIdentityWorld(Object.fromEntries(told));
  const http = createHttp({ loopback: true, privateRanges: true });
  const signal = new AbortController().signal;
  const ask = (app: Partial<GitHubApp> = {}) =>
    identities.githubToken(
      { id: '42', installation: { id: '7' }, privateKey, baseUrl: url, ...app },
      { http, signal },
    );
  return { ask, requests, url, clock };
}

function claimsOf({ headers }: CloudRequest): unknown {
  const jwt = String(headers.authorization).replace('Bearer ', '');
  const [header = '', claims = '', signature = ''] = jwt.split('.');
  const signed = Buffer.from(`${header}.${claims}`);
  expect(verify('sha256', signed, pair.publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
  expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual({ alg: 'RS256', typ: 'JWT' });
  return JSON.parse(Buffer.from(claims, 'base64url').toString());
}

const paths = (requests: readonly CloudRequest[]) => requests.map(({ method, path }) => `${method} ${path}`);

describe('[GR-15 github] the token of an App', () => {
  test('is asked for as the App, issued half a minute ago for two minutes', async () => {
    const { ask, requests } = await world({ 'POST /app/installations/7/access_tokens': token });

    expect(await ask()).toMatchObject({ token: 'ghs_token', expiresAt: new Date(expires) });

    const issued = Math.floor(NOW.getTime() / 1000) - 30;
    expect(requests.map(claimsOf)).toEqual([{ iat: issued, exp: issued + 120, iss: '42' }]);
  });

  test('[GR-15 kept] is kept until shortly before it ends, for this App, key and place', async () => {
    const { ask, requests, clock } = await world({ 'POST /app/installations/7/access_tokens': token });
    await ask();
    await ask();
    expect(requests).toHaveLength(1);
    await ask({ id: '43' });
    expect(requests).toHaveLength(2);

    await clock.advance(3_500_000);
    await ask();
    expect(requests).toHaveLength(3);
  });

  test.each([
    ['an organization', { 'GET /orgs/a%20b/installation': installation }, ['GET /orgs/a%20b/installation']],
    [
      'a person',
      { 'GET /orgs/a%20b/installation': nobody, 'GET /users/a%20b/installation': installation },
      ['GET /orgs/a%20b/installation', 'GET /users/a%20b/installation'],
    ],
  ])('[GR-15 owner] is found by its owner, %s', async (_who, routes, asked) => {
    const { ask, requests } = await world({ ...routes, 'POST /app/installations/77/access_tokens': token });

    expect((await ask({ installation: { owner: 'a b' } })).token).toBe('ghs_token');
    expect(paths(requests)).toEqual([...asked, 'POST /app/installations/77/access_tokens']);
  });

  test('[GR-15 enterprise] is asked for at the address of an Enterprise Server as it is written', async () => {
    const { ask, url, requests } = await world({ 'POST /api/v3/app/installations/7/access_tokens': token });

    await ask({ baseUrl: `${url}/api/v3/` });

    expect(paths(requests)).toEqual(['POST /api/v3/app/installations/7/access_tokens']);
  });

  test.each([
    [[401, { message: 'Bad credentials' }] as const, 'unauthorized', 'GitHub answered 401: Bad credentials'],
    [[404, { message: 'Not Found' }] as const, 'not-found', 'GitHub answered 404: Not Found'],
    [[503, 'no'] as const, 'server-error', 'GitHub answered 503'],
    [[429, {}] as const, 'throttled', 'GitHub answered 429'],
    [[201, { token: '' }] as const, 'malformed', 'GitHub gives no token: the answer cannot be read'],
    [[201, 'nonsense'] as const, 'malformed', 'GitHub answered 201'],
  ])('%j is told, and asked again', async (reply, code, message) => {
    const { ask, requests } = await world({ 'POST /app/installations/7/access_tokens': reply });

    const fault = await faultOf(ask(), code as Parameters<typeof faultOf>[1]);
    await faultOf(ask(), code as Parameters<typeof faultOf>[1]);

    expect([fault.message, requests.length]).toEqual([message, 2]);
  });

  test.each([
    ['words', 'not a key'],
    [
      'another kind of key',
      String(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' })),
    ],
  ])('%s instead of an RSA key is told without it', async (_what, pem) => {
    const { ask, requests } = await world({});

    const fault = await faultOf(ask({ privateKey: pem }), 'invalid');

    expect(fault.message).toBe('could not parse private key: githubAppPrivateKey is not an RSA key in PEM');
    expect(requests).toEqual([]);
  });
});
