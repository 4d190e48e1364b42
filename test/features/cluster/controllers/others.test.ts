import { afterEach, expect, test } from 'vitest';
import { refusalOf } from '../requests/refusal-of.ts';
import { conditionOf, openSimulatedCluster, type SimulatedCluster, template } from './simulated.ts';

let cluster: SimulatedCluster;
afterEach(() => cluster.stop());

function deploy(replicas: number, image = 'app:1'): void {
  cluster.create('apps/v1/a/deployments', {
    metadata: { name: 'app' },
    spec: { replicas, selector: { matchLabels: { app: 'app' } }, template: template(image) },
  });
}

test('the node says that it is simulated', () => {
  cluster = openSimulatedCluster();

  const node = cluster.see('core/v1/-/nodes/sluice-node');

  expect(node.metadata.labels['sluice.dev/simulated']).toBe('true');
  expect(conditionOf(node, 'Ready')).toBe('True KubeletReady');
});

test('an image that is missing is tried twice and waited for', () => {
  cluster = openSimulatedCluster({ podStart: 10, backOff: 50 });

  cluster.create('core/v1/a/pods', { metadata: { name: 'p' }, spec: template('app:missing').spec });
  cluster.run(30);
  const first = cluster.see('core/v1/a/pods/p').status.containerStatuses[0].state.waiting.reason;
  cluster.run(200);

  expect(first).toBe('ErrImagePull');
  const { status } = cluster.see('core/v1/a/pods/p');
  expect(status.phase).toBe('Pending');
  expect(status.containerStatuses[0].state.waiting.reason).toBe('ImagePullBackOff');
});

test('a pod that no node fits stays pending and says why', () => {
  cluster = openSimulatedCluster({ podStart: 10 });

  cluster.create('core/v1/a/pods', {
    metadata: { name: 'p' },
    spec: template('app:1', { nodeSelector: { disk: 'fast' } }).spec,
  });
  cluster.run(100);

  expect(conditionOf(cluster.see('core/v1/a/pods/p'), 'PodScheduled')).toBe('False Unschedulable');
});

test('a running pod is gone some time after its deletion', () => {
  cluster = openSimulatedCluster({ podStart: 10, podStop: 100 });
  cluster.create('core/v1/a/pods', { metadata: { name: 'p' }, spec: template().spec });
  cluster.run(50);

  cluster.remove('core/v1/a/pods/p');
  cluster.run(50);
  const during = cluster.see('core/v1/a/pods/p');
  cluster.run(100);

  expect(during.metadata.deletionGracePeriodSeconds).toBe(30);
  expect(cluster.find('core/v1/a/pods/p')).toBeUndefined();
});

test('a Service has a slice with the pods behind it', () => {
  cluster = openSimulatedCluster({ podStart: 50 });
  cluster.create('core/v1/a/services', {
    metadata: { name: 'web' },
    spec: { selector: { app: 'app' }, ports: [{ port: 80 }] },
  });
  deploy(2);
  cluster.run(200);

  const slice = cluster.first('discovery.k8s.io/v1/a/endpointslices');

  expect(slice.metadata.labels['kubernetes.io/service-name']).toBe('web');
  expect(slice.ports).toEqual([{ name: '', port: 80, protocol: 'TCP' }]);
  const addresses = cluster.list('core/v1/a/pods').map(({ status }) => status.podIP);
  expect(new Set(addresses).size).toBe(2);
  expect(slice.endpoints.flatMap(({ addresses }) => addresses).toSorted()).toEqual(addresses.toSorted());
  expect(slice.endpoints[0].conditions).toEqual({ ready: true, serving: true, terminating: false });
});

