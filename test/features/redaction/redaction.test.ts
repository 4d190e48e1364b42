import { describe, expect, test } from 'vitest';
import { redact, redactData, withoutValues } from '../../../shared/core/redaction.ts';
import { processorTime } from '../../processor-time.ts';

const R = '*****';
const JWT = `eyJhbGciOiJIUzI1NiJ9.${'eyJzdWIiOiIxMjM0NTY3ODkwIn0'}.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U`;
const GITHUB = `gh${'p'}_${'A1b2'.repeat(9)}`;
const GITLAB = `glpat${'-'}${'aB3_'.repeat(5)}`;
const AWS_KEY = `AK${'IA'}IOSFODNN7EXAMPLE`;
const PEM = ['-----BEGIN RSA PRIVATE KEY-----', 'MIIEpAIBAAKCAQEA', '-----END RSA PRIVATE KEY-----'].join(
  '\n',
);

const SECRETS: readonly (readonly [string, string, string])[] = [
  [
    'a URL with user and password',
    'clone https://me:hunter2@git.example/a.git: 403',
    `clone https://${R}@git.example/a.git: 403`,
  ],
  ['a URL with a token for a user', 'https://hunter2@git.example/a', `https://${R}@git.example/a`],
  ['a password with @ and :', 'https://me:p@ss:w@git.example/', `https://${R}@git.example/`],
  ['two URLs', 'a://u:p@h/x b://q:r@h/y', `a://${R}@h/x b://${R}@h/y`],
  ['a header line', 'Authorization: Basic bWU6aHVudGVyMg==\r\nHost: x', `Authorization: ${R}\r\nHost: x`],
  ['a header of an unknown scheme', 'authorization: hunter2', `authorization: ${R}`],
  ['a header in JSON', '{"Authorization":"Bearer abc","a":1}', `{"Authorization":"${R}","a":1}`],
  ['a header in a Go map', 'map[Authorization:[Bearer abc] Host:[x]]', `map[Authorization:[${R}] Host:[x]]`],
  ['a GitLab header', 'PRIVATE-TOKEN: hunter2', `PRIVATE-TOKEN: ${R}`],
  ['a header whose value has a bracket', 'x-api-key: hun]ter2', `x-api-key: ${R}`],
  ['a cookie', 'Set-Cookie: sid=hunter2; Path=/', `Set-Cookie: ${R}`],
  ['a bearer token', 'sent Bearer abc.def-123 to x', `sent Bearer ${R} to x`],
  ['basic credentials', 'sent basic bWU6aHVudGVyMg== to x', `sent basic ${R} to x`],
  [
    'a presigned URL',
    'https://b.s3.example/k?X-Amz-Credential=A%2F1&X-Amz-Security-Token=zz&x=1&X-Amz-Signature=aa',
    `https://b.s3.example/k?X-Amz-Credential=${R}&X-Amz-Security-Token=${R}&x=1&X-Amz-Signature=${R}`,
  ],
  ['an Azure signature', 'https://a.example/c?sv=1&sig=hunter2%3D', `https://a.example/c?sv=1&sig=${R}`],
  ['an access token', '/x?access_token=hunter2&page=2', `/x?access_token=${R}&page=2`],
  ['a token', '/x?page=2&token=hunter2#top', `/x?page=2&token=${R}#top`],
  ['a password in a form', 'user=me&password=hunter2', `user=me&password=${R}`],
  ['a client secret', 'grant_type=a&client_secret=hunter2', `grant_type=a&client_secret=${R}`],
  ['a flag', 'helm --password=hunter2 --debug', `helm --password=${R} --debug`],
  ['a variable', 'AWS_SECRET_ACCESS_KEY=hunter2 X=1', `AWS_SECRET_ACCESS_KEY=${R} X=1`],
  [
    'an artifact capability',
    '/a/c/K/n/x.tar.gz?c=0123456789abcdef0123456789abcdef',
    `/a/c/K/n/x.tar.gz?c=${R}`,
  ],
  ['a JSON field', '{"password": "hun\\"ter2", "user": "me"}', `{"password": "${R}", "user": "me"}`],
  [
    'a kubeconfig',
    'users:\n- user:\n    token: hunter2\n    name: x',
    `users:\n- user:\n    token: ${R}\n    name: x`,
  ],
  ['a private key', `a\n${PEM}\nb`, `a\n${R}\nb`],
  ['a private key cut short', `a\n${PEM.slice(0, 45)}`, `a\n${R}`],
  ['two private keys', `${PEM} and ${PEM}`, `${R} and ${R}`],
  ['a JWT', `got ${JWT}, then`, `got ${R}, then`],
  ['a GitHub token', `(${GITHUB})`, `(${R})`],
  ['a fine-grained GitHub token', `github_${'pat'}_${'A1_b'.repeat(10)}.`, `${R}.`],
  ['a GitLab token', `"${GITLAB}"`, `"${R}"`],
  ['an AWS key id', `key ${AWS_KEY} is`, `key ${R} is`],
  [
    'a chat webhook',
    'https://hooks.slack.com/services/T1/B2/x3 failed',
    `https://hooks.slack.com/services/${R} failed`,
  ],
]; // prettier-ignore

