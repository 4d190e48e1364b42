import { beforeEach, describe, expect, test } from 'vitest';
import type { User } from '../../../../infra/local/cluster/model.ts';
import { metadataOf } from '../../../../infra/local/cluster/store/entry.ts';
import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { ADMIN, callOf, refusal, type TestCluster, testCluster } from './cluster.ts';

const RBAC = 'rbac.authorization.k8s.io';
const JOE: User = { name: 'joe', groups: ['devs', 'system:authenticated'] };
const KINDS = {
  clusterroles: 'ClusterRole',
  roles: 'Role',
  clusterrolebindings: 'ClusterRoleBinding',
  rolebindings: 'RoleBinding',
} as const;

let cluster: TestCluster;
beforeEach(() => {
  cluster = testCluster();
  cluster.clusterRole('joe', [
    { apiGroups: [''], resources: ['pods', 'configmaps'], verbs: ['get', 'list'] },
  ]);
  cluster.bind('', 'ClusterRole:joe', 'User:joe');
});

interface Given {
  readonly user?: User;
  readonly namespace?: string;
  /** An update of an object of this name. */
  readonly update?: string;
}

function write(
  plural: keyof typeof KINDS,
  object: object,
  { user = JOE, namespace = '', update = '' }: Given = {},
) {
  const kind = KINDS[plural];
  const call = callOf(user, { group: RBAC, plural, kind }, namespace, update);
  const whole = { apiVersion: `${RBAC}/v1`, kind, metadata: { name: 'new' }, ...object };
  return () => cluster.access.demandNoEscalation(call, whole as unknown as KubernetesObject);
}

const rules = (verb: string, resource = 'pods') => ({
  rules: [{ apiGroups: [''], resources: [resource], verbs: [verb] }],
});
const refer = (kind: string, name: string) => ({ roleRef: { apiGroup: RBAC, kind, name }, subjects: [] });

describe('a role', () => {
  test('may give what its maker has', () => {
    expect(write('clusterroles', rules('get'))).not.toThrow();
    expect(write('roles', rules('list'), { namespace: 'a' })).not.toThrow();
    expect(write('clusterroles', {})).not.toThrow();
  });

  test('may not give more, and the refusal lists it', () => {
    const more = {
      rules: [
        { apiGroups: ['', 'apps'], resources: ['pods', 'secrets'], verbs: ['get', 'delete'] },
        { nonResourceURLs: ['/x'], verbs: ['get', 'post'] },
        { apiGroups: [''], resources: ['configmaps'], resourceNames: ['a', 'b'], verbs: ['get', 'update'] },
      ],
    };

    expect(refusal(write('clusterroles', more))).toEqual({
      code: 403,
      message: [
        'clusterroles.rbac.authorization.k8s.io "new" is forbidden: user "joe" (groups=["devs" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:',
        '{APIGroups:[""], Resources:["configmaps"], ResourceNames:["a"], Verbs:["update"]}',
        '{APIGroups:[""], Resources:["configmaps"], ResourceNames:["b"], Verbs:["update"]}',
        '{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}',
        '{APIGroups:[""], Resources:["secrets"], Verbs:["get" "delete"]}',
        '{APIGroups:["apps"], Resources:["pods"], Verbs:["get" "delete"]}',
        '{APIGroups:["apps"], Resources:["secrets"], Verbs:["get" "delete"]}',
        '{NonResourceURLs:["/x"], Verbs:["get"]}',
        '{NonResourceURLs:["/x"], Verbs:["post"]}',
      ].join('\n'),
    });
  });

  test.each([
    ['all verbs', { apiGroups: [''], resources: ['pods'], verbs: ['*'] }],
    ['all resources', { apiGroups: [''], resources: ['*'], verbs: ['get'] }],
    ['all groups', { apiGroups: ['*'], resources: ['pods'], verbs: ['get'] }],
    ['a subresource', { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] }],
    ['a path', { nonResourceURLs: ['/x'], verbs: ['get'] }],
  ])('may not give %s for some', (_, rule) => {
    expect(refusal(write('clusterroles', { rules: [rule] })).code).toBe(403);
  });

  test('may not give a maker’s names as all', () => {
    cluster.clusterRole('joe', [
      { apiGroups: [''], resources: ['pods'], verbs: ['get'], resourceNames: ['x'] },
    ]);

    expect(
      write('clusterroles', { rules: [{ ...rules('get').rules[0], resourceNames: ['x'] }] }),
    ).not.toThrow();
    expect(refusal(write('clusterroles', rules('get'))).code).toBe(403);
  });

  test('may not aggregate without everything', () => {
    const aggregating = { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] } };

    expect(refusal(write('clusterroles', aggregating)).message).toBe(
      'clusterroles.rbac.authorization.k8s.io "new" is forbidden: must have cluster-admin privileges to use the aggregationRule',
    );
    cluster.clusterRole('old', [], aggregating);
    const change = { metadata: { name: 'old', labels: { x: 'y' } }, rules: [] };
    expect(refusal(write('clusterroles', change, { update: 'old' })).code).toBe(403);
  });

  test('may give anything by the verb escalate, where it holds', () => {
    cluster.role('a', 'escalator', [{ apiGroups: [RBAC], resources: ['roles'], verbs: ['escalate'] }]);
    cluster.bind('a', 'Role:escalator', 'User:joe');

    expect(write('roles', rules('delete'), { namespace: 'a' })).not.toThrow();
    expect(refusal(write('roles', rules('delete'), { namespace: 'b' })).code).toBe(403);
    expect(refusal(write('clusterroles', rules('delete'))).code).toBe(403);
  });

  test('may give anything by the administrator', () => {
    expect(write('clusterroles', rules('*', '*'), { user: ADMIN })).not.toThrow();
  });
});

