import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Baseline } from '../../shared/apply/baseline.ts';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import { actionsOf, baselineOf, FIELD_MANAGER, type Field, openField, withinOneSecond } from './applying.ts';
import { configMap, definition, deployment } from './manifests.ts';

let field: Field;
beforeAll(async () => {
  field = await openField('drift');
});
afterAll(() => field.close());

const maps = (name: string) => `/api/v1/namespaces/${field.namespace}/configmaps/${name}`;
const deployments = (name: string) => `/apis/apps/v1/namespaces/${field.namespace}/deployments/${name}`;
const namesOf = (references: readonly { readonly name: string }[]) => references.map(({ name }) => name);

async function recorded(...objects: readonly KubernetesObject[]): Promise<Baseline> {
  return baselineOf(field, await field.apply(objects.map(field.own)));
}

test('1: a write between our apply and the LIST is not blessed: what is recorded comes from the apply', async () => {
  const baseline = await recorded(configMap(field.namespace, 'between', { a: '1' }));
  const live = await field.read(maps('between'));
  await field.change(maps('between'), { data: { a: 'x' } });

  const first = await field.check(baseline);
  const second = await field.check(first.baseline);

  expect(baseline.entries[0]?.resourceVersion).toBe(live.metadata.resourceVersion);
  expect(namesOf(first.drifted)).toEqual(['between']);
  expect(namesOf(second.drifted)).toEqual(['between']);
});

test('1: a foreign write that proves clean from metadata is not recorded from that metadata', async () => {
  const baseline = await recorded(deployment(field.namespace, 'status-only'));
  await field.change(`${deployments('status-only')}/status`, {
    status: { replicas: 0, observedGeneration: 99 },
  });
  field.sent();

  const report = await field.check(baseline);

  expect(report).toMatchObject({ drifted: [], recorded: false });
  expect(report.baseline.entries).toEqual(baseline.entries);
  expect(field.sent()).toHaveLength(1);
});

test('2: an equal resourceVersion proves nothing beside another generation or another uid', async () => {
  const baseline = await recorded(deployment(field.namespace, 'revisions'));
  const forged = (change: object): Baseline => ({
    ...baseline,
    entries: baseline.entries.map((entry) => ({ ...entry, ...change })),
  });
  field.sent();

  const generation = await field.check(forged({ generation: 7 }));
  const looked = field.sent();
  const uid = await field.check(forged({ uid: randomUUID() }));

  expect(looked.map(({ method }) => method)).toEqual(['GET', 'GET']);
  expect(generation.drifted).toEqual([]);
  expect(namesOf(uid.drifted)).toEqual(['revisions']);
});

test('4: a label of ours changed under our own name, within the second, is seen by its value', async () => {
  const object = deployment(field.namespace, 'label');
  const labelled = (value: string) => ({
    ...object,
    metadata: { ...object.metadata, labels: { ours: value } },
  });
  await withinOneSecond();
  const baseline = await recorded(labelled('1'));
  const before = await field.read(deployments('label'));

  const other = field.own(labelled('2'));
  const url = `${deployments('label')}?fieldManager=${FIELD_MANAGER}&force=true`;
  await field.api.send('PATCH', url, other, 'application/apply-patch+yaml');

  const after = await field.read(deployments('label'));
  expect(after.metadata.generation).toBe(before.metadata.generation);
  expect(namesOf((await field.check(baseline)).drifted)).toEqual(['label']);
});

test('4 and 9: a stolen owner label, or one that is taken off, means look, and the label is put back', async () => {
  const objects = [
    configMap(field.namespace, 'stolen', { a: '1' }),
    configMap(field.namespace, 'stays', { a: '1' }),
  ];
  const baseline = await recorded(...objects);
  await field.change(maps('stolen'), { metadata: { labels: { 'kustomize.toolkit.fluxcd.io/name': null } } });
  field.sent();

  const check = await field.check(baseline);
  const sent = field.sent();
  const report = await field.apply(objects.map(field.own), { baseline: check.baseline });

  expect(namesOf(check.drifted)).toEqual(['stolen']);
  expect(sent).toHaveLength(2);
  expect(actionsOf(report)).toEqual({ 'ConfigMap/stays': 'unchanged', 'ConfigMap/stolen': 'configured' });
  expect((await field.read(maps('stolen'))).metadata.labels).toMatchObject({
    'kustomize.toolkit.fluxcd.io/name': field.owner.name,
  });
});

test('9: what is really gone is drift, and is created again', async () => {
  const object = configMap(field.namespace, 'gone', { a: '1' });
  const baseline = await recorded(object);
  await field.api.send('DELETE', maps('gone'));

  const check = await field.check(baseline);
  const report = await field.apply([field.own(object)], { baseline: check.baseline });

  expect(namesOf(check.drifted)).toEqual(['gone']);
  expect(actionsOf(report)).toEqual({ 'ConfigMap/gone': 'created' });
});

