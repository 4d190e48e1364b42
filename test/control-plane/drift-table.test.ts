import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Baseline } from '../../shared/apply/baseline.ts';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import { actionsOf, baselineOf, FIELD_MANAGER, type Field, openField } from './applying.ts';
import { configMap, definition, deployment } from './manifests.ts';

let field: Field;
const group = `g${randomUUID().slice(0, 8)}.test`;
beforeAll(async () => {
  field = await openField('drift-table');
  await field.apply([field.own(trees())]);
});
afterAll(() => field.close());

/** A CRD with a list by key, a set, a number that may be null, and a scale. */
function trees(): KubernetesObject {
  const base = definition(group, 'Pear', []);
  const spec = base.spec as { versions: [{ schema: { openAPIV3Schema: { properties: object } } }] };
  const [version] = spec.versions;
  const item = {
    type: 'object',
    required: ['name'],
    properties: { name: { type: 'string' }, value: { type: 'string' } },
  };
  const properties = {
    items: {
      type: 'array',
      items: item,
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
    },
    tags: { type: 'array', items: { type: 'string' }, 'x-kubernetes-list-type': 'set' },
    size: { type: 'integer', nullable: true },
    replicas: { type: 'integer' },
    open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  };
  const schema = {
    openAPIV3Schema: {
      type: 'object',
      properties: {
        spec: { type: 'object', properties },
        status: { type: 'object', properties: { replicas: { type: 'integer' } } },
      },
    },
  };
  const subresources = {
    scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
  };
  return { ...base, spec: { ...spec, versions: [{ ...version, schema, subresources }] } };
}

const pearAt = (name: string) => `/apis/${group}/v1/namespaces/${field.namespace}/pears/${name}`;
const mapAt = (name: string) => `/api/v1/namespaces/${field.namespace}/configmaps/${name}`;
const webAt = (name: string) => `/apis/apps/v1/namespaces/${field.namespace}/deployments/${name}`;

function pear(name: string, spec: object): KubernetesObject {
  return field.own({
    apiVersion: `${group}/v1`,
    kind: 'Pear',
    metadata: { name, namespace: field.namespace },
    spec,
  });
}

async function recorded(object: KubernetesObject): Promise<Baseline> {
  return baselineOf(field, await field.apply([object]));
}

/** Whether the baseline sees drift, and whether an apply sets it right. */
async function sees(
  object: KubernetesObject,
  baseline: Baseline,
): Promise<readonly [boolean, string | undefined]> {
  const check = await field.check(baseline);
  const report = await field.apply([object], { baseline });
  return [check.drifted.length > 0, Object.values(actionsOf(report))[0]];
}

async function applyAs(
  manager: string,
  path: string,
  object: KubernetesObject,
  fields: object,
): Promise<void> {
  const { apiVersion, kind, metadata } = object;
  const patch = { apiVersion, kind, metadata: { name: metadata.name }, ...fields };
  const url = `${path}?fieldManager=${manager}&force=true`;
  expect((await field.api.send('PATCH', url, patch, 'application/apply-patch+yaml')).status).toBe(200);
}

describe('what managed fields alone would not show', () => {
  test('the order of a list by key and of a set in a custom resource', async () => {
    const items = [{ name: 'a' }, { name: 'b' }];
    for (const [name, spec, turned] of [
      ['by-key', { items }, { items: items.toReversed() }],
      ['set', { tags: ['a', 'b'] }, { tags: ['b', 'a'] }],
    ] as const) {
      const object = pear(name, spec);
      const baseline = await recorded(object);
      await field.change(pearAt(name), { spec: turned });

      expect(await sees(object, baseline)).toEqual([true, 'configured']);
      expect((await field.read(pearAt(name))).spec).toEqual(spec);
    }
  });

  test('a value of stringData, which nobody would own, because it is sent as data', async () => {
    const secret = field.own({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'words', namespace: field.namespace },
      stringData: { pw: 'first' },
    });
    const path = `/api/v1/namespaces/${field.namespace}/secrets/words`;
    const baseline = await recorded(secret);
    await field.change(path, { data: { pw: Buffer.from('other').toString('base64') } });

    expect(await sees(secret, baseline)).toEqual([true, 'configured']);
    expect((await field.read(path)).data).toEqual({ pw: Buffer.from('first').toString('base64') });
  });

  test('a null of ours that somebody fills', async () => {
    const object = pear('null', { size: null, replicas: 1 });
    const baseline = await recorded(object);
    await field.change(pearAt('null'), { spec: { size: 3 } });

    expect(await sees(object, baseline)).toEqual([true, 'configured']);
    expect((await field.read(pearAt('null'))).spec).toEqual({ size: null, replicas: 1 });
  });

  test('more fields, applied by our own name', async () => {
    const object = field.own(configMap(field.namespace, 'more', { a: '1' }));
    const baseline = await recorded(object);
    await applyAs(FIELD_MANAGER, mapAt('more'), object, {
      metadata: object.metadata,
      data: { a: '1', b: '2' },
    });

    expect(await sees(object, baseline)).toEqual([true, 'configured']);
    expect((await field.read(mapAt('more'))).data).toEqual({ a: '1' });
  });
});

