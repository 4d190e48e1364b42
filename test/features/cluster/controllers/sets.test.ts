import { afterEach, expect, test } from 'vitest';
import { openSimulatedCluster, type SimulatedCluster, template } from './simulated.ts';

let cluster: SimulatedCluster;
afterEach(() => cluster.stop());

const selector = { matchLabels: { app: 'app' } };

function createSet(spec: object = {}): void {
  cluster.create('apps/v1/a/statefulsets', {
    metadata: { name: 'db' },
    spec: { replicas: 3, serviceName: 'db', selector, template: template(), ...spec },
  });
}

function podNames(): string[] {
  return cluster.list('core/v1/a/pods').map(({ metadata }) => metadata.name);
}

test('a StatefulSet makes its pods one after another, each when the one before is ready', () => {
  cluster = openSimulatedCluster({ podStart: 100 });

  createSet();
  cluster.run(50);
  const first = podNames();
  cluster.run(120);
  const second = podNames();
  cluster.run(400);

  expect(first).toEqual(['db-0']);
  expect(second).toEqual(['db-0', 'db-1']);
  const { status } = cluster.see('apps/v1/a/statefulsets/db');
  expect(status).toMatchObject({ replicas: 3, readyReplicas: 3, availableReplicas: 3, collisionCount: 0 });
  expect(status).toMatchObject({ currentReplicas: 3, updatedReplicas: 3, observedGeneration: 1 });
  expect(status.currentRevision).toBe(status.updateRevision);
  const pod = cluster.first('core/v1/a/pods');
  expect(pod.metadata.labels).toMatchObject({
    'statefulset.kubernetes.io/pod-name': 'db-0',
    'apps.kubernetes.io/pod-index': '0',
    'controller-revision-hash': status.updateRevision.slice('db-'.length),
  });
  expect(pod.spec).toMatchObject({ hostname: 'db-0', subdomain: 'db' });
});

test('a new template is rolled out from the last pod to the first, down to the partition', () => {
  cluster = openSimulatedCluster({ podStart: 20, podStop: 20 });
  createSet();
  cluster.run(300);

  cluster.replace('apps/v1/a/statefulsets/db', (object) => ({
    ...object,
    spec: {
      ...object.spec,
      template: template('app:2'),
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } },
    },
  }));
  cluster.run(30);
  const early = cluster.list('core/v1/a/pods').map((pod) => pod.spec.containers[0].image);
  cluster.run(400);

  expect(early.slice(0, 2)).toEqual(['app:1', 'app:1']);
  const images = cluster.list('core/v1/a/pods').map((pod) => pod.spec.containers[0].image);
  expect(images).toEqual(['app:1', 'app:2', 'app:2']);
  const { status } = cluster.see('apps/v1/a/statefulsets/db');
  expect(status).toMatchObject({ updatedReplicas: 2, currentReplicas: 1 });
  expect(status.currentRevision).not.toBe(status.updateRevision);
  expect(
    cluster
      .list('apps/v1/a/controllerrevisions')
      .map(({ revision }) => revision)
      .toSorted(),
  ).toEqual([1, 2]);
});

test('a StatefulSet has a claim for each pod, which stays when the pod goes', () => {
  cluster = openSimulatedCluster({ podStart: 10, podStop: 10, claimBind: 10 });
  const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };

  createSet({ replicas: 2, volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claim }] });
  cluster.run(200);
  cluster.replace('apps/v1/a/statefulsets/db', (object) => ({
    ...object,
    spec: { ...object.spec, replicas: 1 },
  }));
  cluster.run(200);

  expect(podNames()).toEqual(['db-0']);
  const claims = cluster.list('core/v1/a/persistentvolumeclaims');
  expect(claims.map(({ metadata, status }) => `${metadata.name} ${status.phase}`)).toEqual([
    'data-db-0 Bound',
    'data-db-1 Bound',
  ]);
});

test('a DaemonSet has one pod on the one node', () => {
  cluster = openSimulatedCluster({ podStart: 10 });

  cluster.create('apps/v1/a/daemonsets', {
    metadata: { name: 'agent' },
    spec: { selector, template: template() },
  });
  cluster.run(100);

  const { status } = cluster.see('apps/v1/a/daemonsets/agent');
  expect(status).toEqual({
    currentNumberScheduled: 1,
    desiredNumberScheduled: 1,
    numberAvailable: 1,
    numberMisscheduled: 0,
    numberReady: 1,
    observedGeneration: 1,
    updatedNumberScheduled: 1,
  });
  expect(cluster.first('core/v1/a/pods').spec.nodeName).toBe('sluice-node');
});

test('a DaemonSet for other nodes has none', () => {
  cluster = openSimulatedCluster({ podStart: 10 });

  cluster.create('apps/v1/a/daemonsets', {
    metadata: { name: 'agent' },
    spec: { selector, template: template('app:1', { nodeSelector: { disk: 'fast' } }) },
  });
  cluster.run(100);

  const { status } = cluster.see('apps/v1/a/daemonsets/agent');
  expect(status).toMatchObject({ desiredNumberScheduled: 0, numberReady: 0, observedGeneration: 1 });
});
