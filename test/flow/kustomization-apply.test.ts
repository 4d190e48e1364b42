import { describe, expect, test } from 'vitest';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import { edit, type Reconciled, reconcile } from './drive.ts';
import { applierAt, configMap, newEvents, publish, startsIn, sync, told, useWorld } from './setting.ts';

const setting = useWorld('apply-prune');
const { namespace } = setting;
const started = startsIn(setting);

function mapAt(name: string, at = namespace): Promise<KubernetesObject | undefined> {
  return setting.world.cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace: at, name });
}

describe('applying', () => {
  test('[KS-07 reconciliation-succeeded] [KS-10 finished] [KS-10 changes] creates the objects, remembers them and says so', async () => {
    const done = await started('fresh', { 'a.yaml': configMap(namespace, 'fresh', { a: '1' }) });

    const { revision } = (await sourceStatus('fresh')).artifact ?? { revision: '' };
    expect(told(done)).toBe(`True ReconciliationSucceeded: Applied revision: ${revision}`);
    expect(done.status.conditions.map(({ type }) => type)).toEqual(['Ready']);
    expect(done.status).toMatchObject({
      observedGeneration: 1,
      lastAppliedRevision: revision,
      lastAttemptedRevision: revision,
      inventory: { entries: [{ id: `${namespace}_fresh__ConfigMap`, v: 'v1' }] },
      history: [{ lastReconciledStatus: 'ReconciliationSucceeded', totalReconciliations: 1 }],
    });
    expect(done.status.history).toHaveLength(1);
    expect((await mapAt('fresh'))?.metadata.labels).toEqual({
      'kustomize.toolkit.fluxcd.io/name': 'fresh',
      'kustomize.toolkit.fluxcd.io/namespace': namespace,
    });
    const [changes, finished, ...rest] = await newEvents(setting, applierAt(setting, 'fresh'));
    expect(changes).toBe(`Normal Progressing: ConfigMap/${namespace}/fresh created`);
    expect(finished).toMatch(
      /^Normal ReconciliationSucceeded: Reconciliation finished in .*s, next run in 10m0s$/,
    );
    expect(rest).toEqual([]);
  });

  test('[KS-10 pruned] a new revision changes, adds and prunes, and lists exactly that', async () => {
    const first = {
      'a.yaml': configMap(namespace, 'a', { a: '1' }),
      'b.yaml': configMap(namespace, 'b', {}),
    };
    await started('moves', { ...first, 'same.yaml': configMap(namespace, 'same', {}) });
    await newEvents(setting, applierAt(setting, 'moves'));

    const a = configMap(namespace, 'a', { a: '2' });
    await publish(setting, 'moves', { 'a.yaml': a, 'b.yaml': null, 'c.yaml': configMap(namespace, 'c', {}) });
    const done = await sync(setting, 'moves');

    expect((await mapAt('a')) as object).toMatchObject({ data: { a: '2' } });
    expect(await mapAt('b')).toBeUndefined();
    expect(done.status.inventory?.entries.map(({ id }) => id)).toEqual(
      ['a', 'c', 'same'].map((name) => `${namespace}_${name}__ConfigMap`),
    );
    expect((await newEvents(setting, applierAt(setting, 'moves'))).slice(0, -1)).toEqual([
      `Normal Progressing: ConfigMap/${namespace}/a configured\nConfigMap/${namespace}/c created`,
      `Normal Progressing: ConfigMap/${namespace}/b deleted`,
    ]);
    expect(done.status.history?.map(({ totalReconciliations }) => totalReconciliations)).toEqual([1, 1]);
  });

  test('[KS-82 only-if-prune] with prune: false what left the repository stays', async () => {
    const files = {
      'a.yaml': configMap(namespace, 'keep-a', {}),
      'b.yaml': configMap(namespace, 'keep-b', {}),
    };
    await started('keeps', files, { prune: false });
    await publish(setting, 'keeps', { 'b.yaml': null });

    const done = await sync(setting, 'keeps');

    expect(told(done)).toContain('True ReconciliationSucceeded');
    expect(await mapAt('keep-b')).toBeDefined();
  });

  test('targetNamespace, namePrefix, patches, images and commonMetadata of the spec are obeyed', async () => {
    const other = `${namespace}-other`;
    await setting.world.cluster.create(
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: other } },
      { fieldManager: 'person' },
    );
    const pod = `apiVersion: v1\nkind: PodTemplate\nmetadata: {name: pod}\ntemplate: {spec: {containers: [{name: c, image: app:1}]}}\n`;
    await started(
      'shaped',
      {
        'deploy/a.yaml': configMap('ignored', 'map', { a: '1' }),
        'deploy/b.yaml': pod,
        'other.yaml': 'x: 1\n',
      },
      {
        path: './deploy',
        targetNamespace: other,
        namePrefix: 'pre-',
        images: [{ name: 'app', newTag: '2' }],
        patches: [
          { patch: '[{"op": "add", "path": "/data/b", "value": "2"}]', target: { kind: 'ConfigMap' } },
        ],
        commonMetadata: { labels: { team: 'blue' }, annotations: { note: 'hi' } },
      },
    );

    const map = await mapAt('pre-map', other);
    expect(map as object).toMatchObject({ data: { a: '1', b: '2' } });
    expect(map?.metadata).toMatchObject({ labels: { team: 'blue' }, annotations: { note: 'hi' } });
    const template = { apiVersion: 'v1', kind: 'PodTemplate', namespace: other, name: 'pre-pod' };
    expect((await setting.world.cluster.get(template)) as object).toMatchObject({
      template: { spec: { containers: [{ image: 'app:2' }] } },
    });
  });

  test('[KS-63 definitions-first] a namespace, a CRD and objects of both come to be in one run, and go in one', async () => {
    const made = `${namespace}-made`;
    const group = `${namespace}.example.com`;
    await started('whole', {
      'content.yaml': configMap(made, 'inside', { a: '1' }),
      'namespace.yaml': `apiVersion: v1\nkind: Namespace\nmetadata: {name: ${made}}\n`,
      'widget.yaml': `apiVersion: ${group}/v1\nkind: Widget\nmetadata: {name: w, namespace: ${made}}\nspec: {size: 3}\n`,
      'crd.yaml': widgets(group),
    });
    const widget = { apiVersion: `${group}/v1`, kind: 'Widget', namespace: made, name: 'w' };
    expect((await setting.world.cluster.get(widget)) as object).toMatchObject({ spec: { size: 3 } });
    expect(await mapAt('inside', made)).toBeDefined();
    await newEvents(setting, applierAt(setting, 'whole'));

    await publish(setting, 'whole', {
      'widget.yaml': null,
      'crd.yaml': null,
      'content.yaml': null,
      'namespace.yaml': null,
      'rest.yaml': configMap(namespace, 'rest', {}),
    });
    const done = await sync(setting, 'whole');

    expect(done.status.inventory?.entries).toHaveLength(1);
    const events = await newEvents(setting, applierAt(setting, 'whole'));
    expect(events.find((event) => event.includes('deleted'))?.split('\n')).toHaveLength(4);
  });
});