test('5: ownership lost at an equal value is taken back by a real apply, and is not called a change', async () => {
  const object = field.own(configMap(field.namespace, 'lost', { a: '1', b: '1' }));
  await field.apply([object]);
  await field.change(maps('lost'), { data: { a: '2' } });
  await field.change(maps('lost'), { data: { a: '1' } });
  const ours = (live: KubernetesObject) =>
    live.metadata.managedFields?.find(({ manager }) => manager === FIELD_MANAGER)?.fieldsV1?.['f:data'];
  expect(ours(await field.read(maps('lost')))).toEqual({ 'f:b': {} });

  // The baseline is lost as well: nothing but the dry-run's own entry tells.
  const report = await field.apply([object]);

  expect(actionsOf(report)).toEqual({ 'ConfigMap/lost': 'unchanged' });
  expect(report.drifted).toBe(false);
  expect(ours(await field.read(maps('lost')))).toEqual({ 'f:a': {}, 'f:b': {} });
  const baseline = await baselineOf(field, report);
  await field.change(maps('lost'), { data: { a: '3' } });
  expect(namesOf((await field.check(baseline)).drifted)).toEqual(['lost']);
});

test('6: a CRD whose new schema prunes our field makes candidates of its objects, and of no others', async () => {
  const group = `g${randomUUID().slice(0, 8)}.test`;
  const custom = (kind: string) => ({
    apiVersion: `${group}/v1`,
    kind,
    metadata: { name: 'x', namespace: field.namespace },
    spec: { size: 'big', color: 'red' },
  });
  const objects = [
    definition(group, 'Apple', ['size', 'color']),
    definition(group, 'Cherry', ['size', 'color']),
  ];
  const baseline = await recorded(...objects, custom('Apple'), custom('Cherry'));
  const url = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/apples.${group}`;
  const before = await field.read(`/apis/${group}/v1/namespaces/${field.namespace}/apples/x`);
  await field.change(url, {
    spec: { versions: (definition(group, 'Apple', ['size']).spec as { versions: unknown }).versions },
  });
  await expect
    .poll(async () => (await field.read(`/apis/${group}/v1/namespaces/${field.namespace}/apples/x`)).spec)
    .toEqual({ size: 'big' });

  const after = await field.read(`/apis/${group}/v1/namespaces/${field.namespace}/apples/x`);
  field.sent();
  const report = await field.check(baseline);
  const again = await field.check(report.baseline);

  expect(after.metadata).toEqual(before.metadata);
  expect(report.drifted.map(({ kind }) => kind)).toEqual(['CustomResourceDefinition', 'Apple']);
  // Under the new header the old record must still prove nothing.
  expect(again.drifted.map(({ kind }) => kind)).toEqual(['CustomResourceDefinition', 'Apple']);
});

test('6: another server version or another cluster makes candidates of everything, once', async () => {
  const baseline = await recorded(configMap(field.namespace, 'epoch', { a: '1' }));
  const older = { ...baseline, header: { ...baseline.header, serverVersion: 'v1.35.0' } };
  field.sent();

  const first = await field.check(older);
  const looks = field.sent().length;
  const second = await field.check(first.baseline);

  expect(first).toMatchObject({ drifted: [], recorded: true });
  expect(looks).toBe(2);
  expect(second).toMatchObject({ drifted: [], recorded: false });
  expect(field.sent()).toHaveLength(1);
});

test('6: a baseline of another cluster proves nothing', async () => {
  const baseline = await recorded(configMap(field.namespace, 'elsewhere', { a: '1' }));
  const other = { ...baseline, header: { ...baseline.header, cluster: randomUUID() } };
  field.sent();

  const report = await field.check(other);

  expect(report).toMatchObject({ drifted: [], recorded: true });
  expect(field.sent()).toHaveLength(2);
});

test('8: a check straight after an apply needs no look, ten times over, by consistent reads', async () => {
  for (let turn = 0; turn < 10; turn++) {
    const baseline = await recorded(configMap(field.namespace, 'fresh', { turn: `${turn}` }));
    field.sent();

    const report = await field.check(baseline);

    expect(report).toMatchObject({ drifted: [], recorded: false });
    const sent = field.sent();
    expect(sent).toHaveLength(1);
    expect(sent[0]?.path).not.toContain('resourceVersion=');
  }
});

test('11: the silent write of a PVC is neither drift nor a change', async () => {
  const claim = field.own({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'claim', namespace: field.namespace },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      storageClassName: '',
    },
  });
  const path = `/api/v1/namespaces/${field.namespace}/persistentvolumeclaims/claim`;
  const baseline = await baselineOf(field, await field.apply([claim]));
  const url = `${path}?fieldManager=${FIELD_MANAGER}&force=true`;
  await field.api.send('PATCH', url, claim, 'application/apply-patch+yaml');
  const live = await field.read(path);

  const check = await field.check(baseline);
  const report = await field.apply([claim], { baseline });

  expect(live.metadata.resourceVersion).not.toBe(baseline.entries[0]?.resourceVersion);
  expect(check).toMatchObject({ drifted: [], recorded: true });
  expect(actionsOf(report)).toEqual({ 'PersistentVolumeClaim/claim': 'unchanged' });
});
