import { describe, expect, test } from 'vitest';
import type { KubernetesObject, ObjectReference } from '../../shared/core/kubernetes-object.ts';
import { create, edit, read, reconcile } from './drive.ts';
import {
  ahead,
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

const setting = useWorld('rules');
const { namespace } = setting;
const started = startsIn(setting);
const RBAC = 'rbac.authorization.k8s.io';

function map(name: string): ObjectReference {
  return { apiVersion: 'v1', kind: 'ConfigMap', namespace, name };
}

function neverReady(name: string): string {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i' }] } };
  const spec = { replicas: 1, selector: { matchLabels: labels }, template, paused: true };
  return JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace }, spec });
}

describe('the order of a run', () => {
  test('[KS-02 prune-before-health] what is stale goes before health is waited for', async () => {
    const files = { 'a.yaml': configMap(namespace, 'stays', {}), 'b.yaml': configMap(namespace, 'goes', {}) };
    await started('order', files, { wait: true });
    await publish(setting, 'order', { 'b.yaml': null, 'c.yaml': neverReady('never') });

    const waiting = await sync(setting, 'order');

    expect(told(waiting, 'Healthy')).toMatch(/^Unknown Progressing/);
    expect(await setting.world.cluster.get(map('goes'))).toBeUndefined();
    expect(waiting.status.inventory?.entries).toHaveLength(2);
  });

  test('[KS-68 no-health-check] what was skipped is not waited for', async () => {
    const never = JSON.parse(neverReady('left'));
    await setting.world.cluster.create(never, { fieldManager: 'person' });
    const annotations = { 'kustomize.toolkit.fluxcd.io/reconcile': 'disabled' };
    const manifest = JSON.stringify({ ...never, metadata: { ...never.metadata, annotations } });

    const done = await started('skips', { 'a.yaml': manifest }, { wait: true });

    expect(told(done)).toContain('True ReconciliationSucceeded');
  });
});

describe('who writes', () => {
  test('[KS-60 status-manager] [KS-60 field-manager] [COM-29 kustomization] [COM-29 source] status and objects carry the managers that Flux uses', async () => {
    await started('writers', { 'a.yaml': configMap(namespace, 'writers', {}) });
    const managersOf = async (reference: ObjectReference, subresource?: string) => {
      const object = await setting.world.cluster.get(reference);
      const fields = (object?.metadata.managedFields ?? []) as readonly {
        manager: string;
        subresource?: string;
      }[];
      return fields.filter((each) => each.subresource === subresource).map(({ manager }) => manager);
    };

    expect(await managersOf(applierAt(setting, 'writers'), 'status')).toEqual(['gotk-kustomize-controller']);
    const source = {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      namespace,
      name: 'writers',
    };
    expect(await managersOf(source, 'status')).toEqual(['source-controller']);
    expect(await managersOf(map('writers'))).toEqual(['kustomize-controller']);
  });
});

