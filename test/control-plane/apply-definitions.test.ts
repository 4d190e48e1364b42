import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { actionsOf, baselineOf, type Field, openField } from './applying.ts';
import { definition } from './manifests.ts';

let field: Field;
beforeAll(async () => {
  field = await openField('definitions');
});
afterAll(() => field.close());

test('[KS-106 new-field] a field that a CRD got in this very run can be used in this run, time and again', async () => {
  const group = `g${randomUUID().slice(0, 8)}.test`;
  const fields = ['size'];
  const custom = (spec: object) =>
    field.own({
      apiVersion: `${group}/v1`,
      kind: 'Quince',
      metadata: { name: 'x', namespace: field.namespace },
      spec,
    });
  let report = await field.apply([field.own(definition(group, 'Quince', fields)), custom({ size: 'a' })]);
  for (let turn = 0; turn < 8; turn++) {
    fields.push(`new${turn}`);
    const objects = [
      field.own(definition(group, 'Quince', fields)),
      custom({ size: 'a', [`new${turn}`]: 'b' }),
    ];

    report = await field.apply(objects, { baseline: await baselineOf(field, report) });

    expect(report.failure).toBeUndefined();
    expect(actionsOf(report)).toEqual({
      [`CustomResourceDefinition/quinces.${group}`]: 'configured',
      'Quince/x': 'configured',
    });
  }
});
