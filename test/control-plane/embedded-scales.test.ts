import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { APPLY, type Both, both, JSON_PATCH, MERGE, type Said, type Step } from './embedded-both.ts';

const NAMESPACE: Step = ['POST', '/api/v1/namespaces', { metadata: { name: 'NS' } }];
const GROUP = 'scales-NS.example';

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `fleets.${GROUP}` },
  spec: {
    group: GROUP,
    scope: 'Namespaced',
    names: { plural: 'fleets', singular: 'fleet', kind: 'Fleet', listKind: 'FleetList' },
    versions: [
      {
        ...{ name: 'v1', served: true, storage: true },
        subresources: {
          status: {},
          scale: { specReplicasPath: '.spec.ships', statusReplicasPath: '.status.ships' },
        },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: { type: 'object', properties: { ships: { type: 'integer' }, flag: { type: 'string' } } },
              status: { type: 'object', properties: { ships: { type: 'integer' } } },
            },
          },
        },
      },
    ],
  },
};
const deployment = {
  ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'x' } },
  spec: {
    replicas: 1,
    selector: { matchLabels: { app: 'x' } },
    template: { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'a', image: 'a' }] } },
  },
};
const fleet = {
  apiVersion: `${GROUP}/v1`,
  kind: 'Fleet',
  metadata: { name: 'x' },
  spec: { ships: 1, flag: 'red' },
};

const scale = (replicas?: unknown, more: object = {}) => ({
  ...{ apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name: 'x' } },
  ...(replicas !== undefined && { spec: { replicas } }),
  ...more,
});

/** Writes through a Scale; after each it is looked at who owns what. */
function writes(path: string, object: object): readonly Step[] {
  const at = (manager: string, more = '') => `${path}/x/scale?fieldManager=${manager}${more}`;
  const own: Step = ['PATCH', `${path}/x?fieldManager=own&force=true`, object, APPLY];
  const steps: readonly Step[] = [
    own,
    ['GET', `${path}/x/scale`],
    ['PATCH', at('other'), scale(1), APPLY],
    ['PATCH', at('other'), scale(2), APPLY],
    ['PATCH', at('other', '&force=true'), scale(2), APPLY],
    ['PATCH', at('other', '&force=true'), scale(), APPLY],
    ['PATCH', at('other', '&force=true'), scale(1, { spec: { replicas: 1, no: 1 } }), APPLY],
    ['PATCH', at('other'), scale(1, { kind: 'Foo' }), APPLY],
    ['PATCH', at('other', '&force=true'), scale(-1), APPLY],
    ['PATCH', at('other', '&force=true'), scale('2'), APPLY],
    ['PATCH', at('other', '&force=true'), scale(7, { metadata: { name: 'y' } }), APPLY],
    ['PATCH', at('dry', '&force=true&dryRun=All'), scale(7), APPLY],
    ['PATCH', `${path}/none/scale?fieldManager=m`, scale(7, { metadata: { name: 'none' } }), APPLY],
    ['PATCH', at('merger'), { spec: { replicas: 3 } }, MERGE],
    ['PATCH', at('late'), { spec: { replicas: 3 } }, MERGE],
    ['PATCH', at('jason'), [{ op: 'replace', path: '/spec/replicas', value: 4 }], JSON_PATCH],
    ['PUT', at('putter'), scale(5)],
    ['PUT', at('late'), scale(5)],
    ['PUT', at('zero'), scale(undefined, { spec: {} })],
    own,
    ['PATCH', at('labels'), { metadata: { labels: { a: 'b' } }, spec: { replicas: 9 } }, MERGE],
  ];
  return steps.flatMap((step) => [step, ['GET', `${path}/x`]]);
}

/** Scenarios whose answers and managedFields are those of a real API server. */
const SCENARIOS: Readonly<Record<string, readonly Step[]>> = {
  Deployments: writes('/apis/apps/v1/namespaces/NS/deployments', deployment),
  'custom kinds': [
    ['POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', definition],
    ['AWAIT', `/apis/${GROUP}/v1/namespaces/NS/fleets`],
    ...writes(`/apis/${GROUP}/v1/namespaces/NS/fleets`, fleet),
  ],
};

let servers: Both;
beforeAll(async () => {
  servers = await both({ server: inject('server'), ca: inject('ca'), token: inject('token') });
});
afterAll(() => servers.close());

interface Owner {
  readonly manager: string;
  readonly subresource?: string;
}

interface Told {
  readonly kind?: string;
  readonly spec?: unknown;
  readonly metadata?: { readonly managedFields?: readonly Owner[] };
}

/** Answers without what controllers do to an object meanwhile. */
function settled({ step, status, body }: Said): unknown {
  const { kind, metadata, spec } = body as Told;
  if (kind === 'Status' || kind === 'CustomResourceDefinition') return { step, status, body };
  const owners = metadata?.managedFields
    ?.filter(({ subresource }) => subresource !== 'status')
    .toSorted((one, other) => (one.manager < other.manager ? -1 : 1));
  return { step, status, kind, spec, owners };
}

test.each(Object.entries(SCENARIOS))('%s are scaled as by a real API server', async (_, steps) => {
  const namespace = `scales-${randomBytes(4).toString('hex')}`;

  const { theirs, ours } = await servers.ask(namespace, [NAMESPACE, ...steps]);

  expect(ours.map(settled)).toEqual(theirs.map(settled));
});
