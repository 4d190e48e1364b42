import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { Attempt } from '../../infra/local/cluster/access.ts';
import { type Asked, openAsker } from './access-ask.ts';
import { answered, openTwin } from './access-twin.ts';
import { connect, until } from './api.ts';
import { permit } from './permitted.ts';

const RBAC = 'rbac.authorization.k8s.io';

type Headers = Readonly<Record<string, string | readonly string[]>>;

const run = randomUUID().slice(0, 8);
const namespace = `answers-${run}`;
const access = { server: inject('server'), ca: inject('ca'), token: inject('token') };
const api = connect(access);
const asker = openAsker(access);
const twin = openTwin(access.token);
afterAll(async () => {
  await api.send('DELETE', `/api/v1/namespaces/${namespace}`);
  api.close();
  asker.close();
});

const PATHS: Readonly<
  Record<string, { readonly path: string; readonly attempt: Attempt; readonly method?: string }>
> = {
  'a list': { path: `/api/v1/namespaces/${namespace}/pods`, attempt: on('list', 'pods') },
  'a list of all': { path: '/apis/apps/v1/deployments', attempt: on('list', 'deployments', '', 'apps', '') },
  'an object': { path: `/api/v1/namespaces/${namespace}/pods/x`, attempt: on('get', 'pods', 'x') },
  'a subresource': {
    path: `/apis/apps/v1/namespaces/${namespace}/deployments/x/scale`,
    attempt: { ...on('get', 'deployments', 'x', 'apps'), subresource: 'scale' },
  },
  'an object with an odd name': {
    path: '/api/v1/nodes/%3Ca%3E&%22',
    attempt: on('get', 'nodes', '<a>&"', '', ''),
  },
  'an object to delete': {
    path: `/api/v1/namespaces/${namespace}/secrets/x`,
    attempt: on('delete', 'secrets', 'x'),
    method: 'DELETE',
  },
  'a path': { path: '/logs/x', attempt: { verb: 'get', path: '/logs/x' } },
  'a path with odd letters': { path: '/%3Cx%3E', attempt: { verb: 'get', path: '/<x>' } },
};

function on(verb: string, resource: string, name = '', group = '', home = namespace) {
  return { verb, group, version: 'v1', resource, namespace: home, name };
}

/** What both say to a request that may be refused. */
async function both(
  what: keyof typeof PATHS,
  token: string | undefined,
  headers: Headers,
  ours: Headers = headers,
): Promise<readonly [Asked, Asked]> {
  const { path, attempt, method = 'GET' } = PATHS[what] as (typeof PATHS)['a list'];
  const real = await asker.ask(method, path, { headers, ...(token !== undefined && { token }) });
  const bearer = token ?? access.token;
  const presented = { ...(bearer !== '' && { authorization: `Bearer ${bearer}` }), ...ours };
  const mine = answered(() => {
    const user = twin.access.identify({ headers: presented }, attempt);
    twin.access.demand(user, attempt);
  });
  return [mine, real];
}

/** A new ServiceAccount that both know, with these rules cluster-wide, and a token for each. */
async function robot(...rules: readonly object[]): Promise<{ readonly real: string; readonly ours: string }> {
  const name = `robot-${randomUUID().slice(0, 8)}`;
  const account = await api.create<object>(`/api/v1/namespaces/${namespace}/serviceaccounts`, {
    metadata: { name },
  });
  await api.create(`/apis/${RBAC}/v1/clusterroles`, { metadata: { name }, rules });
  await api.create(`/apis/${RBAC}/v1/clusterrolebindings`, {
    metadata: { name },
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name },
    subjects: [{ kind: 'ServiceAccount', name, namespace }],
  });
  made.push(name);
  twin.store.put('/serviceaccounts', account as never);
  for (const kind of ['clusterroles', 'clusterrolebindings', 'roles', 'rolebindings']) {
    await twin.copy(asker, `${RBAC}/${kind}`);
  }
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const { status } = await api.create<{ status: { token: string } }>(path, { spec: {} });
  const review = twin.access.virtual.get('/serviceaccounts/token');
  const mine = review?.({ namespace, name } as never, { metadata: {}, spec: {} } as never).status;
  await until(`${name} may what its role says`, async () => {
    if (rules.length === 0) return true;
    const answer = await asker.ask('POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', {
      token: status.token,
      body: { spec: { namespace: 'default' } },
    });
    const { resourceRules } = answer.body.status as { resourceRules: { verbs: string[] }[] };
    return (
      resourceRules.some(({ verbs }) => verbs.some((verb) => verb.startsWith('impersonate'))) || undefined
    );
  });
  return { real: status.token, ours: (mine as { token: string }).token };
}

const made: string[] = [];
beforeAll(() => api.create('/api/v1/namespaces', { metadata: { name: namespace } }));
afterAll(async () => {
  for (const name of made) {
    await api.send('DELETE', `/apis/${RBAC}/v1/clusterroles/${name}`);
    await api.send('DELETE', `/apis/${RBAC}/v1/clusterrolebindings/${name}`);
  }
});

