import { describe, expect, test } from 'vitest';
import type { Attempt } from '../../../../infra/local/cluster/access.ts';
import type { User } from '../../../../infra/local/cluster/model.ts';
import { attemptTo, refusal, type TestCluster, testCluster } from './cluster.ts';

type Headers = Readonly<Record<string, string | readonly string[]>>;

const ROBOT = 'system:serviceaccount:apps:robot';
const LIST_PODS = attemptTo('list', 'pods', 'apps');

/** A cluster where ServiceAccount apps/robot has these rules, and its token. */
function robotWith(...rules: readonly unknown[]): { readonly cluster: TestCluster; readonly token: string } {
  const cluster = testCluster();
  cluster.account('apps', 'robot');
  cluster.clusterRole('robot', rules);
  cluster.bind('', 'ClusterRole:robot', 'ServiceAccount:apps/robot');
  return { cluster, token: cluster.token('apps', 'robot') };
}

function become(
  { cluster, token }: { cluster: TestCluster; token: string },
  headers: Headers,
  attempt?: Attempt,
): User {
  return cluster.access.identify({ headers: { authorization: `Bearer ${token}`, ...headers } }, attempt);
}

const admin = { cluster: testCluster(), token: 'admin-token' };
const old = (resource: string, group = '') => ({
  verbs: ['impersonate'],
  apiGroups: [group],
  resources: [resource],
});

describe('the administrator', () => {
  test.each<[string, Headers, User]>([
    ['a user', { 'impersonate-user': 'joe' }, { name: 'joe', groups: ['system:authenticated'] }],
    [
      'a user in groups',
      { 'impersonate-user': 'joe', 'impersonate-group': ['a', 'b'] },
      { name: 'joe', groups: ['a', 'b', 'system:authenticated'] },
    ],
    [
      'a user of group system:masters',
      { 'impersonate-user': 'joe', 'impersonate-group': 'system:masters' },
      { name: 'joe', groups: ['system:masters', 'system:authenticated'] },
    ],
    [
      'a group whose name has a comma, which is one group',
      { 'impersonate-user': 'joe', 'impersonate-group': 'a, system:masters' },
      { name: 'joe', groups: ['a, system:masters', 'system:authenticated'] },
    ],
    [
      'the anonymous user',
      { 'impersonate-user': 'system:anonymous' },
      { name: 'system:anonymous', groups: ['system:unauthenticated'] },
    ],
    [
      'somebody who is not authenticated',
      { 'impersonate-user': 'joe', 'impersonate-group': 'system:unauthenticated' },
      { name: 'joe', groups: ['system:unauthenticated'] },
    ],
    [
      'a ServiceAccount, with its groups',
      { 'impersonate-user': ROBOT },
      {
        name: ROBOT,
        groups: ['system:serviceaccounts', 'system:serviceaccounts:apps', 'system:authenticated'],
      },
    ],
    [
      'a ServiceAccount in other groups',
      { 'impersonate-user': ROBOT, 'impersonate-group': 'a' },
      { name: ROBOT, groups: ['a', 'system:authenticated'] },
    ],
    [
      'a user with uid and extra',
      {
        'impersonate-user': 'joe',
        'impersonate-uid': '7',
        'impersonate-extra-acme.com%2fproject': ['p', 'q'],
      },
      { name: 'joe', uid: '7', groups: ['system:authenticated'], extra: { 'acme.com/project': ['p', 'q'] } },
    ],
    [
      'a name beyond ASCII, which comes as bytes',
      { 'impersonate-user': Buffer.from('jörg').toString('latin1') },
      { name: 'jörg', groups: ['system:authenticated'] },
    ],
  ])('can be %s', (_, headers, user) => {
    expect(become(admin, headers, LIST_PODS)).toEqual(user);
    expect(become(admin, headers)).toEqual(user);
  });

  test('is not somebody without a name', () => {
    const shown = 'Groups:[]string{"a", "b"}, Extra:map[string][]string(nil)}';

    expect(refusal(() => become(admin, { 'impersonate-group': ['a', 'b'] }))).toEqual({
      code: 400,
      message: `requested &user.DefaultInfo{Name:"", UID:"", ${shown} without impersonating a user name`,
    });
    expect(refusal(() => become(admin, { 'impersonate-uid': 'u' })).code).toBe(400);
    expect(refusal(() => become(admin, { 'impersonate-extra-x': 'u', 'impersonate-user': '' })).code).toBe(
      400,
    );
  });

  test('stays who it is without headers', () => {
    expect(become(admin, { 'impersonate-user': '' }).name).toBe('admin');
  });
});

