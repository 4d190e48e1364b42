import { createHmac, createPublicKey, sign } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { refusal, START, type TestCluster, testCluster } from './cluster.ts';

const UNAUTHORIZED = { code: 401, message: 'Unauthorized' };
const ROBOT = 'system:serviceaccount:apps:robot';

let cluster: TestCluster;
beforeEach(() => {
  cluster = testCluster();
  cluster.account('apps', 'robot');
});

function part(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}

describe('a forged token', () => {
  const forgeries: readonly (readonly [string, (token: string) => string])[] = [
    ['without a signature', (token) => token.replace(/[^.]*$/, '')],
    ['with algorithm none', (token) => `${part({ alg: 'none' })}.${token.split('.')[1]}.`],
    ['with algorithm none and a signature', (token) => token.replace(/^[^.]*/, part({ alg: 'none' }))],
    [
      'with another subject',
      (token) => token.replace(/\.[^.]*\./, `.${part({ ...claimsOf(token), sub: 'x' })}.`),
    ],
    [
      'with another payload',
      (token) => token.replace(/\.[^.]*\./, `.${part({ ...claimsOf(token), exp: 9e9 })}.`),
    ],
    ['with a fourth part', (token) => `${token}.x`],
    ['as JSON', (token) => JSON.stringify({ payload: token.split('.')[1] })],
    ['with an unknown key', (token) => token.replace(/^[^.]*/, part({ alg: 'ES256', kid: 'x' }))],
    [
      'with an extension that must be understood',
      (token) => token.replace(/^[^.]*/, part({ alg: 'ES256', crit: ['b64'] })),
    ],
    ['with a broken signature', (token) => token.replace(/.{8}$/, 'AAAAAAAA')],
    ['with nulls', () => `${part(null)}.${part(null)}.${part(null)}`],
    [
      'signed with the public key as a shared secret',
      (token) => {
        const pem = createPublicKey(cluster.identity.tokenKey).export({ type: 'spki', format: 'pem' });
        const signed = `${part({ alg: 'HS256', typ: 'JWT' })}.${token.split('.')[1]}`;
        return `${signed}.${createHmac('sha256', pem).update(signed).digest('base64url')}`;
      },
    ],
  ];

  test.each(forgeries)('%s is refused', (_, forge) => {
    const token = cluster.token('apps', 'robot');
    expect(cluster.whoIs(token).name).toBe(ROBOT);

    expect(refusal(() => cluster.whoIs(forge(token)))).toEqual(UNAUTHORIZED);
  });
});

describe('a token that our own key signed', () => {
  function signed(header: object, claims: object): string {
    const text = `${part(header)}.${part(claims)}`;
    const key = { key: cluster.identity.tokenKey, dsaEncoding: 'ieee-p1363' } as const;
    return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
  }

  test.each<[string, object, object, boolean]>([
    ['as we do', { alg: 'ES256' }, {}, true],
    ['with algorithm none', { alg: 'none' }, {}, false],
    ['with another key’s name', { alg: 'ES256', kid: 'x' }, {}, false],
    ['with an extension', { alg: 'ES256', crit: ['b64'], b64: false }, {}, false],
    ['for later', { alg: 'ES256' }, { nbf: START.getTime() / 1000 + 61 }, false],
    ['from later', { alg: 'ES256' }, { iat: START.getTime() / 1000 + 61 }, false],
    ['for ever', { alg: 'ES256' }, { exp: undefined }, false],
    ['for nobody', { alg: 'ES256' }, { 'kubernetes.io': undefined }, false],
    ['for no audience', { alg: 'ES256' }, { aud: undefined }, false],
    ['by another issuer', { alg: 'ES256' }, { iss: 'https://example.org' }, false],
  ])('%s', (_, header, changes, known) => {
    const token = signed(header, { ...claimsOf(cluster.token('apps', 'robot')), ...changes });

    if (known) expect(cluster.whoIs(token).name).toBe(ROBOT);
    else expect(refusal(() => cluster.whoIs(token))).toEqual(UNAUTHORIZED);
  });
});
