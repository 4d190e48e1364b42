import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { openCluster } from '../../infra/local/cluster/open.ts';
import { type Asked, type Asker, type AskOptions, openAsker } from './access-ask.ts';
import type { ApiAccess } from './api.ts';
import { until } from './api.ts';

const RBAC = 'rbac.authorization.k8s.io';
const ROOT = `/apis/${RBAC}/v1`;

const run = randomUUID().slice(0, 8);
const home = `enforced-${run}`;
const name = `robot-${run}`;

/** One server, with a robot that may do some things. */
interface Side {
  readonly admin: Asker;
  readonly token: string;
}

const rule = (
  group: string,
  resources: readonly string[],
  verbs: readonly string[],
  resourceNames?: readonly string[],
) => ({
  apiGroups: [group],
  ...{ resources, verbs },
  ...(resourceNames && { resourceNames }),
});

/** In its namespace the robot may read ConfigMaps, change one, list one pod, and write Roles; everywhere it may read nodes and write ClusterRoles. */
const LOCAL = [
  rule('', ['configmaps'], ['get', 'list', 'watch', 'create']),
  rule('', ['configmaps'], ['update', 'patch', 'delete'], ['own']),
  rule('', ['pods'], ['list'], ['own']),
  rule('apps', ['deployments/scale'], ['get']),
  rule(RBAC, ['roles', 'rolebindings'], ['*']),
  rule('', ['serviceaccounts/token'], ['create'], [name]),
];
const EVERYWHERE = [
  rule('', ['nodes'], ['get', 'list']),
  rule(RBAC, ['clusterroles', 'clusterrolebindings'], ['create', 'get', 'update', 'patch']),
  { nonResourceURLs: ['/metrics'], verbs: ['get'] },
];

let sides: readonly Side[] = [];
const ends: (() => unknown)[] = [];

beforeAll(async () => {
  const embedded = await openCluster();
  ends.push(() => embedded.close());
  const accesses: readonly ApiAccess[] = [
    { server: embedded.url, ca: embedded.ca, token: embedded.token },
    { server: inject('server'), ca: inject('ca'), token: inject('token') },
  ];
  sides = await Promise.all(accesses.map(prepare));
});
afterAll(async () => {
  for (const { admin } of sides) {
    await admin.ask('DELETE', `/api/v1/namespaces/${home}`);
    for (const plural of ['clusterroles', 'clusterrolebindings'])
      await admin.ask('DELETE', `${ROOT}/${plural}/${name}`);
    admin.close();
  }
  for (const end of ends) await end();
});

async function prepare(access: ApiAccess): Promise<Side> {
  const admin = openAsker(access);
  const make = async (path: string, body: object) => {
    const answer = await admin.ask('POST', path, { body });
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    return answer;
  };
  const core = `/api/v1/namespaces/${home}`;
  const scoped = `${ROOT}/namespaces/${home}`;
  const subjects = [{ kind: 'ServiceAccount', name, namespace: home }];
  const refer = (kind: string) => ({ roleRef: { apiGroup: RBAC, kind, name }, subjects });
  await make('/api/v1/namespaces', { metadata: { name: home } });
  await make(`${core}/serviceaccounts`, { metadata: { name } });
  await make(`${core}/configmaps`, { metadata: { name: 'own' } });
  await make(`${core}/configmaps`, { metadata: { name: 'other' } });
  await make(`${scoped}/roles`, { metadata: { name }, rules: LOCAL });
  await make(`${scoped}/rolebindings`, { metadata: { name }, ...refer('Role') });
  await make(`${ROOT}/clusterroles`, { metadata: { name }, rules: EVERYWHERE });
  await make(`${ROOT}/clusterrolebindings`, { metadata: { name }, ...refer('ClusterRole') });
  const { body } = await make(`${core}/serviceaccounts/${name}/token`, { spec: {} });
  const { token } = body.status as { token: string };
  await until('the robot may what its roles say', async () => {
    const { status } = await admin.ask('GET', '/api/v1/nodes', { token });
    return status === 200 || undefined;
  });
  return { admin, token };
}

