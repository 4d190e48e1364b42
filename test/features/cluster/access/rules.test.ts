import { describe, expect, test } from 'vitest';
import type { Attempt } from '../../../../infra/local/cluster/access.ts';
import type { User } from '../../../../infra/local/cluster/model.ts';
import { ADMIN, attemptTo, refusal, type TestCluster, testCluster } from './cluster.ts';

const JOE: User = { name: 'joe', groups: ['devs', 'system:authenticated'] };
const PODS = [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }];

function allowed(cluster: TestCluster, attempt: Attempt, user = JOE): boolean {
  return cluster.access.allows(user, attempt).allowed;
}

/** Whether a user with only this rule may. */
function withRule(rule: unknown, attempt: Attempt): boolean {
  const cluster = testCluster();
  cluster.clusterRole('some', [rule]);
  cluster.bind('', 'ClusterRole:some', 'User:joe');
  return allowed(cluster, attempt);
}

describe('a rule', () => {
  test('names verbs, groups and resources', () => {
    expect(withRule(PODS[0], attemptTo('get', 'pods', 'a', 'x'))).toBe(true);
    expect(withRule(PODS[0], attemptTo('delete', 'pods', 'a', 'x'))).toBe(false);
    expect(withRule(PODS[0], attemptTo('get', 'secrets', 'a', 'x'))).toBe(false);
    expect(withRule(PODS[0], { ...attemptTo('get', 'pods'), group: 'apps' } as Attempt)).toBe(false);
  });

  test('on a resource is not on its subresources', () => {
    const log = attemptTo('get', 'pods/log', 'a', 'x');

    expect(withRule(PODS[0], log)).toBe(false);
    expect(withRule({ ...PODS[0], resources: ['pods/log'] }, log)).toBe(true);
    expect(withRule({ ...PODS[0], resources: ['*/log'] }, log)).toBe(true);
    expect(withRule({ ...PODS[0], resources: ['pods/*'] }, log)).toBe(false);
    expect(withRule({ ...PODS[0], resources: ['*'] }, log)).toBe(true);
    expect(withRule({ ...PODS[0], resources: ['pods/log'] }, attemptTo('get', 'pods'))).toBe(false);
  });

  test('with names is for those alone, and never for a collection', () => {
    const rule = { ...PODS[0], resourceNames: ['x'] };

    expect(withRule(rule, attemptTo('get', 'pods', 'a', 'x'))).toBe(true);
    expect(withRule(rule, attemptTo('get', 'pods', 'a', 'y'))).toBe(false);
    expect(withRule(rule, attemptTo('list', 'pods', 'a'))).toBe(false);
  });

  test('on paths ends in a star or is exact', () => {
    const rule = { verbs: ['get'], nonResourceURLs: ['/api/*', '/version', '/logs*'] };

    expect(withRule(rule, { verb: 'get', path: '/api/v1' })).toBe(true);
    expect(withRule(rule, { verb: 'get', path: '/api' })).toBe(false);
    expect(withRule(rule, { verb: 'get', path: '/version' })).toBe(true);
    expect(withRule(rule, { verb: 'get', path: '/version/' })).toBe(false);
    expect(withRule(rule, { verb: 'get', path: '/logs/x' })).toBe(true);
    expect(withRule(rule, { verb: 'post', path: '/version' })).toBe(false);
    expect(withRule({ ...rule, apiGroups: ['*'], resources: ['*'] }, attemptTo('get', 'pods'))).toBe(true);
  });

  test('in a role that a namespace’s binding gives is for that namespace', () => {
    const cluster = testCluster();
    cluster.clusterRole('reader', PODS);
    cluster.bind('a', 'ClusterRole:reader', 'Group:devs');

    expect(allowed(cluster, attemptTo('get', 'pods', 'a', 'x'))).toBe(true);
    expect(allowed(cluster, attemptTo('get', 'pods', 'b', 'x'))).toBe(false);
    expect(allowed(cluster, attemptTo('list', 'pods'))).toBe(false);
  });
});

