import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import { type Asked, openAsker } from './access-ask.ts';
import { answered, callOf, openTwin } from './access-twin.ts';
import { connect, until } from './api.ts';

const RBAC = 'rbac.authorization.k8s.io';

const run = randomUUID().slice(0, 8);
const access = { server: inject('server'), ca: inject('ca'), token: inject('token') };
const api = connect(access);
const asker = openAsker(access);
const twin = openTwin(access.token);
afterAll(() => {
  api.close();
  asker.close();
});

const namespace = `escalate-${run}`;
/** May write all of RBAC's kinds, and read pods; in its namespace it may also escalate and bind `bindable`. */
const MAKER = `maker-${run}`;

const write = { apiGroups: [RBAC], resources: ['*'], verbs: ['create', 'update', 'patch', 'get'] };
const pods = { apiGroups: [''], resources: ['pods', 'configmaps'], verbs: ['get', 'list'] };
const named = { apiGroups: ['apps'], resources: ['deployments'], verbs: ['*'], resourceNames: ['x'] };
const paths = { nonResourceURLs: ['/a/*', '/b'], verbs: ['get'] };

beforeAll(async () => {
  await api.create('/api/v1/namespaces', { metadata: { name: namespace } });
  const root = `/apis/${RBAC}/v1`;
  const subjects = [{ kind: 'User', apiGroup: RBAC, name: MAKER }];
  const role = async (path: string, name: string, rules: readonly unknown[]) =>
    api.create(`${root}/${path}`, { metadata: { name }, rules });
  const bind = async (path: string, kind: string, name: string) =>
    api.create(`${root}/${path}`, {
      metadata: { name },
      roleRef: { apiGroup: RBAC, kind, name },
      subjects,
    });
  await role('clusterroles', `big-${run}`, [{ ...pods, verbs: ['delete'] }]);
  await role('clusterroles', `bindable-${run}`, [{ ...pods, verbs: ['delete'] }]);
  await role('clusterroles', `small-${run}`, [pods]);
  await role(`namespaces/${namespace}/roles`, 'big', [{ ...pods, verbs: ['delete'] }]);
  await role(`namespaces/${namespace}/roles`, 'local', [
    { apiGroups: [RBAC], resources: ['clusterroles'], verbs: ['bind'], resourceNames: [`bindable-${run}`] },
    { apiGroups: ['batch'], resources: ['jobs'], verbs: ['get'] },
  ]);
  await bind(`namespaces/${namespace}/rolebindings`, 'Role', 'local');
  await bind('clusterrolebindings', 'ClusterRole', `absent-${run}`);
  await role('clusterroles', MAKER, [write, pods, named, paths]);
  await bind('clusterrolebindings', 'ClusterRole', MAKER);
  for (const kind of ['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings']) {
    await twin.copy(asker, `${RBAC}/${kind}`);
  }
  await until('the maker may write', async () => {
    const { status } = await attempt('clusterroles', { metadata: { name: `try-${run}` } });
    return status === 201 || undefined;
  });
});
afterAll(async () => {
  await api.send('DELETE', `/api/v1/namespaces/${namespace}`);
  for (const name of [`big-${run}`, `bindable-${run}`, `small-${run}`, MAKER, `absent-${run}`]) {
    await api.send('DELETE', `/apis/${RBAC}/v1/clusterroles/${name}`);
    await api.send('DELETE', `/apis/${RBAC}/v1/clusterrolebindings/${name}`);
  }
});

/** What the real server says to the maker's create, of which nothing stays. */
async function attempt(plural: string, object: object): Promise<Asked> {
  const scope = plural.startsWith('cluster') ? plural : `namespaces/${namespace}/${plural}`;
  const headers = { 'impersonate-user': MAKER, 'impersonate-group': 'devs' };
  return asker.ask('POST', `/apis/${RBAC}/v1/${scope}?dryRun=All`, { headers, body: object });
}

function ours(plural: string, object: object): Asked {
  const user = { name: MAKER, groups: ['devs', 'system:authenticated'] };
  const scope = plural.startsWith('cluster') ? '' : namespace;
  return answered(() =>
    twin.access.demandNoEscalation(
      callOf(user, { group: RBAC, plural }, scope),
      object as unknown as KubernetesObject,
    ),
  );
}

