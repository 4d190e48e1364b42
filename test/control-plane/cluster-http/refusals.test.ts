import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../api.ts';
import { normal, openTwins, type Question, type Twins } from './twins.ts';

const MAPS = '/api/v1/namespaces/default/configmaps';
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const run = randomBytes(3).toString('hex');
const GROUP = `${run}.example.com`;
const SHOPS = `/apis/${GROUP}/v1/namespaces/default/shops`;
const THERE = `${MAPS}/there-${run}`;
const type = (name: string) => ({ 'content-type': `application/${name}` });
const accept = (header: string) => ({ headers: { accept: header } });
const MERGE = type('merge-patch+json');
const STRATEGIC = type('strategic-merge-patch+json');
const JSON_PATCH = type('json-patch+json');
const APPLY = type('apply-patch+yaml');
const YAML = type('yaml');

let twins: Twins;
beforeAll(async () => {
  twins = await openTwins();
  const definition = shops();
  const [real, ours] = await twins.both('POST', CRDS, { body: definition });
  expect([real.status, ours.status]).toEqual([201, 201]);
  await twins.both('POST', MAPS, { body: { metadata: { name: `there-${run}` } } });
  await until('both serve the custom kind', async () => {
    const answers = await twins.both('GET', SHOPS);
    return answers.every(({ status }) => status === 200) || undefined;
  });
});
afterAll(async () => {
  await twins.real('DELETE', `${CRDS}/shops.${GROUP}`);
  await twins.real('DELETE', THERE);
  await twins.close();
});

async function compare(method: string, path: string, question: Question = {}) {
  const [real, ours] = await twins.both(method, path, question);
  const shown = ({ status, contentType, text, json, warnings }: typeof real) => ({
    status,
    contentType,
    warnings,
    body: json === undefined ? text : normal(json),
  });
  expect(shown(ours)).toEqual(shown(real));
}