describe('a subject', () => {
  const robot: User = { name: 'system:serviceaccount:a:robot', groups: [] };

  test.each([
    ['ServiceAccount:a/robot', true],
    ['ServiceAccount:b/robot', false],
    ['ServiceAccount:/robot', true],
    ['User:system:serviceaccount:a:robot', true],
    ['User:robot', false],
  ])('%s is the ServiceAccount in its own namespace: %s', (subject, expected) => {
    const cluster = testCluster();
    cluster.role('a', 'reader', PODS);
    cluster.bind('a', 'Role:reader', subject);

    expect(allowed(cluster, attemptTo('get', 'pods', 'a'), robot)).toBe(expected);
  });

  test('without a namespace is nobody cluster-wide', () => {
    const cluster = testCluster();
    cluster.clusterRole('reader', PODS);
    cluster.bind('', 'ClusterRole:reader', 'ServiceAccount:/robot');

    expect(allowed(cluster, attemptTo('get', 'pods', 'a'), robot)).toBe(false);
  });
});

describe('a change', () => {
  test('of a role counts at once', () => {
    const cluster = testCluster();
    cluster.clusterRole('reader', PODS);
    cluster.bind('', 'ClusterRole:reader', 'User:joe');
    expect(allowed(cluster, attemptTo('get', 'pods'))).toBe(true);

    cluster.clusterRole('reader', []);

    expect(allowed(cluster, attemptTo('get', 'pods'))).toBe(false);
  });

  test('of a binding counts at once, in its namespace and cluster-wide', () => {
    const cluster = testCluster();
    const asked = attemptTo('get', 'pods', 'a');
    const rbac = 'rbac.authorization.k8s.io';
    cluster.clusterRole('reader', PODS);
    expect(allowed(cluster, asked)).toBe(false);

    cluster.bind('a', 'ClusterRole:reader', 'User:joe');
    expect(allowed(cluster, asked)).toBe(true);
    cluster.store.remove(`${rbac}/rolebindings`, 'a', 'reader-to-1');
    expect(allowed(cluster, asked)).toBe(false);
    cluster.bind('', 'ClusterRole:reader', 'User:joe');
    expect(allowed(cluster, asked)).toBe(true);
    cluster.store.remove(`${rbac}/clusterrolebindings`, '', 'reader-to-1');
    expect(allowed(cluster, asked)).toBe(false);
  });
});

describe('the words', () => {
  const cluster = testCluster();
  cluster.clusterRole('reader', PODS);
  cluster.bind('a', 'ClusterRole:reader', 'User:jane', 'ServiceAccount:/robot');
  cluster.bind('', 'ClusterRole:absent', 'User:jim');
  const why = (attempt: Attempt, user: Partial<User> = {}) =>
    refusal(() => cluster.access.demand({ ...JOE, ...user }, attempt));

  test.each<[Attempt, string]>([
    [
      attemptTo('list', 'configmaps', 'y'),
      'configmaps is forbidden: User "joe" cannot list resource "configmaps" in API group "" in the namespace "y"',
    ],
    [
      attemptTo('list', 'nodes'),
      'nodes is forbidden: User "joe" cannot list resource "nodes" in API group "" at the cluster scope',
    ],
    [
      { ...attemptTo('update', 'deployments/status', 'y', 'x'), group: 'apps' } as Attempt,
      'deployments.apps "x" is forbidden: User "joe" cannot update resource "deployments/status" in API group "apps" in the namespace "y"',
    ],
    [{ verb: 'get', path: '/api' }, 'forbidden: User "joe" cannot get path "/api"'],
    [{ verb: 'get', path: '/<b>&' }, 'forbidden: User "joe" cannot get path "/&lt;b&gt;&amp;"'],
  ])('of a refusal are the API server’s: %o', (attempt, message) => {
    expect(why(attempt)).toEqual({ code: 403, message });
  });

  test('tell of a role that is missing', () => {
    const message =
      'pods is forbidden: User "jim" cannot list resource "pods" in API group "" at the cluster scope: RBAC: clusterrole.rbac.authorization.k8s.io "absent" not found';

    expect(why(attemptTo('list', 'pods'), { name: 'jim' }).message).toBe(message);
  });

  test('tell by what it is allowed', () => {
    const reason = (user: User) => cluster.access.allows(user, attemptTo('get', 'pods', 'a')).reason;

    expect(reason({ name: 'jane', groups: [] })).toBe(
      'RBAC: allowed by RoleBinding "reader-to-2/a" of ClusterRole "reader" to User "jane"',
    );
    expect(reason({ name: 'system:serviceaccount:a:robot', groups: [] })).toBe(
      'RBAC: allowed by RoleBinding "reader-to-2/a" of ClusterRole "reader" to ServiceAccount "robot/a"',
    );
    expect(reason(ADMIN)).toBe('');
  });
});
