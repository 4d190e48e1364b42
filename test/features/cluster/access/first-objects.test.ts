import { describe, expect, test } from 'vitest';
import { staleAggregations } from '../../../../infra/local/cluster/access/aggregation.ts';
import { bootstrap } from '../../../../infra/local/cluster/access/bootstrap.ts';
import { contentOf } from '../../../../infra/local/cluster/access/content.ts';
import type { Attempt } from '../../../../infra/local/cluster/access.ts';
import type { Entry } from '../../../../infra/local/cluster/model.ts';
import { metadataOf } from '../../../../infra/local/cluster/store/entry.ts';
import { attemptTo, type TestCluster, testCluster } from './cluster.ts';

const RBAC = 'rbac.authorization.k8s.io';

function started(): TestCluster {
  const cluster = testCluster();
  bootstrap(cluster.store, cluster.nature);
  return cluster;
}

function names(entries: readonly Entry[]): readonly string[] {
  return entries.map(({ namespace, name }) => (namespace ? `${namespace}/${name}` : name));
}

describe('a new cluster', () => {
  const { store, access } = started();

  test('has the namespaces and the Service of the API server', () => {
    expect(names(store.list('/namespaces'))).toEqual([
      'default',
      'kube-node-lease',
      'kube-public',
      'kube-system',
    ]);
    expect(names(store.list('/services'))).toEqual(['default/kubernetes']);
  });

  test('has the roles that people bind', () => {
    expect(names(store.list(`${RBAC}/clusterroles`))).toEqual(
      expect.arrayContaining(['admin', 'cluster-admin', 'edit', 'system:auth-delegator', 'view']),
    );
    expect(names(store.list(`${RBAC}/roles`))).toEqual([
      'kube-system/extension-apiserver-authentication-reader',
    ]);
  });

  test('gives every object its uid and its time', () => {
    const all = ['/namespaces', '/services', `${RBAC}/clusterroles`, `${RBAC}/clusterrolebindings`].flatMap(
      (id) => store.list(id),
    );

    expect(new Set(all.map(({ uid }) => uid)).size).toBe(all.length);
    for (const entry of all) {
      const { creationTimestamp, managedFields = [], resourceVersion } = metadataOf(entry);
      expect(creationTimestamp).toBe('2026-03-04T05:06:07Z');
      expect(resourceVersion).toBe(String(entry.revision));
      expect(managedFields.map(({ time }) => time)).toEqual(managedFields.map(() => creationTimestamp));
    }
  });

  test.each<[string, string[], Attempt, boolean]>([
    ['nobody', ['system:unauthenticated'], { verb: 'get', path: '/version' }, true],
    ['nobody', ['system:unauthenticated'], { verb: 'get', path: '/api' }, false],
    ['anybody', ['system:authenticated'], { verb: 'get', path: '/apis/apps/v1' }, true],
    ['anybody', ['system:authenticated'], attemptTo('list', 'pods', 'default'), false],
    [
      'anybody',
      ['system:authenticated'],
      { ...attemptTo('create', 'selfsubjectaccessreviews'), group: 'authorization.k8s.io' } as Attempt,
      true,
    ],
    ['a monitor', ['system:monitoring'], { verb: 'get', path: '/metrics' }, true],
  ])('lets %s of %o do what the real one does: %o %s', (name, groups, attempt, allowed) => {
    expect(access.allows({ name, groups }, attempt).allowed).toBe(allowed);
  });

  test.each([
    ['view', 'get', 'configmaps', true],
    ['view', 'get', 'secrets', false],
    ['view', 'update', 'configmaps', false],
    ['edit', 'get', 'secrets', true],
    ['edit', 'delete', 'pods', true],
    ['edit', 'get', 'nodes', false],
    ['cluster-admin', 'delete', 'nodes', true],
  ])('lets %s %s %s: %s', (role, verb, resource, allowed) => {
    const cluster = started();
    cluster.bind('a', `ClusterRole:${role}`, 'User:joe');

    expect(
      cluster.access.allows({ name: 'joe', groups: [] }, attemptTo(verb, resource, 'a', 'x')).allowed,
    ).toBe(allowed);
  });

  test('is not begun twice', () => {
    const cluster = started();
    cluster.store.remove(`${RBAC}/clusterroles`, '', 'view');
    const { revision } = cluster.store;

    bootstrap(cluster.store, cluster.nature);

    expect(cluster.store.revision).toBe(revision);
  });
});

describe('aggregated roles', () => {
  const reader = { apiGroups: ['example.org'], resources: ['widgets'], verbs: ['get'] };
  const labels = (name: string) => ({ metadata: { labels: { [`${RBAC}/aggregate-to-${name}`]: 'true' } } });

  test('of a new cluster are as they should be', () => {
    expect(staleAggregations(started().store)).toEqual([]);
  });

  test('gather the rules of every role with their label, one after the other', () => {
    const cluster = started();
    const before = contentOf<{ rules: unknown[] }>(
      cluster.store.get(`${RBAC}/clusterroles`, '', 'view') as Entry,
    ).rules;
    cluster.clusterRole('widget-view', [reader, { ...reader, verbs: ['list'] }], labels('view'));

    const [view, ...more] = staleAggregations(cluster.store);

    // By name, a role between others: `system:aggregate-to-view` comes before `widget-view`.
    expect(view).toEqual({
      name: 'view',
      rules: [...(before ?? []), reader, { ...reader, verbs: ['list'] }],
    });
    expect(more).toEqual([]);
  });

  test('lose what no role gives any more, and gather nothing twice', () => {
    const cluster = started();
    const aggregationRule = {
      clusterRoleSelectors: [
        { matchLabels: { a: 'b' } },
        { matchExpressions: [{ key: 'a', operator: 'In', values: ['b', 'c'] }] },
      ],
    };
    // Its own label selects it as well: what it gave before is no reason to keep it.
    const own = { metadata: { labels: { a: 'b' } } };
    cluster.clusterRole('all', [{ ...reader, verbs: ['delete'] }], { aggregationRule, ...own });
    cluster.clusterRole('one', [reader], { metadata: { labels: { a: 'b' } } });
    cluster.clusterRole('two', [reader], { metadata: { labels: { a: 'c' } } });

    expect(staleAggregations(cluster.store)).toEqual([{ name: 'all', rules: [reader] }]);
  });

  test.each([
    ['Exists', undefined, ['one']],
    ['DoesNotExist', undefined, ['two']],
    ['NotIn', ['b'], ['two']],
    ['In', ['c'], []],
  ])('select by %s', (operator, values, selected) => {
    const cluster = testCluster();
    const selector = { matchExpressions: [{ key: 'a', operator, ...(values && { values }) }] };
    cluster.clusterRole('all', [{}], { aggregationRule: { clusterRoleSelectors: [selector] } });
    for (const name of ['one', 'two']) {
      const more = name === 'one' ? { metadata: { labels: { a: 'b' } } } : {};
      cluster.clusterRole(name, [{ ...reader, resourceNames: [name] }], more);
    }

    const [all] = staleAggregations(cluster.store);

    expect(all?.rules.flatMap(({ resourceNames }) => resourceNames ?? [])).toEqual(selected);
  });
});
