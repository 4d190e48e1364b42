import type { Step } from './embedded-both.ts';
import { answeredAlike } from './embedded-scenarios.ts';

const MAPS = '/api/v1/namespaces/NS/configmaps';
const SECRETS = '/api/v1/namespaces/NS/secrets';

const made = ['a', 'b', 'c'].map((name, n): Step => {
  const labels = { test: 'yes', name, n: String(n) };
  return ['POST', SECRETS, { metadata: { name, labels }, type: n === 0 ? 'example.com/one' : 'Opaque' }];
});

function secrets(query: string): Step {
  return ['GET', `${SECRETS}?${query}`];
}

function maps(query: string): Step {
  return ['GET', `${MAPS}?${query}`];
}

const encoded = (text: string) => encodeURIComponent(text);

/** Questions whose answers, word for word, are those of a real API server. */
const SCENARIOS: Readonly<Record<string, readonly Step[]>> = {
  'label selectors': [
    ...made,
    ...[
      'name=a',
      'name!=a',
      'name in (a,b)',
      'name notin (a)',
      'test,!absent',
      'n>0',
      'n<1',
      'name in ()',
    ].map((selector) => secrets(`labelSelector=${encoded(selector)}`)),
  ],
  'wrong label selectors': [
    ...[
      '!!',
      'a in (b',
      'a in b',
      'a foo',
      'a=-b-',
      '-a',
      'a in (b,-c)',
      'a>b',
      ',',
      'a=b=c',
      'a notin (b) !c',
    ],
  ].map((selector) => maps(`labelSelector=${encoded(selector)}`)),
  'field selectors': [
    ...made,
    ...[
      'metadata.name=a',
      'metadata.name!=a',
      'type=example.com/one',
      'type!=Opaque,metadata.namespace=NS',
    ].map((selector) => secrets(`fieldSelector=${encoded(selector)}`)),
  ],
  'wrong field selectors': [
    ...[
      '/api/v1/configmaps',
      '/api/v1/pods',
      '/api/v1/events',
      '/api/v1/nodes',
      '/api/v1/namespaces',
      '/api/v1/services',
      '/apis/batch/v1/jobs',
      '/apis/batch/v1/cronjobs',
      '/apis/apps/v1/replicasets',
      '/apis/events.k8s.io/v1/events',
      '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
    ].map((path): Step => ['GET', `${path}?fieldSelector=spec.foo=1`]),
    ['GET', '/api/v1/namespaces?fieldSelector=metadata.namespace=1'],
    maps('fieldSelector=metadata.name'),
  ],
  pages: [
    ...made,
    secrets('limit=2'),
    secrets('limit=2&labelSelector=test'),
    secrets('limit=0'),
    secrets('limit=3'),
  ],
  versions: [
    maps('resourceVersion=999999999'),
    maps('resourceVersion=999999999&resourceVersionMatch=Exact'),
    maps('resourceVersionMatch=Exact'),
    maps('resourceVersion=1&resourceVersionMatch=Foo'),
    maps('resourceVersion=0&resourceVersionMatch=Exact'),
    maps('resourceVersion=abc'),
    maps('watch=1&resourceVersion=abc&timeoutSeconds=1'),
    maps('watch=1&sendInitialEvents=true&timeoutSeconds=1'),
  ],
};

answeredAlike(SCENARIOS);
