import { expect, test } from 'vitest';
import {
  DEFINITIONS,
  type DefinitionCondition,
} from '../../../../infra/local/cluster/requests/definition.ts';
import { openStore } from '../../../../infra/local/cluster/store/open-store.ts';
import { CRDS, crd, version } from './crd.ts';
import { refusalOf } from './refusal-of.ts';
import { openTestCluster, QUERY, START, type TestCluster } from './world.ts';

const GIZMOS = 'example.com/v1/a/gizmos';
const CRD = `${CRDS}/gizmos.example.com`;

interface Status {
  readonly conditions: readonly DefinitionCondition[];
  readonly acceptedNames: object;
  readonly storedVersions: readonly string[];
}

function statusOf(cluster: TestCluster, path = CRD): Status {
  return cluster.get(path).status as Status;
}

function isServed({ world }: TestCluster, plural = 'gizmos', name = 'v1'): boolean {
  return world.catalog.resource('example.com', name, plural) !== undefined;
}

test('a kind is served once its CRD is stored, with the names and conditions of the API server', () => {
  const cluster = openTestCluster();

  const created = cluster.create(CRDS, crd({ names: { shortNames: ['gz'], categories: ['all'] } }));
  cluster.create(GIZMOS, { apiVersion: 'example.com/v1', kind: 'Gizmo', metadata: { name: 'x' } });

  expect(created.status).toEqual({
    conditions: null,
    acceptedNames: { plural: '', kind: '' },
    storedVersions: ['v1'],
  });
  const names = { kind: 'Gizmo', listKind: 'GizmoList', plural: 'gizmos', singular: 'gizmo' };
  expect(statusOf(cluster)).toEqual({
    acceptedNames: { ...names, shortNames: ['gz'], categories: ['all'] },
    conditions: [
      {
        type: 'NamesAccepted',
        status: 'True',
        lastTransitionTime: START,
        reason: 'NoConflicts',
        message: 'no conflicts found',
      },
      {
        type: 'Established',
        status: 'True',
        lastTransitionTime: START,
        reason: 'InitialNamesAccepted',
        message: 'the initial names have been accepted',
      },
    ],
    storedVersions: ['v1'],
  });
  expect(cluster.get(CRD).metadata.managedFields).toContainEqual(
    expect.objectContaining({ manager: 'kube-apiserver', operation: 'Update', subresource: 'status' }),
  );
  expect(cluster.world.catalog.resource('example.com', 'v1', 'gizmos')).toMatchObject({
    ...names,
    group: 'example.com',
    version: 'v1',
    namespaced: true,
    shortNames: ['gz'],
    categories: ['all'],
    subresources: ['status'],
    custom: { definition: 'gizmos.example.com' },
  });
});