describe('a refusal', () => {
  test.each(Object.keys(PATHS))('of %s to nobody is the real server’s', async (what) => {
    const [mine, real] = await both(what, '', {});

    expect(real.status).toBe(403);
    expect(mine).toEqual(real);
  });

  test.each([
    'nobody',
    'a.b.c',
    'eyJhbGciOiJub25lIn0.eyJpc3MiOiJodHRwczovL2t1YmVybmV0ZXMuZGVmYXVsdC5zdmMifQ.',
  ])('of token %s is the real server’s', async (token) => {
    const [mine, real] = await both('a list', token, {});

    expect(real.status).toBe(401);
    expect(mine).toEqual(real);
  });

  test.each(['Basic eDp5', 'Bearer', 'Bearer  x', 'bearer x', 'BEARER x y'])(
    'of header `%s` is the real server’s',
    async (authorization) => {
      const [mine, real] = await both('a list', '', { authorization });

      expect([401, 403]).toContain(real.status);
      expect(mine).toEqual(real);
    },
  );
});

describe('impersonation', () => {
  test.each<[string, Headers]>([
    ['a user', { 'impersonate-user': 'joe' }],
    ['an odd name', { 'impersonate-user': '<joe>&"' }],
    ['groups alone', { 'impersonate-group': ['a', 'b"c'] }],
    ['a uid alone', { 'impersonate-uid': 'u' }],
    ['extras alone', { 'impersonate-extra-a%2fb': ['x"y', 'z'], 'impersonate-extra-c': 'd' }],
    ['a ServiceAccount', { 'impersonate-user': 'system:serviceaccount:a:b' }],
    ['the anonymous user', { 'impersonate-user': 'system:anonymous' }],
  ])('by the administrator of %s ends as on the real server', async (_, headers) => {
    const [mine, real] = await both('a list', undefined, headers);

    expect([400, 403]).toContain(real.status);
    expect(mine).toEqual(real);
  });

  const rule = (verb: string, resource: string, group = '') => ({
    verbs: [verb],
    apiGroups: [group],
    resources: [resource],
  });
  const users = rule('impersonate', 'users');
  const on = rule('impersonate-on:user-info:list', 'pods');
  const userInfo = (resource: string) => rule('impersonate:user-info', resource, 'authentication.k8s.io');
  const JOE = { 'impersonate-user': 'joe' };
  const SERVICE_ACCOUNT = { 'impersonate-user': 'system:serviceaccount:a:b' };
  const NODE = { 'impersonate-user': 'system:node:n1' };

  test.each<[string, readonly object[], Headers, keyof typeof PATHS]>([
    ['a user without rights', [], JOE, 'a list'],
    ['a user for an object', [], JOE, 'an object'],
    ['a user for a path', [], JOE, 'a path'],
    ['a user for a subresource', [], JOE, 'a subresource'],
    ['a ServiceAccount without rights', [], SERVICE_ACCOUNT, 'a list'],
    ['a node without rights', [], NODE, 'a list'],
    ['a node in a group', [], { ...NODE, 'impersonate-group': 'x' }, 'a list'],
    ['a ServiceAccount in a group', [], { ...SERVICE_ACCOUNT, 'impersonate-group': 'x' }, 'a list'],
    ['what looks like a ServiceAccount', [], { 'impersonate-user': 'system:serviceaccount:a:B' }, 'a list'],
    ['a user by right', [users], JOE, 'a list'],
    ['a user by the constrained right', [userInfo('users'), on], JOE, 'a list'],
    ['a user by the constrained right for something else', [userInfo('users'), on], JOE, 'an object'],
    [
      'a group by the constrained right',
      [userInfo('users'), on],
      { ...JOE, 'impersonate-group': 'g' },
      'a list',
    ],
    [
      'system:masters by the constrained right',
      [userInfo('*'), on],
      { ...JOE, 'impersonate-group': 'system:masters' },
      'a list',
    ],
    [
      'an empty group by the constrained right',
      [userInfo('*'), on],
      { ...JOE, 'impersonate-group': '' },
      'a list',
    ],
    [
      'an extra by the constrained right',
      [userInfo('*'), on],
      { ...JOE, 'impersonate-extra-k': 'v' },
      'a list',
    ],
    ['a uid by the constrained right', [userInfo('users'), on], { ...JOE, 'impersonate-uid': 'u' }, 'a list'],
  ])('by a robot of %s ends as on the real server', async (_, rules, headers, what) => {
    const { real: token, ours } = await robot(...rules);

    const [mine, real] = await both(what, token, headers, { ...headers, authorization: `Bearer ${ours}` });

    expect(real.status).toBe(403);
    expect(mine).toEqual(real);
  });

  test('by one that may be users alone misses the same', async () => {
    // The server tries first what last succeeded.
    const { real: token, ours } = await robot(users);
    const as = (headers: Headers) =>
      both('a list', token, { ...JOE, ...headers }, { ...JOE, ...headers, authorization: `Bearer ${ours}` });
    const attempts: readonly Headers[] = [
      {},
      { 'impersonate-group': ['a', 'system:masters'] },
      { 'impersonate-uid': 'u' },
      { 'impersonate-extra-a.b%2Fc': 'u' },
    ];

    for (const headers of attempts) {
      const [mine, real] = await as(headers);
      expect(mine.status, JSON.stringify(headers)).toBe(real.status);
    }
  });
});

test('permit and the twin agree on what a robot may', async () => {
  const user = await permit(api, namespace, [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }]);
  for (const kind of ['roles', 'rolebindings']) await twin.copy(asker, `${RBAC}/${kind}`);

  const [mine, real] = await both('a list', undefined, { 'impersonate-user': user });

  expect(real.status).toBe(200);
  expect(mine.status).toBe(201);
});
