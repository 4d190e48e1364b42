import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import { type Asked, openAsker } from './access-ask.ts';
import { answered, callOf, openTwin } from './access-twin.ts';
import { connect, until } from './api.ts';

const RBAC = 'rbac.authorization.k8s.io';
const AUTHORIZATION = 'authorization.k8s.io';
const AUTHENTICATION = 'authentication.k8s.io';

const run = randomUUID().slice(0, 8);
const namespace = `reviews-${run}`;
const access = { server: inject('server'), ca: inject('ca'), token: inject('token') };
const api = connect(access);
const asker = openAsker(access);
const twin = openTwin(access.token);

beforeAll(async () => {
  await api.create('/api/v1/namespaces', { metadata: { name: namespace } });
  const root = `/api/v1/namespaces/${namespace}`;
  await api.create(`${root}/serviceaccounts`, { metadata: { name: 'robot' } });
  await api.create(`${root}/secrets`, { metadata: { name: 'bond' } });
  const pod = { serviceAccountName: 'robot', containers: [{ name: 'a', image: 'a' }] };
  await api.create(`${root}/pods`, { metadata: { name: 'runner' }, spec: pod });
  await api.create(`${root}/pods`, {
    metadata: { name: 'other' },
    spec: { ...pod, serviceAccountName: 'default' },
  });
  await until('the pod is on a node', async () => {
    const found = await api.get<{ spec: { nodeName?: string } }>(`${root}/pods/runner`);
    return found?.spec.nodeName;
  });
  for (const kind of ['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings']) {
    await twin.copy(asker, `${RBAC}/${kind}`);
  }
  for (const plural of ['serviceaccounts', 'secrets', 'pods', 'nodes']) await twin.copy(asker, `/${plural}`);
});
afterAll(async () => {
  await api.send('DELETE', `/api/v1/namespaces/${namespace}`);
  api.close();
  asker.close();
});

interface Review {
  readonly group?: string;
  readonly plural: string;
  readonly kind: string;
  readonly spec?: object;
  readonly metadata?: object;
  readonly as?: string;
}

/** What both answer to a review, without what is another each time. */
async function both({
  group = AUTHORIZATION,
  plural,
  kind,
  spec,
  metadata,
  as,
}: Review): Promise<readonly [unknown, unknown]> {
  const home = kind.startsWith('Local') ? namespace : '';
  const apiVersion = `${group}/v1`;
  const path = `/apis/${group}/v1/${home && `namespaces/${home}/`}${plural}`;
  const body = { apiVersion, kind, ...(metadata && { metadata }), ...(spec && { spec }) };
  const real = await asker.ask('POST', path, { body, ...(as && { headers: { 'impersonate-user': as } }) });

  const review = twin.access.virtual.get(`${group}/${plural}`);
  const mine = answered(() => {
    const user = twin.access.identify({
      headers: { ...ADMINISTRATOR, ...(as && { 'impersonate-user': as }) },
    });
    twin.access.demand(user, {
      verb: 'create',
      group,
      version: 'v1',
      resource: plural,
      namespace: home,
      name: '',
    });
    return review?.(callOf(user, { group, kind }, home), body as unknown as KubernetesObject);
  });
  return [withoutChance(mine), withoutChance(real)];
}

const ADMINISTRATOR = { authorization: `Bearer ${access.token}` };

