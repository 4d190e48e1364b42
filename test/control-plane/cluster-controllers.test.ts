import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import type { KubernetesObject } from '../../shared/core/kubernetes-object.ts';
import { openSimulatedCluster, type SimulatedCluster } from '../features/cluster/controllers/simulated.ts';
import { connect, until } from './api.ts';
import { pathOf, typeOf } from './cluster-samples/samples.ts';

// The same manifests to the real controllers, with a kubelet that runs nothing, and to the simulated ones.

const api = connect({ server: inject('server'), ca: inject('ca'), token: inject('token') });
const namespace = `controllers-${randomBytes(4).toString('hex')}`;
let cluster: SimulatedCluster;

beforeAll(async () => {
  cluster = openSimulatedCluster({ podStart: 1_000, jobRun: 0, podStop: 0, backOff: 1_000 });
  await api.create('/api/v1/namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
  const account = `/api/v1/namespaces/${namespace}/serviceaccounts/default`;
  await until('the namespace has its account', () => api.get(account));
});

afterAll(async () => {
  cluster.stop();
  await api.send('DELETE', `/api/v1/namespaces/${namespace}`);
  api.close();
});

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

interface Live extends Pick<KubernetesObject, 'metadata'> {
  readonly status?: Readonly<Record<string, unknown>> & { readonly conditions?: readonly Condition[] };
}

const selector = { matchLabels: { app: 'x' } };

function podsOf(image: string, spec: object = {}) {
  return { metadata: { labels: { app: 'x' } }, spec: { containers: [{ name: 'main', image }], ...spec } };
}

function manifest(kind: string, name: string, spec: object): KubernetesObject {
  const apiVersion = kind.endsWith('Job')
    ? 'batch/v1'
    : kind === 'PodDisruptionBudget'
      ? 'policy/v1'
      : 'apps/v1';
  return { apiVersion, kind, metadata: { name }, spec };
}

const once = { restartPolicy: 'Never' };
const cases: readonly (readonly [KubernetesObject, (live: Live) => boolean])[] = [
  [
    manifest('Deployment', 'available', { replicas: 2, selector, template: podsOf('app:1') }),
    (live) => has(live, 'Progressing', 'True', 'NewReplicaSetAvailable'),
  ],
  [
    manifest('Deployment', 'nothing', { replicas: 0, selector, template: podsOf('app:1') }),
    (live) => has(live, 'Progressing', 'True', 'NewReplicaSetAvailable'),
  ],
  [
    manifest('Deployment', 'late', {
      ...{ replicas: 1, selector, progressDeadlineSeconds: 2 },
      template: podsOf('app:broken'),
    }),
    (live) => has(live, 'Progressing', 'False'),
  ],
  [
    manifest('Deployment', 'refused', {
      ...{ replicas: 1, selector },
      template: podsOf('app:1', { serviceAccountName: 'nobody' }),
    }),
    (live) => has(live, 'ReplicaFailure', 'True'),
  ],
  [
    manifest('StatefulSet', 'numbered', { replicas: 2, selector, template: podsOf('app:1') }),
    ({ status }) => status?.availableReplicas === 2 && status.updatedReplicas === 2,
  ],
  [
    manifest('DaemonSet', 'agent', { selector, template: podsOf('app:1') }),
    ({ status }) => status?.numberAvailable === 1,
  ],
  [
    manifest('ReplicaSet', 'plain', { replicas: 2, selector, template: podsOf('app:1') }),
    ({ status }) => status?.availableReplicas === 2,
  ],
  [
    manifest('Job', 'done', { completions: 2, template: podsOf('app:1', once) }),
    (live) => has(live, 'Complete', 'True'),
  ],
  [
    manifest('Job', 'failed', { backoffLimit: 0, template: podsOf('app:broken', once) }),
    (live) => has(live, 'Failed', 'True'),
  ],
  [
    manifest('Job', 'indexed', {
      ...{ completions: 2, parallelism: 2, completionMode: 'Indexed' },
      template: podsOf('app:1', once),
    }),
    (live) => has(live, 'Complete', 'True'),
  ],
  [
    manifest('Job', 'suspended', { suspend: true, template: podsOf('app:1', once) }),
    (live) => has(live, 'Suspended', 'True'),
  ],
  [
    manifest('PodDisruptionBudget', 'none', {
      minAvailable: 1,
      selector: { matchLabels: { app: 'nobody' } },
    }),
    (live) => has(live, 'DisruptionAllowed', 'False'),
  ],
];

function has({ status }: Live, type: string, wanted: string, reason?: string): boolean {
  const found = status?.conditions?.find((one) => one.type === type);
  return found?.status === wanted && (reason === undefined || found.reason === reason);
}

/** A status without times, and without names that end in a hash or at random. */
function comparable({ metadata, status }: Live): unknown {
  const text = JSON.stringify(status, (name, value) => (/time$/i.test(name) ? undefined : value));
  const plain = text
    .replaceAll(namespace, 'a')
    .replaceAll(new RegExp(`${metadata.name}-[a-z0-9]+`, 'g'), metadata.name)
    .replaceAll(new RegExp(`(pods \\\\"${metadata.name})-`, 'g'), '$1');
  const { conditions = [], ...others } = JSON.parse(plain);
  const sorted = conditions.toSorted((one: Condition, other: Condition) => (one.type < other.type ? -1 : 1));
  return { ...others, conditions: sorted, generation: metadata.generation };
}

test.each(
  cases.map(([object, isSettled]) => [`${object.kind} ${object.metadata.name}`, object, isSettled] as const),
)('%s ends as with the real controllers', async (_, object, isSettled) => {
  const type = typeOf(object);
  const path = pathOf(type, namespace);
  const { name } = object.metadata;
  const own = `${type.group}/${type.version}/a/${type.plural}`;

  await api.create(path, object);
  const real = await until(`${name} has settled`, async () => {
    const live = await api.get<Live>(`${path}/${name}`);
    return live && isSettled(live) ? live : undefined;
  });
  cluster.create(own, object);
  for (let waited = 0; waited < 10_000 && !isSettled(cluster.see(`${own}/${name}`)); waited += 100) {
    cluster.run(100);
  }

  expect(comparable(cluster.see(`${own}/${name}`))).toEqual(comparable(real));
});
