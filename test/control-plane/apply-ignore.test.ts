import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Ignore, type IgnoreRule, ignoreOf } from '../../shared/apply/ignore/rules.ts';
import { loadPatterns } from '../../shared/core/cel/patterns.ts';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import { actionsOf, baselineOf, FIELD_MANAGER, type Field, openField } from './applying.ts';
import { configMap, deployment } from './manifests.ts';

let field: Field;
let compile: Awaited<ReturnType<typeof loadPatterns>>;
beforeAll(async () => {
  field = await openField('ignore');
  compile = await loadPatterns();
});
afterAll(() => field.close());

const ignoring = (...rules: readonly IgnoreRule[]): { readonly ignore: Ignore } => ({
  ignore: ignoreOf(rules, compile),
});
const REPLICAS: IgnoreRule = { paths: ['/spec/replicas'], target: { kind: 'Deployment' } };
const pathOf = (name: string) => `/apis/apps/v1/namespaces/${field.namespace}/deployments/${name}`;

function web(name: string, spec: Readonly<Record<string, unknown>> = {}): KubernetesObject {
  const base = deployment(field.namespace, name);
  return field.own({ ...base, spec: { ...(base.spec as object), replicas: 2, ...spec } });
}

/** A server-side apply of these fields by somebody else. */
async function applyAs(manager: string, object: KubernetesObject, fields: object): Promise<void> {
  const { apiVersion, kind, metadata } = object;
  const patch = { apiVersion, kind, metadata: { name: metadata.name }, ...fields };
  const url = `${pathOf(metadata.name)}?fieldManager=${manager}&force=true`;
  const answer = await field.api.send('PATCH', url, patch, 'application/apply-patch+yaml');
  expect(answer.status).toBe(200);
}

const read = async (name: string) => {
  const live = await field.read(pathOf(name));
  const ours = live.metadata.managedFields?.find(
    ({ manager, operation }) => manager === FIELD_MANAGER && operation === 'Apply',
  );
  return { live, spec: live.spec as Record<string, unknown>, ours: JSON.stringify(ours?.fieldsV1) };
};

describe('a field that somebody else applies', () => {
  test('[KS-71 not-on-create] [KS-71 stripped] [KS-71 no-drift] is created as ours, left to them once they took it, and no drift', async () => {
    const rules = ignoring(REPLICAS);
    const created = await field.apply([web('taken')], rules);
    expect(actionsOf(created)).toEqual({ 'Deployment/taken': 'created' });
    expect((await read('taken')).spec.replicas).toBe(2);
    expect((await read('taken')).ours).toContain('f:replicas');

    await applyAs('autoscaler', web('taken'), { spec: { replicas: 5 } });
    const ignored = await field.apply([web('taken')], {
      ...rules,
      baseline: await baselineOf(field, created),
    });
    expect(actionsOf(ignored)).toEqual({ 'Deployment/taken': 'unchanged' });
    expect((await read('taken')).spec.replicas).toBe(5);

    const changed = await field.apply([web('taken', { minReadySeconds: 10 })], {
      ...rules,
      baseline: await baselineOf(field, ignored),
    });
    expect(actionsOf(changed)).toEqual({ 'Deployment/taken': 'configured' });
    const { spec, ours } = await read('taken');
    expect(spec).toMatchObject({ replicas: 5, minReadySeconds: 10 });
    expect(ours).not.toContain('f:replicas');
  });

  test('[KS-71 no-drift] later changes of theirs need no request for the object', async () => {
    const rules = ignoring(REPLICAS);
    await field.apply([web('scaled')], rules);
    await applyAs('autoscaler', web('scaled'), { spec: { replicas: 4 } });
    const baseline = await baselineOf(field, await field.apply([web('scaled')], rules));
    await applyAs('autoscaler', web('scaled'), { spec: { replicas: 6 } });

    expect((await field.check(baseline)).drifted).toEqual([]);
  });

  test('[KS-71 adopted] is taken back as it is in the cluster when they let go of it', async () => {
    const rules = ignoring(REPLICAS);
    await field.apply([web('orphan')], rules);
    await applyAs('autoscaler', web('orphan'), { spec: { replicas: 5 } });
    await field.apply([web('orphan', { minReadySeconds: 10 })], rules);
    await applyAs('autoscaler', web('orphan'), { spec: { paused: false } });

    const report = await field.apply([web('orphan', { minReadySeconds: 11 })], rules);

    expect(actionsOf(report)).toEqual({ 'Deployment/orphan': 'configured' });
    const { spec, ours } = await read('orphan');
    // What nobody applies any more is what the server sets by default.
    expect(spec).toMatchObject({ replicas: 1, minReadySeconds: 11 });
    expect(ours).toContain('f:replicas');
  });
});