const metadata = { name: `new-${run}` };
const refer = (kind: string, name: string) => ({
  metadata,
  roleRef: { apiGroup: RBAC, kind, name },
  subjects: [],
});
const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] };

const RULES: readonly (readonly [string, readonly unknown[]])[] = [
  ['nothing', []],
  ['what is held', [pods]],
  ['a part of it', [{ ...pods, verbs: ['get'], resources: ['pods'], resourceNames: ['x'] }]],
  ['more verbs and groups', [{ ...pods, apiGroups: ['', 'apps'], verbs: ['get', 'delete', 'watch'] }]],
  ['all verbs', [{ ...pods, verbs: ['*'] }]],
  ['all resources', [{ ...pods, resources: ['*'] }]],
  ['all groups', [{ ...pods, apiGroups: ['*'] }]],
  ['a subresource', [{ ...pods, resources: ['pods/log', '*/status'] }]],
  ['a held name', [named]],
  ['a held name with a verb', [{ ...named, verbs: ['get', 'scale'] }]],
  ['another name', [{ ...named, resourceNames: ['x', 'y'] }]],
  ['no names', [{ ...named, resourceNames: [] }]],
  ['held paths', [{ nonResourceURLs: ['/a/*', '/a/b', '/b'], verbs: ['get'] }]],
  ['other paths', [{ nonResourceURLs: ['/a*', '/b/c', '*'], verbs: ['get', 'post'] }]],
  [
    'several',
    [pods, { ...pods, resources: ['secrets'] }, { ...pods, resources: ['secrets'], verbs: ['update'] }],
  ],
  ['what is odd', [{ ...pods, resources: ['a"b', 'c\\d', '<é>'], verbs: ['x&y'] }]],
  ['of a namespace', [{ apiGroups: ['batch'], resources: ['jobs'], verbs: ['get'] }]],
  [
    'everything',
    [
      { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
      { nonResourceURLs: ['*'], verbs: ['*'] },
    ],
  ],
];

const CASES: readonly (readonly [string, string, object])[] = [
  ...RULES.map(
    ([what, rules]) => [`a ClusterRole with ${what}`, 'clusterroles', { metadata, rules }] as const,
  ),
  ...RULES.filter(([what]) => !/path|everything/.test(what)).map(
    ([what, rules]) => [`a Role with ${what}`, 'roles', { metadata, rules }] as const,
  ),
  ['an aggregating ClusterRole', 'clusterroles', { metadata, rules: [], aggregationRule }],
  [
    'an aggregating ClusterRole without selectors',
    'clusterroles',
    { metadata, aggregationRule: { clusterRoleSelectors: [] } },
  ],
  ...['clusterrolebindings', 'rolebindings'].flatMap((plural) =>
    ['big', 'small', 'bindable', 'zzz'].map(
      (name) =>
        [`a ${plural} to ClusterRole ${name}`, plural, refer('ClusterRole', `${name}-${run}`)] as const,
    ),
  ),
  ...['big', 'local', 'zzz'].map(
    (name) => [`a RoleBinding to Role ${name}`, 'rolebindings', refer('Role', name)] as const,
  ),
  ['a ClusterRoleBinding to a Role', 'clusterrolebindings', refer('Role', 'big')],
  ['a ClusterRoleBinding to nothing known', 'clusterrolebindings', refer('Thing', 'big')],
  ['a RoleBinding to nothing known', 'rolebindings', refer('', 'big')],
];

test.each(CASES)('the answer to %s is the real server’s', async (_, plural, object) => {
  const real = await attempt(plural, object);

  const mine = ours(plural, object);

  // An object that gives nothing and is wrong is refused by other rules, later.
  if (real.status === 422) expect(mine.status).toBe(201);
  else expect(withoutObject(mine)).toEqual(withoutObject(real));
});

function withoutObject(answer: Asked): Asked {
  return answer.status === 201 ? { ...answer, body: {} } : answer;
}