test('a claim is bound to a simulated volume of the standard class, which goes with it', () => {
  cluster = openSimulatedCluster({ claimBind: 100 });
  cluster.create('core/v1/a/persistentvolumeclaims', {
    metadata: { name: 'data' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  });
  cluster.run(50);
  const pending = cluster.see('core/v1/a/persistentvolumeclaims/data');
  cluster.run(100);
  const bound = cluster.see('core/v1/a/persistentvolumeclaims/data');
  const volume = cluster.first('core/v1/-/persistentvolumes');
  cluster.remove('core/v1/a/persistentvolumeclaims/data');
  cluster.run(50);

  expect(pending.status).toEqual({ phase: 'Pending' });
  expect(pending.spec.storageClassName).toBe('standard');
  expect(bound.status).toEqual({
    phase: 'Bound',
    accessModes: ['ReadWriteOnce'],
    capacity: { storage: '1Gi' },
  });
  expect(volume.metadata.annotations['sluice.dev/simulated']).toBeDefined();
  expect(volume.status.phase).toBe('Bound');
  expect(cluster.list('core/v1/-/persistentvolumes')).toEqual([]);
  expect(cluster.find('core/v1/a/persistentvolumeclaims/data')).toBeUndefined();
});

test('a claim of another class stays pending', () => {
  cluster = openSimulatedCluster({ claimBind: 10 });

  cluster.create('core/v1/a/persistentvolumeclaims', {
    metadata: { name: 'data' },
    spec: {
      storageClassName: 'fast',
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
    },
  });
  cluster.run(200);

  expect(cluster.see('core/v1/a/persistentvolumeclaims/data').status.phase).toBe('Pending');
});

test('a budget counts how many pods may go', () => {
  cluster = openSimulatedCluster({ podStart: 10 });
  cluster.create('policy/v1/a/poddisruptionbudgets', {
    metadata: { name: 'app' },
    spec: { maxUnavailable: '50%', selector: { matchLabels: { app: 'app' } } },
  });
  deploy(4);
  cluster.run(200);

  const budget = cluster.see('policy/v1/a/poddisruptionbudgets/app');

  expect(budget.status).toMatchObject({
    ...{ expectedPods: 4, currentHealthy: 4, desiredHealthy: 2, disruptionsAllowed: 2 },
    observedGeneration: 1,
  });
  expect(conditionOf(budget, 'DisruptionAllowed')).toBe('True SufficientPods');
});

test('an autoscaler without metrics says so and scales nothing', () => {
  cluster = openSimulatedCluster({ podStart: 10 });
  deploy(1);
  cluster.create('autoscaling/v2/a/horizontalpodautoscalers', {
    metadata: { name: 'app' },
    spec: { maxReplicas: 5, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'app' } },
  });
  cluster.run(200);

  const autoscaler = cluster.see('autoscaling/v2/a/horizontalpodautoscalers/app');

  expect(conditionOf(autoscaler, 'AbleToScale')).toBe('True SucceededGetScale');
  expect(conditionOf(autoscaler, 'ScalingActive')).toBe('False FailedGetResourceMetric');
  expect(cluster.see('apps/v1/a/deployments/app').spec.replicas).toBe(1);
});

test('a quota is counted, and what is beyond it refused', () => {
  cluster = openSimulatedCluster();
  cluster.create('core/v1/a/resourcequotas', {
    metadata: { name: 'few' },
    spec: { hard: { 'count/secrets': 1, pods: 2 } },
  });
  cluster.create('core/v1/a/secrets', { metadata: { name: 'one' } });
  cluster.run(10);

  const refusal = refusalOf(() => cluster.create('core/v1/a/secrets', { metadata: { name: 'two' } }));

  expect(cluster.see('core/v1/a/resourcequotas/few').status).toEqual({
    hard: { 'count/secrets': '1', pods: '2' },
    used: { 'count/secrets': '1', pods: '0' },
  });
  expect(refusal).toMatchObject({ code: 403, reason: 'Forbidden' });
  expect(refusal.message).toBe(
    'secrets "two" is forbidden: exceeded quota: few, requested: count/secrets=1, used: count/secrets=1, limited: count/secrets=1',
  );
});