describe('a robot', () => {
  test.each<[string, unknown[], Headers]>([
    ['a user', [old('users')], { 'impersonate-user': 'joe' }],
    ['a group', [old('users'), old('groups')], { 'impersonate-user': 'joe', 'impersonate-group': 'a' }],
    ['a ServiceAccount', [old('serviceaccounts')], { 'impersonate-user': ROBOT }],
    [
      'a uid',
      [old('users'), old('uids', 'authentication.k8s.io')],
      { 'impersonate-user': 'joe', 'impersonate-uid': '7' },
    ],
    [
      'an extra',
      [old('users'), old('userextras/scopes', 'authentication.k8s.io')],
      { 'impersonate-user': 'joe', 'impersonate-extra-scopes': 'x' },
    ],
  ])('can be %s when it may, and not without', (_, rules, headers) => {
    expect(become(robotWith(...rules), headers).name).toBe(headers['impersonate-user']);
    const fewer = rules.slice(0, -1);
    expect(refusal(() => become(robotWith(...fewer), headers)).code).toBe(403);
  });

  test.each<[string, Headers, string]>([
    [
      'groups',
      { 'impersonate-group': 'system:masters' },
      'groups "system:masters" is forbidden: User "system:serviceaccount:apps:robot" cannot impersonate resource "groups" in API group "" at the cluster scope',
    ],
    [
      'uids',
      { 'impersonate-uid': 'u' },
      'uids.authentication.k8s.io "u" is forbidden: User "system:serviceaccount:apps:robot" cannot impersonate resource "uids" in API group "authentication.k8s.io" at the cluster scope',
    ],
    [
      'extras',
      { 'impersonate-extra-k': 'u' },
      'userextras.authentication.k8s.io "u" is forbidden: User "system:serviceaccount:apps:robot" cannot impersonate resource "userextras/k" in API group "authentication.k8s.io" at the cluster scope',
    ],
  ])('that may be users is told what it misses for %s', (_, headers, message) => {
    const robot = robotWith(old('users'));

    expect(refusal(() => become(robot, { 'impersonate-user': 'joe', ...headers }))).toEqual({
      code: 403,
      message,
    });
  });

  test('with names may be those alone', () => {
    const robot = robotWith({ ...old('users'), resourceNames: ['joe'] });

    expect(become(robot, { 'impersonate-user': 'joe' }).name).toBe('joe');
    expect(refusal(() => become(robot, { 'impersonate-user': 'jane' })).code).toBe(403);
  });

  test('cannot be a ServiceAccount because it may be users, nor the other way round', () => {
    expect(refusal(() => become(robotWith(old('users')), { 'impersonate-user': ROBOT })).code).toBe(403);
    const robot = robotWith(old('serviceaccounts'));
    expect(
      refusal(() => become(robot, { 'impersonate-user': 'system:serviceaccount:apps:NOT-ONE' })).code,
    ).toBe(403);
  });

  test('that may be groups cannot be system:masters in a second header', () => {
    const robot = robotWith(old('users'), { ...old('groups'), resourceNames: ['a'] });
    const headers = { 'impersonate-user': 'joe', 'impersonate-group': ['a', 'system:masters'] };

    expect(refusal(() => become(robot, headers)).code).toBe(403);
  });

  test('that is refused hears of the constrained way first', () => {
    expect(refusal(() => become(robotWith(), { 'impersonate-user': 'joe' }, LIST_PODS))).toEqual({
      code: 403,
      message: `pods is forbidden: User "${ROBOT}" cannot impersonate-on:user-info:list resource "pods" in API group "" in the namespace "apps"`,
    });
  });
});

describe('constrained impersonation', () => {
  const mode = (name: string, resource: string) => [
    { verbs: [`impersonate:${name}`], apiGroups: ['authentication.k8s.io'], resources: [resource] },
    { verbs: [`impersonate-on:${name}:list`], apiGroups: [''], resources: ['pods'] },
  ];

  test.each<[string, string, string, readonly string[]]>([
    ['user-info', 'users', 'joe', ['system:authenticated']],
    [
      'serviceaccount',
      'serviceaccounts',
      ROBOT,
      ['system:serviceaccounts', 'system:serviceaccounts:apps', 'system:authenticated'],
    ],
    ['arbitrary-node', 'nodes', 'system:node:n1', ['system:nodes', 'system:authenticated']],
  ])('as %s is for what it names only', (name, resource, user, groups) => {
    const robot = robotWith(...mode(name, resource));

    expect(become(robot, { 'impersonate-user': user }, LIST_PODS)).toEqual({ name: user, groups });
    expect(
      refusal(() => become(robot, { 'impersonate-user': user }, attemptTo('get', 'pods', 'apps', 'x'))).code,
    ).toBe(403);
    expect(refusal(() => become(robot, { 'impersonate-user': user })).code).toBe(403);
  });

  test('never gives system:masters', () => {
    const robot = robotWith(...mode('user-info', '*'));
    const headers = { 'impersonate-user': 'joe', 'impersonate-group': 'system:masters' };

    expect(become(robot, { ...headers, 'impersonate-group': 'a' }, LIST_PODS).groups).toContain('a');
    expect(refusal(() => become(robot, headers, LIST_PODS))).toEqual({
      code: 403,
      message: `groups.authentication.k8s.io "system:masters" is forbidden: User "${ROBOT}" cannot impersonate:user-info resource "groups" in API group "authentication.k8s.io" at the cluster scope: impersonating the system:masters group is not allowed`,
    });
  });
});
