import { describe, expect, test } from 'vitest';
import { authOf } from '../../../shared/reconcile/git-repository/auth.ts';
import { invalidDuration } from '../../../shared/reconcile/source/spec.ts';

const ADDRESS = 'https://git.example.com/podinfo.git';

const read = (values: Readonly<Record<string, string>>) => authOf(ADDRESS, values);

describe('the TLS keys of a Secret', () => {
  test('[COM-21 keys] are tls.crt, tls.key and ca.crt', () => {
    expect(read({ 'tls.crt': 'CERT', 'tls.key': 'KEY', 'ca.crt': 'CA' })).toEqual({
      ok: true,
      auth: { ca: 'CA', clientCertificate: { certificate: 'CERT', key: 'KEY' } },
    });
  });

  test('[COM-21 legacy] [GR-10 ca-legacy] are certFile, keyFile and caFile where those are missing', () => {
    expect(read({ certFile: 'CERT', keyFile: 'KEY', caFile: 'CA' })).toEqual({
      ok: true,
      auth: { ca: 'CA', clientCertificate: { certificate: 'CERT', key: 'KEY' } },
    });
  });

  test('[COM-21 legacy] [GR-10 ca-legacy] the old names lose against the new ones', () => {
    const both = {
      ...{ 'tls.crt': 'CERT', 'tls.key': 'KEY', 'ca.crt': 'CA' },
      ...{ certFile: 'OLD', keyFile: 'OLD', caFile: 'OLD' },
    };

    expect(JSON.stringify(read(both))).not.toContain('OLD');
  });

  test('[GR-10 ca-legacy] an empty ca.crt is none', () => {
    expect(read({ 'ca.crt': '', caFile: 'CA' })).toEqual({ ok: true, auth: { ca: 'CA' } });
  });

  test.each([
    ['tls.crt alone', { 'tls.crt': 'CERT' }],
    ['tls.key alone', { 'tls.key': 'KEY', 'ca.crt': 'CA' }],
    ['certFile alone', { certFile: 'CERT' }],
    ['an empty tls.key', { 'tls.crt': 'CERT', 'tls.key': '' }],
  ])('[COM-21 pair] %s is refused, without its value', (_name, values) => {
    const result = read(values);

    expect(result).toMatchObject({
      ok: false,
      trouble: { condition: 'FetchFailed', reason: 'AuthenticationFailed' },
    });
    expect(JSON.stringify(result)).toContain("'tls.crt' and 'tls.key' must be set together");
    expect(JSON.stringify(result)).not.toMatch(/CERT|KEY"|CA"/);
  });

  test('[COM-21 pair] an empty pair beside a CA is no pair', () => {
    expect(read({ 'tls.crt': '', 'tls.key': '', 'ca.crt': 'CA' })).toEqual({ ok: true, auth: { ca: 'CA' } });
  });
});

describe('the userinfo of a URL', () => {
  const inUrl = (userinfo: string) => authOf(`https://${userinfo}@git.example.com/podinfo.git`, undefined);

  test('is decoded', () => {
    expect(inUrl('me%40home:p%2Fw')).toEqual({ ok: true, auth: { username: 'me@home', password: 'p/w' } });
  });

  test('may hold what is no escape: a bad spec must end in a condition, never in a message that fails for ever', () => {
    expect(inUrl('100%:50%zz')).toEqual({ ok: true, auth: { username: '100%', password: '50%zz' } });
  });
});

test.each(['interval', 'timeout'] as const)('a %s that passes the pattern but not Go stalls', (field) => {
  expect(invalidDuration({ interval: '1m', [field]: '9999999999m' })).toMatchObject({
    reason: 'InvalidSpec',
    message: `spec.${field} is invalid: time: invalid duration "9999999999m"`,
    stalling: true,
  });
});
