import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import { actionsOf, baselineOf, type Field, openField } from './applying.ts';
import { configMap } from './manifests.ts';

let field: Field;
beforeAll(async () => {
  field = await openField('switches');
});
afterAll(() => field.close());

const GROUP = 'kustomize.toolkit.fluxcd.io';
const at = (name: string) => `/api/v1/namespaces/${field.namespace}/configmaps/${name}`;
const dataOf = async (name: string) => (await field.read(at(name))).data;

function map(name: string, value: string, metadata: Partial<KubernetesObject['metadata']> = {}) {
  const object = configMap(field.namespace, name, { a: value });
  return field.own({ ...object, metadata: { ...object.metadata, ...metadata } });
}

const switched = (name: string, value: string) => ({ annotations: { [`${GROUP}/${name}`]: value } });

test.each([
  ['reconcile', 'Disabled'],
  ['ssa', 'Ignore'],
])(
  '[KS-67 excluded-manifest] [KS-68 stays-tracked] %s: %s in a manifest skips the object, at no request',
  async (name, value) => {
    const object = map(`excluded-${name}`, '1', switched(name, value));
    field.sent();

    const report = await field.apply([object]);

    expect(actionsOf(report)).toEqual({ [`ConfigMap/excluded-${name}`]: 'skipped' });
    expect(report.inventory).toEqual([{ id: `${field.namespace}_excluded-${name}__ConfigMap`, v: 'v1' }]);
    expect(report.drifted).toBe(false);
    expect(field.sent()).toEqual([]);
    expect((await field.check(await baselineOf(field, report))).skipped).toHaveLength(1);
  },
);

test('[KS-67 excluded-live] the label on the live object counts, any case; once gone the object is applied again', async () => {
  const baseline = await baselineOf(field, await field.apply([map('paused', '1')]));
  await field.change(at('paused'), {
    metadata: { labels: { [`${GROUP}/reconcile`]: 'DISABLED' } },
    data: { a: 'x' },
  });

  field.sent();
  const check = await field.check(baseline);
  const sent = field.sent();
  const paused = await field.apply([map('paused', '2')], { baseline });
  const fresh = await field.apply([map('paused', '2')]);
  const still = await field.check(await baselineOf(field, paused));
  await field.change(at('paused'), { metadata: { labels: { [`${GROUP}/reconcile`]: null } } });
  const resumed = await field.check(await baselineOf(field, paused));
  const again = await field.apply([map('paused', '2')], { baseline: await baselineOf(field, paused) });

  expect(check).toMatchObject({ drifted: [], skipped: [{ name: 'paused' }] });
  expect(sent).toHaveLength(1);
  expect(actionsOf(paused)).toEqual({ 'ConfigMap/paused': 'skipped' });
  expect(actionsOf(fresh)).toEqual({ 'ConfigMap/paused': 'skipped' });
  expect(still).toMatchObject({ drifted: [], skipped: [{ name: 'paused' }] });
  expect(resumed).toMatchObject({ drifted: [{ name: 'paused' }] });
  expect(actionsOf(again)).toEqual({ 'ConfigMap/paused': 'configured' });
  expect(await dataOf('paused')).toEqual({ a: '2' });
});

test('[KS-67 if-not-present] a create-only object is created once and never changed', async () => {
  const object = (value: string) => map('seed', value, switched('ssa', 'ifnotpresent'));

  const first = await field.apply([object('1')]);
  const baseline = await baselineOf(field, first);
  const second = await field.apply([object('2')], { baseline });
  const unknown = await field.apply([object('2')]);
  await field.change(at('seed'), { data: { a: 'theirs' } });
  const check = await field.check(baseline);
  await field.api.send('DELETE', at('seed'));
  const gone = await field.check(baseline);

  expect(actionsOf(first)).toEqual({ 'ConfigMap/seed': 'created' });
  expect(actionsOf(second)).toEqual({ 'ConfigMap/seed': 'skipped' });
  expect(actionsOf(unknown)).toEqual({ 'ConfigMap/seed': 'skipped' });
  expect(check).toMatchObject({ drifted: [], skipped: [{ name: 'seed' }] });
  expect(gone).toMatchObject({ drifted: [{ name: 'seed' }] });
});

test('[KS-67 if-not-present-desired] the switch is read from the manifest, not from the live object', async () => {
  await field.apply([map('was-seed', '1', switched('ssa', 'IfNotPresent'))]);

  const report = await field.apply([map('was-seed', '2')]);

  expect(actionsOf(report)).toEqual({ 'ConfigMap/was-seed': 'configured' });
  expect(await dataOf('was-seed')).toEqual({ a: '2' });
});

function immutable(name: string, value: string, metadata: Partial<KubernetesObject['metadata']> = {}) {
  return { ...map(name, value, metadata), immutable: true };
}

test('[KS-66 refused-without-force] an immutable field is refused with the reason of the server', async () => {
  await field.apply([immutable('fixed', '1')]);

  const report = await field.apply([immutable('fixed', '2')]);

  expect(report.failure?.message).toBe(
    `ConfigMap/${field.namespace}/fixed dry-run failed (Invalid): ConfigMap "fixed" is invalid: data: Forbidden: field is immutable when \`immutable\` is set`,
  );
  expect(await dataOf('fixed')).toEqual({ a: '1' });
});

test.each([
  ['spec', {}, {}],
  ['manifest', switched('force', 'enabled'), {}],
  ['live', {}, switched('force', 'Enabled')],
])('[KS-66 recreated] [KS-66 force-%s] force recreates it', async (where, metadata, live) => {
  const name = `forced-${where}`;
  await field.apply([immutable(name, '1', live)]);
  const before = await field.read(at(name));

  // The live annotation must survive its manifest: it is somebody else's.
  if (where === 'live')
    await field.change(at(name), { metadata: { annotations: { [`${GROUP}/force`]: 'ENABLED' } } });
  const report = await field.apply([immutable(name, '2', metadata)], { force: where === 'spec' });

  expect(actionsOf(report)).toEqual({ [`ConfigMap/${name}`]: 'created' });
  const after = await field.read(at(name));
  expect(after.data).toEqual({ a: '2' });
  expect(after.metadata.uid).not.toBe(before.metadata.uid);
});

test('[KS-66 waits-for-finalizers] a recreated object is created once its finalizers are done', async () => {
  await field.apply([immutable('slow', '1')]);
  await field.change(at('slow'), { metadata: { finalizers: ['test.example/hold'] } });

  const applying = field.apply([immutable('slow', '2')], { force: true });
  await expect.poll(async () => (await field.read(at('slow'))).metadata.deletionTimestamp).toBeDefined();
  await field.change(at('slow'), { metadata: { finalizers: null } });

  expect(actionsOf(await applying)).toEqual({ 'ConfigMap/slow': 'created' });
  expect(await dataOf('slow')).toEqual({ a: '2' });
});

test('[KS-66 only-after-all-dry-runs] nothing is deleted when another object of the stage is refused', async () => {
  await field.apply([immutable('safe', '1')]);
  const bad = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'bad', namespace: field.namespace },
    spec: {},
  };
  const missing = { ...bad, metadata: { ...bad.metadata, namespace: 'not-there' } };

  const report = await field.apply([immutable('safe', '2'), field.own(missing)], { force: true });

  expect(report.failure?.message).toContain('namespaces "not-there" not found');
  expect(await dataOf('safe')).toEqual({ a: '1' });
});
