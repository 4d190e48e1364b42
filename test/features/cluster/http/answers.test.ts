import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ServedCluster, servedCluster } from './served.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const REVIEWS = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

let cluster: ServedCluster;
beforeAll(async () => {
  cluster = await servedCluster();
  await cluster.ask('POST', MAPS, {
    body: { metadata: { name: 'first', labels: { a: 'b' } }, data: { x: '1' } },
  });
});
afterAll(() => cluster.close());

describe('objects', () => {
  test('are created, read, replaced, patched and deleted', async () => {
    const created = await cluster.ask('POST', MAPS, {
      body: { metadata: { name: 'life' }, data: { x: '1' } },
    });
    const read = await cluster.ask('GET', `${MAPS}/life`);
    const replaced = await cluster.ask('PUT', `${MAPS}/life`, {
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'life' }, data: { x: '2' } },
    });
    const patched = await cluster.ask('PATCH', `${MAPS}/life`, {
      body: { data: { y: '3' } },
      headers: { 'content-type': 'application/merge-patch+json; charset=utf-8' },
    });
    const deleted = await cluster.ask('DELETE', `${MAPS}/life`);
    const gone = await cluster.ask('GET', `${MAPS}/life`);

    expect([created.status, read.status, replaced.status, patched.status]).toEqual([201, 200, 200, 200]);
    expect(read.json).toEqual(created.json);
    expect(patched.json).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', data: { x: '2', y: '3' } });
    expect(deleted.json).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
      details: { name: 'life', kind: 'configmaps', uid: created.json.metadata.uid },
    });
    expect(gone.status).toBe(404);
  });

  test('are applied: 201 when that makes them, 200 when they were there', async () => {
    const apply = () =>
      cluster.ask('PATCH', `${MAPS}/applied?fieldManager=someone`, {
        body: 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: applied\ndata:\n  x: "1"\n',
        headers: { 'content-type': 'application/apply-patch+yaml' },
      });

    const first = await apply();
    const second = await apply();

    expect([first.status, second.status]).toEqual([201, 200]);
    expect(first.json.metadata.managedFields[0]).toMatchObject({ manager: 'someone', operation: 'Apply' });
  });

  test('are attributed to the User-Agent when nobody says who writes', async () => {
    const { json } = await cluster.ask('POST', `${MAPS}?dryRun=All`, {
      body: { metadata: { name: 'agent' }, data: { x: '1' } },
      headers: { 'user-agent': 'flux/v2.4.0 (linux/amd64)' },
    });

    expect(json.metadata.managedFields[0]?.manager).toBe('flux');
  });

  test('of pods are shown when they are deleted, as they were', async () => {
    const pods = '/api/v1/namespaces/default/pods';
    const spec = { containers: [{ name: 'c', image: 'i' }] };
    const account = { metadata: { name: 'default' } };
    await cluster.ask('POST', '/api/v1/namespaces/default/serviceaccounts', { body: account });
    await cluster.ask('POST', pods, { body: { metadata: { name: 'p' }, spec } });

    const { json } = await cluster.ask('DELETE', `${pods}/p?gracePeriodSeconds=0`);

    expect(json).toMatchObject({ kind: 'Pod', metadata: { name: 'p' } });
  });
});