describe('history and the success event', () => {
  test('neither moves while nothing changes, however often it is asked for', async () => {
    const first = await started('still', { 'a.yaml': configMap(namespace, 'still', {}) });
    await newEvents(setting, applierAt(setting, 'still'));

    for (const token of ['1', '2']) {
      const annotations = { 'reconcile.fluxcd.io/requestedAt': token };
      await edit(setting.world, applierAt(setting, 'still'), { metadata: { annotations } });
      const again = await reconcile(setting.world, applierAt(setting, 'still'));
      expect(again.status).toEqual({ ...first.status, lastHandledReconcileAt: token });
    }
    expect(await newEvents(setting, applierAt(setting, 'still'))).toEqual([]);
  });

  test('[KS-09 five] [KS-09 newest-first] [KS-09 same-pair] five snapshots stay, the newest first, and what was there before counts up in front', async () => {
    await started('history', { 'a.yaml': configMap(namespace, 'history', { n: '0' }) });
    for (const n of ['1', '2', '3', '4', '5', '3']) {
      await publish(setting, 'history', { 'a.yaml': configMap(namespace, 'history', { n }) });
      await sync(setting, 'history');
    }

    const { status } = await reconcile(setting.world, applierAt(setting, 'history'));

    expect(status.history?.map(({ totalReconciliations }) => totalReconciliations)).toEqual([2, 1, 1, 1, 1]);
  });
});

function widgets(group: string): string {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return JSON.stringify({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
      versions: [{ name: 'v1', served: true, storage: true, schema }],
    },
  });
}

async function sourceStatus(name: string): Promise<Reconciled['status']> {
  const reference = { apiVersion: 'source.toolkit.fluxcd.io/v1', kind: 'GitRepository', namespace, name };
  return ((await setting.world.cluster.get(reference)) as unknown as Reconciled).status;
}