const core = `/api/v1/namespaces/${home}`;
const scoped = `${ROOT}/namespaces/${home}`;
const merge = { 'content-type': 'application/merge-patch+json' };
const apply = { 'content-type': 'application/apply-patch+yaml' };
const patch = { metadata: { labels: { a: 'b' } } };
const manifest = (apiVersion: string, kind: string, named: string, rest: object = {}) => ({
  ...{ apiVersion, kind },
  metadata: { name: named },
  ...rest,
});
const role = (kind: string, rules: readonly object[], named = `new-${run}`) =>
  manifest(`${RBAC}/v1`, kind, named, { rules });
const nodes = rule('', ['nodes'], ['get']);
const secrets = rule('', ['secrets'], ['get']);

type Request = readonly [what: string, method: string, path: string, options?: AskOptions];

const REQUESTS: readonly Request[] = [
  ['read what it may', 'GET', `${core}/configmaps/own`],
  ['list what it may', 'GET', `${core}/configmaps`],
  ['list elsewhere', 'GET', '/api/v1/namespaces/default/configmaps'],
  ['list everywhere', 'GET', '/api/v1/configmaps'],
  ['read what is missing', 'GET', `${core}/configmaps/missing`],
  ['read a Secret that is missing', 'GET', `${core}/secrets/missing`],
  ['watch what it may not', 'GET', `${core}/secrets?watch=true`],
  ['list by a name that it may', 'GET', `${core}/pods?fieldSelector=metadata.name%3Down`],
  ['list by another name', 'GET', `${core}/pods?fieldSelector=metadata.name%3Dother`],
  ['list all but a name', 'GET', `${core}/pods?fieldSelector=metadata.name!%3Down`],
  ['delete by a name', 'DELETE', `${core}/pods?fieldSelector=metadata.name%3Down`],
  ['watch by a name', 'GET', `${core}/pods?watch=1&fieldSelector=metadata.name%3Down`],
  ['list by no selector', 'GET', `${core}/pods?fieldSelector=metadata.name%3Down,,x`],
  ['list a kind that nobody knows', 'GET', '/apis/example.org/v1/widgets'],
  [
    'create what it may',
    'POST',
    `${core}/configmaps?dryRun=All`,
    { body: manifest('v1', 'ConfigMap', 'new') },
  ],
  ['create what it may not', 'POST', `${core}/secrets`, { body: manifest('v1', 'Secret', 'new') }],
  ['patch its own', 'PATCH', `${core}/configmaps/own`, { body: patch, headers: merge }],
  ['patch another’s', 'PATCH', `${core}/configmaps/other`, { body: patch, headers: merge }],
  [
    'apply its own',
    'PATCH',
    `${core}/configmaps/own?fieldManager=x`,
    { body: manifest('v1', 'ConfigMap', 'own'), headers: apply },
  ],
  [
    'apply another’s',
    'PATCH',
    `${core}/configmaps/other?fieldManager=x`,
    { body: manifest('v1', 'ConfigMap', 'other'), headers: apply },
  ],
  ['replace another’s', 'PUT', `${core}/configmaps/other`, { body: manifest('v1', 'ConfigMap', 'other') }],
  ['delete another’s', 'DELETE', `${core}/configmaps/other`],
  ['delete all', 'DELETE', `${core}/configmaps`],
  ['read a scale that is missing', 'GET', `/apis/apps/v1/namespaces/${home}/deployments/x/scale`],
  ['read a Deployment', 'GET', `/apis/apps/v1/namespaces/${home}/deployments/x`],
  [
    'change a scale',
    'PATCH',
    `/apis/apps/v1/namespaces/${home}/deployments/x/scale`,
    { body: { spec: { replicas: 1 } }, headers: merge },
  ],
  ['read a path that it may', 'GET', '/apis'],
  ['read a path that it may not', 'GET', '/debug/pprof'],
  ['post to a path', 'POST', '/version', { body: {} }],
  [
    'take a token of its own',
    'POST',
    `${core}/serviceaccounts/${name}/token?dryRun=All`,
    { body: { spec: { expirationSeconds: 1 } } },
  ],
  ['take a token of another', 'POST', `${core}/serviceaccounts/default/token`, { body: { spec: {} } }],
  [
    'make a ClusterRole of what it has',
    'POST',
    `${ROOT}/clusterroles?dryRun=All`,
    { body: role('ClusterRole', [nodes]) },
  ],
  ['make a ClusterRole of more', 'POST', `${ROOT}/clusterroles`, { body: role('ClusterRole', [secrets]) }],
  [
    'apply a ClusterRole of more',
    'PATCH',
    `${ROOT}/clusterroles/new-${run}?fieldManager=x`,
    { body: role('ClusterRole', [secrets]), headers: apply },
  ],
  [
    'make its own ClusterRole more',
    'PATCH',
    `${ROOT}/clusterroles/${name}`,
    { body: { rules: [secrets] }, headers: merge },
  ],
  [
    'apply its own ClusterRole to be more',
    'PATCH',
    `${ROOT}/clusterroles/${name}?fieldManager=x&force=true`,
    { body: role('ClusterRole', [secrets], name), headers: apply },
  ],
  [
    'replace its own ClusterRole by more',
    'PUT',
    `${ROOT}/clusterroles/${name}`,
    { body: role('ClusterRole', [secrets], name) },
  ],
  [
    'make its own ClusterRole less',
    'PATCH',
    `${ROOT}/clusterroles/${name}?dryRun=All`,
    { body: { rules: [nodes] }, headers: merge },
  ],
  [
    'label its own ClusterRole',
    'PATCH',
    `${ROOT}/clusterroles/${name}?dryRun=All`,
    { body: patch, headers: merge },
  ],
  ['label cluster-admin', 'PATCH', `${ROOT}/clusterroles/cluster-admin`, { body: patch, headers: merge }],
  [
    'give cluster-admin an owner',
    'PATCH',
    `${ROOT}/clusterroles/cluster-admin?dryRun=All`,
    { body: { metadata: { finalizers: ['a.b/c'] } }, headers: merge },
  ],
  ['make any Role by the verb *', 'POST', `${scoped}/roles?dryRun=All`, { body: role('Role', [secrets]) }],
  [
    'bind any Role by the verb *',
    'POST',
    `${scoped}/rolebindings?dryRun=All`,
    { body: binding('RoleBinding', 'Role', name) },
  ],
  [
    'bind a ClusterRole in its namespace',
    'POST',
    `${scoped}/rolebindings`,
    { body: binding('RoleBinding', 'ClusterRole', 'cluster-admin') },
  ],
  [
    'bind cluster-admin',
    'POST',
    `${ROOT}/clusterrolebindings`,
    { body: binding('ClusterRoleBinding', 'ClusterRole', 'cluster-admin') },
  ],
  [
    'bind what it has',
    'POST',
    `${ROOT}/clusterrolebindings?dryRun=All`,
    { body: binding('ClusterRoleBinding', 'ClusterRole', name) },
  ],
  [
    'add itself to cluster-admin',
    'PATCH',
    `${ROOT}/clusterrolebindings/cluster-admin`,
    { body: { subjects: [{ kind: 'ServiceAccount', name, namespace: home }] }, headers: merge },
  ],
  ['be somebody else', 'GET', `${core}/configmaps`, { headers: { 'impersonate-user': 'joe' } }],
];

function binding(kind: string, roleKind: string, roleName: string): object {
  return manifest(`${RBAC}/v1`, kind, `new-${run}`, {
    roleRef: { apiGroup: RBAC, kind: roleKind, name: roleName },
    subjects: [{ kind: 'User', apiGroup: RBAC, name: 'joe' }],
  });
}

const CASES = REQUESTS.map(([what, method, path, options = {}]) => ({ what, method, path, options }));

test.each(CASES)('a robot that wants to $what is answered as by a real server', async (asked) => {
  const { method, path, options } = asked;
  const [mine, real] = await Promise.all(
    sides.map(({ admin, token }) => admin.ask(method, path, { ...options, token })),
  );

  expect(told(mine)).toEqual(told(real));
});

/** The status, and of a refusal all of it. */
function told(answer: Asked | undefined): unknown {
  if (!answer) return undefined;
  return answer.status < 300 ? answer.status : answer;
}
