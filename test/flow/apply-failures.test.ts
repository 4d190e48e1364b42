import { describe, expect, test } from 'vitest';
import type { KubernetesObject, ObjectReference } from '../../shared/core/kubernetes-object.ts';
import { edit, reconcile } from './drive.ts';
import {
  applierAt,
  configMap,
  keepingQueues,
  newEvents,
  publish,
  startsIn,
  sync,
  told,
  useWorld,
} from './setting.ts';

const setting = useWorld('apply-failures');
const { namespace } = setting;
const started = startsIn(setting);

function immutable(name: string, value: string): string {
  return configMap(namespace, name, { a: value }).replace(/}\n$/, ',"immutable":true}\n');
}

function map(name: string): ObjectReference {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace, name };
}

async function dataOf(name: string): Promise<unknown> {
  return ((await setting.world.cluster.get(map(name))) as KubernetesObject & { data?: unknown })?.data;
}

describe('immutable fields', () => {
  test('[KS-66 refused-without-force] [KS-65 inventory-kept] [KS-65 dry-run-wording] [KS-07 reconciliation-failed] [KS-09 failures] without force the change is refused with the reason, and inventory and revision stay', async () => {
    const files = {
      'a.yaml': immutable('stiff', '1'),
      'b.yaml': configMap(namespace, 'stiff-b', { n: '1' }),
    };
    const before = await started('stiff', files);
    await newEvents(setting, applierAt(setting, 'stiff'));

    const b = configMap(namespace, 'stiff-b', { n: '2' });
    await publish(setting, 'stiff', { 'a.yaml': immutable('stiff', '2'), 'b.yaml': b });
    const { queues, woken } = keepingQueues();
    await reconcile(setting.world, source('stiff'));
    const failed = await reconcile(setting.world, applierAt(setting, 'stiff'), { ports: { queues } });

    expect(told(failed)).toMatch(
      new RegExp(
        `^False ReconciliationFailed: ConfigMap/${namespace}/stiff dry-run failed \\(Invalid\\): .*immutable`,
      ),
    );
    expect(failed.status.inventory).toEqual(before.status.inventory);
    expect(failed.status.lastAppliedRevision).toBe(before.status.lastAppliedRevision);
    expect(failed.status.lastAttemptedRevision).not.toBe(before.status.lastAttemptedRevision);
    expect(failed.status.history?.map(({ lastReconciledStatus }) => lastReconciledStatus)).toEqual([
      'ReconciliationFailed',
      'ReconciliationSucceeded',
    ]);
    expect([await dataOf('stiff'), await dataOf('stiff-b')]).toEqual([{ a: '1' }, { n: '1' }]);
    const [event, ...rest] = await newEvents(setting, applierAt(setting, 'stiff'));
    expect([event?.startsWith('Warning ReconciliationFailed: '), rest]).toEqual([true, []]);
    expect(woken(), 'an interval of 10 minutes is the sweep’s').toEqual([]);
  });

  test('[KS-66 recreated] [KS-66 force-spec] with force the object is made anew', async () => {
    await started('bends', { 'a.yaml': immutable('bends', '1') }, { force: true });
    const before = await setting.world.cluster.get(map('bends'));
    await publish(setting, 'bends', { 'a.yaml': immutable('bends', '2') });

    const done = await sync(setting, 'bends');

    expect(told(done)).toContain('True ReconciliationSucceeded');
    expect(await dataOf('bends')).toEqual({ a: '2' });
    const after = await setting.world.cluster.get(map('bends'));
    expect(after?.metadata.uid).not.toBe(before?.metadata.uid);
  });

  test('turning force on is enough: the failed revision is tried again', async () => {
    await started('turns', { 'a.yaml': immutable('turns', '1') });
    await publish(setting, 'turns', { 'a.yaml': immutable('turns', '2') });
    await sync(setting, 'turns');
    await edit(setting.world, applierAt(setting, 'turns'), { spec: { force: true } });

    const done = await reconcile(setting.world, applierAt(setting, 'turns'));

    expect(told(done)).toContain('True ReconciliationSucceeded');
    expect(await dataOf('turns')).toEqual({ a: '2' });
  });
});

describe('what the cluster refuses', () => {
  test('[KS-63 refused-stage-writes-nothing] a kind nobody knows fails the run before its stage is written, and works once the kind is there', async () => {
    const group = `${namespace}.example.com`;
    const gadget = `apiVersion: ${group}/v1\nkind: Gadget\nmetadata: {name: g, namespace: ${namespace}}\n`;
    const failed = await started('unknown', {
      'a.yaml': configMap(namespace, 'beside', {}),
      'g.yaml': gadget,
    });

    expect(told(failed)).toBe(
      `False ReconciliationFailed: Gadget/${namespace}/g dry-run failed: no matches for kind "Gadget" in version "${group}/v1"`,
    );
    expect(await setting.world.cluster.get(map('beside'))).toBeUndefined();

    await setting.world.cluster.create(gadgets(group), { fieldManager: 'person' });
    await expect
      .poll(async () => told(await reconcile(setting.world, applierAt(setting, 'unknown'))), {
        timeout: 10_000,
      })
      .toContain('True ReconciliationSucceeded');
  });

  test('[KS-65 namespace-wording] a namespace that is not there is told with its name', async () => {
    const failed = await started('homeless', { 'a.yaml': configMap(`${namespace}-none`, 'homeless', {}) });

    expect(told(failed)).toMatch(/^False ReconciliationFailed: /);
    expect(told(failed)).toContain(`ConfigMap/${namespace}-none/homeless`);
    expect(told(failed)).toMatch(/namespace.*not found|not found.*namespace/i);
  });

  test('[KS-65 earlier-stages-stay] [KS-65 log-in-message] what an earlier stage had done by then is told, and stays', async () => {
    const made = `${namespace}-early`;
    const failed = await started('partial', {
      'a.yaml': `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${made}}\n`,
      'b.yaml': `apiVersion: v1\nkind: Service\nmetadata: {name: bad, namespace: ${namespace}}\nspec: {ports: [{port: 99999}]}\n`,
    });

    expect(told(failed)).toMatch(
      new RegExp(`^False ReconciliationFailed: Service/${namespace}/bad dry-run failed \\(Invalid\\): `),
    );
    expect(told(failed)).toMatch(new RegExp(`\nNamespace/${made} created$`));
    const kept = { apiVersion: 'v1', kind: 'Namespace', name: made };
    expect(await setting.world.cluster.get(kept)).toBeDefined();
    expect(failed.status.inventory).toBeUndefined();

    await publish(setting, 'partial', { 'b.yaml': null });
    const done = await sync(setting, 'partial');
    expect(done.status.inventory?.entries).toHaveLength(1);
  });

  test('a Secret that is refused is told without what it holds', async () => {
    const secret = `apiVersion: v1\nkind: Secret\nmetadata: {name: Bad_Name, namespace: ${namespace}}\nstringData: {password: hunter2hunter2}\n`;
    const failed = await started('secretive', { 'a.yaml': secret });

    expect(told(failed)).toMatch(/^False ReconciliationFailed: Secret/);
    const everything = [told(failed), ...(await newEvents(setting, applierAt(setting, 'secretive')))].join();
    expect(everything + JSON.stringify(setting.log.entries)).not.toMatch(/hunter2|aHVudGVyMmh1bnRlcjI/);
  });
});

function source(name: string): ObjectReference {
  return { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', namespace, name };
}

function gadgets(group: string): KubernetesObject {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `gadgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'gadgets', singular: 'gadget', kind: 'Gadget' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  };
}
