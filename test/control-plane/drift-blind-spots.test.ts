import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Baseline } from '../../shared/apply/baseline.ts';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import { baselineOf, FIELD_MANAGER, type Field, openField } from './applying.ts';
import { configMap, deployment, service } from './manifests.ts';

// What managedFields alone cannot see (drift.md, section 4): each must be drift here.
let field: Field;
beforeAll(async () => {
  field = await openField('blind');
});
afterAll(() => field.close());

const core = (plural: string, name: string) => `/api/v1/namespaces/${field.namespace}/${plural}/${name}`;
const deployments = (name: string) => `/apis/apps/v1/namespaces/${field.namespace}/deployments/${name}`;

async function recorded(object: KubernetesObject): Promise<Baseline> {
  return baselineOf(field, await field.apply([field.own(object)]));
}

async function expectDrift(baseline: Baseline, object: KubernetesObject): Promise<void> {
  const check = await field.check(baseline);
  expect(check.drifted.map(({ name }) => name)).toEqual([object.metadata.name]);
  const report = await field.apply([field.own(object)], { baseline: check.baseline });
  expect(report.changes).toMatchObject([{ action: 'configured' }]);
  expect((await field.check(await baselineOf(field, report))).drifted).toEqual([]);
}

const entryOf = (object: KubernetesObject) =>
  object.metadata.managedFields?.find(
    ({ manager, operation }) => manager === FIELD_MANAGER && operation === 'Apply',
  );

test('the order of containers and of their variables', async () => {
  const object = deployment(field.namespace, 'order', ['one=image:1', 'two=image:1']);
  const baseline = await recorded(object);
  const live = await field.read(deployments('order'));
  const spec = live.spec as { template: { spec: { containers: { env: unknown[] }[] } } };
  const containers = spec.template.spec.containers
    .toReversed()
    .map((each) => ({ ...each, env: each.env.toReversed() }));
  await field.change(deployments('order'), { spec: { template: { spec: { containers } } } });

  const after = await field.read(deployments('order'));
  expect(entryOf(after)).toEqual(entryOf(live));
  await expectDrift(baseline, object);
});

test("the order of a Service's ports, where only the resourceVersion moves", async () => {
  const object = service(field.namespace, 'ports');
  const baseline = await recorded(object);
  const live = await field.read(core('services', 'ports'));
  const { ports } = live.spec as { ports: unknown[] };
  await field.change(core('services', 'ports'), { spec: { ports: ports.toReversed() } });

  expect(entryOf(await field.read(core('services', 'ports')))).toEqual(entryOf(live));
  await expectDrift(baseline, object);
});

test('an apply under our own manager name with other values', async () => {
  const object = configMap(field.namespace, 'namesake', { a: '1' });
  const baseline = await recorded(object);
  const other = field.own(configMap(field.namespace, 'namesake', { a: '2' }));
  const url = `${core('configmaps', 'namesake')}?fieldManager=${FIELD_MANAGER}&force=true`;
  await field.api.send('PATCH', url, other, 'application/apply-patch+yaml');

  await expectDrift(baseline, object);
});

test('managedFields written back by a client', async () => {
  const object = deployment(field.namespace, 'written-back');
  const baseline = await recorded(object);
  const dump = await field.read(deployments('written-back'));
  const { resourceVersion: _, ...metadata } = dump.metadata;
  const changed = { ...dump, metadata, spec: { ...(dump.spec as object), replicas: 2 } };
  const url = `${deployments('written-back')}?fieldManager=kubectl-replace`;
  await field.api.send('PUT', url, changed);
  await field.api.send('PUT', url, changed);

  const after = await field.read(deployments('written-back'));
  expect(entryOf(after)).toEqual(entryOf(dump));
  await expectDrift(baseline, object);
});

test('a restore of an older applied state, with the managedFields of then', async () => {
  const object = configMap(field.namespace, 'restored', { a: '2' });
  await recorded(configMap(field.namespace, 'restored', { a: '1' }));
  const older = await field.read(core('configmaps', 'restored'));
  const baseline = await recorded(object);
  await field.api.send('DELETE', core('configmaps', 'restored'));
  const { resourceVersion: _r, uid: _u, managedFields, ...metadata } = older.metadata;
  await field.api.create(`/api/v1/namespaces/${field.namespace}/configmaps?fieldManager=velero`, {
    ...older,
    metadata,
  });
  await field.change(core('configmaps', 'restored'), { metadata: { managedFields } });

  expect(entryOf(await field.read(core('configmaps', 'restored')))).toEqual(entryOf(older));
  await expectDrift(baseline, object);
});

test("a mutating admission policy that rewrites our field on somebody else's write", async () => {
  const object = deployment(field.namespace, 'mutated');
  const baseline = await recorded(object);
  const name = `mutate-${randomUUID().slice(0, 8)}`;
  const policies = '/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicies';
  const bindings = '/apis/admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings';
  const expression = 'Object{spec: Object.spec{minReadySeconds: 7, revisionHistoryLimit: 3, replicas: 5}}';
  await field.api.create(policies, {
    metadata: { name },
    spec: {
      matchConstraints: {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': field.namespace } },
        resourceRules: [
          { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['deployments'] },
        ],
      },
      failurePolicy: 'Fail',
      reinvocationPolicy: 'Never',
      mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }],
    },
  });
  await field.api.create(bindings, { metadata: { name }, spec: { policyName: name } });
  const before = await field.read(deployments('mutated'));
  await expect
    .poll(
      async () => {
        await field.change(deployments('mutated'), { metadata: { labels: { poked: randomUUID() } } });
        return (await field.read(deployments('mutated'))).spec;
      },
      { timeout: 20_000, interval: 250 },
    )
    .toMatchObject({ replicas: 5 });
  await field.api.send('DELETE', `${bindings}/${name}`);
  await field.api.send('DELETE', `${policies}/${name}`);

  const after = await field.read(deployments('mutated'));
  expect(entryOf(after)).toEqual(entryOf(before));
  await expect
    .poll(
      async () => {
        await field.change(deployments('mutated'), { metadata: { labels: { calm: randomUUID() } } });
        return (await field.read(deployments('mutated'))).spec;
      },
      { timeout: 20_000, interval: 250 },
    )
    .toBeDefined();
  expect((await field.check(baseline)).drifted.map((each) => each.name)).toEqual(['mutated']);
});

test('an ordinary edit, a scale, and a field removed', async () => {
  const edits: readonly [string, (path: string) => Promise<unknown>][] = [
    ['edit', (path) => field.change(path, { metadata: { annotations: { team: 'red' } } })],
    ['scale', (path) => field.change(`${path}/scale`, { spec: { replicas: 3 } })],
    ['removed', (path) => field.change(path, { metadata: { annotations: { team: null } } })],
  ];
  for (const [name, edit] of edits) {
    const object = deployment(field.namespace, name);
    const baseline = await recorded(object);
    await edit(deployments(name));

    await expectDrift(baseline, object);
  }
});

test("somebody else's fields, labels and finalizers are no drift", async () => {
  const object = deployment(field.namespace, 'shared');
  const baseline = await recorded(object);
  await field.change(deployments('shared'), {
    metadata: { labels: { theirs: 'x' }, annotations: { theirs: 'x' }, finalizers: ['a.test/hold'] },
    spec: { minReadySeconds: 4 },
  });

  const report = await field.check(baseline);
  await field.change(deployments('shared'), { metadata: { finalizers: null } });

  expect(report).toMatchObject({ drifted: [], recorded: true });
});
