import { MERGE, STRATEGIC, type Step } from './embedded-both.ts';
import { answeredAlike } from './embedded-scenarios.ts';

const GIZMOS = '/apis/NS.example.com/v1/namespaces/NS/gizmos';
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/NS/deployments';

const spec = {
  type: 'object',
  properties: {
    color: { type: 'string', default: 'red' },
    n: { type: 'integer' },
    replicas: { type: 'integer' },
  },
};
const status = {
  type: 'object',
  properties: { replicas: { type: 'integer' }, selector: { type: 'string' } },
};
const scale = {
  specReplicasPath: '.spec.replicas',
  statusReplicasPath: '.status.replicas',
  labelSelectorPath: '.status.selector',
};
const versions = [
  {
    name: 'v1',
    served: true,
    storage: true,
    schema: { openAPIV3Schema: { type: 'object', properties: { spec, status } } },
    subresources: { status: {}, scale },
    selectableFields: [{ jsonPath: '.spec.color' }],
  },
  {
    name: 'v2',
    served: true,
    storage: false,
    schema: {
      openAPIV3Schema: {
        type: 'object',
        properties: { spec: { ...spec, properties: { color: spec.properties.color } } },
      },
    },
  },
];
const CRD: readonly Step[] = [
  [
    'POST',
    CRDS,
    {
      metadata: { name: 'gizmos.NS.example.com' },
      spec: {
        group: 'NS.example.com',
        scope: 'Namespaced',
        names: { kind: 'Gizmo', plural: 'gizmos' },
        versions,
      },
    },
  ],
  ['AWAIT', GIZMOS],
  ['GET', `${CRDS}/gizmos.NS.example.com`],
];

function gizmo(name: string, more: object = {}): object {
  return { apiVersion: 'NS.example.com/v1', kind: 'Gizmo', metadata: { name }, ...more };
}

const labels = { app: 'd' };
const bad = (part: object): Step => ['POST', DEPLOYMENTS, { metadata: { name: 'bad' }, ...part }];
const inPod = (container: unknown) => bad({ spec: { template: { spec: { containers: [container] } } } });

/** Requests whose answers, word for word, are those of a real API server. */
const SCENARIOS: Readonly<Record<string, readonly Step[]>> = {
  'custom resources': [
    ...CRD,
    ['POST', GIZMOS, gizmo('a', { spec: { n: 1, bogus: 2 }, status: { replicas: 3 } })],
    ['POST', `${GIZMOS}?fieldValidation=Strict`, gizmo('b', { spec: { n: 1, bogus: 2 } })],
    ['POST', GIZMOS, { ...gizmo('c'), kind: 'Other' }],
    ['POST', GIZMOS, { ...gizmo('c'), apiVersion: 'NS.example.com/v2' }],
    ['POST', GIZMOS, { kind: 'Gizmo', metadata: { name: 'c' } }],
    ['POST', GIZMOS, gizmo('c', { spec: { n: 'x' } })],
    ['POST', GIZMOS, gizmo('c', { metadata: { name: 'c', labels: { a: 1 } } })],
    ['PUT', `${GIZMOS}/a`, gizmo('a', { spec: { n: 1 } })],
    ['PATCH', `${GIZMOS}/a`, { spec: { n: 1 } }, STRATEGIC],
    ['PATCH', `${GIZMOS}/a`, { spec: { n: 'k' } }, MERGE],
    ['PATCH', `${GIZMOS}/a`, { metadata: { generation: 44 } }, MERGE],
    ['PATCH', `${GIZMOS}/a`, { spec: { n: 2 } }, MERGE],
    [
      'PATCH',
      `${GIZMOS}/a/status`,
      { metadata: { labels: { x: 'y' } }, spec: { n: 9 }, status: { replicas: 4 } },
      MERGE,
    ],
    ['GET', '/apis/NS.example.com/v2/namespaces/NS/gizmos/a'],
    ['GET', `${GIZMOS}?fieldSelector=spec.n=2`],
    ['DELETE', `${GIZMOS}/a`],
  ],
  'scales of custom resources': [
    ...CRD,
    ['POST', GIZMOS, gizmo('a')],
    ['GET', `${GIZMOS}/a/scale`],
    ['PATCH', `${GIZMOS}/a/scale`, { spec: { replicas: 7 } }, MERGE],
    ['GET', `${GIZMOS}/a/scale`],
    ['PUT', `${GIZMOS}/a/scale`, { apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'b' } }],
    ['GET', `${GIZMOS}/a`],
  ],
  'values of the wrong type': [
    bad({ spec: { replicas: 'a' } }),
    bad({ spec: { replicas: 1.5 } }),
    bad({ spec: [] }),
    bad({ spec: { template: { spec: { containers: { a: 'b' } } } } }),
    bad({ metadata: { name: 'bad', labels: { a: true } } }),
    bad({ metadata: { name: 'bad', labels: 'x' } }),
    bad({ metadata: { name: 'bad', creationTimestamp: 'yesterday' } }),
    inPod('a'),
    inPod({ resources: { limits: { cpu: 'x y' } } }),
    bad({ spec: { strategy: { rollingUpdate: { maxSurge: true } } } }),
    bad({ spec: { template: { spec: { hostNetwork: 'yes' } } } }),
    ['POST', '/api/v1/namespaces/NS/secrets', { metadata: { name: 's' }, data: { c: '!!' } }],
    ['POST', '/api/v1/namespaces/NS/configmaps', { metadata: { name: 's' }, data: { a: 1 } }],
  ],
  'scales of Deployments': [
    [
      'POST',
      `${DEPLOYMENTS}?fieldManager=a`,
      {
        metadata: { name: 'd' },
        // Paused, so that no controller of the real one writes between these requests.
        spec: {
          paused: true,
          replicas: 0,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } },
        },
      },
    ],
    ['PUT', `${DEPLOYMENTS}/d/scale`, { metadata: { name: 'd' }, spec: { replicas: -4 } }],
    ['PUT', `${DEPLOYMENTS}/d/scale`, { metadata: { name: 'd' }, spec: { replicas: 'a' } }],
    ['PUT', `${DEPLOYMENTS}/d/scale`, { metadata: { name: 'e' }, spec: { replicas: 1 } }],
    [
      'PUT',
      `${DEPLOYMENTS}/d/scale`,
      { metadata: { name: 'd', resourceVersion: '1' }, spec: { replicas: 1 } },
    ],
  ],
};

answeredAlike(SCENARIOS);
