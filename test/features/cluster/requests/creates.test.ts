import { expect, test } from 'vitest';
import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import { refusalOf } from './refusal-of.ts';
import { openTestCluster, QUERY, START } from './world.ts';

const MAPS = 'core/v1/a/configmaps';

test('an object gets its identity, and what it says of it is not taken', () => {
  const { create } = openTestCluster();

  const made = create(MAPS, {
    metadata: {
      name: 'x',
      uid: 'mine',
      creationTimestamp: '2020-01-01T00:00:00Z',
      deletionTimestamp: '2020-01-01T00:00:00Z',
    },
    data: { a: '1' },
  });

  expect(made).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', data: { a: '1' } });
  expect(made.metadata).toMatchObject({ name: 'x', namespace: 'a', creationTimestamp: START });
  expect(made.metadata.uid).toMatch(/^00000000-/);
  expect(made.metadata.deletionTimestamp).toBeUndefined();
  expect(made.metadata.managedFields).toEqual([
    {
      manager: 'test',
      operation: 'Update',
      apiVersion: 'v1',
      time: START,
      fieldsType: 'FieldsV1',
      fieldsV1: { 'f:data': { '.': {}, 'f:a': {} } },
    },
  ]);
});

test('a name is generated, and another one when it is taken', () => {
  let suffix = 0;
  const cluster = openTestCluster();
  const { world, api, call } = cluster;
  Object.assign(world.nature, { suffix: () => ['one00', 'one00', 'two00'][suffix++] ?? 'two00' });

  const generate = () => api.create(call(MAPS), { metadata: { generateName: 'g-' } } as never, QUERY);

  expect(generate().object.metadata.name).toBe('g-one00');
  expect(generate().object.metadata.name).toBe('g-two00');
  expect(refusalOf(generate)).toMatchObject({
    code: 409,
    reason: 'AlreadyExists',
    message:
      'configmaps "g-two00" already exists, the server was not able to generate a unique name for the object',
  });
});

test('a dry run answers without a version and stores nothing', () => {
  const { api, call, store } = openTestCluster();
  const { revision } = store;

  const { object, created } = api.create(call(MAPS), { metadata: { name: 'x' } } as never, {
    ...QUERY,
    dryRun: true,
  });

  expect(created).toBe(true);
  expect(object.metadata.uid).toBeDefined();
  expect(object.metadata.resourceVersion).toBeUndefined();
  expect(store.revision).toBe(revision);
});

