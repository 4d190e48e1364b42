import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import { actionsOf, baselineOf, type Field, openField } from './applying.ts';
import { configMap, service } from './manifests.ts';

let field: Field;
beforeAll(async () => {
  field = await openField('sole');
});
afterAll(() => field.close());

const maps = (name = '') => `/api/v1/namespaces/${field.namespace}/configmaps/${name}`;
const map = (name: string, a: string) => field.own(configMap(field.namespace, name, { a }));

/** What was sent, in short. */
function sent(): readonly string[] {
  return field.sent().map(({ method, path }) => `${method}${path.includes('dryRun') ? ' dry-run' : ''}`);
}

/** An immutable ConfigMap: its data can never change. */
function fixed(name: string, a: string): KubernetesObject {
  return { ...map(name, a), immutable: true };
}

test('[KS-60 sole] a new object costs a look and an apply', async () => {
  field.sent();

  const report = await field.apply([map('new', '1')]);

  expect(actionsOf(report)).toEqual({ 'ConfigMap/new': 'created' });
  expect(sent()).toEqual(['GET', 'PATCH']);
  expect((await field.check(await baselineOf(field, report))).drifted).toEqual([]);
});

test('[KS-60 sole] the one that drifted costs its list and an apply', async () => {
  const objects = [map('drifts', '1'), field.own(service(field.namespace, 'stays'))];
  const baseline = await baselineOf(field, await field.apply(objects));
  await field.change(maps('drifts'), { data: { a: 'theirs' } });
  field.sent();

  const report = await field.apply(objects, { baseline });

  expect(actionsOf(report)).toEqual({ 'ConfigMap/drifts': 'configured', 'Service/stays': 'unchanged' });
  expect(sent()).not.toContain('PATCH dry-run');
  expect((await field.read(maps('drifts'))).data).toEqual({ a: '1' });
  expect((await field.check(await baselineOf(field, report))).drifted).toEqual([]);
});

test('[KS-60 sole] [KS-65 dry-run-wording] [KS-63 refused-stage-writes-nothing] refused, it is told as a dry-run is, and nothing is written', async () => {
  const objects = [fixed('fixed', '1'), map('kept', '1')];
  const baseline = await baselineOf(field, await field.apply(objects));
  const before = await field.read(maps('fixed'));

  const report = await field.apply([fixed('fixed', '2'), map('kept', '1')], { baseline });

  const name = `ConfigMap/${field.namespace}/fixed`;
  expect(report.failure?.message).toMatch(
    new RegExp(`^${name} dry-run failed \\(Invalid\\): ConfigMap "fixed" is invalid: data: Forbidden`),
  );
  expect(report.changes).toEqual([]);
  expect(await field.read(maps('fixed'))).toEqual(before);
});

test('[KS-66 recreated] refused as immutable, it is recreated by force', async () => {
  const baseline = await baselineOf(field, await field.apply([fixed('forced', '1')]));
  const before = await field.read(maps('forced'));

  const report = await field.apply([fixed('forced', '2')], { baseline, force: true });

  const after = await field.read(maps('forced'));
  expect(actionsOf(report)).toEqual({ 'ConfigMap/forced': 'created' });
  expect(after.data).toEqual({ a: '2' });
  expect(after.metadata.uid).not.toBe(before.metadata.uid);
});

test('[KS-69 kubectl-apply] what another has applied until now is dry-run, and taken over', async () => {
  const theirs = { ...configMap(field.namespace, 'theirs', { b: '2' }) };
  const path = `${maps('theirs')}?fieldManager=kubectl-client-side-apply`;
  await field.api.send('PATCH', path, theirs, 'application/apply-patch+yaml');
  field.sent();

  const report = await field.apply([map('theirs', '1')]);

  expect(actionsOf(report)).toEqual({ 'ConfigMap/theirs': 'configured' });
  expect(sent()).toContain('PATCH dry-run');
  expect((await field.read(maps('theirs'))).data).toEqual({ a: '1' });
});

test('[KS-67 excluded-live] one that is to be left alone is', async () => {
  const baseline = await baselineOf(field, await field.apply([map('left', '1')]));
  const annotations = { 'kustomize.toolkit.fluxcd.io/reconcile': 'disabled' };
  await field.change(maps('left'), { metadata: { annotations }, data: { a: 'theirs' } });

  const report = await field.apply([map('left', '2')], { baseline });

  expect(actionsOf(report)).toEqual({ 'ConfigMap/left': 'skipped' });
  expect((await field.read(maps('left'))).data).toEqual({ a: 'theirs' });
});
