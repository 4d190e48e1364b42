import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { Attempt } from '../../infra/local/cluster/access.ts';
import type { User } from '../../infra/local/cluster/model.ts';
import { openAsker } from './access-ask.ts';
import { openTwin } from './access-twin.ts';
import { connect, until } from './api.ts';

const RBAC = 'rbac.authorization.k8s.io';
const RBAC_KINDS = ['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'];
const CASES = 600;

const run = randomUUID().slice(0, 8);
const access = { server: inject('server'), ca: inject('ca'), token: inject('token') };
const api = connect(access);
const asker = openAsker(access);
const twin = openTwin(access.token);
afterAll(() => {
  api.close();
  asker.close();
});

/** The same numbers every time (mulberry32). */
function dice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}

const roll = dice(20_260_304);
function one<T>(values: readonly T[]): T {
  return values[roll(values.length)] as T;
}
function some<T>(values: readonly T[]): T[] {
  const chosen = values.filter(() => roll(3) === 0);
  return chosen.length > 0 ? chosen : [one(values)];
}

const NAMESPACES = [`verdict-a-${run}`, `verdict-b-${run}`];
const USERS = ['u0', 'u1', 'u2', 'u3'].map((name) => `${name}-${run}`);
const GROUPS = ['g0', 'g1', 'g2'].map((name) => `${name}-${run}`);
const ACCOUNTS = ['s0', 's1'];
const VERBS = ['get', 'list', 'create', 'impersonate', '*'];
const API_GROUPS = ['', 'apps', 'example.org', '*'];
const RESOURCES = [
  'pods',
  'pods/log',
  'pods/*',
  'deployments',
  'deployments/status',
  '*/status',
  '*/log',
  '*',
];
const NAMES = ['x', 'y'];
const PATHS = ['/api', '/api/*', '/logs*', '/x/**', '*', '/healthz'];

function rule(): object {
  if (roll(4) === 0) return { verbs: some(VERBS), nonResourceURLs: some(PATHS) };
  return {
    verbs: some(VERBS),
    apiGroups: some(API_GROUPS),
    resources: some(RESOURCES),
    ...(roll(3) === 0 && { resourceNames: some(NAMES) }),
  };
}

function subject(): object {
  const kind = one(['User', 'Group', 'ServiceAccount']);
  if (kind === 'User') return { kind, name: one(USERS), apiGroup: RBAC };
  if (kind === 'Group') return { kind, name: one(GROUPS), apiGroup: RBAC };
  return { kind, name: one(ACCOUNTS), namespace: one(NAMESPACES) };
}

async function make(collection: string, object: object): Promise<void> {
  await api.create(`/apis/${RBAC}/v1/${collection}`, object);
}

async function makeRolesAndBindings(): Promise<void> {
  const clusterRoles = Array.from({ length: 8 }, (_, index) => `verdict-${run}-${index}`);
  for (const name of clusterRoles) {
    await make('clusterroles', { metadata: { name }, rules: [rule(), rule()].slice(roll(2)) });
  }
  const missing = `verdict-${run}-missing`;
  for (const [index, name] of [...clusterRoles.slice(0, 4), missing].entries()) {
    const roleRef = { apiGroup: RBAC, kind: 'ClusterRole', name };
    const binding = {
      metadata: { name: `verdict-${run}-${index}` },
      roleRef,
      subjects: [subject(), subject()],
    };
    await make('clusterrolebindings', binding);
  }
  for (const namespace of NAMESPACES) {
    await api.create('/api/v1/namespaces', { metadata: { name: namespace } });
    const roles = ['r0', 'r1', 'r2'];
    for (const name of roles) {
      // A path in a namespaced role is not valid.
      const rules = [rule(), rule()].filter((made) => !('nonResourceURLs' in made));
      await make(`namespaces/${namespace}/roles`, { metadata: { name }, rules });
    }
    const given = [
      ...roles.map((name) => ['Role', name]),
      ['Role', 'gone'],
      ['ClusterRole', one(clusterRoles)],
    ];
    for (const [index, [kind = '', name = '']] of given.entries()) {
      const roleRef = { apiGroup: RBAC, kind, name };
      const binding = { metadata: { name: `b${index}` }, roleRef, subjects: [subject(), subject()] };
      await make(`namespaces/${namespace}/rolebindings`, binding);
    }
  }
  // The last that was made is the last that the authorizer hears of.
  const canary = { name: `canary-${run}` };
  await make('clusterroles', { metadata: canary, rules: [{ verbs: ['get'], nonResourceURLs: [`/${run}`] }] });
  await make('clusterrolebindings', {
    metadata: canary,
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', ...canary },
    subjects: [{ kind: 'User', apiGroup: RBAC, ...canary }],
  });
  await until('the authorizer knows the last binding', async () => {
    const verdict = await ask({ ...canary, groups: [] }, { verb: 'get', path: `/${run}` });
    return verdict.allowed || undefined;
  });
}

