import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { staleEntries } from '../../shared/apply/inventory.ts';
import type { Cluster } from '../../shared/ports.ts';
import { actionsOf, baselineOf, type Field, openField } from './applying.ts';
import { definition } from './manifests.ts';

let field: Field;
beforeAll(async () => {
  field = await openField('definitions');
});
afterAll(() => field.close());

test('[KS-106 rediscovered] discovery is forgotten after a CRD was written, and kept otherwise', async () => {
  const group = `g${randomUUID().slice(0, 8)}.test`;
  let forgotten = 0;
  const cluster: Cluster = {
    ...field.cluster,
    until: () => cluster,
    forgetResources() {
      forgotten++;
      field.cluster.forgetResources();
    },
  };
  const objects = [field.own(definition(group, 'Medlar', ['size']))];

  await field.apply(objects, { cluster });
  expect(forgotten).toBe(1);
  await field.apply(objects, { cluster });
  expect(forgotten).toBe(1);
});

test('[KS-81 by-id] the same object at another version is compared at that version, and stays the same object', async () => {
  const scaler = (version: string, spec: object) =>
    field.own({
      apiVersion: `autoscaling/${version}`,
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'x', namespace: field.namespace },
      spec: {
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'x' },
        maxReplicas: 3,
        ...spec,
      },
    });
  const metric = {
    type: 'Resource',
    resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 50 } },
  };
  const before = await field.apply([scaler('v1', { targetCPUUtilizationPercentage: 50 })]);

  const after = await field.apply([scaler('v2', { metrics: [metric] })], {
    baseline: await baselineOf(field, before),
  });

  expect(actionsOf(after)).toEqual({ 'HorizontalPodAutoscaler/x': 'unchanged' });
  expect(staleEntries(before.inventory ?? [], after.inventory ?? [])).toEqual([]);
  expect((await field.check(await baselineOf(field, after))).drifted).toEqual([]);
});

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
