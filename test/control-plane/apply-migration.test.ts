import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import { until } from './api.ts';
import { actionsOf, baselineOf, type Field, openField } from './applying.ts';
import { definition } from './manifests.ts';

let field: Field;
beforeAll(async () => {
  field = await openField('migration');
});
afterAll(() => field.close());

/** A CRD that serves v1 alone, or v2 as well with a field that is set by default. */
function versions(group: string, kind: string, both: boolean): KubernetesObject {
  const base = definition(group, kind, ['size']);
  const spec = base.spec as { versions: [{ schema: { openAPIV3Schema: { properties: object } } }] };
  const [first] = spec.versions;
  if (!both) return field.own(base);
  const properties = {
    ...first.schema.openAPIV3Schema.properties,
    spec: {
      type: 'object',
      default: {},
      properties: { size: { type: 'string' }, colour: { type: 'string', default: 'green' } },
    },
  };
  const second = {
    ...first,
    name: 'v2',
    storage: true,
    schema: { openAPIV3Schema: { type: 'object', properties } },
  };
  return field.own({ ...base, spec: { ...spec, versions: [{ ...first, storage: false }, second] } });
}

test('[KS-73 rewritten] [KS-73 everybody] [KS-73 gate] [KS-18 migrate] behind the gate every entry is rewritten to the version that is applied, or else stays', async () => {
  const group = `g${randomUUID().slice(0, 8)}.test`;
  const kind = 'Sloe';
  const path = `/apis/${group}/v2/namespaces/${field.namespace}/sloes/x`;
  const custom = (version: string) =>
    field.own({
      apiVersion: `${group}/${version}`,
      kind,
      metadata: { name: 'x', namespace: field.namespace },
      spec: { size: 'a' },
    });
  const before = await field.apply([versions(group, kind, false), custom('v1')]);
  await field.change(path.replace('/v2/', '/v1/'), { metadata: { annotations: { note: 'x' } } }, 'somebody');
  await field.apply([versions(group, kind, true)]);
  await until('v2 is served', async () => (await field.api.send('GET', path)).status === 200 || undefined);
  const entriesOf = async () =>
    ((await field.read(path)).metadata.managedFields ?? []).map(
      ({ manager, apiVersion }) => `${manager} ${apiVersion?.split('/')[1]}`,
    );
  expect(await entriesOf()).toEqual(['kustomize-controller v1', 'somebody v1']);

  const baseline = await baselineOf(field, before);
  await field.apply([custom('v1')], { baseline, migrates: true });
  expect(await entriesOf()).toEqual(['kustomize-controller v1', 'somebody v1']);
  const after = await field.apply([custom('v2')], { baseline, migrates: true });

  expect(after.failure).toBeUndefined();
  expect(actionsOf(after)).toEqual({ 'Sloe/x': 'configured' });
  expect((await entriesOf()).toSorted()).toEqual(['kustomize-controller v2', 'somebody v2']);
  const again = await field.apply([custom('v2')], {
    baseline: await baselineOf(field, after),
    migrates: true,
  });
  expect(actionsOf(again)).toEqual({ 'Sloe/x': 'unchanged' });
});

test('[KS-73 gate] without the gate nobody else’s entry is touched', async () => {
  const group = `g${randomUUID().slice(0, 8)}.test`;
  const path = `/apis/${group}/v2/namespaces/${field.namespace}/damsons/x`;
  const custom = (version: string) =>
    field.own({
      apiVersion: `${group}/${version}`,
      kind: 'Damson',
      metadata: { name: 'x', namespace: field.namespace },
      spec: { size: 'a' },
    });
  await field.apply([versions(group, 'Damson', false), custom('v1')]);
  await field.change(path.replace('/v2/', '/v1/'), { metadata: { annotations: { note: 'x' } } }, 'somebody');
  await field.apply([versions(group, 'Damson', true)]);
  await until('v2 is served', async () => (await field.api.send('GET', path)).status === 200 || undefined);

  await field.apply([custom('v2')]);

  const { managedFields = [] } = (await field.read(path)).metadata;
  expect(managedFields.find(({ manager }) => manager === 'somebody')?.apiVersion).toBe(`${group}/v1`);
});
