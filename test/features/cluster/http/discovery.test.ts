import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AGGREGATED } from '../../../../infra/local/cluster/http/aggregated-discovery.ts';
import { type ServedCluster, servedCluster } from './served.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

let cluster: ServedCluster;
beforeAll(async () => {
  cluster = await servedCluster({
    openApi: (path) =>
      path === '/openapi/v3'
        ? { contentType: 'application/json', body: '{"paths":{}}\n', etag: 'A1' }
        : undefined,
  });
});
afterAll(() => cluster.close());

const get = async (path: string, headers = {}) => (await cluster.ask('GET', path, { headers })).json;

describe('the old documents', () => {
  test('tell where the core group is reached', async () => {
    const address = `127.0.0.1:${cluster.port}`;

    expect(await get('/api')).toEqual({
      kind: 'APIVersions',
      versions: ['v1'],
      serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: address }],
    });
  });

  test('tell groups with their versions, the preferred one first', async () => {
    const { kind, groups } = await get('/apis');
    const autoscaling = groups.find(({ name }: { name: string }) => name === 'autoscaling');

    expect(kind).toBe('APIGroupList');
    expect(autoscaling).toEqual({
      name: 'autoscaling',
      versions: [
        { groupVersion: 'autoscaling/v2', version: 'v2' },
        { groupVersion: 'autoscaling/v1', version: 'v1' },
      ],
      preferredVersion: { groupVersion: 'autoscaling/v2', version: 'v2' },
    });
    expect(await get('/apis/autoscaling')).toEqual({ kind: 'APIGroup', apiVersion: 'v1', ...autoscaling });
  });

  test('tell resources with their subresources', async () => {
    const { resources, groupVersion, apiVersion } = await get('/apis/apps/v1');
    const named = (name: string) => resources.find((one: { name: string }) => one.name === name);

    expect([apiVersion, groupVersion]).toEqual(['v1', 'apps/v1']);
    expect(named('deployments')).toEqual({
      name: 'deployments',
      singularName: 'deployment',
      namespaced: true,
      kind: 'Deployment',
      verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
      shortNames: ['deploy'],
      categories: ['all'],
    });
    expect(named('deployments/status')).toMatchObject({
      kind: 'Deployment',
      verbs: ['get', 'patch', 'update'],
    });
    expect(named('deployments/scale')).toMatchObject({ group: 'autoscaling', version: 'v1', kind: 'Scale' });
    expect(named('deployments/status')).not.toHaveProperty('group');
  });

  test('of the core group have no apiVersion, as a real server writes them', async () => {
    const { kind, groupVersion, apiVersion } = await get('/api/v1');

    expect([kind, groupVersion, apiVersion]).toEqual(['APIResourceList', 'v1', undefined]);
  });
});

describe('aggregated discovery', () => {
  test('tells everything at once, with a tag', async () => {
    const { json, headers } = await cluster.ask('GET', '/apis', { headers: { accept: AGGREGATED } });
    const apps = json.items.find(({ metadata }) => metadata.name === 'apps');
    const deployments = apps?.versions[0]?.resources.find(({ resource }) => resource === 'deployments');

    expect(headers['content-type']).toBe(AGGREGATED);
    expect(json).toMatchObject({ kind: 'APIGroupDiscoveryList', apiVersion: 'apidiscovery.k8s.io/v2' });
    expect(deployments).toMatchObject({
      responseKind: { group: '', version: '', kind: 'Deployment' },
      scope: 'Namespaced',
      singularResource: 'deployment',
      subresources: [
        { subresource: 'scale', responseKind: { group: 'autoscaling', version: 'v1', kind: 'Scale' } },
        { subresource: 'status', responseKind: { group: '', version: '', kind: 'Deployment' } },
      ],
    });
  });

  test('is not sent again to who has it', async () => {
    const first = await cluster.ask('GET', '/api', { headers: { accept: AGGREGATED } });
    const tag = first.headers.etag ?? '';
    const again = await cluster.ask('GET', '/api', { headers: { accept: AGGREGATED, 'if-none-match': tag } });

    expect(tag).toMatch(/^"[0-9A-F]{128}"$/);
    expect([again.status, again.text]).toEqual([304, '']);
  });

  test('tells of a definition as soon as it is established, and no longer when it is gone', async () => {
    const groups = async () => {
      const { items } = JSON.parse(
        (await cluster.ask('GET', '/apis', { headers: { accept: AGGREGATED } })).text,
      );
      return items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
    };
    const schema = { openAPIV3Schema: { type: 'object' } };
    const versions = [{ name: 'v1', served: true, storage: true, schema, subresources: { status: {} } }];
    const names = { kind: 'Shop', plural: 'shops', shortNames: ['sh'] };
    const spec = { group: 'example.com', scope: 'Namespaced', names, versions };

    const before = await groups();
    await cluster.ask('POST', CRDS, { body: { metadata: { name: 'shops.example.com' }, spec } });
    const during = await groups();
    const { resources } = await get('/apis/example.com/v1');
    await cluster.ask('DELETE', `${CRDS}/shops.example.com`);
    const after = await groups();

    expect(before).not.toContain('example.com');
    expect(during.at(-1)).toBe('example.com');
    expect(resources.map(({ name }: { name: string }) => name)).toEqual(['shops', 'shops/status']);
    expect(after).not.toContain('example.com');
  });
});

test('the version says what it is', async () => {
  expect(await get('/version')).toMatchObject({ major: '1', minor: '36', gitVersion: 'v1.36.3+test' });
});

test.each(['/healthz', '/livez', '/readyz', '/livez/ping'])('%s is ok', async (path) => {
  expect(await cluster.ask('GET', path)).toMatchObject({ status: 200, text: 'ok' });
});

test('health is told at length when asked', async () => {
  const { text } = await cluster.ask('GET', '/readyz?verbose');

  expect(text).toBe('[+]ping ok\nreadyz check passed\n');
});

test('OpenAPI documents come with their tags', async () => {
  const { json, headers } = await cluster.ask('GET', '/openapi/v3');
  const again = await cluster.ask('GET', '/openapi/v3', { headers: { 'if-none-match': '"A1"' } });

  expect(json).toEqual({ paths: {} });
  expect(headers.etag).toBe('"A1"');
  expect(again.status).toBe(304);
  expect((await cluster.ask('GET', '/openapi/v3/apis/none')).status).toBe(404);
});
