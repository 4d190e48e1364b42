import { once } from 'node:events';
import { request } from 'node:https';
import { createConnection } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ServedCluster, servedCluster } from './served.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const WHO = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
const REVIEW = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
const ADMINISTRATOR = { name: 'root', groups: ['system:masters'] };

let cluster: ServedCluster;
beforeAll(async () => {
  cluster = await servedCluster();
});
afterAll(() => cluster.close());

test('a token that is nobody’s is 401', async () => {
  const { status, json } = await cluster.ask('GET', MAPS, { token: 'wrong' });

  expect(status).toBe(401);
  expect(json).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'Unauthorized',
    reason: 'Unauthorized',
    code: 401,
  });
});

describe('without credentials', () => {
  test('resources are forbidden, in words that name the attempt', async () => {
    const { json } = await cluster.ask('GET', `${MAPS}/x`, { token: null });

    expect(json).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message:
        'configmaps "x" is forbidden: User "system:anonymous" cannot get resource "configmaps" in API group "" in the namespace "default"',
      details: { name: 'x', kind: 'configmaps' },
    });
  });

  test.each([
    ['/version', 200],
    ['/healthz', 200],
    ['/api', 403],
    ['/openapi/v3', 403],
    // Whether it is there is nobody's business who may not ask.
    ['/nope', 403],
    ['/apis/nope/v1/things', 403],
  ])('%s is %i', async (path, status) => {
    expect((await cluster.ask('GET', path, { token: null })).status).toBe(status);
  });
});

describe('a client certificate', () => {
  test('of our authority is a user with its groups', async () => {
    const { status, json } = await cluster.ask('POST', WHO, { body: REVIEW, user: ADMINISTRATOR });

    expect(status).toBe(201);
    expect(json.status.userInfo).toMatchObject({
      username: 'root',
      groups: ['system:masters', 'system:authenticated'],
    });
  });

  test('of another cluster’s authority proves nothing here', async () => {
    const other = await servedCluster();
    const there = await other.ask('GET', MAPS, { user: ADMINISTRATOR });
    const here = await cluster.ask('GET', MAPS, { user: ADMINISTRATOR, foreign: other });
    await other.close();

    expect(there.status).toBe(200);
    expect(here.json).toMatchObject({ code: 401, reason: 'Unauthorized' });
  });
});

test('impersonation takes a group with a comma for one group', async () => {
  const { json } = await cluster.ask('POST', WHO, {
    body: REVIEW,
    headers: { 'impersonate-user': 'ann', 'impersonate-group': ['one', 'two,three'] },
  });

  expect(json.status.userInfo).toMatchObject({
    username: 'ann',
    groups: ['one', 'two,three', 'system:authenticated'],
  });
});

test('two clusters with one certificate answer for themselves', async () => {
  const other = await servedCluster();
  await other.ask('POST', MAPS, { body: { metadata: { name: 'only-there' } } });

  const here = await cluster.ask('GET', `${MAPS}/only-there`);
  const there = await other.ask('GET', `${MAPS}/only-there`);
  await other.close();
  const still = await cluster.ask('GET', '/healthz');

  expect([here.status, there.status, still.status]).toEqual([404, 200, 200]);
});

test('who speaks no TLS, or breaks off, harms nobody', async () => {
  const plain = createConnection(cluster.port, '127.0.0.1').resume();
  plain.write('GET / HTTP/1.1\r\n\r\n');
  await once(plain, 'close');
  const headers = { 'content-length': 100 };
  const cut = request(`${cluster.url}${MAPS}`, { method: 'POST', rejectUnauthorized: false, headers });
  cut.write('{', () => cut.destroy());
  await once(cut, 'error');

  expect((await cluster.ask('GET', '/healthz')).status).toBe(200);
  expect(cluster.logged).toEqual([]);
});