describe('a change of a role that gives more than the writer has', () => {
  beforeEach(() => cluster.clusterRole('big', rules('delete').rules));

  function changed(metadata: object): object {
    const entry = cluster.store.get(`${RBAC}/clusterroles`, '', 'big');
    if (!entry) throw new Error('it is gone');
    return { ...rules('delete'), metadata: { ...metadataOf(entry), ...metadata } };
  }

  test('may touch finalizers and owners, as the garbage collector does', () => {
    const object = changed({ finalizers: ['a/b'], ownerReferences: [], managedFields: [] });

    expect(write('clusterroles', object, { update: 'big' })).not.toThrow();
  });

  test('may not touch labels', () => {
    expect(refusal(write('clusterroles', changed({ labels: { a: 'b' } }), { update: 'big' })).code).toBe(403);
  });

  test('is no way around for a create of the same name', () => {
    expect(refusal(write('clusterroles', changed({ finalizers: ['a/b'] }))).code).toBe(403);
  });
});

describe('a binding', () => {
  test('may give a role whose rules its maker has', () => {
    cluster.clusterRole('small', rules('get').rules);

    expect(write('clusterrolebindings', refer('ClusterRole', 'small'))).not.toThrow();
    expect(write('rolebindings', refer('ClusterRole', 'small'), { namespace: 'a' })).not.toThrow();
  });

  test('may not give more', () => {
    cluster.role('a', 'big', rules('delete').rules);

    expect(refusal(write('rolebindings', refer('Role', 'big'), { namespace: 'a' })).message).toBe(
      'rolebindings.rbac.authorization.k8s.io "new" is forbidden: user "joe" (groups=["devs" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[""], Resources:["pods"], Verbs:["delete"]}',
    );
  });

  test('may give what is bindable by name', () => {
    cluster.clusterRole('big', rules('delete').rules);
    cluster.clusterRole('other', rules('delete').rules);
    cluster.clusterRole('binder', [
      { apiGroups: [RBAC], resources: ['clusterroles'], verbs: ['bind'], resourceNames: ['big'] },
    ]);
    cluster.bind('', 'ClusterRole:binder', 'User:joe');

    expect(write('clusterrolebindings', refer('ClusterRole', 'big'))).not.toThrow();
    expect(refusal(write('clusterrolebindings', refer('ClusterRole', 'other'))).code).toBe(403);
  });

  test('to a role that is missing is not found, unless by the administrator', () => {
    const missing = refer('ClusterRole', 'zzz');

    expect(refusal(write('clusterrolebindings', missing))).toEqual({
      code: 404,
      message: 'clusterrolebindings.rbac.authorization.k8s.io "zzz" not found',
    });
    expect(write('clusterrolebindings', missing, { user: ADMIN })).not.toThrow();
  });

  test('of the whole cluster to a Role, and to nothing that is known, is refused', () => {
    expect(refusal(write('clusterrolebindings', refer('Role', 'x'))).code).toBe(400);
    expect(refusal(write('clusterrolebindings', refer('Thing', 'x'))).code).toBe(500);
    expect(refusal(write('clusterrolebindings', {})).code).toBe(500);
  });
});
