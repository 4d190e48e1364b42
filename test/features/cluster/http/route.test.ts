import { expect, test } from 'vitest';
import { attemptOf, parseRoute } from '../../../../infra/local/cluster/http/route.ts';
import { selectedName } from '../../../../infra/local/cluster/requests/selectors/fields.ts';

const NONE = { namespace: '', name: '', subresource: '', rest: [] };
const APPS = { group: 'apps', version: 'v1' };
const CORE = { group: '', version: 'v1' };

test.each([
  ['/apis/apps/v1/deployments', { ...NONE, ...APPS, plural: 'deployments' }],
  ['/apis/apps/v1/deployments/', { ...NONE, ...APPS, plural: 'deployments' }],
  [
    '/apis/apps/v1/namespaces/a/deployments/b',
    { ...NONE, ...APPS, plural: 'deployments', namespace: 'a', name: 'b' },
  ],
  [
    '/apis/apps/v1/namespaces/a/deployments/b/scale',
    { ...NONE, ...APPS, plural: 'deployments', namespace: 'a', name: 'b', subresource: 'scale' },
  ],
  [
    '/api/v1/namespaces/a/services/b/proxy/x/y',
    { ...CORE, plural: 'services', namespace: 'a', name: 'b', subresource: 'proxy', rest: ['x', 'y'] },
  ],
  ['/api/v1/namespaces', { ...NONE, ...CORE, plural: 'namespaces' }],
  ['/api/v1/namespaces/a', { ...NONE, ...CORE, plural: 'namespaces', namespace: 'a', name: 'a' }],
  [
    '/api/v1/namespaces/a/finalize',
    { ...NONE, ...CORE, plural: 'namespaces', namespace: 'a', name: 'a', subresource: 'finalize' },
  ],
  ['/api/v1/nodes/system%3Anode', { ...NONE, ...CORE, plural: 'nodes', name: 'system:node' }],
])('%s names a resource', (path, route) => {
  expect(parseRoute(path)).toEqual(route);
});

test.each(['/', '/api', '/api/v1', '/apis', '/apis/apps', '/apis/apps/v1', '/version', '/openapi/v3/api/v1'])(
  '%s names none',
  (path) => {
    expect(parseRoute(path)).toEqual({ path });
  },
);

test.each([
  ['GET', '/api/v1/pods', false, 'list'],
  ['GET', '/api/v1/pods', true, 'watch'],
  ['GET', '/api/v1/namespaces/a/pods/b', true, 'get'],
  ['POST', '/api/v1/namespaces/a/pods', false, 'create'],
  ['PUT', '/api/v1/namespaces/a/pods/b', false, 'update'],
  ['PATCH', '/api/v1/namespaces/a/pods/b', false, 'patch'],
  ['DELETE', '/api/v1/namespaces/a/pods/b', false, 'delete'],
  ['DELETE', '/api/v1/namespaces/a/pods', false, 'deletecollection'],
  ['GET', '/healthz', false, 'get'],
])('%s %s (watch %s) is the verb %s', (method, path, watches, verb) => {
  expect(attemptOf(parseRoute(path), method, watches).verb).toBe(verb);
});

test.each([
  ['metadata.name=x', 'x'],
  ['metadata.name==x,spec.nodeName=n', 'x'],
  ['metadata.name!=x', ''],
  ['metadata.name=..', ''],
  ['metadata.name=a/b', ''],
  ['metadata.name', ''],
  ['', ''],
])('of a list with fieldSelector %j the name is %j', (selector, name) => {
  const list = parseRoute('/api/v1/namespaces/a/pods');

  expect(attemptOf(list, 'GET', true, selectedName(selector))).toMatchObject({ verb: 'watch', name });
  expect(attemptOf(list, 'DELETE', false, selectedName(selector))).toMatchObject({ name: '' });
});
