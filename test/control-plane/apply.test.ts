import { afterAll, beforeAll, expect, test } from 'vitest';
import { actionsOf, baselineOf, type Field, openField } from './applying.ts';
import { configMap, deployment, service } from './manifests.ts';

let field: Field;
beforeAll(async () => {
  field = await openField('apply');
});
afterAll(() => field.close());

const configMaps = (name = '') => `/api/v1/namespaces/${field.namespace}/configmaps/${name}`;

test('[KS-60 field-manager] [KS-60 dry-run-first] new objects cost a dry-run and an apply each as kustomize-controller', async () => {
  const objects = ['new', 'newer'].map((name) => field.own(configMap(field.namespace, name, { a: '1' })));
  field.sent();

  const report = await field.apply(objects);

  expect(actionsOf(report)).toEqual({ 'ConfigMap/new': 'created', 'ConfigMap/newer': 'created' });
  expect(report.drifted).toBe(true);
  expect(field.sent().map(({ path }) => path.includes('dryRun=All'))).toEqual([true, true, false, false]);
  const live = await field.read(configMaps('new'));
  expect(live.metadata.managedFields).toMatchObject([
    { manager: 'kustomize-controller', operation: 'Apply' },
  ]);
});

test('[KS-60 force-conflicts] a field that another apply manager holds is taken', async () => {
  const path = `${configMaps('taken')}?fieldManager=other&force=true`;
  const theirs = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'taken' }, data: { a: 'theirs' } };
  await field.api.send('PATCH', path, theirs, 'application/apply-patch+yaml');

  const report = await field.apply([field.own(configMap(field.namespace, 'taken', { a: 'ours' }))]);

  expect(actionsOf(report)).toEqual({ 'ConfigMap/taken': 'configured' });
  expect((await field.read(configMaps('taken'))).data).toEqual({ a: 'ours' });
});

test('[KS-60 apply-only-drift] [KS-61 actions] what equals its dry-run is not written', async () => {
  const objects = [
    field.own(configMap(field.namespace, 'kept', { a: '1' })),
    field.own(deployment(field.namespace, 'kept')),
    field.own(service(field.namespace, 'kept')),
  ];
  await field.apply(objects);
  const before = await field.read(configMaps('kept'));
  field.sent();

  const report = await field.apply(objects);

  expect(new Set(Object.values(actionsOf(report)))).toEqual(new Set(['unchanged']));
  expect(report.drifted).toBe(false);
  expect(field.sent().filter(({ method, path }) => method !== 'GET' && !path.includes('dryRun'))).toEqual([]);
  expect((await field.read(configMaps('kept'))).metadata.resourceVersion).toBe(
    before.metadata.resourceVersion,
  );
});

test('[KS-61 ignores-status-and-metadata] a label we set is drift; a finalizer and a foreign label are not', async () => {
  const object = field.own(configMap(field.namespace, 'labelled', { a: '1' }));
  const labelled = {
    ...object,
    metadata: { ...object.metadata, labels: { ...object.metadata.labels, ours: 'yes' } },
  };
  await field.apply([labelled]);

  await field.change(configMaps('labelled'), {
    metadata: { labels: { theirs: 'x' }, finalizers: ['a.test/b'] },
  });
  const first = await field.apply([labelled]);
  await field.change(configMaps('labelled'), { metadata: { labels: { ours: 'no' }, finalizers: null } });
  const second = await field.apply([labelled]);

  expect(actionsOf(first)).toEqual({ 'ConfigMap/labelled': 'unchanged' });
  expect(actionsOf(second)).toEqual({ 'ConfigMap/labelled': 'configured' });
  const live = await field.read(configMaps('labelled'));
  expect(live.metadata.labels).toMatchObject({ ours: 'yes', theirs: 'x' });
});

test('a clean check costs one request for each kind and namespace, and writes nothing', async () => {
  const objects = [
    ...Array.from({ length: 12 }, (_, i) =>
      field.own(configMap(field.namespace, `many-${i}`, { a: `${i}` })),
    ),
    field.own(deployment(field.namespace, 'one')),
    field.own(service(field.namespace, 'one')),
  ];
  const baseline = await baselineOf(field, await field.apply(objects));
  field.sent();

  const report = await field.check(baseline);

  expect(report).toMatchObject({ drifted: [], skipped: [], recorded: false });
  const sent = field.sent();
  expect(sent).toHaveLength(3);
  expect(new Set(sent.map(({ method }) => method))).toEqual(new Set(['GET']));
});

test('a new revision that changes one of many objects costs the lists and one apply', async () => {
  const maps = Array.from({ length: 10 }, (_, i) =>
    field.own(configMap(field.namespace, `rev-${i}`, { a: '1' })),
  );
  const others = [field.own(deployment(field.namespace, 'rev')), field.own(service(field.namespace, 'rev'))];
  const baseline = await baselineOf(field, await field.apply([...maps, ...others]));
  const changed = maps.with(4, field.own(configMap(field.namespace, 'rev-4', { a: '2' })));
  field.sent();

  const report = await field.apply([...changed, ...others], { baseline });

  expect(
    field.sent().map(({ method, path }) => `${method}${path.includes('dryRun') ? ' dry-run' : ''}`),
  ).toEqual(['GET', 'GET', 'GET', 'PATCH']);
  expect(report.changes.filter(({ action }) => action !== 'unchanged')).toMatchObject([
    { reference: { name: 'rev-4' }, action: 'configured' },
  ]);
  expect((await field.check(await baselineOf(field, report))).drifted).toEqual([]);
});

test('[KS-61 respelling] a manifest that only spells its values differently is unchanged', async () => {
  const spelled = (cpu: string) =>
    field.own({
      apiVersion: 'v1',
      kind: 'LimitRange',
      metadata: { name: 'spelled', namespace: field.namespace },
      spec: { limits: [{ type: 'Container', max: { cpu } }] },
    });
  const baseline = await baselineOf(field, await field.apply([spelled('1000m')]));
  field.sent();

  const report = await field.apply([spelled('1')], { baseline });

  expect(actionsOf(report)).toEqual({ 'LimitRange/spelled': 'unchanged' });
  expect(field.sent()).toHaveLength(2);
});