describe('lists', () => {
  test('are of the stored texts, where built-in kinds go without names', async () => {
    const { json } = await cluster.ask('GET', `${MAPS}?labelSelector=a%3Db`);

    expect(json).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
    expect(json.items).toEqual([expect.objectContaining({ data: { x: '1' } })]);
    expect(json.items[0]).not.toHaveProperty('kind');
    expect(Number(json.metadata.resourceVersion)).toBeGreaterThan(0);
  });

  test('go on where the last one ended', async () => {
    await cluster.ask('POST', MAPS, { body: { metadata: { name: 'second' } } });

    const first = await cluster.ask('GET', `${MAPS}?limit=1`);
    const token = encodeURIComponent(first.json.metadata.continue);
    const next = await cluster.ask('GET', `${MAPS}?limit=500&continue=${token}`);

    expect(first.json.items).toHaveLength(1);
    expect(first.json.metadata.remainingItemCount).toBe(next.json.items.length);
    const names = [...first.json.items, ...next.json.items].map(({ metadata }) => metadata.name);
    expect(names).toEqual([...new Set(names)].sort());
  });

  test('are compressed from 128 KiB on for those who take it', async () => {
    const data = { x: 'y'.repeat(140_000) };
    await cluster.ask('POST', MAPS, { body: { metadata: { name: 'large' }, data } });
    const ask = (path: string) => cluster.open(path, { 'accept-encoding': 'gzip' });

    const large = await ask(MAPS);
    const bytes = Buffer.concat(await large.toArray());
    const small = await ask(`${MAPS}/first`);
    small.resume();
    const plain = await cluster.ask('GET', MAPS);
    await cluster.ask('DELETE', `${MAPS}/large`);

    expect(large.headers).toMatchObject({ 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    expect(JSON.parse(gunzipSync(bytes).toString())).toEqual(plain.json);
    expect(small.headers['content-encoding']).toBeUndefined();
  });

  test('are deleted at once, and tell what was', async () => {
    const labels = { gone: 'yes' };
    for (const name of ['g1', 'g2'])
      await cluster.ask('POST', MAPS, { body: { metadata: { name, labels } } });

    const { status, json } = await cluster.ask('DELETE', `${MAPS}?labelSelector=gone`);

    expect(status).toBe(200);
    expect(json.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name)).toEqual([
      'g1',
      'g2',
    ]);
    expect((await cluster.ask('GET', `${MAPS}?labelSelector=gone`)).json.items).toEqual([]);
  });
});

describe('forms', () => {
  test('YAML has its names in order and quotes what YAML 1.1 takes for something else', async () => {
    const data = { yes: 'yes', number: '0777', two: 'a\nb\n' };
    const { text, headers } = await cluster.ask('POST', `${MAPS}?dryRun=All`, {
      body: { metadata: { name: 'yaml' }, data },
      headers: { accept: 'application/yaml' },
    });

    expect(headers['content-type']).toBe('application/yaml');
    expect(text).toMatch(
      /^apiVersion: v1\ndata:\n {2}number: "0777"\n {2}two: \|\n {4}a\n {4}b\n {2}"yes": "yes"\nkind: ConfigMap\n/,
    );
  });

  test('metadata alone, of one and of many', async () => {
    const as = (kind: string) => ({ headers: { accept: `application/json;as=${kind};v=v1;g=meta.k8s.io` } });
    const one = await cluster.ask('GET', `${MAPS}/first`, as('PartialObjectMetadata'));
    const many = await cluster.ask('GET', `${MAPS}?limit=1`, as('PartialObjectMetadataList'));
    const wrong = await cluster.ask('GET', MAPS, as('PartialObjectMetadata'));

    expect(Object.keys(one.json)).toEqual(['kind', 'apiVersion', 'metadata']);
    expect(one.json).toMatchObject({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1' });
    expect(many.json.items[0]).toMatchObject({ kind: 'PartialObjectMetadata' });
    expect(many.json.kind).toBe('PartialObjectMetadataList');
    expect(wrong.status).toBe(406);
  });

  test('a Table, whose rows carry metadata, all or nothing', async () => {
    const table = async (include: string) =>
      (await cluster.ask('GET', `${MAPS}/first${include}`, { headers: { accept: TABLE } })).json;

    const shown = await table('');

    expect(shown).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
    expect(shown.columnDefinitions.map(({ name }: { name: string }) => name)).toEqual([
      'Name',
      'Data',
      'Age',
    ]);
    expect(shown.rows[0]?.cells).toEqual(['first', 1, '0s']);
    expect(shown.rows[0]?.object).toMatchObject({
      kind: 'PartialObjectMetadata',
      metadata: { name: 'first' },
    });
    expect((await table('?includeObject=Object')).rows[0]?.object).toMatchObject({ data: { x: '1' } });
    expect((await table('?includeObject=None')).rows[0]?.object).toBeNull();
  });

  test('protobuf is not had: clients that take JSON as well get that, others 406', async () => {
    const protobuf = 'application/vnd.kubernetes.protobuf';
    const both = await cluster.ask('GET', MAPS, { headers: { accept: `${protobuf},application/json` } });
    const only = await cluster.ask('GET', MAPS, { headers: { accept: protobuf } });

    expect(both.headers['content-type']).toBe('application/json');
    expect(only.json).toMatchObject({ code: 406, reason: 'NotAcceptable' });
  });
});

test('answers may not be cached, and each has an id, the one that was asked for', async () => {
  const one = await cluster.ask('GET', MAPS);
  const named = await cluster.ask('GET', MAPS, { headers: { 'audit-id': 'mine' } });

  expect(one.headers['cache-control']).toBe('no-cache, private');
  expect(one.headers['audit-id']).toMatch(/^[0-9a-f-]{36}$/);
  expect(named.headers['audit-id']).toBe('mine');
});

test('a compressed body is not unpacked, as by a real server', async () => {
  const body = gzipSync('{"metadata":{"name":"n"}}');
  const { json } = await cluster.ask('POST', MAPS, { body, headers: { 'content-encoding': 'gzip' } });

  expect(json.code).toBe(400);
  expect(json.message).toContain("invalid character '\\x1f' looking for beginning of value (1f8b08");
});

test('a review is answered and kept nowhere', async () => {
  const spec = { resourceAttributes: { verb: 'get', resource: 'secrets', namespace: 'default' } };
  const { status, json } = await cluster.ask('POST', REVIEWS, {
    body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec },
  });

  expect(status).toBe(201);
  expect(json.status.allowed).toBe(true);
});