async function ask(user: User, attempt: Attempt): Promise<{ allowed: boolean; reason?: string }> {
  const attributes = 'path' in attempt ? { nonResourceAttributes: attempt } : { resourceAttributes: attempt };
  const spec = { user: user.name, groups: user.groups, ...attributes };
  const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
  return (await api.create<{ status: { allowed: boolean; reason?: string } }>(path, { spec })).status;
}

function anyone(): User {
  const groups = roll(2) === 0 ? [] : some(GROUPS);
  if (roll(3) > 0) return { name: one(USERS), groups };
  return { name: `system:serviceaccount:${one(NAMESPACES)}:${one(ACCOUNTS)}`, groups };
}

function anything(): Attempt {
  const verb = one(['get', 'list', 'create', 'impersonate', 'delete', '*']);
  if (roll(4) === 0)
    return { verb, path: one(['/api', '/api/v1', '/logs', '/logs/x', '/x/y', '/healthz', '/', '*']) };
  const [resource = '', subresource] = one([
    'pods',
    'pods/log',
    'deployments/status',
    'deployments',
    'things/log',
  ]).split('/');
  return {
    ...{ verb, resource, group: one(['', 'apps', 'example.org']), version: 'v1' },
    ...(subresource && { subresource }),
    namespace: one(['', ...NAMESPACES]),
    name: one(['', ...NAMES]),
  };
}

/** Several faults are told in the order in which the server's cache holds them. */
function sorted(reason = ''): string {
  return reason.startsWith('RBAC: [') ? reason.slice(7, -1).split(', ').sort().join(', ') : reason;
}

beforeAll(async () => {
  await makeRolesAndBindings();
  for (const kind of RBAC_KINDS) await twin.copy(asker, `${RBAC}/${kind}`);
});
afterAll(async () => {
  for (const name of NAMESPACES) await api.send('DELETE', `/api/v1/namespaces/${name}`);
  for (const kind of ['clusterroles', 'clusterrolebindings']) {
    const { items } = (await api.get<{ items: { metadata: { name: string } }[] }>(
      `/apis/${RBAC}/v1/${kind}`,
    )) ?? { items: [] };
    for (const { metadata } of items) {
      if (metadata.name.includes(run)) await api.send('DELETE', `/apis/${RBAC}/v1/${kind}/${metadata.name}`);
    }
  }
});

test(`the verdict of ${CASES} attempts is the real server’s`, async ({ annotate }) => {
  const cases = Array.from({ length: CASES }, () => ({ user: anyone(), attempt: anything() }));

  const real = await Promise.all(cases.map(({ user, attempt }) => ask(user, attempt)));

  const allowed = real.filter((verdict) => verdict.allowed).length;
  expect(allowed).toBeGreaterThan(CASES / 10);
  expect(allowed).toBeLessThan((CASES * 9) / 10);
  const ours = cases.map(({ user, attempt }) => twin.access.allows(user, attempt));
  const differences = cases.flatMap((asked, index) =>
    ours[index]?.allowed === real[index]?.allowed ? [] : [{ ...asked, real: real[index], ours: ours[index] }],
  );
  expect(differences).toEqual([]);
  const refusals = (verdicts: readonly { allowed: boolean; reason?: string }[]) =>
    verdicts.map(({ allowed, reason }) => (allowed ? 'allowed' : sorted(reason)));
  expect(refusals(ours)).toEqual(refusals(real));
  await annotate(`${allowed} of ${CASES} were allowed`);
});
