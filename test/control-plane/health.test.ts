import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Connection, connect } from '../../shared/adapters/kubernetes/connect.ts';
import { type KubernetesObject, referenceOf } from '../../shared/core/kubernetes-object.ts';
import { vanishesWhenDone } from '../../shared/health/jobs.ts';
import { readHealth } from '../../shared/health/read.ts';
import { healthKey } from '../../shared/health/references.ts';
import { type HealthReading, verdictOf } from '../../shared/health/verdict.ts';
import type { Cluster } from '../../shared/ports.ts';
import { until } from './api.ts';

const WRITER = { fieldManager: 'health-test' };
let cluster: Connection;
let namespace: string;

beforeAll(async () => {
  cluster = connect({
    id: 'test',
    server: inject('server'),
    ca: inject('ca'),
    credentials: { token: inject('token') },
  });
  namespace = `health-${randomUUID().slice(0, 8)}`;
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, WRITER);
});

afterAll(async () => {
  await cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
  await cluster.close();
});

function object(apiVersion: string, kind: string, name: string, rest: object = {}): KubernetesObject {
  return { apiVersion, kind, metadata: { name, namespace }, ...rest };
}

/** A workload of one container; images tagged `broken` crash-loop, others run after a second. */
function workload(kind: string, name: string, tag: string, more: object = {}): KubernetesObject {
  const labels = { app: name };
  return object('apps/v1', kind, name, {
    spec: {
      ...(kind === 'DaemonSet' ? {} : { replicas: 1 }),
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: `x:${tag}` }] } },
      ...more,
    },
  });
}

async function read(objects: readonly KubernetesObject[], as: Cluster = cluster) {
  return readHealth({ cluster: as, references: objects.map(referenceOf), now: new Date() });
}

async function reading(target: KubernetesObject): Promise<HealthReading> {
  const [only] = await read([target]);
  if (!only) throw new Error('nothing read');
  return only;
}

/** Every reading until one has `status`, equal ones once. */
async function story(target: KubernetesObject, status: string): Promise<readonly string[]> {
  const seen: string[] = [];
  await until(`${target.kind} ${target.metadata.name} is ${status}`, async () => {
    const now = await reading(target);
    const line = `${now.status}: ${now.message}`;
    if (seen.at(-1) !== line) seen.push(line);
    return now.status === status ? true : undefined;
  });
  return seen;
}

test.concurrent('[KS-89 current] a Deployment becomes Current when its pod runs', async () => {
  const web = workload('Deployment', 'web', '1');
  await cluster.create(web, WRITER);

  const seen = await story(web, 'Current');

  expect(seen.slice(0, -1).every((line) => line.startsWith('InProgress: '))).toBe(true);
  expect(seen.length).toBeGreaterThan(1);
  expect(seen.at(-1)).toBe('Current: Deployment is available. Replicas: 1');
});

test.concurrent('[KS-89 deadline] [KS-92 deployment] a Deployment whose pod crash-loops fails with its deadline', async () => {
  const broken = workload('Deployment', 'broken', 'broken', { progressDeadlineSeconds: 6 });
  await cluster.create(broken, WRITER);

  const looping = await until('its pod crash-loops', async () => {
    const pods = await cluster.list(
      { apiVersion: 'v1', kind: 'Pod', namespace },
      { labelSelector: 'app=broken' },
    );
    const [pod] = await read(pods.items.map((item) => ({ ...item, apiVersion: 'v1', kind: 'Pod' })));
    return pod?.status === 'Failed' ? pod : undefined;
  });
  expect(looping.message).toBe('Containers in CrashLoop state: main');
  expect((await reading(broken)).message).toBe('Available: 0/1');

  const seen = await story(broken, 'Failed');
  expect(seen.at(-1)).toBe('Failed: Progress deadline exceeded');
});

test.concurrent('[KS-92 failed-pod] [KS-86 fail-fast] a StatefulSet whose pod crash-loops fails at once', async () => {
  const broken = workload('StatefulSet', 'broken-set', 'broken', { serviceName: 'none' });
  await cluster.create(broken, WRITER);

  const seen = await story(broken, 'Failed');

  expect(seen.at(-1)).toBe('Failed: 1 pods have failed');
  const readings = await read([broken]);
  expect(verdictOf({ readings, vanishing: new Set(), failFast: true, timedOut: false })).toEqual({
    kind: 'failed',
    message: `failed early due to stalled resources: [StatefulSet/${namespace}/broken-set status: 'Failed']`,
  });
});

test.concurrent('[KS-90 partition] [KS-91 daemon-set-current] [KS-91 replica-set-current] the other workloads become Current', async () => {
  const set = workload('StatefulSet', 'set', '1', { serviceName: 'none' });
  const agent = workload('DaemonSet', 'agent', '1');
  const bare = workload('ReplicaSet', 'bare', '1');
  await Promise.all([set, agent, bare].map((each) => cluster.create(each, WRITER)));

  const [ofSet, ofAgent, ofBare] = await Promise.all(
    [set, agent, bare].map((each) => story(each, 'Current')),
  );

  // The server writes partition 0 into every StatefulSet that names none.
  expect(ofSet?.at(-1)).toBe('Current: Partition rollout complete. updated: 1');
  expect(ofAgent?.at(-1)).toMatch(/^Current: All replicas scheduled as expected\. Replicas: [1-9]/);
  expect(ofBare?.at(-1)).toBe('Current: ReplicaSet is available. Replicas: 1');
});

function job(name: string, tag: string, more: object): KubernetesObject {
  const pod = { restartPolicy: 'Never', containers: [{ name: 'main', image: `x:${tag}` }] };
  return object('batch/v1', 'Job', name, { spec: { backoffLimit: 0, template: { spec: pod }, ...more } });
}

