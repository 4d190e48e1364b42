import { APPLY, JSON_PATCH, MERGE, type Step } from './embedded-both.ts';
import { answeredAlike } from './embedded-scenarios.ts';

const MAPS = '/api/v1/namespaces/NS/configmaps';
const X = `${MAPS}/x`;

const owner = (kind: string, name: string, more = {}) => ({
  apiVersion: 'v1',
  kind,
  name,
  uid: name,
  ...more,
});
const map = (metadata: object, data?: object) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata,
  ...(data && { data }),
});

/** Requests whose answers, kind for kind and word for word, are those of a real API server. */
const SCENARIOS: Readonly<Record<string, readonly Step[]>> = {
  'new objects': [
    ['POST', MAPS, map({ name: 'Bad_Name' })],
    ['POST', MAPS, map({ name: '' })],
    ['POST', MAPS, map({ generateName: 'g-' }, { a: '1' })],
    ['POST', MAPS, map({ generateName: 'G_' })],
    ['POST', MAPS, map({ name: 'x', resourceVersion: '5' })],
    ['POST', MAPS, map({ name: 'x', namespace: 'other' })],
    ['POST', '/api/v1/namespaces/NS-not/configmaps', map({ name: 'x' })],
    ['POST', MAPS, { ...map({ name: 'x' }), kind: 'Secret' }],
    ['POST', MAPS, { ...map({ name: 'x' }), apiVersion: 'v2' }],
    ['POST', `${MAPS}?dryRun=All`, map({ name: 'dry', labels: { a: 'b' } }, { a: '1' })],
    ['POST', `${MAPS}?fieldManager=m`, { metadata: { name: 'x' }, data: { a: '1' } }],
    ['POST', MAPS, map({ name: 'x' })],
    ['POST', MAPS, map({ name: 'y', uid: 'a', generation: 7, deletionTimestamp: '2020-01-01T00:00:00Z' })],
    ['POST', `${MAPS}?fieldValidation=Strict`, { ...map({ name: 'z' }), foo: 1 }],
  ],
  metadata: [
    ['POST', MAPS, map({ name: 'x', labels: { '-a': 'v' } })],
    ['POST', MAPS, map({ name: 'x', labels: { a: 'b c' } })],
    ['POST', MAPS, map({ name: 'x', annotations: { 'Bad Key': '1' } })],
    ['POST', MAPS, map({ name: 'x', annotations: { a: 'x'.repeat(256 * 1024) } })],
    ['POST', MAPS, map({ name: 'x', finalizers: ['bad', 'also bad/x y'] })],
    ['POST', MAPS, map({ name: 'x', finalizers: ['orphan', 'foregroundDeletion'] })],
    ['POST', MAPS, map({ name: 'x', ownerReferences: [owner('', 'a')] })],
    ['POST', MAPS, map({ name: 'x', ownerReferences: [owner('Event', 'a')] })],
    [
      'POST',
      MAPS,
      map({
        name: 'x',
        ownerReferences: [owner('A', 'a', { controller: true }), owner('A', 'b', { controller: true })],
      }),
    ],
    ['POST', '/api/v1/namespaces', { metadata: { name: 'a.b' } }],
    ['POST', '/apis/rbac.authorization.k8s.io/v1/clusterroles', { metadata: { name: 'a/b%' } }],
  ],
  updates: [
    ['POST', MAPS, map({ name: 'x' }, { a: '1' })],
    ['PUT', X, map({ name: 'y' })],
    ['PUT', X, map({})],
    ['PUT', X, map({ name: 'x', namespace: 'z' })],
    ['PUT', `${MAPS}/not`, map({ name: 'not', resourceVersion: '5' })],
    ['PUT', X, map({ name: 'x', resourceVersion: '5' })],
    ['PUT', X, map({ name: 'x', resourceVersion: 'abc' })],
    ['PUT', X, map({ name: 'x', uid: '5' })],
    ['PUT', `${X}?fieldManager=m`, map({ name: 'x' }, { b: '1' })],
    ['PUT', `${X}?dryRun=All`, map({ name: 'x' }, { b: '2' })],
    ['GET', X],
    ['PUT', '/apis/coordination.k8s.io/v1/namespaces/NS/leases/l', { metadata: { name: 'l' }, spec: {} }],
    ['PUT', '/apis/coordination.k8s.io/v1/namespaces/NS/leases/l', { metadata: { name: 'l' }, spec: {} }],
  ],
  patches: [
    ['POST', MAPS, map({ name: 'x' }, { b: '1' })],
    ['PATCH', X, { metadata: { name: 'z' } }, MERGE],
    ['PATCH', X, { metadata: { namespace: 'z' } }, MERGE],
    ['PATCH', X, { metadata: { resourceVersion: '1' } }, MERGE],
    ['PATCH', X, { metadata: { creationTimestamp: '2020-01-01T00:00:00Z', generation: 9 } }, MERGE],
    ['PATCH', X, [{ op: 'test', path: '/data/b', value: '9' }], JSON_PATCH],
    ['PATCH', X, [{ op: 'replace', path: '/data/b', value: '9' }], JSON_PATCH],
    ['PATCH', X, { op: 'not' }, JSON_PATCH],
    ['PATCH', X, [1], MERGE],
    ['PATCH', `${MAPS}/not`, { data: {} }, MERGE],
    ['GET', X],
  ],
  applies: [
    ['PATCH', `${X}?fieldManager=m`, map({ name: 'zz' }), APPLY],
    ['PATCH', `${X}?fieldManager=m`, { ...map({ name: 'x' }), kind: 'Secret' }, APPLY],
    ['PATCH', X, map({ name: 'x' }), APPLY],
    ['PATCH', `${X}?fieldManager=m`, { metadata: { name: 'x' } }, APPLY],
    ['PATCH', `${X}?fieldManager=m`, map({ name: 'x', uid: '5' }), APPLY],
    ['PATCH', `${X}?fieldManager=m`, map({ name: 'x', namespace: 'zz' }), APPLY],
    ['PATCH', '/api/v1/namespaces/NS-not/configmaps/x?fieldManager=m', map({ name: 'x' }), APPLY],
    ['PATCH', `${MAPS}/Bad_N?fieldManager=m`, map({ name: 'Bad_N' }), APPLY],
    ['PATCH', `${X}?fieldManager=m`, map({ name: 'x' }, { a: '1' }), APPLY],
    ['PATCH', `${X}?fieldManager=m`, map({ name: 'x', resourceVersion: '5' }), APPLY],
    ['PATCH', `${X}?fieldManager=n`, map({ name: 'x' }, { a: '2' }), APPLY],
    ['PATCH', `${X}?fieldManager=n&force=true`, map({ name: 'x' }, { a: '2' }), APPLY],
    ['PATCH', `${X}?fieldManager=m`, map({ name: 'x' }, { b: '3' }), APPLY],
  ],
  deletions: [
    ['POST', MAPS, map({ name: 'x', finalizers: ['a.b/c'] })],
    ['DELETE', `${MAPS}/not`],
    ['DELETE', X, { preconditions: { uid: '1' } }],
    ['DELETE', X, { preconditions: { resourceVersion: '1' } }],
    ['DELETE', X, { propagationPolicy: 'Bogus' }],
    ['DELETE', `${X}?dryRun=All`],
    ['DELETE', X],
    ['DELETE', X],
    ['POST', MAPS, map({ name: 'x' })],
    ['PATCH', `${X}?dryRun=All`, { metadata: { finalizers: null } }, MERGE],
    ['PATCH', X, { metadata: { finalizers: null } }, MERGE],
    ['GET', X],
    ['POST', MAPS, map({ name: 'x' })],
    ['DELETE', X],
    ['DELETE', '/api/v1/namespaces/kube-system'],
  ],
};

answeredAlike(SCENARIOS);
