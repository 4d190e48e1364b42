import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Fault } from '../../shared/core/failures.ts';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import type { Cluster } from '../../shared/ports.ts';
import { until } from './api.ts';
import { actionsOf, baselineOf, type Field, openField } from './applying.ts';
import { configMap, definition } from './manifests.ts';
import { permit } from './permitted.ts';

let field: Field;
beforeAll(async () => {
  field = await openField('requests');
});
afterAll(() => field.close());

const at = (name: string) => `/api/v1/namespaces/${field.namespace}/configmaps/${name}`;

async function many(prefix: string, count: number) {
  const objects = Array.from({ length: count }, (_, i) =>
    field.own(configMap(field.namespace, `${prefix}-${i}`, { a: `${i}` })),
  );
  const baseline = await baselineOf(field, await field.apply(objects));
  field.sent();
  return { objects, baseline };
}

test('two candidates among many are read by name', async () => {
  const { baseline } = await many('few', 45);
  await field.change(at('few-7'), { metadata: { labels: { theirs: 'x' } } });
  await field.change(at('few-8'), { metadata: { labels: { theirs: 'x' } } });

  const report = await field.check(baseline);

  expect(report).toMatchObject({ drifted: [], recorded: true });
  const sent = field.sent();
  expect(
    sent
      .slice(1)
      .map(({ path }) => path)
      .toSorted(),
  ).toEqual([at('few-7'), at('few-8')]);
  await field.check(report.baseline);
  expect(field.sent()).toHaveLength(1);
});

test('a single candidate is read by name, however few there are', async () => {
  const { baseline } = await many('single', 3);
  await field.change(at('single-1'), { metadata: { labels: { theirs: 'x' } } });

  await field.check(baseline);

  expect(
    field
      .sent()
      .map(({ path }) => path)
      .at(-1),
  ).toBe(at('single-1'));
});

test('more candidates than one in twenty are read in one LIST', async () => {
  const { baseline } = await many('lots', 20);
  for (const i of [1, 2, 3]) await field.change(at(`lots-${i}`), { metadata: { labels: { theirs: 'x' } } });

  const report = await field.check(baseline);

  expect(report).toMatchObject({ drifted: [], recorded: true });
  expect(field.sent()).toHaveLength(2);
});

test('a lost baseline costs a dry-run for each object and one LIST, and is whole again afterwards', async () => {
  const { objects } = await many('rebuilt', 20);

  const report = await field.apply(objects);
  const sent = field.sent();
  const check = await field.check(await baselineOf(field, report));

  expect(new Set(Object.values(actionsOf(report)))).toEqual(new Set(['unchanged']));
  expect(sent.filter(({ path }) => path.includes('dryRun'))).toHaveLength(20);
  expect(sent).toHaveLength(21);
  expect(check).toMatchObject({ drifted: [], recorded: false });
});

test('an identity that may not list is served by reads, with the same verdicts', async () => {
  const { objects, baseline } = await many('listless', 4);
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'patch', 'create'] }];
  const cluster = field.cluster.as(await permit(field.api, field.namespace, rules));
  await field.change(at('listless-2'), { data: { a: 'x' } });
  field.sent();

  const check = await field.check(baseline, cluster);
  const sent = field.sent();
  const report = await field.apply(objects, { baseline, cluster });

  expect(check.drifted.map(({ name }) => name)).toEqual(['listless-2']);
  expect(sent.map(({ method }) => method)).toEqual(Array(5).fill('GET'));
  expect(report.changes.filter(({ action }) => action !== 'unchanged')).toMatchObject([
    { reference: { name: 'listless-2' }, action: 'configured' },
  ]);
});

test('a server that refuses metadata lists is asked for full ones, with the same verdicts', async () => {
  const { baseline } = await many('plain', 4);
  await field.change(at('plain-2'), { data: { a: 'x' } });
  const cluster: Cluster = {
    ...field.cluster,
    async listMetadata() {
      throw new Fault('not-acceptable', 'only JSON here');
    },
  };
  field.sent();

  const check = await field.check(baseline, cluster);

  expect(check.drifted.map(({ name }) => name)).toEqual(['plain-2']);
  expect(field.sent()).toHaveLength(1);
});

test('objects of a kind whose CRD is gone are drift', async () => {
  const group = `g${randomUUID().slice(0, 8)}.test`;
  const custom = {
    apiVersion: `${group}/v1`,
    kind: 'Sloe',
    metadata: { name: 'x', namespace: field.namespace },
  };
  const objects = [definition(group, 'Sloe', ['size']), custom].map(field.own);
  const baseline = await baselineOf(field, await field.apply(objects));
  await field.api.send('DELETE', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/sloes.${group}`);
  await until('the kind is gone', async () => {
    const { status } = await field.api.send('GET', `/apis/${group}/v1`);
    return status === 404 || undefined;
  });

  const check = await field.check(baseline);
  const report = await field.apply(objects, { baseline: check.baseline });

  expect(check.drifted.map(({ kind }) => kind)).toEqual(['CustomResourceDefinition', 'Sloe']);
  expect(Object.values(actionsOf(report))).toEqual(['created', 'created']);
});

test('an audit reads everything in full, and sees what metadata would bless', async () => {
  const { baseline } = await many('audited', 10);
  await field.change(at('audited-3'), { data: { a: 'x' } });
  const live = await field.read(at('audited-3'));
  const { resourceVersion = '' } = live.metadata;
  // As if the recorded state and the live one shared their metadata.
  const forged = {
    ...baseline,
    entries: baseline.entries.map((entry) =>
      entry.id.includes('audited-3_') ? { ...entry, resourceVersion } : entry,
    ),
  };
  field.sent();

  const blessed = await field.check(forged);
  const one = field.sent();
  const audited = await field.check(forged, field.cluster, true);

  expect(blessed.drifted).toEqual([]);
  expect(one).toHaveLength(1);
  expect(audited.drifted.map(({ name }) => name)).toEqual(['audited-3']);
  expect(field.sent()).toHaveLength(1);
});

test('a write to a field of nobody between dry-run and read is not taken for drift', async () => {
  const object = field.own(configMap(field.namespace, 'busy', { a: '1' }));
  await field.apply([object]);
  let writes = 0;
  const cluster: Cluster = {
    ...field.cluster,
    until: () => cluster,
    async apply(sent, options) {
      const answer = await field.cluster.apply(sent, options);
      if (writes++ === 0) await field.change(at('busy'), { metadata: { labels: { theirs: 'x' } } });
      return answer;
    },
  };

  const report = await field.apply([object], { cluster });

  expect(actionsOf(report)).toEqual({ 'ConfigMap/busy': 'unchanged' });
  expect(writes).toBe(2);
});

test('an aborted run ends with a failure and what it had done', async () => {
  const object: KubernetesObject = field.own(configMap(field.namespace, 'aborted', { a: '1' }));

  const report = await field.apply([object], { signal: AbortSignal.abort(new Error('out of time')) });

  expect(report.failure).toBeDefined();
  expect(report).toMatchObject({ changes: [], inventory: undefined, drifted: false });
});