test.concurrent('[KS-93 complete] [KS-93 vanished] a Job that the cluster deletes when done stays healthy', async () => {
  const vanishing = job('vanishing', '1', { ttlSecondsAfterFinished: 2 });
  await cluster.create(vanishing, WRITER);

  expect((await story(vanishing, 'Current')).at(-1)).toBe('Current: Job Completed. succeeded: 1/1');
  await story(vanishing, 'NotFound');

  const keys = [vanishing].filter(vanishesWhenDone).map((each) => healthKey(referenceOf(each)));
  const request = { readings: await read([vanishing]), failFast: true, timedOut: true };
  expect(verdictOf({ ...request, vanishing: new Set(keys) })).toEqual({ kind: 'healthy' });
  expect(verdictOf({ ...request, vanishing: new Set() })).toEqual({
    kind: 'failed',
    message: `timeout waiting for: [Job/${namespace}/vanishing status: 'NotFound']`,
  });
});

test.concurrent('[KS-93 failed] [KS-93 suspended] Jobs fail and rest', async () => {
  const never = job('never', 'broken', {});
  const resting = job('resting', '1', { suspend: true });
  await Promise.all([never, resting].map((each) => cluster.create(each, WRITER)));

  expect((await story(never, 'Failed')).at(-1)).toBe('Failed: Job Failed. failed: 1/1');
  expect((await reading(resting)).message).toBe('Job is suspended');
});

test.concurrent('[KS-94 service] [KS-94 claim] [KS-94 always-ready] [KS-95 current-at-once] what has no pods', async () => {
  const balancer = object('v1', 'Service', 'balancer', {
    spec: { type: 'LoadBalancer', ports: [{ port: 80 }] },
  });
  const claim = object('v1', 'PersistentVolumeClaim', 'claim', {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  });
  const budget = object('policy/v1', 'PodDisruptionBudget', 'budget', { spec: { minAvailable: 1 } });
  const scaler = object('autoscaling/v2', 'HorizontalPodAutoscaler', 'scaler', {
    spec: { maxReplicas: 2, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'nobody' } },
  });
  const objects = [balancer, claim, budget, scaler];
  await Promise.all(objects.map((each) => cluster.create(each, WRITER)));
  await until('the budget is observed', async () =>
    (await reading(budget)).status === 'Current' ? true : undefined,
  );

  const readings = await read(objects);

  expect(readings.map(({ status, message }) => `${status}: ${message}`)).toEqual([
    'Current: Service is ready',
    'InProgress: PVC is not Bound. phase: Pending',
    'Current: AllowedDisruptions has been computed.',
    'Current: Resource is current',
  ]);
});

test.concurrent('[KS-94 definition] [KS-88 absent] definitions by LIST, one of them not there', async () => {
  const definition = (name: string): KubernetesObject => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${name}.toolkit.fluxcd.io` },
  });
  const names = ['gitrepositories.source', 'buckets.source', 'kustomizations.kustomize', 'nobody.source'];

  const readings = await read(names.map(definition));

  expect(readings.map(({ status }) => status)).toEqual(['Current', 'Current', 'Current', 'NotFound']);
});

test.concurrent('[KS-88 terminating] an object that a finalizer holds is Terminating, by LIST of metadata too', async () => {
  const held = ['held-a', 'held-b', 'held-c'].map((name) => object('v1', 'ConfigMap', name));
  const finalizers = ['example.com/held'];
  await Promise.all(
    held.map((each) => cluster.create({ ...each, metadata: { ...each.metadata, finalizers } }, WRITER)),
  );
  const [first, ...others] = held.map(referenceOf);
  if (!first) throw new Error('nothing held');
  await cluster.delete(first);

  expect((await read(held)).map(({ status }) => status)).toEqual(['Terminating', 'Current', 'Current']);

  for (const reference of [first, ...others]) {
    await cluster.patch(reference, { merge: { metadata: { finalizers: null } } }, WRITER);
  }
});

test.concurrent('[KS-86 unknown-reason] a kind that is not served is Unknown', async () => {
  const [widget] = await read([object('example.com/v1', 'Widget', 'a')]);

  expect(widget?.status).toBe('Unknown');
  expect(widget?.message).toContain('Widget');
});

test.concurrent('an identity that may only GET reads each object, and goes by an owner whose pods it may not see', async () => {
  const configs = ['got-a', 'got-b', 'got-c'].map((name) => object('v1', 'ConfigMap', name));
  const set = workload('StatefulSet', 'guarded', 'broken', { serviceName: 'none' });
  const role = object('rbac.authorization.k8s.io/v1', 'Role', 'reader', {
    rules: [
      { apiGroups: [''], resources: ['configmaps'], verbs: ['get'] },
      { apiGroups: ['apps'], resources: ['statefulsets'], verbs: ['get'] },
    ],
  });
  const binding = object('rbac.authorization.k8s.io/v1', 'RoleBinding', 'reader', {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
    subjects: [{ kind: 'ServiceAccount', name: 'reader', namespace }],
  });
  await Promise.all([...configs, set, role, binding].map((each) => cluster.create(each, WRITER)));
  await story(set, 'Failed');
  const reader = cluster.as(`system:serviceaccount:${namespace}:reader`);

  const secret = object('v1', 'Secret', 'hidden');
  const readings = await until('the binding is known', async () => {
    const now = await read([...configs, set, secret], reader);
    return now[0]?.status === 'Current' ? now : undefined;
  });

  expect(readings.map(({ status }) => status)).toEqual([
    'Current',
    'Current',
    'Current',
    'InProgress',
    'Unknown',
  ]);
  expect(readings.at(-1)?.message).toContain('forbidden');
});
