import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import { actionsOf, baselineOf, type Field, openField } from './applying.ts';
import { configMap, deployment, service } from './manifests.ts';

let field: Field;
beforeAll(async () => {
  field = await openField('ownership');
});
afterAll(() => field.close());

const core = (kind: string, name: string) => `/api/v1/namespaces/${field.namespace}/${kind}/${name}`;
const managersOf = (object: KubernetesObject) =>
  (object.metadata.managedFields ?? []).map(({ manager, operation }) => `${manager} ${operation}`);

test('[KS-69 kubectl-edit] a field that kubectl edit added is removed', async () => {
  const object = field.own(configMap(field.namespace, 'edited', { a: '1' }));
  await field.apply([object]);
  await field.change(core('configmaps', 'edited'), { data: { b: '2' } }, 'kubectl-edit');

  const report = await field.apply([object]);

  expect(actionsOf(report)).toEqual({ 'ConfigMap/edited': 'configured' });
  const live = await field.read(core('configmaps', 'edited'));
  expect(live.data).toEqual({ a: '1' });
  expect(managersOf(live)).toEqual(['kustomize-controller Apply']);
});

test('[KS-69 kubectl-apply] [KS-69 before-first-apply] [KS-70 last-applied] [KS-70 deprecated] objects of kubectl and of older Fluxes are taken over', async () => {
  const theirs = {
    metadata: {
      name: 'theirs',
      annotations: {
        'kubectl.kubernetes.io/last-applied-configuration': '{}',
        'kustomize.toolkit.fluxcd.io/checksum': 'x',
        'fluxcd.io/sync-checksum': 'y',
        kept: 'z',
      },
      labels: { 'fluxcd.io/sync-gc-mark': 'x' },
    },
    data: { a: 'theirs', b: 'theirs' },
  };
  const maps = `/api/v1/namespaces/${field.namespace}/configmaps`;
  await field.api.create(`${maps}?fieldManager=other`, theirs);
  await field.change(`${maps}/theirs`, { data: { c: 'x' } }, 'kubectl-client-side-apply');
  await field.change(`${maps}/theirs`, { data: { d: 'x' } }, 'before-first-apply');
  const sided = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'theirs' }, data: { e: 'x' } };
  const url = `${maps}/theirs?fieldManager=kubectl`;
  await field.api.send('PATCH', url, sided, 'application/apply-patch+yaml');

  await field.apply([field.own(configMap(field.namespace, 'theirs', { a: 'ours' }))]);

  const live = await field.read(`${maps}/theirs`);
  expect(live.data).toEqual({ a: 'ours', b: 'theirs' });
  expect(live.metadata.annotations).toEqual({ kept: 'z' });
  expect(Object.keys(live.metadata.labels ?? {})).not.toContain('fluxcd.io/sync-gc-mark');
  expect(managersOf(live)).toEqual(['kustomize-controller Apply', 'other Update']);
});

test('[KS-69 kubectl-edit] what kubectl added is seen from metadata too, where generation did not move', async () => {
  const object = field.own(deployment(field.namespace, 'kubectl'));
  const path = `/apis/apps/v1/namespaces/${field.namespace}/deployments/kubectl`;
  const baseline = await baselineOf(field, await field.apply([object]));
  await field.change(path, { metadata: { labels: { added: 'x' } } }, 'kubectl-label');

  const check = await field.check(baseline);
  const report = await field.apply([object], { baseline });

  expect(check.drifted).toMatchObject([{ name: 'kubectl' }]);
  expect(actionsOf(report)).toEqual({ 'Deployment/kubectl': 'configured' });
  expect((await field.read(path)).metadata.labels).not.toHaveProperty('added');
});

test('[KS-69 flux-client-side-apply] an edit under another name stays', async () => {
  const object = field.own(configMap(field.namespace, 'preserved', { a: '1' }));
  await field.apply([object]);
  await field.change(core('configmaps', 'preserved'), { data: { b: '2' } }, 'flux-client-side-apply');

  const report = await field.apply([object]);

  expect(actionsOf(report)).toEqual({ 'ConfigMap/preserved': 'unchanged' });
  expect((await field.read(core('configmaps', 'preserved'))).data).toEqual({ a: '1', b: '2' });
});

test('[KS-69 override-manager] more managers are taken over when the operator names them', async () => {
  const object = field.own(configMap(field.namespace, 'override', { a: '1' }));
  await field.apply([object]);
  await field.change(core('configmaps', 'override'), { data: { b: '2' } }, 'rancher');

  await field.apply([object], { overrideManagers: ['rancher'] });

  expect((await field.read(core('configmaps', 'override'))).data).toEqual({ a: '1' });
});