test('a kind whose names are taken is not served until they are free', () => {
  const cluster = openTestCluster();
  cluster.create(CRDS, crd());
  cluster.create(CRDS, crd({ names: { plural: 'others' } }));
  const other = `${CRDS}/others.example.com`;

  expect(statusOf(cluster, other).conditions).toMatchObject([
    {
      type: 'NamesAccepted',
      status: 'False',
      reason: 'ListKindConflict',
      message: '"GizmoList" is already in use',
    },
    { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' },
  ]);
  expect(isServed(cluster, 'others')).toBe(false);

  cluster.api.delete(cluster.call(CRD), { dryRun: false });

  expect(statusOf(cluster, other).conditions).toMatchObject([{ status: 'True' }, { status: 'True' }]);
  expect(isServed(cluster, 'others')).toBe(true);
});

test('a kind goes with its objects; one that is held holds it', () => {
  const cluster = openTestCluster();
  cluster.create(CRDS, crd());
  const object = { apiVersion: 'example.com/v1', kind: 'Gizmo' };
  cluster.create(GIZMOS, { ...object, metadata: { name: 'free' } });
  cluster.create(GIZMOS, { ...object, metadata: { name: 'held', finalizers: ['a.b/c'] } });

  const { gone, object: marked } = cluster.api.delete(cluster.call(CRD), { dryRun: false });
  const late = refusalOf(() => cluster.create(GIZMOS, { ...object, metadata: { name: 'late' } }));

  expect(gone).toBe(false);
  expect(marked.metadata).toMatchObject({
    deletionTimestamp: START,
    finalizers: ['customresourcecleanup.apiextensions.k8s.io'],
    generation: 1,
  });
  expect(marked.metadata).not.toHaveProperty('deletionGracePeriodSeconds');
  expect(statusOf(cluster).conditions).toContainEqual(
    expect.objectContaining({ type: 'Terminating', status: 'True', reason: 'InstanceDeletionInProgress' }),
  );
  expect(late).toMatchObject({
    code: 403,
    message:
      'gizmos.example.com "late" is forbidden: create not allowed while custom resource definition is terminating',
  });
  expect(cluster.api.list(cluster.call(GIZMOS), {}).entries.map(({ name }) => name)).toEqual(['held']);

  const patch = { metadata: { finalizers: null } };
  cluster.api.patch(cluster.call(`${GIZMOS}/held`), { type: 'merge', patch }, QUERY);

  expect(refusalOf(() => cluster.get(CRD)).code).toBe(404);
  expect(isServed(cluster)).toBe(false);
});

test('versions come and go with their CRD, and share their objects', () => {
  const cluster = openTestCluster();
  cluster.create(CRDS, crd({ versions: [version('v1beta1', { storage: false }), version('v1')] }));
  const object = { apiVersion: 'example.com/v1', kind: 'Gizmo', metadata: { name: 'x' }, spec: { size: 1 } };
  cluster.create(GIZMOS, object);

  const kinds = cluster.world.catalog.all().filter(({ group }) => group === 'example.com');
  const beta = cluster.get('example.com/v1beta1/a/gizmos/x');
  const current = cluster.get(CRD);
  const versions = [version('v1beta1', { storage: false, served: false }), version('v1')];
  const spec = { ...(current.spec as object), versions };
  cluster.api.update(cluster.call(CRD), { ...current, spec }, QUERY);

  expect(kinds.map(({ version: name }) => name)).toEqual(['v1', 'v1beta1']);
  expect(beta).toMatchObject({ apiVersion: 'example.com/v1beta1', spec: { size: 1, color: 'red' } });
  expect(isServed(cluster, 'gizmos', 'v1beta1')).toBe(false);
  expect(isServed(cluster)).toBe(true);
});

test('a later schema shows earlier objects as it says', () => {
  const cluster = openTestCluster();
  cluster.create(CRDS, crd());
  const object = { apiVersion: 'example.com/v1', kind: 'Gizmo', metadata: { name: 'x' }, spec: { size: 1 } };
  const stored = cluster.create(GIZMOS, object);
  const properties = { color: { type: 'string', default: 'blue' }, weight: { type: 'integer', default: 7 } };
  const openAPIV3Schema = { type: 'object', properties: { spec: { type: 'object', properties } } };

  const current = cluster.get(CRD);
  const spec = { ...(current.spec as object), versions: [version('v1', { schema: { openAPIV3Schema } })] };
  cluster.api.update(cluster.call(CRD), { ...current, spec }, QUERY);

  const shown = cluster.get(`${GIZMOS}/x`);
  expect(shown.spec).toEqual({ color: 'red', weight: 7 });
  expect(shown.metadata.resourceVersion).toBe(stored.metadata.resourceVersion);
});

test('unknown fields are pruned and told, wrong values refused', () => {
  const cluster = openTestCluster();
  cluster.create(CRDS, crd());
  const gizmo = (spec: object) =>
    ({ apiVersion: 'example.com/v1', kind: 'Gizmo', metadata: { name: 'x' }, spec }) as never;
  const create = (spec: object, fieldValidation: 'Warn' | 'Strict') =>
    cluster.api.create(cluster.call(GIZMOS), gizmo(spec), { ...QUERY, fieldValidation });

  const pruned = create({ size: 1, foo: 2 }, 'Warn');
  const strict = refusalOf(() => create({ size: 1, foo: 2 }, 'Strict'));
  const wrong = refusalOf(() => create({ size: 'x' }, 'Strict'));

  expect(pruned.object.spec).toEqual({ size: 1, color: 'red' });
  expect(pruned.warnings).toEqual(['unknown field "spec.foo"']);
  expect(strict.message).toBe(
    'Gizmo in version "v1" cannot be handled as a Gizmo: strict decoding error: unknown field "spec.foo"',
  );
  expect(wrong).toMatchObject({
    code: 422,
    message:
      'Gizmo.example.com "x" is invalid: spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"',
  });
});

test.each([
  [{ kind: 'Other' }, 422, 'Other.example.com "x" is invalid: kind: Invalid value: "Other": must be Gizmo'],
  [
    { apiVersion: 'example.com/v2' },
    400,
    'the API version in the data (example.com/v2) does not match the expected API version (example.com/v1)',
  ],
])('an object with %j is refused with %i', (part, code, message) => {
  const cluster = openTestCluster();
  cluster.create(CRDS, crd());
  const object = { apiVersion: 'example.com/v1', kind: 'Gizmo', metadata: { name: 'x' }, ...part };

  expect(refusalOf(() => cluster.create(GIZMOS, object))).toMatchObject({ code, message });
});

test('conversion by a webhook and strategic patches of custom kinds are refused', () => {
  const cluster = openTestCluster();
  const webhook = {
    strategy: 'Webhook',
    webhook: { clientConfig: { url: 'https://a.b' }, conversionReviewVersions: ['v1'] },
  };

  const conversion = refusalOf(() => cluster.create(CRDS, crd({ spec: { conversion: webhook } })));
  cluster.create(CRDS, crd());
  const object = { apiVersion: 'example.com/v1', kind: 'Gizmo', metadata: { name: 'x' } };
  cluster.create(GIZMOS, object);
  const patch = refusalOf(() =>
    cluster.api.patch(cluster.call(`${GIZMOS}/x`), { type: 'strategic', patch: {} }, QUERY),
  );

  expect(conversion.code).toBe(422);
  expect(conversion.message).toContain('this cluster calls no webhooks');
  expect(patch).toMatchObject({ code: 415, reason: 'UnsupportedMediaType' });
});

test('a schema that is none is refused', () => {
  const cluster = openTestCluster();
  const openAPIV3Schema = { type: 'object', properties: { spec: { properties: {} } } };

  const refusal = refusalOf(() =>
    cluster.create(CRDS, crd({ versions: [version('v1', { schema: { openAPIV3Schema } })] })),
  );

  expect(refusal.code).toBe(422);
  expect(refusal.message).toContain(
    'spec.validation.openAPIV3Schema.properties[spec].type: Required value: must not be empty for specified object fields',
  );
});

test('fields that a CRD names select its objects', () => {
  const cluster = openTestCluster();
  cluster.create(
    CRDS,
    crd({ versions: [version('v1', { selectableFields: [{ jsonPath: '.spec.color' }] })] }),
  );
  for (const color of ['red', 'blue']) {
    const object = {
      apiVersion: 'example.com/v1',
      kind: 'Gizmo',
      metadata: { name: color },
      spec: { color },
    };
    cluster.create(GIZMOS, object);
  }
  const list = (fieldSelector: string) => cluster.api.list(cluster.call(GIZMOS), { fieldSelector }).entries;

  expect(list('spec.color=blue').map(({ name }) => name)).toEqual(['blue']);
  expect(refusalOf(() => list('spec.size=1')).message).toBe('field label not supported: spec.size');
});

test('a CRD that was stored before its process ended is established by the next', () => {
  const store = openStore({ nature: { uuid: () => '' } });
  store.put(DEFINITIONS, { ...crd(), status: { storedVersions: ['v1'] } });

  const cluster = openTestCluster({ store });

  expect(isServed(cluster)).toBe(true);
});
