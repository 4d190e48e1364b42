import { afterEach, expect, test } from 'vitest';
import { conditionOf, openSimulatedCluster, type SimulatedCluster, template } from './simulated.ts';

let cluster: SimulatedCluster;
afterEach(() => cluster.stop());

const PATH = 'apps/v1/a/deployments/app';

function deploy(spec: object = {}): void {
  const selector = { matchLabels: { app: 'app' } };
  cluster.create('apps/v1/a/deployments', {
    metadata: { name: 'app' },
    spec: { replicas: 2, selector, template: template(), ...spec },
  });
}

test('a Deployment becomes available once its pods have started', () => {
  cluster = openSimulatedCluster({ podStart: 300 });

  deploy();
  cluster.run(100);
  const before = cluster.see(PATH);
  cluster.run(500);
  const after = cluster.see(PATH);

  expect(before.status).toMatchObject({ observedGeneration: 1, replicas: 2, unavailableReplicas: 2 });
  expect(conditionOf(before, 'Available')).toBe('False MinimumReplicasUnavailable');
  expect(after.status).toMatchObject({
    replicas: 2,
    updatedReplicas: 2,
    readyReplicas: 2,
    availableReplicas: 2,
  });
  expect(after.status.unavailableReplicas).toBeUndefined();
  expect(conditionOf(after, 'Available')).toBe('True MinimumReplicasAvailable');
  expect(conditionOf(after, 'Progressing')).toBe('True NewReplicaSetAvailable');
  expect(after.metadata.generation).toBe(1);
  expect(after.metadata.annotations).toEqual({ 'deployment.kubernetes.io/revision': '1' });
  const set = cluster.first('apps/v1/a/replicasets');
  expect(set.metadata.labels['pod-template-hash']).toBe(set.metadata.name.slice('app-'.length));
  expect(set.spec.selector.matchLabels['pod-template-hash']).toBe(set.metadata.labels['pod-template-hash']);
  for (const pod of cluster.list('core/v1/a/pods')) {
    expect(pod.metadata.ownerReferences?.[0]).toMatchObject({ kind: 'ReplicaSet', uid: set.metadata.uid });
    expect(conditionOf(pod, 'sluice.dev/simulated')).toBe('True Simulated');
  }
});

test('a new template rolls out within its bounds, and the revision counts', () => {
  cluster = openSimulatedCluster({ podStart: 100, podStop: 50 });
  deploy({ replicas: 4, strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 1 } } });
  cluster.run(500);

  cluster.replace(PATH, (object) => ({ ...object, spec: { ...object.spec, template: template('app:2') } }));
  const seen: number[] = [];
  for (let step = 0; step < 100; step++) {
    cluster.run(10);
    const live = cluster.list('core/v1/a/pods').filter((pod) => !pod.metadata.deletionTimestamp);
    seen.push(live.length);
    expect(cluster.see(PATH).status.availableReplicas).toBeGreaterThanOrEqual(3);
  }

  expect(Math.max(...seen)).toBeLessThanOrEqual(5);
  const images = cluster.list('core/v1/a/pods').map((pod) => pod.spec.containers[0].image);
  expect(images).toEqual(['app:2', 'app:2', 'app:2', 'app:2']);
  const deployment = cluster.see(PATH);
  expect(deployment.metadata.annotations['deployment.kubernetes.io/revision']).toBe('2');
  expect(deployment.status).toMatchObject({
    observedGeneration: 2,
    updatedReplicas: 4,
    availableReplicas: 4,
  });
  expect(
    cluster
      .list('apps/v1/a/replicasets')
      .map((set) => set.spec.replicas)
      .toSorted(),
  ).toEqual([0, 4]);
});

test('going back to an old template takes its ReplicaSet up again under a new revision', () => {
  cluster = openSimulatedCluster({ podStart: 10, podStop: 10 });
  deploy();
  cluster.run(300);
  cluster.replace(PATH, (object) => ({ ...object, spec: { ...object.spec, template: template('app:2') } }));
  cluster.run(500);

  cluster.replace(PATH, (object) => ({ ...object, spec: { ...object.spec, template: template('app:1') } }));
  cluster.run(500);

  expect(cluster.list('apps/v1/a/replicasets')).toHaveLength(2);
  expect(cluster.see(PATH).metadata.annotations['deployment.kubernetes.io/revision']).toBe('3');
  expect(cluster.see(PATH).status.availableReplicas).toBe(2);
});

