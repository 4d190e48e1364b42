import { expect, test } from 'vitest';
import { Fault } from '../../shared/core/failures.ts';
import type { Cluster } from '../../shared/ports.ts';
import { type ContractPart, MANAGER } from './cluster.ts';
import { faultOf } from './fault-of.ts';

/** Impersonation and giving up. */
export const identityContract: ContractPart = (fixture) => {
  const account = (name: string) => `system:serviceaccount:${fixture().namespace}:${name}`;
  const configMaps = () => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: fixture().namespace });

  test('a service account has the groups of service accounts, without being asked for them', async () => {
    const { cluster, namespace } = fixture();

    const who = await whoIs(cluster.as(account('deployer')));

    expect(who.username).toBe(account('deployer'));
    expect([...who.groups].sort()).toEqual([
      'system:authenticated',
      'system:serviceaccounts',
      `system:serviceaccounts:${namespace}`,
    ]);
  });

  test('an account without rights is forbidden everything, and the administrator still is not', async () => {
    const { cluster, configMap, namespace } = fixture();
    await cluster.apply(configMap('secret'), MANAGER);
    const stranger = cluster.as(account('stranger'));
    const reference = { ...configMaps(), name: 'secret' };

    const { message, data } = await faultOf(stranger.get(reference), 'forbidden');
    await faultOf(stranger.list(configMaps()), 'forbidden');
    await faultOf(stranger.listMetadata(configMaps()), 'forbidden');
    await faultOf(stranger.create(configMap('other'), MANAGER), 'forbidden');
    await faultOf(stranger.apply(configMap('secret'), MANAGER), 'forbidden');
    await faultOf(stranger.patch(reference, { merge: {} }, MANAGER), 'forbidden');
    await faultOf(stranger.delete(reference), 'forbidden');
    const { signal } = new AbortController();
    const watch = stranger.watch(configMaps(), { resourceVersion: '1', signal })[Symbol.asyncIterator]();
    await faultOf(watch.next(), 'forbidden');

    expect(message).toBe(
      `configmaps "secret" is forbidden: User "${account('stranger')}" cannot get resource "configmaps" in API group "" in the namespace "${namespace}"`,
    );
    expect(data).toMatchObject({ status: 403, reason: 'Forbidden' });
    expect(await cluster.get(reference)).toBeDefined();
  });

  test('a token of an account is its own, for those it was asked for, and none for an account that is not there', async () => {
    const { cluster, namespace } = fixture();
    const metadata = { namespace, name: 'token-owner' };
    const made = await cluster.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata }, MANAGER);

    const { token, expiresAt } = await cluster.accountToken(metadata, ['one', 'two']);
    const own = await cluster.accountToken(metadata);

    expect(claimsOf(token)).toMatchObject({ aud: ['one', 'two'], sub: account('token-owner') });
    expect(claimsOf(token)).toMatchObject({
      exp: expiresAt.getTime() / 1000,
      'kubernetes.io': { serviceaccount: { uid: made.metadata.uid } },
    });
    expect(claimsOf(own.token).aud).not.toContain('one');
    await faultOf(cluster.accountToken({ namespace, name: 'absent' }), 'not-found');
    await faultOf(cluster.accountToken({ namespace, name: '../x' }), 'invalid');
    await faultOf(cluster.as(account('stranger')).accountToken(metadata), 'forbidden');
  });

  test('who may not read kube-system gets the facts with the uid that stands for it, or none', async () => {
    const { cluster } = fixture();
    const stranger = cluster.as(account('stranger'));

    await faultOf(stranger.facts(), 'forbidden');
    const { version, uid } = await cluster.facts();
    expect(await stranger.facts('otherwise')).toEqual({ version, uid: 'otherwise' });
    expect(await cluster.facts('otherwise')).toEqual({ version, uid });
  });

  test('an account has the rights of its own bindings, no more', async () => {
    const { cluster, configMap, namespace } = fixture();
    await cluster.apply(configMap('shared'), MANAGER);
    await grant(cluster, namespace, 'reader', ['get', 'list']);
    const reader = cluster.as(account('reader'));
    const { signal } = new AbortController();

    await expect
      .poll(() =>
        reader.list(configMaps()).then(
          ({ items }) => items.length > 0,
          () => false,
        ),
      )
      .toBe(true);

    expect(await reader.until(signal).get({ ...configMaps(), name: 'shared' })).toMatchObject({
      data: { a: '1' },
    });
    await faultOf(reader.delete({ ...configMaps(), name: 'shared' }), 'forbidden');
    await faultOf(reader.as(account('stranger')).list(configMaps()), 'forbidden');
    await faultOf(cluster.until(signal).as(account('stranger')).list(configMaps()), 'forbidden');
  });

  test('a group binding of all service accounts of a namespace counts', async () => {
    const { cluster, namespace } = fixture();
    const subject = { kind: 'Group', name: `system:serviceaccounts:${namespace}`, apiGroup: RBAC };
    await grant(cluster, namespace, 'group', ['list'], 'secrets', subject);

    const secrets = { apiVersion: 'v1', kind: 'Secret', namespace };

    await expect
      .poll(() =>
        cluster
          .as(account('anyone'))
          .list(secrets)
          .then(
            () => true,
            () => false,
          ),
      )
      .toBe(true);
    await faultOf(cluster.as(`system:serviceaccount:${namespace}-not:anyone`).list(secrets), 'forbidden');
  });

  test.each(['', 'a\r\nImpersonate-Group: system:masters', 'ü', ' a'])('the user %j is invalid', (user) => {
    expect(() => fixture().cluster.as(user)).toThrow(Fault);
  });

  test('a fired signal ends every operation, as a timeout or as its own fault', async () => {
    const { cluster, configMap } = fixture();
    const late = cluster.until(AbortSignal.abort());
    const reference = { ...configMaps(), name: 'late' };

    await faultOf(late.get(reference), 'timeout');
    await faultOf(late.list(configMaps()), 'timeout');
    await faultOf(late.apply(configMap('late'), MANAGER), 'timeout');
    await faultOf(late.as(account('x')).delete(reference), 'timeout');
    await faultOf(late.facts(), 'timeout');
    await faultOf(late.resource({ apiVersion: 'v1', kind: 'Secret' }), 'timeout');
    const own = new Fault('precondition-failed', 'somebody else owns it');
    await faultOf(cluster.until(AbortSignal.abort(own)).get(reference), 'precondition-failed');
    expect(await cluster.get(reference)).toBeUndefined();
  });
};

const RBAC = 'rbac.authorization.k8s.io';

async function whoIs(cluster: Cluster): Promise<{ username: string; groups: readonly string[] }> {
  const review = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'SelfSubjectReview',
    metadata: { name: '' },
  };
  const answer = await cluster.create(review, MANAGER);
  return (answer.status as { userInfo: { username: string; groups: readonly string[] } }).userInfo;
}

async function grant(
  cluster: Cluster,
  namespace: string,
  name: string,
  verbs: readonly string[],
  resource = 'configmaps',
  subject: unknown = { kind: 'ServiceAccount', name, namespace },
): Promise<void> {
  const rbac = { apiVersion: `${RBAC}/v1`, metadata: { name, namespace } };
  const rules = [{ apiGroups: [''], resources: [resource], verbs }];
  await cluster.apply({ ...rbac, kind: 'Role', rules }, MANAGER);
  const roleRef = { apiGroup: RBAC, kind: 'Role', name };
  await cluster.apply({ ...rbac, kind: 'RoleBinding', roleRef, subjects: [subject] }, MANAGER);
}

/** What a token says, unchecked. */
function claimsOf(token: string): Readonly<Record<string, unknown>> {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
}