const HARMLESS: readonly string[] = [
  '',
  "stored artifact for revision 'main@sha1:b8e362c206e3d0cbb7ed22ced771a0056455a2fb'",
  'ssh://git@github.com/org/repo.git',
  'git@github.com:org/repo.git',
  'oci://ghcr.io:443/org/app@sha256:0123456789abcdef',
  'bearer token expired',
  'basic authentication failed',
  'Basic plan is not enough',
  'authorization failed for user',
  'failed to authenticate: invalid token: unexpected end',
  'https://example.com/a?page=2&sort=asc#c=1',
  'https://example.com/@scope/package',
  'mail to me@example.com',
  "secret 'flux-system/git-auth' not found",
  'config=1 design=2 tokens=3 passwordless=4',
  'Kustomization/apps/web dry-run failed (Invalid): spec.replicas: Invalid value',
  'eyJ is not a token',
  '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
  'interval 1m0s \u{1f600} caf\u00e9',
];

describe('redaction', () => {
  test.each(SECRETS)('%s', (_what, text, expected) => {
    expect(redact(text)).toBe(expected);
  });

  test.each(HARMLESS)('%j stays', (text) => {
    expect(redact(text)).toBe(text);
  });

  test.each(SECRETS)('twice changes nothing: %s', (_what, text) => {
    expect(redact(redact(text))).toBe(redact(text));
  });

  const HOSTILE = [
    'a',
    '://',
    '://a',
    'a://a@',
    'authorization',
    'Authorization: ',
    'token=',
    'x-amz-',
    'x-amz-a=',
    '"token":"',
    '"token":"a\\"',
    '\\',
    'bearer ',
    'bearer a',
    'basic ',
    'eyJ',
    'eyJaaaaaaaa.',
    'ghp_',
    'github_pat_',
    '----',
    '-----BEGIN PRIVATE KEY-----',
    '-----BEGIN ',
    ' ',
    '\n',
    ' \n',
    'token: a ',
    'AKIA',
    '?c=',
    'glpat-',
    'token_',
  ]; // prettier-ignore

  test.each(HOSTILE)('a long run of %j costs linear time', async (piece) => {
    const text = `${piece.repeat(Math.ceil(100_000 / piece.length))}!`;

    // Quadratic time would be many seconds.
    expect(await processorTime(() => redact(text))).toBeLessThan(500);
  });
});

describe('redaction of data', () => {
  test('every string at every depth, field names that tell, keys of maps', () => {
    const data = {
      a: [{ url: 'https://u:p@h/' }],
      password: 'hunter2',
      apiKey: 'k',
      nested: { Authorization: 'x' },
    };

    expect(redactData(data)).toEqual({
      a: [{ url: `https://${R}@h/` }],
      password: R,
      apiKey: R,
      nested: { Authorization: R },
    });
  });

  test('errors with their causes, dates, bytes, big numbers, maps and sets', () => {
    const error = new Error('at https://u:p@h/', { cause: new Error('token=hunter2') });

    const redacted = redactData({
      error,
      at: new Date(0),
      bytes: new Uint8Array(3),
      big: 1n,
      map: new Map([['k', 'v']]),
      set: new Set([1]),
    });

    expect(redacted).toMatchObject({
      error: { message: `at https://${R}@h/`, cause: { message: `token=${R}` } },
      at: '1970-01-01T00:00:00.000Z',
      bytes: '[3 bytes]',
      big: '1',
      map: { k: 'v' },
      set: [1],
    });
    expect(JSON.stringify(redacted)).not.toContain('hunter2');
    expect(JSON.stringify(redacted)).not.toContain('u:p');
  });

  test('a circle ends', () => {
    const circle: Record<string, unknown> = {};
    circle.self = circle;

    expect(JSON.stringify(redactData(circle))).toContain('[deep]');
  });
});

describe('known values', () => {
  test('are masked wherever they stand, as they are, in base64 and as URLs write them', () => {
    const said = 'a/b c, YS9iIGM=, a%2Fb%20c and tok';

    expect(withoutValues(said, ['a/b c', 'tok'])).toBe(`${R}, ${R}=, ${R} and ${R}`);
  });

  test('of any characters are taken literally, empty ones not at all, and masks are not masked again', () => {
    expect(withoutValues('a.c abc **', ['a.c', '', '*'])).toBe(`${R} abc ${R}${R}`);
    expect(withoutValues('nothing', [''])).toBe('nothing');
    expect(withoutValues('x', ['\ud800'])).toBe('x');
  });
});
