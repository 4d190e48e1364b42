import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { parseKubeconfig } from '../../../shared/adapters/kubernetes/kubeconfig.ts';
import { Fault } from '../../../shared/core/failures.ts';
import { makeCertificate } from '../../servers/certificate.ts';

const { certificate, key } = makeCertificate();
const base64 = (text: string) => Buffer.from(text).toString('base64');
const SERVER = 'https://api.example:6443';

interface Parts {
  readonly cluster?: unknown;
  readonly user?: unknown;
  readonly context?: unknown;
  readonly top?: Readonly<Record<string, unknown>>;
}

/** A good kubeconfig, in YAML, with parts replaced. */
function kubeconfig(parts: Parts = {}): string {
  const {
    cluster = { server: SERVER, 'certificate-authority-data': base64(certificate) },
    user = { token: 'tok' },
  } = parts;
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'other', cluster: { server: 'https://other.example' } },
      { name: 'c', cluster },
    ],
    users: [
      { name: 'other', user: { token: 'other' } },
      { name: 'u', user },
    ],
    contexts: [{ name: 'x', context: parts.context ?? { cluster: 'c', user: 'u', namespace: 'apps' } }],
    'current-context': 'x',
    ...parts.top,
  });
}

function refusalOf(text: string): Fault {
  try {
    parseKubeconfig(text);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  return expect.fail('the kubeconfig was accepted');
}

describe('accepted', () => {
  test('a token, with the CA as PEM', () => {
    expect(parseKubeconfig(kubeconfig())).toEqual({
      server: SERVER,
      ca: certificate,
      credentials: { token: 'tok' },
    });
  });

  test('[KS-101 insecure-tls] no verification, where that is allowed and asked for', () => {
    const cluster = { server: SERVER, 'insecure-skip-tls-verify': true };

    expect(parseKubeconfig(kubeconfig({ cluster }), { insecureTls: true })).toEqual({
      server: SERVER,
      credentials: { token: 'tok' },
      insecure: true,
    });
    expect(parseKubeconfig(kubeconfig(), { insecureTls: true })).not.toHaveProperty('insecure');
    expect(refusalOf(kubeconfig({ cluster })).data.field).toContain('insecure-skip-tls-verify');
  });

  test('a client certificate, public roots, a server name', () => {
    const cluster = { server: `${SERVER}/k8s/clusters/c-1`, 'tls-server-name': 'api.internal' };
    const user = { 'client-certificate-data': base64(certificate), 'client-key-data': base64(key) };

    expect(parseKubeconfig(kubeconfig({ cluster, user }))).toEqual({
      server: `${SERVER}/k8s/clusters/c-1`,
      tlsServerName: 'api.internal',
      credentials: { clientCertificate: { certificate, key } },
    });
  });

  test('JSON, folded base64, and fields that say "not set"', () => {
    const folded = base64(certificate).replaceAll(/.{60}/g, '$&\n');
    const cluster = {
      server: SERVER,
      'certificate-authority-data': folded,
      'insecure-skip-tls-verify': false,
      'proxy-url': '',
    };
    const user = { token: 'tok', exec: null, tokenFile: '' };

    expect(parseKubeconfig(kubeconfig({ cluster, user })).ca).toBe(certificate);
    expect(parseKubeconfig(jsonOf(kubeconfig())).server).toBe(SERVER);
  });

  test('what other contexts hold does not matter', () => {
    const contexts = [
      { name: 'exec', context: { cluster: 'other', user: 'runner' } },
      { name: 'x', context: { cluster: 'c', user: 'u' } },
    ];
    const users = [
      { name: 'runner', user: { exec: { command: 'aws' } } },
      { name: 'u', user: { token: 'tok' } },
    ];

    expect(parseKubeconfig(kubeconfig({ top: { contexts, users } })).credentials).toEqual({ token: 'tok' });
  });
});

describe('refused: invalid, with the field and what to do', () => {
  test.each([
    ['exec', { command: 'aws', apiVersion: 'client.authentication.k8s.io/v1' }],
    ['auth-provider', { name: 'gcp' }],
    ['client-certificate', '/home/me/client.crt'],
    ['client-key', '/home/me/client.key'],
    ['tokenFile', '/var/run/token'],
    ['username', 'admin'],
    ['password', 'secret-password'],
    ['as', 'system:admin'],
    ['as-uid', '1'],
    ['as-groups', ['system:masters']],
    ['as-user-extra', { scopes: ['all'] }],
  ])('a user with %s, even beside a token', (field, value) => {
    const fault = refusalOf(kubeconfig({ user: { token: 'secret-token', [field]: value } }));

    expect(fault.code).toBe('invalid');
    expect(fault.data).toEqual({ field: `users[].user.${field}` });
    expect(fault.message).toMatch(new RegExp(`users\\[\\]\\.user\\.${field} .+; (use|put) `));
    expect(fault.message).not.toContain('secret');
  });

  test.each([
    ['certificate-authority', '/etc/ca.crt'],
    ['insecure-skip-tls-verify', true],
    ['proxy-url', 'http://proxy.example:3128'],
  ])('a cluster with %s', (field, value) => {
    const fault = refusalOf(kubeconfig({ cluster: { server: SERVER, [field]: value } }));

    expect(fault.code).toBe('invalid');
    expect(fault.data).toEqual({ field: `clusters[].cluster.${field}` });
    expect(fault.message).toMatch(/; (give|put) /);
  });

  test('insecure-skip-tls-verify: yes is true, as Kubernetes reads YAML', () => {
    const text = kubeconfig().replace(
      `server: ${SERVER}`,
      `server: ${SERVER}\n      insecure-skip-tls-verify: yes`,
    );

    expect(refusalOf(text).data.field).toBe('clusters[].cluster.insecure-skip-tls-verify');
  });

  test.each([
    'http://api.example',
    'api.example:6443',
    'https://user:password@api.example',
    'https://api.example/?x=1',
    'file:///etc/passwd',
    '',
    17,
  ])('the server %s', (server) => {
    expect(refusalOf(kubeconfig({ cluster: { server } })).data.field).toBe('clusters[].cluster.server');
  });

  test.each([
    ['no current-context', { top: { 'current-context': '' } }, 'current-context'],
    ['a context that is not there', { top: { 'current-context': 'gone' } }, 'contexts'],
    ['no contexts', { top: { contexts: null } }, 'contexts'],
    ['a context without cluster', { context: { user: 'u' } }, 'contexts[].context.cluster'],
    ['a context without user', { context: { cluster: 'c' } }, 'contexts[].context.user'],
    ['a cluster that is not there', { context: { cluster: 'gone', user: 'u' } }, 'clusters'],
    ['a user that is not there', { context: { cluster: 'c', user: 'gone' } }, 'users'],
    ['a user that is no mapping', { user: 'admin' }, 'users'],
    ['no credentials', { user: {} }, 'users[].user'],
    ['a token that is a number', { user: { token: 12345 } }, 'users[].user.token'],
    ['a token of two lines', { user: { token: 'a\nb' } }, 'users[].user.token'],
    [
      'a certificate without key',
      { user: { 'client-certificate-data': base64(certificate) } },
      'users[].user.client-key-data',
    ],
    [
      'a key without certificate',
      { user: { 'client-key-data': base64(key) } },
      'users[].user.client-certificate-data',
    ],
    [
      'a key that is a certificate',
      { user: { 'client-certificate-data': base64(certificate), 'client-key-data': base64(certificate) } },
      'users[].user.client-key-data',
    ],
    [
      'a CA that is not base64',
      { cluster: { server: SERVER, 'certificate-authority-data': certificate } },
      'clusters[].cluster.certificate-authority-data',
    ],
    [
      'a CA that is not PEM',
      { cluster: { server: SERVER, 'certificate-authority-data': base64('hello') } },
      'clusters[].cluster.certificate-authority-data',
    ],
  ])('%s', (_, parts, field) => {
    const fault = refusalOf(kubeconfig(parts));

    expect(fault.code).toBe('invalid');
    expect(fault.data).toEqual({ field });
  });

  test.each(['', '- a', 'plain text', 'token: [secret', '\u0000', 'a: &a [*a]', 'x'.repeat(200_000)])(
    'text that is no kubeconfig: %j',
    (text) => {
      const fault = refusalOf(text);

      expect(fault.code).toBe('invalid');
      expect(fault.message).not.toContain('secret');
    },
  );
});

function jsonOf(yaml: string): string {
  return JSON.stringify(parse(yaml));
}