test.each([
  [{}, 422, 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required'],
  [
    { name: 'Bad_Name' },
    422,
    /^ConfigMap "Bad_Name" is invalid: metadata.name: Invalid value: "Bad_Name": a low/,
  ],
  [
    { name: 'x', namespace: 'b' },
    400,
    'the namespace of the provided object does not match the namespace sent on the request',
  ],
  [{ name: 'x', resourceVersion: '5' }, 500, 'resourceVersion should not be set on objects to be created'],
  [
    { name: 'x', labels: { '-a': 'b' } },
    422,
    /metadata.labels: Invalid value: "-a": name part must consist of/,
  ],
  [{ name: 'x', labels: { a: 'b c' } }, 422, /metadata.labels: Invalid value: "b c": a valid label must be/],
  [{ name: 'x', annotations: { 'a b': '' } }, 422, /metadata.annotations: Invalid value: "a b": name part/],
  [
    { name: 'x', finalizers: ['bad'] },
    422,
    'ConfigMap "x" is invalid: metadata.finalizers[0]: Invalid value: "bad": name is neither a standard finalizer name nor is it fully qualified',
  ],
  [
    { name: 'x', finalizers: ['orphan', 'foregroundDeletion'] },
    422,
    /finalizer orphan and foregroundDeletion cannot be both set/,
  ],
  [
    { name: 'x', ownerReferences: [{ apiVersion: 'v1', kind: 'Event', name: 'e', uid: '1' }] },
    422,
    /is disallowed from being an owner/,
  ],
  [
    { name: 'x', ownerReferences: [{ apiVersion: 'v1', kind: '', name: 'e', uid: '1' }] },
    422,
    'ConfigMap "x" is invalid: metadata.ownerReferences.kind: Invalid value: "": must not be empty',
  ],
])('metadata %j is refused with %i', (metadata, code, message) => {
  const { create, store } = openTestCluster();
  const { revision } = store;

  const refusal = refusalOf(() => create(MAPS, { metadata }));

  expect(refusal.code).toBe(code);
  expect(refusal.message).toEqual(typeof message === 'string' ? message : expect.stringMatching(message));
  expect(store.revision).toBe(revision);
});

test('annotations together have a limit', () => {
  const annotations = { a: 'x'.repeat(256 * 1024) };

  const refusal = refusalOf(() => openTestCluster().create(MAPS, { metadata: { name: 'x', annotations } }));

  expect(refusal.message).toBe(
    'ConfigMap "x" is invalid: metadata.annotations: Too long: may not be more than 262144 bytes',
  );
});

test('two owners that control are one too many', () => {
  const owner = (name: string) => ({ apiVersion: 'v1', kind: 'A', name, uid: name, controller: true });
  const { create } = openTestCluster();

  const refusal = refusalOf(() =>
    create(MAPS, { metadata: { name: 'x', ownerReferences: [owner('a'), owner('b')] } }),
  );

  expect(refusal.message).toContain('Only one reference can have Controller set to true');
  expect(refusal.message).toContain('Found "true" in references for A/a and A/b');
});

test('an owner that is named twice is taken once, with a warning', () => {
  const { api, call } = openTestCluster();
  const owner = { apiVersion: 'v1', kind: 'A', name: 'a', uid: '1' };
  const object = { metadata: { name: 'x', ownerReferences: [owner, owner] } };

  const written = api.create(call(MAPS), object as never, QUERY);

  expect(written.object.metadata.ownerReferences).toEqual([owner]);
  expect(written.warnings).toEqual([expect.stringContaining('duplicate UID(s) observed: 1')]);
});

test.each([
  ['Ignore', 201, []],
  ['Warn', 201, ['unknown field "foo"']],
  ['Strict', 400, []],
] as const)('an unknown field with %s', (fieldValidation, code, warnings) => {
  const { api, call } = openTestCluster();
  const object = { metadata: { name: 'x' }, foo: 1 } as unknown as KubernetesObject;
  const create = () => api.create(call(MAPS), object, { ...QUERY, fieldValidation });

  if (code === 400) {
    expect(refusalOf(create)).toMatchObject({
      code,
      message:
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "foo"',
    });
    return;
  }
  const written = create();
  expect(written.object).not.toHaveProperty('foo');
  expect(written.warnings).toEqual(warnings);
});

// What Go's decoder says of each.
test.each([
  [
    { spec: { replicas: 'a' } },
    'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
  ],
  [
    { spec: { replicas: 1.5 } },
    'json: cannot unmarshal number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
  ],
  [
    { spec: [] },
    'json: cannot unmarshal array into Go struct field Deployment.spec of type v1.DeploymentSpec',
  ],
  [
    { spec: { template: { spec: { containers: ['a'] } } } },
    'json: cannot unmarshal string into Go struct field PodSpec.spec.template.spec.containers of type v1.Container',
  ],
  [
    { spec: { template: { spec: { containers: { a: 'b' } } } } },
    'json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container',
  ],
  [
    { spec: { template: { spec: { containers: [{ resources: { limits: { cpu: 'x y' } } }] } } } },
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
  ],
])('a Deployment with %j cannot be read', (part, why) => {
  const { create } = openTestCluster();

  const refusal = refusalOf(() => create('apps/v1/a/deployments', { metadata: { name: 'x' }, ...part }));

  expect(refusal).toMatchObject({
    code: 400,
    message: `Deployment in version "v1" cannot be handled as a Deployment: ${why}`,
  });
});

test('the kind must be that of the URL', () => {
  const { create } = openTestCluster();
  const wrong = (apiVersion: string, kind: string) =>
    refusalOf(() => create(MAPS, { apiVersion, kind, metadata: { name: 'x' } })).message;

  expect(wrong('v1', 'Secret')).toBe(
    'Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion',
  );
  expect(wrong('v2', 'ConfigMap')).toMatch(
    /^ConfigMap in version "v2" cannot be handled as a ConfigMap: no kind "ConfigMap" is registered for version "v2"/,
  );
});

test('a namespace must be there, and must not be going', () => {
  const cluster = openTestCluster();
  const { api, call, create } = cluster;

  const absent = refusalOf(() => create('core/v1/b/configmaps', { metadata: { name: 'x' } }));
  api.delete(call('core/v1/-/namespaces/a'), { dryRun: false });
  const going = refusalOf(() => create(MAPS, { metadata: { name: 'x' } }));

  expect(absent).toMatchObject({
    code: 404,
    message: 'namespaces "b" not found',
    details: { name: 'b', kind: 'namespaces' },
  });
  expect(going).toMatchObject({
    code: 403,
    reason: 'Forbidden',
    message:
      'configmaps "x" is forbidden: unable to create new content in namespace a because it is being terminated',
    details: { causes: [{ reason: 'NamespaceTerminating', field: 'metadata.namespace' }] },
  });
});

test('what exists is not made again, and one that is going says so', () => {
  const { api, call, create } = openTestCluster();
  create(MAPS, { metadata: { name: 'x', finalizers: ['a.b/c'] } });

  const there = refusalOf(() => create(MAPS, { metadata: { name: 'x' } }));
  api.delete(call(`${MAPS}/x`), { dryRun: false });
  const going = refusalOf(() => create(MAPS, { metadata: { name: 'x' } }));

  expect(there).toMatchObject({ code: 409, message: 'configmaps "x" already exists' });
  expect(going).toMatchObject({
    code: 409,
    message: 'object is being deleted: configmaps "x" already exists',
  });
});

test.each([
  ['core/v1/-/namespaces', 'a.b', 'metadata.name: Invalid value: "a.b": must not contain dots'],
  ['core/v1/a/services', 'A_a', 'metadata.name: Invalid value: "A_a": a lowercase RFC 1123 label must'],
  [
    'rbac.authorization.k8s.io/v1/-/clusterroles',
    'a/b',
    'metadata.name: Invalid value: "a/b": may not contain \'/\'',
  ],
])('at %s the name %s is refused', (path, name, message) => {
  const { create } = openTestCluster();
  const spec = path.endsWith('services') ? { spec: { ports: [{ port: 1 }] } } : {};

  expect(refusalOf(() => create(path, { metadata: { name }, ...spec })).message).toContain(message);
});

test('names of roles may be what no other name may', () => {
  const { create } = openTestCluster();

  const role = create('rbac.authorization.k8s.io/v1/-/clusterroles', { metadata: { name: 'System:x Y' } });

  expect(role.metadata.name).toBe('System:x Y');
});
