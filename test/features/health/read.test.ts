import { describe, expect, test } from 'vitest';
import { Fault } from '../../../shared/core/failures.ts';
import { type KubernetesObject, referenceOf } from '../../../shared/core/kubernetes-object.ts';
import { readHealth } from '../../../shared/health/read.ts';
import { healthKey } from '../../../shared/health/references.ts';
import { brokenPod, condition, NOW, sample } from './samples.ts';
import { forbid, scriptedCluster } from './scripted-cluster.ts';

const widgets = ['a', 'b', 'c'].map((name) =>
  sample('example.com/v1', 'Widget', {
    metadata: { name },
    status: { conditions: [condition('Ready', 'True')] },
  }),
);
const configs = ['a', 'b', 'c'].map((name) => sample('v1', 'ConfigMap', { metadata: { name } }));

async function statuses(
  { cluster }: ReturnType<typeof scriptedCluster>,
  objects: readonly KubernetesObject[],
  known: readonly KubernetesObject[] = [],
) {
  const readings = await readHealth({
    cluster,
    references: objects.map(referenceOf),
    now: NOW,
    known: new Map(known.map((object) => [healthKey(referenceOf(object)), object])),
  });
  expect(readings.map(({ reference }) => reference)).toEqual(objects.map(referenceOf));
  return readings.map(({ status }) => status);
}

describe('requests', () => {
  test('few objects of a kind are read one by one, several by one LIST', async () => {
    const world = scriptedCluster({ objects: [...widgets, ...configs] });

    expect(await statuses(world, widgets.slice(0, 2))).toEqual(['Current', 'Current']);
    expect(await statuses(world, widgets)).toEqual(['Current', 'Current', 'Current']);

    expect(world.calls).toEqual(['get Widget a', 'get Widget b', 'list Widget apps']);
  });

  test('ConfigMaps are listed without their data', async () => {
    const [first, ...others] = configs;
    if (!first) throw new Error('no sample');
    const deleted = { ...first, metadata: { ...first.metadata, deletionTimestamp: '2026-03-01T11:00:00Z' } };
    const world = scriptedCluster({ objects: [deleted, ...others] });

    expect(await statuses(world, configs)).toEqual(['Terminating', 'Current', 'Current']);
    expect(world.calls).toEqual(['listMetadata ConfigMap apps']);
  });

  test('what was read before is not read again', async () => {
    const world = scriptedCluster({ objects: [] });

    expect(await statuses(world, widgets, widgets)).toEqual(['Current', 'Current', 'Current']);
    expect(world.calls).toEqual([]);
  });

  test('whoever may not LIST gets each object', async () => {
    const world = scriptedCluster({ objects: widgets, refuse: forbid('list Widget') });

    expect(await statuses(world, widgets)).toEqual(['Current', 'Current', 'Current']);
    expect(world.calls.slice(1)).toEqual(['get Widget a', 'get Widget b', 'get Widget c']);
  });

  test('[KS-88 absent] an object that is not there is NotFound, by LIST and by GET', async () => {
    const gone = sample('example.com/v1', 'Widget', { metadata: { name: 'gone' } });

    expect(await statuses(scriptedCluster({ objects: widgets }), [...widgets, gone])).toContain('NotFound');
    expect(await statuses(scriptedCluster({ objects: widgets }), [gone])).toEqual(['NotFound']);
  });

  test('a refusal is Unknown with its reason, a fault that passes is thrown', async () => {
    const references = widgets.slice(0, 1).map(referenceOf);
    const refused = scriptedCluster({ refuse: forbid('get Widget') });
    const down = scriptedCluster({
      refuse: () => {
        throw new Fault('unreachable', 'no route');
      },
    });

    expect(await readHealth({ cluster: refused.cluster, references, now: NOW })).toEqual([
      { reference: references[0], status: 'Unknown', message: 'cannot get Widget' },
    ]);
    await expect(readHealth({ cluster: down.cluster, references, now: NOW })).rejects.toMatchObject({
      code: 'unreachable',
    });
  });

  test('a kind that is not served yet is Unknown, not absent', async () => {
    const unserved = scriptedCluster({
      refuse: () => {
        throw new Fault('no-such-kind', 'no matches for kind "Widget" in group "example.com"');
      },
    });

    expect(await statuses(unserved, widgets)).toEqual(['Unknown', 'Unknown', 'Unknown']);
  });

  test('[KS-85 no-namespace] a namespaced kind without a namespace spoils the set, a cluster-scoped one does not', async () => {
    const named = widgets.slice(0, 1).map(referenceOf);
    const bare = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: 'web' };
    const { cluster } = scriptedCluster({ objects: widgets, clusterScoped: ['ClusterRole'] });

    const spoilt = await readHealth({ cluster, references: [...named, bare], now: NOW });
    const fine = await readHealth({ cluster, references: [...named, role], now: NOW });

    expect(spoilt.map(({ undeterminable }) => undeterminable)).toEqual([true, true]);
    expect(fine.map(({ status }) => status)).toEqual(['Current', 'NotFound']);
  });
});

describe('owners of pods', () => {
  const selector = { matchLabels: { app: 'web' } };
  const waiting = (kind: string) =>
    sample('apps/v1', kind, { metadata: { name: 'web' }, spec: { selector }, status: { replicas: 0 } });
  const settled = sample('apps/v1', 'StatefulSet', {
    metadata: { name: 'web' },
    spec: { selector, replicas: 0 },
  });

  test.each(['StatefulSet', 'ReplicaSet'])(
    '[KS-92 failed-pod] [KS-92 selected-pods] a %s asks for the pods of its selector in its namespace',
    async (kind) => {
      const world = scriptedCluster({ objects: [waiting(kind), brokenPod()] });

      expect(await statuses(world, [waiting(kind)])).toEqual(['Failed']);
      expect(world.calls.at(-1)).toBe('list Pod apps app=web');
    },
  );

  test('[KS-92 deployment] a Deployment stays InProgress, and nobody lists its pods', async () => {
    const world = scriptedCluster({ objects: [waiting('Deployment'), brokenPod()] });

    expect(await statuses(world, [waiting('Deployment')])).toEqual(['InProgress']);
    expect(world.calls).toEqual(['get Deployment web']);
  });

  test('[KS-92 settled-owner] a settled owner is not asked for its pods', async () => {
    const world = scriptedCluster({ objects: [settled, brokenPod()] });

    expect(await statuses(world, [settled])).toEqual(['Current']);
    expect(world.calls).toEqual(['get StatefulSet web']);
  });

  test('whoever may not see pods goes by their owner', async () => {
    const objects = [waiting('StatefulSet'), brokenPod()];
    const world = scriptedCluster({ objects, refuse: forbid('list Pod') });

    expect(await statuses(world, [waiting('StatefulSet')])).toEqual(['InProgress']);
  });
});