test('[KS-67 merge] ssa: Merge keeps what kubectl added', async () => {
  const plain = configMap(field.namespace, 'merged', { a: '1' });
  const annotations = { 'kustomize.toolkit.fluxcd.io/ssa': 'merge' };
  const object = field.own({ ...plain, metadata: { ...plain.metadata, annotations } });
  const baseline = await baselineOf(field, await field.apply([object]));
  await field.change(core('configmaps', 'merged'), { data: { b: '2' } }, 'kubectl-edit');

  const report = await field.apply([object], { baseline });

  expect(actionsOf(report)).toEqual({ 'ConfigMap/merged': 'unchanged' });
  expect((await field.read(core('configmaps', 'merged'))).data).toEqual({ a: '1', b: '2' });
});

test('[KS-62 string-data] an edit of what stringData gave is seen and undone', async () => {
  const secret = field.own({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'folded', namespace: field.namespace },
    stringData: { password: 'first' },
  });
  const baseline = await baselineOf(field, await field.apply([secret]));
  const data = { password: Buffer.from('stolen').toString('base64') };
  await field.change(core('secrets', 'folded'), { data });

  const check = await field.check(baseline);
  const report = await field.apply([secret], { baseline });

  expect(check.drifted).toMatchObject([{ name: 'folded' }]);
  expect(actionsOf(report)).toEqual({ 'Secret/folded': 'configured' });
  const live = await field.read(core('secrets', 'folded'));
  expect(live.data).toEqual({ password: Buffer.from('first').toString('base64') });
});

test('[KS-62 port-protocol] ports that differ in protocol alone can be applied one after the other', async () => {
  const object = service(field.namespace, 'dns');
  const ports = [
    { name: 'tcp', port: 53 },
    { name: 'udp', port: 53, protocol: 'UDP' },
  ];
  const both = field.own({ ...object, spec: { selector: {}, ports } });

  await field.apply([field.own({ ...object, spec: { selector: {}, ports: ports.slice(0, 1) } })]);
  const report = await field.apply([both]);

  expect(report.failure).toBeUndefined();
  const live = await field.read(core('services', 'dns'));
  expect((live.spec as { ports: { protocol: string }[] }).ports.map(({ protocol }) => protocol)).toEqual([
    'TCP',
    'UDP',
  ]);
});

test('[KS-62 nulls] a null in a built-in kind is not claimed, so that an autoscaler may set the field', async () => {
  const object = deployment(field.namespace, 'nulls');
  const manifest = field.own({ ...object, spec: { ...(object.spec as object), replicas: null } });
  const path = `/apis/apps/v1/namespaces/${field.namespace}/deployments/nulls`;
  await field.apply([manifest]);
  await field.change(path, { spec: { replicas: 3 } }, 'autoscaler');

  const report = await field.apply([manifest]);

  expect(actionsOf(report)).toEqual({ 'Deployment/nulls': 'unchanged' });
  expect((await field.read(path)).spec).toMatchObject({ replicas: 3 });
});

test('[KS-62 unknown-fields] fields that a built-in kind does not have are left out, wherever they stand', async () => {
  const object = deployment(field.namespace, 'typos', ['main=image:1', 'side=image:1']);
  const spec = object.spec as { template: { spec: { containers: object[] } } };
  const containers = spec.template.spec.containers.map((each) => ({ ...each, imagePulPolicy: 'Always' }));
  const template = { ...spec.template, spec: { ...spec.template.spec, containers } };
  const manifest = field.own({ ...object, spec: { ...spec, replica: 2, template } });

  const first = await field.apply([manifest]);
  const second = await field.apply([manifest], { baseline: await baselineOf(field, first) });

  expect(first.failure).toBeUndefined();
  expect(actionsOf(first)).toEqual({ 'Deployment/typos': 'created' });
  expect(actionsOf(second)).toEqual({ 'Deployment/typos': 'unchanged' });
  expect((await field.check(await baselineOf(field, second))).drifted).toEqual([]);
});

test('[KS-74 errors] a refused Secret does not show its values', async () => {
  const secret = field.own({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'shy', namespace: field.namespace },
    stringData: { password: 'hunter2-long', number: 12345678 },
  });

  const report = await field.apply([secret]);

  expect(report.failure?.message).toContain(`Secret/${field.namespace}/shy dry-run failed`);
  expect(report.failure?.message).toContain('***');
  expect(report.failure?.message).not.toContain('12345678');
  expect(report.failure?.message).not.toContain('hunter2-long');
});