/** managedFields are recorded by who stores objects; what a refusal shows of them is not compared. */
function withoutChance({ status, body }: Asked): unknown {
  const text = JSON.stringify(body)
    .replaceAll(/"time":"[^"]*"|"(creation|expiration)Timestamp":"[^"]*"/g, (time) =>
      time.replace(/:".*/, ':"T"'),
    )
    .replaceAll(/,?\\"managedFields\\":\[\{.*?\}\]/g, '')
    .replaceAll(/(JTI=)[-0-9a-f]+/g, '$1J');
  const { metadata = {}, ...rest } = JSON.parse(text) as { metadata?: Record<string, unknown> };
  const { managedFields: _, ...kept } = metadata;
  return { status, body: { ...rest, metadata: kept } };
}

const resourceAttributes = { namespace, verb: 'get', resource: 'pods' };
const nonResourceAttributes = { path: '/api', verb: 'get' };
const SELF = { plural: 'selfsubjectaccessreviews', kind: 'SelfSubjectAccessReview' };
const SAR = { plural: 'subjectaccessreviews', kind: 'SubjectAccessReview' };
const LOCAL = { plural: 'localsubjectaccessreviews', kind: 'LocalSubjectAccessReview' };
const RULES = { plural: 'selfsubjectrulesreviews', kind: 'SelfSubjectRulesReview' };

describe('the answer of a review', () => {
  test.each<[string, Review]>([
    ['of myself', { ...SELF, spec: { resourceAttributes } }],
    ['of myself for a path', { ...SELF, spec: { nonResourceAttributes }, as: 'joe' }],
    ['of another', { ...SAR, spec: { resourceAttributes, user: 'joe' } }],
    ['of a group for a path', { ...SAR, spec: { nonResourceAttributes, groups: ['system:authenticated'] } }],
    ['of a master', { ...SAR, spec: { resourceAttributes, user: 'joe', groups: ['system:masters'] } }],
    ['of nothing', { ...SAR, spec: {} }],
    ['of nothing at all', { ...SAR }],
    ['of myself of nothing', { ...SELF, spec: {} }],
    ['of too much', { ...SAR, spec: { resourceAttributes, nonResourceAttributes, user: 'joe' } }],
    ['with a name', { ...SAR, metadata: { name: 'x' }, spec: { resourceAttributes, user: 'joe' } }],
    ['of myself with labels', { ...SELF, metadata: { labels: { a: 'b' } }, spec: { resourceAttributes } }],
    ['in a namespace', { ...LOCAL, spec: { resourceAttributes, user: 'joe' } }],
    [
      'in a namespace of another',
      { ...LOCAL, spec: { resourceAttributes: { ...resourceAttributes, namespace: 'x' }, user: 'joe' } },
    ],
    ['in a namespace of a path', { ...LOCAL, spec: { nonResourceAttributes, user: 'joe' } }],
    ['of rules without a namespace', { ...RULES, spec: {} }],
    ['of who I am', { group: AUTHENTICATION, plural: 'selfsubjectreviews', kind: 'SelfSubjectReview' }],
    [
      'of who joe is',
      { group: AUTHENTICATION, plural: 'selfsubjectreviews', kind: 'SelfSubjectReview', as: 'joe' },
    ],
  ])('%s is the real server’s', async (_, review) => {
    const [mine, real] = await both(review);

    expect(mine).toEqual(real);
  });

  test.each(['joe', 'admin'])('of the rules of %s is the real server’s', async (as) => {
    const [mine, real] = await both({ ...RULES, spec: { namespace }, as });

    expect(inAnyOrder(mine)).toEqual(inAnyOrder(real));
  });
});

/** The server's cache has no order. */
function inAnyOrder(answer: unknown): unknown {
  const { body } = answer as { body: { status: Record<'resourceRules' | 'nonResourceRules', object[]> } };
  const sorted = (rules: readonly object[]) =>
    rules.map((rule) => JSON.stringify(Object.entries(rule).sort())).sort();
  const { resourceRules, nonResourceRules } = body.status;
  return { ...body, status: { resources: sorted(resourceRules), paths: sorted(nonResourceRules) } };
}

describe('TokenRequest and TokenReview', () => {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts`;

  async function request(
    spec: object,
    metadata: object = {},
    name = 'robot',
  ): Promise<readonly [Asked, Asked]> {
    const body = { apiVersion: `${AUTHENTICATION}/v1`, kind: 'TokenRequest', metadata, spec };
    const real = await asker.ask('POST', `${path}/${name}/token`, { body });
    const answer = twin.access.virtual.get('/serviceaccounts/token');
    const call = callOf(
      twin.access.identify({ headers: ADMINISTRATOR }),
      { plural: 'serviceaccounts' },
      namespace,
      name,
    );
    return [answered(() => answer?.(call, body as unknown as KubernetesObject)), real];
  }

  const tokenOf = ({ body }: Asked) => (body.status as { token: string }).token;
  const claimsOf = (answer: Asked) => {
    const claims = JSON.parse(Buffer.from(tokenOf(answer).split('.')[1] ?? '', 'base64url').toString());
    const { exp, iat, nbf, jti, ...rest } = claims;
    const { warnafter, ...kubernetes } = rest['kubernetes.io'];
    expect(jti).toMatch(/^[0-9a-f]{8}-/);
    return {
      ...rest,
      'kubernetes.io': kubernetes,
      life: exp - iat,
      since: nbf - iat,
      warn: warnafter && warnafter - iat,
    };
  };
  const bound = (kind: string, name: string, more: object = {}) => ({
    boundObjectRef: { apiVersion: 'v1', kind, name, ...more },
  });

  test.each<[string, object]>([
    ['nothing', {}],
    ['audiences', { audiences: ['a', 'b'] }],
    ['a lifetime', { expirationSeconds: 600 }],
    ['a Secret', bound('Secret', 'bond')],
    ['a pod', bound('Pod', 'runner')],
    ['a pod’s projected volume', { ...bound('Pod', 'runner'), expirationSeconds: 3607 }],
    ['a node', bound('Node', 'fake-node')],
  ])('a token for %s says what the real server’s says, and is reviewed alike', async (_, spec) => {
    const [mine, real] = await request(spec);

    expect(claimsOf(mine)).toEqual(claimsOf(real));
    expect(withoutChance(withoutToken(mine))).toEqual(withoutChance(withoutToken(real)));
    const reviewed = await Promise.all([review(tokenOf(mine)), review(tokenOf(real))]);
    expect(reviewed[0]?.mine).toEqual(reviewed[1]?.real);
  });

  test.each<[string, object, object?, string?]>([
    ['too short', { expirationSeconds: 599 }],
    ['too long', { expirationSeconds: 2 ** 32 + 1 }],
    ['bound to a kind that cannot be', bound('ConfigMap', 'x')],
    ['bound to a group', { boundObjectRef: { apiVersion: 'apps/v1', kind: 'Pod', name: 'x' } }],
    ['bound to what is missing', bound('Secret', 'missing')],
    ['bound to another’s pod', bound('Pod', 'other')],
    ['bound to what has another uid', bound('Secret', 'bond', { uid: 'x' })],
    ['with another name', {}, { name: 'x' }],
    ['with another namespace', {}, { namespace: 'x' }],
    ['of nobody', {}, {}, 'nobody'],
  ])('a request %s is refused as by the real server', async (_, spec, metadata, name) => {
    const [mine, real] = await request(spec, metadata, name);

    expect(real.status).toBeGreaterThanOrEqual(400);
    const uids = (answer: Asked) =>
      JSON.parse(JSON.stringify(answer).replaceAll(/\([-0-9a-f]{36}\)/g, '(U)'));
    expect(uids(mine)).toEqual(uids(real));
  });

  test('a token for others, and one that is nobody’s, are reviewed alike', async () => {
    const [mine, real] = await request({ audiences: ['vault'] });

    for (const audiences of [undefined, ['vault'], ['x', 'vault'], ['x']]) {
      const [ours, theirs] = await Promise.all([
        review(tokenOf(mine), audiences),
        review(tokenOf(real), audiences),
      ]);
      expect(ours.mine, String(audiences)).toEqual(theirs.real);
    }
    for (const token of ['nobody', 'a.b.c']) {
      const { mine: ours, real: theirs } = await review(token);
      expect(ours).toEqual(theirs);
    }
    expect((await review(`${tokenOf(mine).slice(0, -4)}AAAA`)).mine).toEqual(
      (await review(`${tokenOf(real).slice(0, -4)}AAAA`)).real,
    );
    expect((await review(access.token)).mine).toEqual((await review(access.token)).real);
    expect((await review('')).mine).toEqual((await review('')).real);
  });

  async function review(
    token: string,
    audiences?: readonly string[],
  ): Promise<{ mine: unknown; real: unknown }> {
    const spec = { token, ...(audiences && { audiences }) };
    const kind = { group: AUTHENTICATION, plural: 'tokenreviews', kind: 'TokenReview' };
    const [mine, real] = await both({ ...kind, spec });
    const masked = (answer: unknown) =>
      JSON.parse(JSON.stringify(answer).replaceAll(token || 'no token', 'TOKEN'));
    return { mine: masked(mine), real: masked(real) };
  }
});

function withoutToken(answer: Asked): Asked {
  return { ...answer, body: { ...answer.body, status: { ...Object(answer.body.status), token: 'T' } } };
}