describe('paths and methods', () => {
  test.each([
    ['GET', '/nope'],
    ['GET', '/apis/nope'],
    ['GET', '/apis/apps/v9'],
    ['GET', '/apis/apps/v9/x'],
    ['GET', '/apis/apps/v1/nope'],
    ['GET', '/api/v1/nope/x'],
    ['GET', '/api/v1/pods/x'],
    ['GET', '/api/v1/namespaces/default/nodes'],
    ['GET', `${MAPS}/x`],
    ['GET', `${MAPS}/x/status`],
    ['GET', '/api/v1/namespaces/default/pods/x/nope'],
    ['POST', '/api/v1/pods'],
    ['PUT', '/api/v1/namespaces'],
    ['PATCH', MAPS],
    ['DELETE', '/api/v1/namespaces'],
    ['POST', '/version'],
    ['POST', '/api'],
    ['OPTIONS', '/api/v1/pods'],
    ['GET', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'],
    ['GET', `/apis/${GROUP}/v9/x`],
    ['GET', `/apis/${GROUP}/v1/x`],
    ['GET', `/apis/${GROUP}/v9`],
    ['GET', `${SHOPS}/x`],
    ['GET', `${SHOPS}/x/nope`],
    ['DELETE', `${SHOPS}/x`],
    ['GET', '/healthz'],
    ['GET', '/livez/ping'],
  ])('%s %s', (method, path) => compare(method, path));

  test.each(['/api', '/nope', MAPS, `${MAPS}/x`, '/api/v1/namespaces/default', '/healthz'])(
    '%s, by nobody',
    (path) => compare('GET', path, { anonymous: true }),
  );

  test('a token that is nobody’s', () =>
    compare('GET', MAPS, { anonymous: true, headers: { authorization: 'Bearer nope' } }));
});

describe('bodies', () => {
  test.each<[string, unknown, Record<string, string>?]>([
    ['cut off', '{"a":'],
    ['no JSON', 'hello'],
    ['empty', ''],
    ['a list', '[]'],
    ['a text', '"x"'],
    ['a number', '3'],
    ['null', 'null'],
    ['without a name', '{}'],
    ['another kind', { kind: 'Secret', apiVersion: 'v1', metadata: { name: 'x' } }],
    ['another version', { kind: 'ConfigMap', apiVersion: 'v2', metadata: { name: 'x' } }],
    ['another namespace', { metadata: { name: 'x', namespace: 'other' } }],
    ['of another type', '{}', type('nope')],
    ['compressed', Buffer.from([0x1f, 0x8b, 8])],
    ['too large', { metadata: { name: 'x' }, data: { a: 'x'.repeat(3_200_000) } }],
  ])('%s', (_, body, headers) => compare('POST', MAPS, { body, headers: { ...headers } }));

  test.each<[string, unknown, Record<string, string>?]>([
    ['cut off', '{'],
    ['a list', '[]'],
    ['without a kind', '{"a":1}'],
    ['without a version', { kind: 'Shop' }],
    ['another version', { kind: 'Shop', apiVersion: `${GROUP}/v2`, metadata: { name: 'x' } }],
    ['another kind', { kind: 'Shopx', apiVersion: `${GROUP}/v1`, metadata: { name: 'x' } }],
  ])('of a custom kind: %s', (_, body, headers) => compare('POST', SHOPS, { body, headers: { ...headers } }));

  test('a name that is not the path’s', () =>
    compare('PUT', THERE, { body: { metadata: { name: 'other' } } }));

  test('YAML is taken and given', () =>
    compare('POST', `${MAPS}?dryRun=All`, {
      body: 'kind: ConfigMap\napiVersion: v1\nmetadata: {name: y}\ndata: {a: "1"}\n',
      headers: YAML,
    }));
});

describe('members that are there twice', () => {
  const twice = '{"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"d"},"data":{"a":"3","a":"4"}}';

  test.each(['Strict', 'Warn', 'Ignore'])('%s', (validation) =>
    compare('POST', `${MAPS}?dryRun=All&fieldValidation=${validation}`, { body: twice }),
  );

  test('in a patch that is applied', () =>
    compare('PATCH', `${THERE}?dryRun=All&fieldManager=m`, {
      body: twice.replace('"d"', `"there-${run}"`),
      headers: APPLY,
    }));
});

describe('patches', () => {
  test.each<[string, string, unknown, Record<string, string>]>([
    ['of no type', '', '{}', {}],
    ['of an unknown type', '', '{}', type('json')],
    ['that is cut off, merge', '', '{', MERGE],
    ['that is cut off, strategic', '', '{', STRATEGIC],
    ['that is cut off, JSON', '', '[', JSON_PATCH],
    ['that is a list, merge', '', '[]', MERGE],
    ['that is a list, strategic', '', '[]', STRATEGIC],
    ['that is no list, JSON', '', '{}', JSON_PATCH],
    ['with an unknown operation', '', [{ op: 'x' }], JSON_PATCH],
    ['apply of a list', '?fieldManager=m', '[]', APPLY],
    ['apply of nothing', '?fieldManager=m', '', APPLY],
    ['apply without a kind', '?fieldManager=m', '{}', APPLY],
    ['apply by nobody', '', '{}', APPLY],
    ['with force', '?force=true', '{}', MERGE],
    ['half a dry run', '?dryRun=Some', '{}', MERGE],
    ['more than a dry run', '?dryRun=All&dryRun=All&dryRun=x', '{}', MERGE],
    ['an unknown validation', '?fieldValidation=no', '{}', MERGE],
    ['a manager with a long name', `?fieldManager=${'m'.repeat(129)}`, '{}', MERGE],
    ['a manager with a letter that nobody can see', '?fieldManager=a%07b', '{}', MERGE],
  ])('%s', (_, query, body, headers) => compare('PATCH', `${THERE}${query}`, { body, headers }));

  test('strategic, of a custom kind', () =>
    compare('PATCH', `${SHOPS}/x`, { body: '{}', headers: STRATEGIC }));
});

describe('deletions', () => {
  test.each<[string, string, unknown]>([
    ['an unknown policy', '', { propagationPolicy: 'Sideways' }],
    ['an unknown policy, in the query', '?propagationPolicy=Sideways', undefined],
    ['no number', '?gracePeriodSeconds=x', undefined],
    ['a negative one', '?gracePeriodSeconds=-5', undefined],
    ['two policies', '?propagationPolicy=Orphan&orphanDependents=true', undefined],
    ['a body that is cut off', '', '{'],
    ['half a dry run', '?dryRun=x', undefined],
    ['a query beside a body', '?dryRun=x', {}],
  ])('%s', (_, query, body) => compare('DELETE', `${MAPS}/nope${query}`, body === undefined ? {} : { body }));
});

describe('lists', () => {
  test.each([
    'limit=x',
    'limit=',
    'limit=99999999999999999999',
    'labelSelector=a==b==c',
    'labelSelector=a%20in%20(b',
    'fieldSelector=a',
    'fieldSelector=data.x=1',
    'resourceVersion=abc',
    'resourceVersionMatch=Exact',
    'resourceVersionMatch=Nope&resourceVersion=1',
    'resourceVersion=0&resourceVersionMatch=Exact',
    'sendInitialEvents=true',
    'watch=true&sendInitialEvents=true',
    'watch=true&resourceVersionMatch=Exact&resourceVersion=5',
    'timeoutSeconds=x',
    'watch=true&timeoutSeconds=x',
  ])('%s', (query) => compare('GET', `${MAPS}?${query}`));

  test.each([
    [
      'a Table that there is not',
      `${MAPS}?includeObject=Nope`,
      'application/json;as=Table;v=v1;g=meta.k8s.io',
    ],
  ])('%s', (_, path, header) => compare('GET', path, accept(header)));
});

// A real server has protobuf to offer, tells Go's types, and asks its router first: status and reason are what counts.
describe('with words of their own', () => {
  test.each<[string, string, string, Question]>([
    ['a form that there is not', 'GET', MAPS, accept('application/json;as=Nope;g=meta.k8s.io;v=v1')],
    ['a media type that there is not', 'GET', MAPS, accept('text/plain')],
    [
      'one as a list',
      'GET',
      THERE,
      accept('application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'),
    ],
    ['a list as one', 'GET', MAPS, accept('application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1')],
    ['YAML that is none', 'POST', MAPS, { body: 'a: b: c', headers: YAML }],
    ['YAML to apply that is none', 'PATCH', `${THERE}?fieldManager=m`, { body: 'a: b: c', headers: APPLY }],
    ['options of another kind', 'DELETE', `${MAPS}/nope`, { body: { kind: 'Foo', apiVersion: 'v1' } }],
    [
      'discovery of another version',
      'GET',
      '/apis',
      accept('application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList'),
    ],
    ['a custom kind in protobuf', 'GET', SHOPS, accept('application/vnd.kubernetes.protobuf')],
  ])('%s', async (_, method, path, question) => {
    const [real, ours] = await twins.both(method, path, question);

    expect(ours.status).toBe(real.status);
    expect(ours.status).toBeGreaterThanOrEqual(400);
    expect(ours.json.reason).toBe(real.json?.reason ?? ours.json.reason);
  });
});

function shops() {
  const openAPIV3Schema = { type: 'object', properties: { spec: { type: 'object' } } };
  return {
    metadata: { name: `shops.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: { kind: 'Shop', plural: 'shops' },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }],
    },
  };
}
