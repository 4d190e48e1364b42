import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAX_BODY_BYTES } from '../../../../infra/local/cluster/http/read-body.ts';
import { type Question, type ServedCluster, servedCluster } from './served.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const SHOPS = '/apis/example.com/v1/namespaces/default/shops';
const MERGE = { 'content-type': 'application/merge-patch+json' };
const APPLY = { 'content-type': 'application/apply-patch+yaml' };
const YAML = { 'content-type': 'application/yaml' };

let cluster: ServedCluster;
beforeAll(async () => {
  cluster = await servedCluster();
  await cluster.ask('POST', MAPS, { body: { metadata: { name: 'there' } } });
  await cluster.ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', { body: shops() });
});
afterAll(() => cluster.close());

test('an object that is not there: a Status without members that are empty', async () => {
  const { status, json, text } = await cluster.ask('GET', `${MAPS}/nope`);

  expect(status).toBe(404);
  expect(text).toBe(`${JSON.stringify(json)}\n`);
  expect(json).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: 'configmaps "nope" not found',
    reason: 'NotFound',
    details: { name: 'nope', kind: 'configmaps' },
    code: 404,
  });
});

describe('paths and methods that are not served', () => {
  test.each([
    '/nope',
    '/metrics',
    '/apis/nope',
    '/apis/nope/v1/things',
    '/apis/example.com/v9',
    `${SHOPS}/x/y/z`,
  ])('%s is no page', async (path) => {
    const { status, text, headers } = await cluster.ask('GET', path);

    expect([status, text]).toEqual([404, '404 page not found\n']);
    expect(headers).toMatchObject({
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
    });
  });

  test.each([
    '/apis/apps/v9',
    '/apis/apps/v1/nope',
    '/api/v1/nope/x',
    '/api/v1/pods/x',
    '/api/v1/namespaces/default/nodes',
    '/api/v1/watch/pods',
    `${MAPS}/there/status`,
  ])('%s is no resource', async (path) => {
    expect((await cluster.ask('GET', path)).json).toMatchObject({
      code: 404,
      message: 'the server could not find the requested resource',
      details: {},
    });
  });

  test.each([
    ['POST', '/api/v1/configmaps'],
    ['PUT', '/api/v1/namespaces'],
    ['PATCH', MAPS],
    ['DELETE', '/api/v1/namespaces'],
    ['POST', `${MAPS}/there`],
    ['OPTIONS', MAPS],
    ['POST', '/version'],
    ['POST', '/api'],
    ['GET', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'],
  ])('%s %s is not allowed', async (method, path) => {
    expect((await cluster.ask(method, path)).json).toMatchObject({ code: 405, reason: 'MethodNotAllowed' });
  });

  test.each(['log', 'exec', 'attach', 'portforward', 'proxy'])(
    'pods/%s says why it is missing',
    async (part) => {
      const { json } = await cluster.ask('GET', `/api/v1/namespaces/default/pods/x/${part}`);

      expect(json).toMatchObject({ code: 501, reason: 'NotImplemented' });
      expect(json.message).toBe(
        `pods/${part} is not served: this cluster is embedded and runs no containers`,
      );
    },
  );
});

describe('bodies', () => {
  test.each([
    [
      '{"a":',
      {},
      `must be of type ConfigMap): couldn't get version/kind; json parse error: unexpected end of JSON input ({"a":)`,
    ],
    ['hello', {}, "invalid character 'h' looking for beginning of value (68656c6c6f)"],
    ['', {}, 'unexpected end of JSON input (<empty>)'],
    ['[]', {}, 'json: cannot unmarshal array into Go value of type struct { APIVersion string'],
    ['a: b: c', YAML, 'the object provided is unrecognized (must be of type ConfigMap): yaml: '],
  ])('%j is not understood', async (body, headers, message) => {
    const { json } = await cluster.ask('POST', MAPS, { body, headers });

    expect(json).toMatchObject({ code: 400, reason: 'BadRequest' });
    expect(json.message).toContain(message);
  });

  test('a custom object must say its kind', async () => {
    expect((await cluster.ask('POST', SHOPS, { body: '{"a":1}' })).json.message).toBe(
      `the object provided is unrecognized (must be of type Shop): Object 'Kind' is missing in '{"a":1}' ({"a":1})`,
    );
  });

  test('of other media types are refused', async () => {
    const { json } = await cluster.ask('POST', MAPS, {
      body: '{}',
      headers: { 'content-type': 'text/plain' },
    });

    expect(json).toMatchObject({ code: 415, reason: 'UnsupportedMediaType' });
    expect(json.message).toBe(
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
    );
  });

  test('beyond 3 MiB are refused, whether they say how long they are or not', async () => {
    const body = JSON.stringify({ metadata: { name: 'big' }, data: { a: 'x'.repeat(MAX_BODY_BYTES) } });
    const told = await cluster.ask('POST', MAPS, { body });
    const untold = await cluster.ask('POST', MAPS, { body, headers: { 'transfer-encoding': 'chunked' } });

    for (const { json } of [told, untold]) {
      expect(json).toMatchObject({ code: 413, reason: 'RequestEntityTooLarge' });
      expect(json.message).toBe('Request entity too large: limit is 3145728');
    }
  });
});

describe('members that are there twice', () => {
  const twice = '{"metadata":{"name":"d"},"data":{"a":"1","a":"2"}}';

  test('are refused when validation is strict', async () => {
    const { json } = await cluster.ask('POST', `${MAPS}?fieldValidation=Strict`, { body: twice });

    expect(json).toMatchObject({
      code: 400,
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: duplicate field "data.a"',
    });
  });

  test('are warned of by default, and the last one counts', async () => {
    const { status, json, headers } = await cluster.ask('POST', `${MAPS}?dryRun=All`, { body: twice });

    expect(status).toBe(201);
    expect(json.data).toEqual({ a: '2' });
    expect(headers.warning).toBe('299 - "duplicate field \\"data.a\\""');
  });

  test('are nobody’s concern when validation is off', async () => {
    const { headers } = await cluster.ask('POST', `${MAPS}?dryRun=All&fieldValidation=Ignore`, {
      body: twice,
    });

    expect(headers.warning).toBeUndefined();
  });

  test('of YAML are told with their lines', async () => {
    const body = 'metadata:\n  name: d\ndata:\n  a: b\n  a: c\n';
    const { json } = await cluster.ask('POST', `${MAPS}?fieldValidation=Strict`, { body, headers: YAML });

    expect(json.message).toContain('line 5: key "a" already set in map');
  });
});

describe('patches', () => {
  const patch = (path: string, question: Question) => cluster.ask('PATCH', path, { body: '{}', ...question });

  test('of unknown media types are refused, in the words of who refuses them', async () => {
    const builtIn = await patch(`${MAPS}/there`, { headers: { 'content-type': 'application/json' } });
    const strategic = { 'content-type': 'application/strategic-merge-patch+json' };
    const custom = await patch(`${SHOPS}/x`, { headers: strategic });

    expect(builtIn.json).toMatchObject({ code: 415, message: '415: Unsupported Media Type', details: {} });
    expect(custom.json).toMatchObject({
      code: 415,
      message:
        'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
    });
  });

  test.each([
    ['', APPLY, 'fieldManager: Required value: is required for apply patch'],
    ['?force=true', MERGE, 'force: Forbidden: may not be specified for non-apply patch'],
    ['?dryRun=Some', MERGE, 'dryRun: Unsupported value: ["Some"]: supported values: "All"'],
    ['?dryRun=All&dryRun=x', MERGE, 'dryRun: Unsupported value: ["All","x"]: supported values: "All"'],
    [
      '?fieldValidation=no',
      MERGE,
      'fieldValidation: Unsupported value: "no": supported values: "", "Ignore", "Strict", "Warn"',
    ],
    [`?fieldManager=${'m'.repeat(129)}`, MERGE, 'fieldManager: Too long: may not be more than 128 bytes'],
    ['?fieldManager=a%07b', MERGE, 'invalid character U+0007 (at position 1)'],
  ])('with the options %j', async (query, headers, message) => {
    const { json } = await patch(`${MAPS}/there${query}`, { headers });

    expect(json).toMatchObject({ code: 422, reason: 'Invalid' });
    expect(json.details).toMatchObject({ group: 'meta.k8s.io', kind: 'PatchOptions' });
    expect(json.details).not.toHaveProperty('name');
    expect(json.message).toContain(message);
  });
});

test('a fault of our own is a 500 and a line of the log, and the next request is answered', async () => {
  const broken = await servedCluster({
    virtual: new Map([
      [
        'authorization.k8s.io/selfsubjectaccessreviews',
        () => {
          throw new TypeError('something is broken');
        },
      ],
    ]),
  });
  const { json } = await broken.ask('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
    body: {},
  });
  const next = await broken.ask('GET', '/healthz');
  await broken.close();

  expect(json).toMatchObject({ code: 500, reason: 'InternalError', status: 'Failure' });
  expect(broken.logged.join()).toContain('TypeError: something is broken');
  expect(next.text).toBe('ok');
});

function shops() {
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object' } } } };
  return {
    metadata: { name: 'shops.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { kind: 'Shop', plural: 'shops' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
}