describe('a field that somebody updates', () => {
  test('[KS-71 adopted] keeps its value in the cluster when something else is applied', async () => {
    const rules = ignoring(REPLICAS);
    await field.apply([web('edited')], rules);
    await field.change(pathOf('edited'), { spec: { replicas: 7 } });

    const same = await field.apply([web('edited')], rules);
    const changed = await field.apply([web('edited', { minReadySeconds: 3 })], rules);

    expect([actionsOf(same), actionsOf(changed)]).toEqual([
      { 'Deployment/edited': 'unchanged' },
      { 'Deployment/edited': 'configured' },
    ]);
    expect((await read('edited')).spec).toMatchObject({ replicas: 7, minReadySeconds: 3 });
  });

  test('[KS-71 stripped] in a list is told by the key of its item', async () => {
    const rules = ignoring({ paths: ['/spec/template/spec/containers/0/image'] });
    const containers = [{ name: 'main', image: 'other:2' }];
    await field.apply([web('image')], rules);
    await applyAs('updater', web('image'), { spec: { template: { spec: { containers } } } });

    const report = await field.apply([web('image', { minReadySeconds: 3 })], rules);

    expect(actionsOf(report)).toEqual({ 'Deployment/image': 'configured' });
    const { spec, ours } = await read('image');
    expect(JSON.stringify(spec)).toContain('other:2');
    expect(ours).not.toContain('f:image');
  });

  test('[KS-71 immutable] that must not change is sent while it has not', async () => {
    const rules = ignoring({ paths: ['/spec/selector'] });
    await field.apply([web('fixed')], rules);

    const report = await field.apply([web('fixed', { minReadySeconds: 3 })], rules);

    expect(actionsOf(report)).toEqual({ 'Deployment/fixed': 'configured' });
    expect((await read('fixed')).ours).toContain('f:selector');
  });

  test('everything else is set right, and taken back, as ever', async () => {
    const rules = ignoring(REPLICAS);
    const baseline = await baselineOf(field, await field.apply([web('rest')], rules));
    await field.change(pathOf('rest'), { spec: { replicas: 7 }, metadata: { annotations: { team: 'red' } } });

    expect((await field.check(baseline)).drifted).toMatchObject([{ name: 'rest' }]);
    const report = await field.apply([web('rest')], { ...rules, baseline });
    const { live, spec } = await read('rest');

    expect(actionsOf(report)).toEqual({ 'Deployment/rest': 'configured' });
    expect(live.metadata.annotations).toMatchObject({ team: 'blue' });
    expect(spec.replicas).toBe(7);
  });

  test('ownership of other fields that was lost at equal values is taken back', async () => {
    const rules = ignoring(REPLICAS);
    await field.apply([web('lost')], rules);
    await field.change(pathOf('lost'), { metadata: { annotations: { team: 'red' } } });
    await field.change(pathOf('lost'), {
      spec: { replicas: 7 },
      metadata: { annotations: { team: 'blue' } },
    });

    const report = await field.apply([web('lost')], rules);

    expect(actionsOf(report)).toEqual({ 'Deployment/lost': 'unchanged' });
    expect((await read('lost')).ours).toContain('f:team');
    expect((await read('lost')).spec.replicas).toBe(7);
  });
});

test('[KS-71 target] a rule is for what its target selects, by what the cluster makes of it', async () => {
  const rules = ignoring({
    paths: ['/data/a'],
    target: { kind: 'ConfigMap', name: 'free-.*', labelSelector: 'x notin (y)' },
  });
  const objects = ['free-one', 'fixed-one'].map((name) =>
    field.own(configMap(field.namespace, name, { a: '1' })),
  );
  await field.apply(objects, rules);
  for (const name of ['free-one', 'fixed-one']) {
    await field.change(`/api/v1/namespaces/${field.namespace}/configmaps/${name}`, { data: { a: '2' } });
  }

  expect(actionsOf(await field.apply(objects, rules))).toEqual({
    'ConfigMap/fixed-one': 'configured',
    'ConfigMap/free-one': 'unchanged',
  });
});
