import { X509Certificate } from 'node:crypto';
import { beforeEach, describe, expect, test } from 'vitest';
import { clientCertificate } from '../../../../infra/local/cluster/access/identity.ts';
import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { ADMIN, refusal, START, type TestCluster, testCluster } from './cluster.ts';

const UNAUTHORIZED = { code: 401, message: 'Unauthorized' };
const ROBOT = 'system:serviceaccount:apps:robot';

let cluster: TestCluster;
beforeEach(() => {
  cluster = testCluster();
  cluster.account('apps', 'robot');
});

function claimsOf(token: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}

/** Removes the ServiceAccount and makes one of the same name. */
function recreate(namespace: string, name: string): void {
  cluster.store.remove('/serviceaccounts', namespace, name);
  cluster.account(namespace, name);
}

describe('a bearer token', () => {
  test('of the administrator is known', () => {
    expect(cluster.whoIs('admin-token')).toEqual({
      ...ADMIN,
      groups: ['system:masters', 'system:authenticated'],
    });
  });

  test.each(['Bearer x', 'bearer admin-tokenx', 'BEARER Admin-Token', 'Bearer admin-token, Bearer x'])(
    'that is nobody’s is refused: %s',
    (authorization) => {
      const identify = () => cluster.access.identify({ headers: { authorization } });

      expect(refusal(identify)).toEqual(UNAUTHORIZED);
    },
  );

  test.each(['bearer admin-token', ' BEARER admin-token ', 'Bearer admin-token more'])(
    'is found in `%s`',
    (authorization) => {
      expect(cluster.access.identify({ headers: { authorization } }).name).toBe('admin');
    },
  );

  test.each([undefined, '', 'Bearer', 'Bearer ', 'Bearer  admin-token', 'Basic YWRtaW46eA==', 'admin-token'])(
    'is not found in `%s`, and without one it is the anonymous user',
    (authorization) => {
      const user = cluster.access.identify({ headers: { authorization } });

      expect(user).toEqual({ name: 'system:anonymous', groups: ['system:unauthenticated'] });
    },
  );

  test('that comes twice is the first', () => {
    const headers = { authorization: ['Bearer x', 'Bearer admin-token'] };

    expect(refusal(() => cluster.access.identify({ headers }))).toEqual(UNAUTHORIZED);
  });

  test('does not help against a certificate, which comes first', () => {
    const certificate = { commonName: 'jane', organizations: ['devs'], digest: 'ab' };
    const headers = { authorization: 'Bearer admin-token' };

    expect(cluster.access.identify({ headers, certificate })).toEqual({
      name: 'jane',
      groups: ['devs', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': ['X509SHA256=ab'] },
    });
  });

  test('is needed beside a certificate that proves nothing', () => {
    const certificate = { commonName: '', organizations: [] };
    const headers = { authorization: 'Bearer admin-token' };

    expect(cluster.access.identify({ headers, certificate }).name).toBe('admin');
    expect(refusal(() => cluster.access.identify({ headers: {}, certificate }))).toEqual(UNAUTHORIZED);
  });

  test('is not needed beside a certificate that does', () => {
    const { certificate } = clientCertificate(cluster.identity, 'jane', ['devs'], START);
    const read = (pem: string) => cluster.access.readCertificate(new X509Certificate(pem).raw);

    const user = cluster.access.identify({ headers: {}, certificate: read(certificate) });

    expect(user).toMatchObject({ name: 'jane', groups: ['devs', 'system:authenticated'] });
    expect(read(cluster.identity.server.certificate)).toEqual({ commonName: '', organizations: [] });
  });
});

describe('a token of TokenRequest', () => {
  test('is the ServiceAccount with its groups, uid and credential', () => {
    const token = cluster.token('apps', 'robot');

    expect(cluster.whoIs(token)).toEqual({
      name: ROBOT,
      uid: cluster.store.get('/serviceaccounts', 'apps', 'robot')?.uid,
      groups: ['system:serviceaccounts', 'system:serviceaccounts:apps', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${String(claimsOf(token).jti)}`] },
    });
  });

  test('ends after the time that was asked for, and a minute for clocks', () => {
    const token = cluster.token('apps', 'robot', { expirationSeconds: 600 });

    cluster.nature.pass(659);
    expect(cluster.whoIs(token).name).toBe(ROBOT);
    cluster.nature.pass(2);
    expect(refusal(() => cluster.whoIs(token))).toEqual(UNAUTHORIZED);
  });

  test('is not good before its time', () => {
    cluster.nature.pass(3600);
    const token = cluster.token('apps', 'robot', { expirationSeconds: 7200 });
    cluster.nature.pass(-3600);

    expect(refusal(() => cluster.whoIs(token))).toEqual(UNAUTHORIZED);
  });

  test('dies with its ServiceAccount', () => {
    const token = cluster.token('apps', 'robot');
    cluster.store.remove('/serviceaccounts', 'apps', 'robot');

    expect(refusal(() => cluster.whoIs(token))).toEqual(UNAUTHORIZED);
  });

  test('is not of another ServiceAccount with the same name', () => {
    const token = cluster.token('apps', 'robot');
    expect(cluster.whoIs(token).name).toBe(ROBOT);
    recreate('apps', 'robot');

    expect(refusal(() => cluster.whoIs(token))).toEqual(UNAUTHORIZED);
    expect(cluster.whoIs(cluster.token('apps', 'robot')).name).toBe(ROBOT);
  });

  test('for another audience is not for the API server', () => {
    const token = cluster.token('apps', 'robot', { audiences: ['vault'] });

    expect(refusal(() => cluster.whoIs(token))).toEqual(UNAUTHORIZED);
  });

  test('of another cluster is nobody’s, though all else is the same', () => {
    const other = testCluster();
    const uid = other.account('apps', 'robot');
    expect(cluster.store.get('/serviceaccounts', 'apps', 'robot')?.uid).toBe(uid);

    expect(refusal(() => cluster.whoIs(other.token('apps', 'robot')))).toEqual(UNAUTHORIZED);
  });

  test('bound to a Secret dies with it', () => {
    const put = () =>
      cluster.store.put('/secrets', {
        ...{ apiVersion: 'v1', kind: 'Secret' },
        metadata: { name: 'bond', namespace: 'apps', uid: cluster.nature.uuid() },
      });
    put();
    const token = cluster.token('apps', 'robot', {
      boundObjectRef: { apiVersion: 'v1', kind: 'Secret', name: 'bond' },
    });

    expect(cluster.whoIs(token).name).toBe(ROBOT);
    put();
    expect(refusal(() => cluster.whoIs(token))).toEqual(UNAUTHORIZED);
    cluster.store.remove('/secrets', 'apps', 'bond');
    expect(refusal(() => cluster.whoIs(token))).toEqual(UNAUTHORIZED);
  });
});

describe('a token in a Secret', () => {
  function secret(name = 'robot'): KubernetesObject {
    const annotations = { 'kubernetes.io/service-account.name': name };
    return {
      ...{ apiVersion: 'v1', kind: 'Secret', type: 'kubernetes.io/service-account-token' },
      metadata: { name: 'long-lived', namespace: 'apps', uid: 'secret-uid', annotations },
    };
  }

  function issue(): string {
    const filled = cluster.access.issueToken(secret()) as KubernetesObject;
    cluster.store.put('/secrets', filled);
    return Buffer.from((filled.data as { token: string }).token, 'base64').toString();
  }

  test('comes with the authority, the namespace and the uid', () => {
    const filled = cluster.access.issueToken(secret());

    const uid = cluster.store.get('/serviceaccounts', 'apps', 'robot')?.uid;
    expect(filled?.metadata.annotations).toMatchObject({ 'kubernetes.io/service-account.uid': uid });
    expect(filled?.data).toEqual({
      'ca.crt': Buffer.from(cluster.identity.authority.certificate).toString('base64'),
      namespace: Buffer.from('apps').toString('base64'),
      token: expect.any(String),
    });
    expect(cluster.access.issueToken(filled as KubernetesObject)).toEqual(filled);
  });

  test('is the ServiceAccount, for ever', () => {
    const token = issue();
    cluster.nature.pass(20 * 365 * 86_400);

    expect(cluster.whoIs(token)).toEqual({
      name: ROBOT,
      uid: cluster.store.get('/serviceaccounts', 'apps', 'robot')?.uid,
      groups: ['system:serviceaccounts', 'system:serviceaccounts:apps', 'system:authenticated'],
    });
  });

  test('dies with the Secret, and with another token in it', () => {
    const token = issue();

    cluster.store.put('/secrets', { ...secret(), data: { token: 'eA==' } });
    expect(refusal(() => cluster.whoIs(token))).toEqual(UNAUTHORIZED);
    cluster.store.remove('/secrets', 'apps', 'long-lived');
    expect(refusal(() => cluster.whoIs(token))).toEqual(UNAUTHORIZED);
  });

  test('is not of another ServiceAccount with the same name', () => {
    const token = issue();
    recreate('apps', 'robot');

    expect(refusal(() => cluster.whoIs(token))).toEqual(UNAUTHORIZED);
  });

  test('is not issued without a ServiceAccount', () => {
    expect(cluster.access.issueToken(secret('nobody'))).toBeUndefined();
    const old = cluster.access.issueToken(secret()) as KubernetesObject;
    recreate('apps', 'robot');
    expect(cluster.access.issueToken(old)).toBeUndefined();
  });
});