describe('a prune that fails', () => {
  test('[KS-83 prune-failed] [KS-07 prune-failed] [KS-83 survivors-tracked] is told, what is left stays tracked, and goes with the right', async () => {
    const metadata = { namespace, name: 'no-delete' };
    const verbs = ['get', 'list', 'create', 'patch'];
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs }];
    const roleRef = { apiGroup: RBAC, kind: 'Role', name: 'no-delete' };
    const subjects = [{ kind: 'ServiceAccount', ...metadata }];
    await create(
      setting.world,
      { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
      { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules } as KubernetesObject,
      { apiVersion: `${RBAC}/v1`, kind: 'RoleBinding', metadata, roleRef, subjects } as KubernetesObject,
    );
    const files = { 'a.yaml': configMap(namespace, 'kept', {}), 'b.yaml': configMap(namespace, 'stuck', {}) };
    const before = await started('prunes', files, { serviceAccountName: 'no-delete', retryInterval: '30s' });
    expect(told(before)).toContain('True');
    await publish(setting, 'prunes', { 'b.yaml': null, 'c.yaml': configMap(namespace, 'added', {}) });
    await newEvents(setting, applierAt(setting, 'prunes'));
    const source = {
      apiVersion: 'source.toolkit.fluxcd.io/v1',
      kind: 'GitRepository',
      namespace,
      name: 'prunes',
    };
    await reconcile(setting.world, source);
    const { queues, woken } = keepingQueues();

    const failed = await reconcile(setting.world, applierAt(setting, 'prunes'), { ports: { queues } });

    expect(told(failed)).toMatch(
      new RegExp(`^False PruneFailed: .*ConfigMap/${namespace}/stuck delete failed: `),
    );
    expect(failed.status.inventory?.entries.map(({ id }) => id.split('_')[1]).toSorted()).toEqual([
      'added',
      'kept',
      'stuck',
    ]);
    expect(failed.status.lastAppliedRevision).toBe(before.status.lastAppliedRevision);
    expect(failed.status.history?.[0]?.lastReconciledStatus).toBe('PruneFailed');
    expect(woken()).toEqual(['later Kustomization/prunes in 30s']);
    const events = await newEvents(setting, applierAt(setting, 'prunes'));
    expect(events.map((event) => event.split(':')[0])).toEqual(['Normal Progressing', 'Warning PruneFailed']);

    await edit(
      setting.world,
      { apiVersion: `${RBAC}/v1`, kind: 'Role', ...metadata },
      {
        rules: [{ apiGroups: [''], resources: ['configmaps'], verbs: ['*'] }],
      },
    );
    await expect
      .poll(async () => told(await reconcile(setting.world, applierAt(setting, 'prunes'))), {
        timeout: 10_000,
      })
      .toContain('True ReconciliationSucceeded');
    expect(await setting.world.cluster.get(map('stuck'))).toBeUndefined();
    expect((await read(setting.world, applierAt(setting, 'prunes'))).status.inventory?.entries).toHaveLength(
      2,
    );
  });
});

describe('suspend and requests', () => {
  test('[COM-05 conditions] a suspended Kustomization leaves drift alone, until it is resumed', async () => {
    const before = await started('paused', { 'a.yaml': configMap(namespace, 'paused', { a: '1' }) });
    await edit(setting.world, applierAt(setting, 'paused'), { spec: { suspend: true } });
    await edit(setting.world, map('paused'), { data: { a: 'edited' } });
    await newEvents(setting, applierAt(setting, 'paused'));

    const paused = await reconcile(setting.world, applierAt(setting, 'paused'));
    expect(paused.status.conditions).toEqual(before.status.conditions);
    expect((await setting.world.cluster.get(map('paused'))) as object).toMatchObject({
      data: { a: 'edited' },
    });
    expect(await newEvents(setting, applierAt(setting, 'paused'))).toEqual([]);

    await edit(setting.world, applierAt(setting, 'paused'), { spec: { suspend: false } });
    await reconcile(setting.world, applierAt(setting, 'paused'));
    expect((await setting.world.cluster.get(map('paused'))) as object).toMatchObject({ data: { a: '1' } });
  });

  test('[COM-02 handled] a request is handled by a run that fails, too', async () => {
    await started('requests', { 'a.yaml': configMap(namespace, 'requests', {}) });
    const annotations = { 'reconcile.fluxcd.io/requestedAt': 'x' };
    await edit(setting.world, applierAt(setting, 'requests'), {
      metadata: { annotations },
      spec: { path: './no' },
    });

    const failed = await reconcile(setting.world, applierAt(setting, 'requests'));

    expect(told(failed)).toMatch(/^False ArtifactFailed/);
    expect(failed.status.lastHandledReconcileAt).toBe('x');
  });

  test('[KS-03 retry-interval] a failure is tried again after retryInterval, every time', async () => {
    const spec = { path: './no', retryInterval: '45s' };
    await started('retries', { 'a.yaml': configMap(namespace, 'retries', {}) }, spec);
    for (const later of [45_000, 90_000]) {
      const { queues, woken } = keepingQueues();
      const ports = { queues, clock: ahead(later) };
      await reconcile(setting.world, applierAt(setting, 'retries'), { ports, message: { hops: 7 } });
      expect(woken()).toEqual(['later Kustomization/retries in 45s']);
    }
  });
});
