import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { type Api, connect, until } from './api.ts';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
}

interface Workload {
  readonly metadata: { readonly uid: string };
  readonly status?: {
    readonly phase?: string;
    readonly availableReplicas?: number;
    readonly succeeded?: number;
    readonly failed?: number;
    readonly conditions?: readonly Condition[];
  };
}

interface PodList {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly status: {
      readonly phase: string;
      readonly podIP?: string;
      readonly conditions: readonly Condition[];
      readonly containerStatuses?: readonly {
        readonly restartCount: number;
        readonly state: { readonly waiting?: { readonly reason: string } };
      }[];
    };
  }[];
}

let api: Api;
let namespace: string;

beforeAll(async () => {
  api = connect({ server: inject('server'), ca: inject('ca'), token: inject('token') });
  namespace = await newNamespace();
});

afterAll(async () => {
  await api.send('DELETE', `/api/v1/namespaces/${namespace}`);
  api.close();
});

test.concurrent('a Deployment becomes available', async () => {
  await api.create(at('apps', 'deployments'), deployment('web', 'web:1'));

  const available = await until('web is available', async () => {
    const status = (await api.get<Workload>(at('apps', 'deployments/web')))?.status;
    return status?.availableReplicas === 1 ? status : undefined;
  });
  expect(available.conditions).toContainEqual(expect.objectContaining({ type: 'Available', status: 'True' }));
  const [pod] = await podsOf('web');
  expect(pod?.status.phase).toBe('Running');
  expect(pod?.status.podIP).toMatch(/^10\.244\./);
});

test.concurrent('a Deployment of a broken image stays unavailable and its pod crashes again and again', async () => {
  await api.create(at('apps', 'deployments'), deployment('crash', 'x:broken'));

  const pod = await until('the pod has crashed twice', async () => {
    const [found] = await podsOf('crash');
    return (found?.status.containerStatuses?.[0]?.restartCount ?? 0) >= 2 ? found : undefined;
  });
  expect(pod.status.phase).toBe('Running');
  expect(pod.status.containerStatuses?.[0]?.state.waiting?.reason).toBe('CrashLoopBackOff');
  expect(pod.status.conditions).toContainEqual(expect.objectContaining({ type: 'Ready', status: 'False' }));
  const crash = await api.get<Workload>(at('apps', 'deployments/crash'));
  expect(crash?.status?.availableReplicas ?? 0).toBe(0);
  expect(crash?.status?.conditions).toContainEqual(
    expect.objectContaining({ type: 'Available', status: 'False' }),
  );
});

test.concurrent('a Job completes', async () => {
  await api.create(at('batch', 'jobs'), job('once', 'once:1'));

  const status = await until('once is complete', () => condition(at('batch', 'jobs/once'), 'Complete'));
  expect(status.succeeded).toBe(1);
});

test.concurrent('a Job of a broken image fails', async () => {
  await api.create(at('batch', 'jobs'), job('never', 'x:broken'));

  const status = await until('never has failed', () => condition(at('batch', 'jobs/never'), 'Failed'));
  expect(status.failed).toBe(1);
});

test.concurrent('the deletion of a Namespace with running pods finishes', async () => {
  const doomed = await newNamespace();
  await api.create(at('apps', 'deployments', doomed), deployment('web', 'web:1'));
  await until('the pod runs', async () =>
    (await podsOf('web', doomed)).find(({ status }) => status.phase === 'Running'),
  );

  await api.send('DELETE', `/api/v1/namespaces/${doomed}`);

  await until('the namespace is gone', async () =>
    (await api.get(`/api/v1/namespaces/${doomed}`)) === undefined ? true : undefined,
  );
});

test.concurrent('garbage collection removes the pods of a deleted ReplicaSet', async () => {
  await api.create(at('apps', 'replicasets'), { ...deployment('set', 'web:1', 2), kind: 'ReplicaSet' });
  await until('two pods run', async () => {
    const pods = await podsOf('set');
    return pods.filter(({ status }) => status.phase === 'Running').length === 2 || undefined;
  });

  await api.send('DELETE', at('apps', 'replicasets/set'), { propagationPolicy: 'Background' });

  await until('no pod is left', async () => (await podsOf('set')).length === 0 || undefined);
});

test.concurrent('a pod whose nodeSelector fits no node stays pending', async () => {
  const { template } = deployment('far', 'web:1').spec;
  const pod = { metadata: { name: 'far' }, spec: { ...template.spec, nodeSelector: { zone: 'moon' } } };
  await api.create(at('', 'pods'), pod);
  await api.create(at('', 'pods'), { ...pod, metadata: { name: 'near' }, spec: template.spec });

  await until('near runs', async () => {
    const near = await api.get<Workload>(at('', 'pods/near'));
    return near?.status?.phase === 'Running' || undefined;
  });
  expect((await api.get<Workload>(at('', 'pods/far')))?.status?.phase).toBe('Pending');
});

test.concurrent("the product's own kinds are served", async () => {
  const files = readdirSync(join(import.meta.dirname, '../../infra/crds'));
  const names = files.map((file) => file.replace(/^(.+)_(.+)\.yaml$/, '$2.$1'));

  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const established = await Promise.all(
    names.map(async (name) => [name, await condition(`${definitions}/${name}`, 'Established')]),
  );

  expect(established.filter(([, status]) => status === undefined)).toEqual([]);
  expect(names).toContain('kustomizations.kustomize.toolkit.fluxcd.io');
});

async function newNamespace(): Promise<string> {
  const object = { metadata: { generateName: 'control-plane-' } };
  const { metadata } = await api.create<{ metadata: { name: string } }>('/api/v1/namespaces', object);
  const path = `/api/v1/namespaces/${metadata.name}/serviceaccounts/default`;
  await until('the default ServiceAccount exists', () => api.get(path));
  return metadata.name;
}

function at(group: string, rest: string, within = namespace): string {
  return `${group === '' ? '/api/v1' : `/apis/${group}/v1`}/namespaces/${within}/${rest}`;
}

async function podsOf(app: string, within = namespace): Promise<PodList['items']> {
  return (await api.get<PodList>(at('', `pods?labelSelector=app%3D${app}`, within)))?.items ?? [];
}

async function condition(path: string, type: string): Promise<NonNullable<Workload['status']> | undefined> {
  const status = (await api.get<Workload>(path))?.status;
  const holds = status?.conditions?.some((one) => one.type === type && one.status === 'True');
  return holds ? status : undefined;
}

function deployment(name: string, image: string, replicas = 1) {
  const labels = { app: name };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'main', image }] } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: { replicas, selector: { matchLabels: labels }, template },
  };
}

function job(name: string, image: string) {
  const spec = { restartPolicy: 'Never', containers: [{ name: 'main', image }] };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name },
    spec: { backoffLimit: 0, template: { spec } },
  };
}