describe('what is seen always', () => {
  test('the scale of a custom resource', async () => {
    const object = pear('scaled', { replicas: 1 });
    const baseline = await recorded(object);
    await field.change(`${pearAt('scaled')}/scale`, { spec: { replicas: 3 } });

    expect(await sees(object, baseline)).toEqual([true, 'configured']);
    expect((await field.read(pearAt('scaled'))).spec).toEqual({ replicas: 1 });
  });

  test('an edit in a subtree that keeps unknown fields, and an item of ours removed', async () => {
    const object = pear('open', { open: { a: { b: 1 } }, items: [{ name: 'a', value: 'x' }] });
    const baseline = await recorded(object);
    await field.change(pearAt('open'), { spec: { open: { a: { b: 2 } }, items: [] } });

    expect(await sees(object, baseline)).toEqual([true, 'configured']);
    expect((await field.read(pearAt('open'))).spec).toEqual(object.spec);
  });

  test('an Update by our own name, and managed fields wiped', async () => {
    const object = deployment(field.namespace, 'own-name');
    const owned = field.own(object);
    const baseline = await recorded(owned);
    await field.change(webAt('own-name'), { spec: { minReadySeconds: 9, replicas: 1 } }, FIELD_MANAGER);
    expect((await sees(owned, baseline))[1]).toBe('configured');

    const again = await recorded(owned);
    await field.change(webAt('own-name'), { metadata: { managedFields: [{}] } });
    expect((await field.check(again)).drifted).toHaveLength(1);
    await field.apply([owned], { baseline: again });
    const { managedFields = [] } = (await field.read(webAt('own-name'))).metadata;
    expect(managedFields.map(({ manager, operation }) => `${manager} ${operation}`)).toContain(
      `${FIELD_MANAGER} Apply`,
    );
  });

  test('an edit of a HorizontalPodAutoscaler through its other version', async () => {
    const scaler = field.own({
      apiVersion: 'autoscaling/v2',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'x', namespace: field.namespace },
      spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' }, maxReplicas: 3 },
    });
    const path = `/apis/autoscaling/v1/namespaces/${field.namespace}/horizontalpodautoscalers/x`;
    const baseline = await recorded(scaler);
    await field.change(path, { spec: { maxReplicas: 5 } });

    expect(await sees(scaler, baseline)).toEqual([true, 'configured']);
  });

  test('a field that we share, once somebody takes it for themselves', async () => {
    const object = field.own(configMap(field.namespace, 'shared', { a: '1' }));
    const baseline = await recorded(object);

    await applyAs('other', mapAt('shared'), object, { data: { a: '1' } });
    expect((await field.check(baseline)).drifted).toEqual([]);
    await applyAs('other', mapAt('shared'), object, { data: { a: '2' } });
    expect(await sees(object, baseline)).toEqual([true, 'configured']);

    await applyAs('other', mapAt('shared'), object, { data: {} });
    const after = await baselineOf(field, await field.apply([object]));
    expect((await field.read(mapAt('shared'))).data).toEqual({ a: '1' });
    expect((await field.check(after)).drifted).toEqual([]);
  });
});

describe('what is no drift', () => {
  test('a quantity that is only spelled in another way', async () => {
    const limited = field.own({
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'spelled', namespace: field.namespace },
      spec: { hard: { 'requests.memory': '1024Mi' } },
    });
    const baseline = await recorded(limited);
    const path = `/api/v1/namespaces/${field.namespace}/resourcequotas/spelled`;
    await field.change(path, { spec: { hard: { 'requests.memory': '1Gi' } } });

    expect((await field.check(baseline)).drifted).toEqual([]);
  });

  test('a field removed whose default is our value', async () => {
    const object = field.own({
      ...deployment(field.namespace, 'default'),
      spec: { ...(deployment(field.namespace, 'default').spec as object), revisionHistoryLimit: 10 },
    });
    const baseline = await recorded(object);
    await field.change(webAt('default'), { spec: { revisionHistoryLimit: null } });

    expect((await sees(object, baseline))[1]).toBe('unchanged');
    expect((await field.read(webAt('default'))).spec).toMatchObject({ revisionHistoryLimit: 10 });
  });
});