test('pods of a broken image crash, and the deadline for progress passes', () => {
  cluster = openSimulatedCluster({ podStart: 10 });

  deploy({ replicas: 1, template: template('app:broken'), progressDeadlineSeconds: 2 });
  cluster.run(1_000);
  const pod = cluster.first('core/v1/a/pods');
  const early = cluster.see(PATH);
  cluster.run(3_000);

  expect(pod.status.phase).toBe('Running');
  expect(pod.status.containerStatuses[0].state.waiting.reason).toBe('CrashLoopBackOff');
  expect(pod.status.containerStatuses[0].restartCount).toBeGreaterThan(0);
  expect(conditionOf(early, 'Progressing')).toBe('True ReplicaSetUpdated');
  expect(conditionOf(cluster.see(PATH), 'Progressing')).toBe('False ProgressDeadlineExceeded');
  expect(conditionOf(cluster.see(PATH), 'Available')).toBe('False MinimumReplicasUnavailable');
});

test('Recreate ends the old pods before it begins the new ones', () => {
  cluster = openSimulatedCluster({ podStart: 50, podStop: 100 });
  deploy({ strategy: { type: 'Recreate' } });
  cluster.run(300);

  cluster.replace(PATH, (object) => ({ ...object, spec: { ...object.spec, template: template('app:2') } }));
  for (let step = 0; step < 60; step++) {
    cluster.run(10);
    const images = new Set(cluster.list('core/v1/a/pods').map((pod) => pod.spec.containers[0].image));
    expect(images.size).toBeLessThanOrEqual(1);
  }

  expect(cluster.see(PATH).status).toMatchObject({ updatedReplicas: 2, availableReplicas: 2 });
});

test('scaling moves nothing but the number of pods', () => {
  cluster = openSimulatedCluster({ podStart: 10, podStop: 10 });
  deploy();
  cluster.run(200);

  cluster.replace(PATH, (object) => ({ ...object, spec: { ...object.spec, replicas: 5 } }));
  cluster.run(200);
  const up = cluster.see(PATH).status;
  cluster.replace(PATH, (object) => ({ ...object, spec: { ...object.spec, replicas: 0 } }));
  cluster.run(200);

  expect(up).toMatchObject({ replicas: 5, availableReplicas: 5 });
  expect(cluster.list('core/v1/a/pods')).toEqual([]);
  expect(cluster.list('apps/v1/a/replicasets')).toHaveLength(1);
  expect(conditionOf(cluster.see(PATH), 'Available')).toBe('True MinimumReplicasAvailable');
});

test('a paused Deployment says so and does not roll out', () => {
  cluster = openSimulatedCluster({ podStart: 10 });
  deploy();
  cluster.run(200);

  cluster.replace(PATH, (object) => ({
    ...object,
    spec: { ...object.spec, paused: true, template: template('app:2') },
  }));
  cluster.run(200);

  expect(conditionOf(cluster.see(PATH), 'Progressing')).toBe('Unknown DeploymentPaused');
  expect(cluster.list('apps/v1/a/replicasets')).toHaveLength(1);
});

test('pods that cannot be made are told by ReplicaFailure, and are made when they can be', () => {
  cluster = openSimulatedCluster({ podStart: 10 });

  deploy({ template: template('app:1', { serviceAccountName: 'robot' }) });
  cluster.run(100);
  const before = cluster.see(PATH);
  cluster.create('core/v1/a/serviceaccounts', { metadata: { name: 'robot' } });
  cluster.run(5_000);

  expect(conditionOf(before, 'ReplicaFailure')).toBe('True FailedCreate');
  expect(conditionOf(cluster.see(PATH), 'ReplicaFailure')).toBeUndefined();
  expect(cluster.see(PATH).status.availableReplicas).toBe(2);
});

test('a pod that is deleted is replaced', () => {
  cluster = openSimulatedCluster({ podStart: 10, podStop: 10 });
  deploy();
  cluster.run(200);
  const pod = cluster.first('core/v1/a/pods');

  cluster.remove(`core/v1/a/pods/${pod.metadata.name}`);
  cluster.run(200);

  const pods = cluster.list('core/v1/a/pods');
  expect(pods).toHaveLength(2);
  expect(pods.some(({ metadata }) => metadata.uid === pod.metadata.uid)).toBe(false);
});

test('when nothing changes, nothing is written', () => {
  cluster = openSimulatedCluster({ podStart: 10 });
  deploy();
  cluster.run(1_000);
  const { revision } = cluster.store;

  cluster.run(5_000);

  expect(cluster.store.revision).toBe(revision);
});
