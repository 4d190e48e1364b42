import { type EmbeddedCluster, openCluster } from '../../infra/local/cluster/open.ts';
import { KINDS } from '../../shared/api/kinds.ts';
import type { KubernetesObject } from '../../shared/ports.ts';
import { OWNER } from '../../shared/reconcile/clusters.ts';
import { type Api, connect } from '../control-plane/api.ts';

// Run in a process of its own: `node sweep-servers.ts CLUSTERS OBJECTS DEPLOYMENT INTERVAL`. Prints a line of JSON with where they are
// once all hold so many objects that are Ready and for long not due, and serves until its input ends.

const [clusters = '1', objects = '20', deployment = '', interval = '90000h'] = process.argv.slice(2);
const NAMESPACE = 'fleet';
const TIME = '2026-01-01T00:00:00Z';

/** Every Flux kind, whatever its fields. */
const DEFINITIONS = KINDS.map(({ kind, group, version, plural, singular }) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}` },
  spec: {
    ...{ group, scope: 'Namespaced', names: { kind, plural, singular, listKind: `${kind}List` } },
    versions: [
      {
        ...{ name: version, served: true, storage: true, subresources: { status: {} } },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
}));

/** What the first one holds, which the others are given as it is: an API server's work for each would take minutes. */
interface Contents {
  readonly id: string;
  readonly objects: readonly KubernetesObject[];
}

const COLLECTIONS = [
  [
    'apiextensions.k8s.io/customresourcedefinitions',
    '/apis/apiextensions.k8s.io/v1/customresourcedefinitions',
  ],
  ['/namespaces', `/api/v1/namespaces`],
  ['source.toolkit.fluxcd.io/gitrepositories', '/apis/source.toolkit.fluxcd.io/v1/gitrepositories'],
  ['kustomize.toolkit.fluxcd.io/kustomizations', '/apis/kustomize.toolkit.fluxcd.io/v1/kustomizations'],
] as const;

async function openFirst(): Promise<{
  readonly cluster: EmbeddedCluster;
  readonly contents: readonly Contents[];
}> {
  const cluster = await openCluster({ name: 'fleet-0' });
  const { url: server, ca, token } = cluster;
  const api = connect({ server, ca, token });
  await fill(api, cluster);
  const contents = COLLECTIONS.map(async ([id, path]): Promise<Contents> => {
    const list = await api.get<{ readonly items: readonly KubernetesObject[] }>(path);
    return { id, objects: list?.items ?? [] };
  });
  const read = await Promise.all(contents);
  api.close();
  return { cluster, contents: read };
}

async function openNext(index: number, contents: readonly Contents[]): Promise<EmbeddedCluster> {
  const cluster = await openCluster({ name: `fleet-${index}` });
  const { store } = cluster;
  for (const { id, objects } of contents)
    for (const object of objects) {
      const { namespace = '', name } = object.metadata;
      if (store.get(id, namespace, name) === undefined) store.put(id, object);
    }
  const metadata = { ...OWNER_METADATA, uid: cluster.id };
  const data = { deployment, cluster: cluster.id, owns: 'all' };
  store.put('/configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata, data } as KubernetesObject);
  return cluster;
}

const OWNER_METADATA = { namespace: OWNER.namespace, name: OWNER.name, creationTimestamp: TIME };

async function fill(api: Api, { id }: EmbeddedCluster): Promise<void> {
  for (const one of DEFINITIONS)
    await api.create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', one);
  for (const name of [OWNER.namespace, NAMESPACE])
    await api.create('/api/v1/namespaces', { metadata: { name } });
  const claim = { deployment, cluster: id, owns: 'all' };
  await api.create(`/api/v1/namespaces/${OWNER.namespace}/configmaps`, {
    metadata: { name: OWNER.name },
    data: claim,
  });
  for (let index = 0; index < Number(objects); index++) await createReady(api, index);
}

/** Half of them sources, half of them what applies these. */
async function createReady(api: Api, index: number): Promise<void> {
  const name = `app-${index >> 1}`;
  const isSource = index % 2 === 0;
  const root = isSource ? 'source.toolkit.fluxcd.io/v1' : 'kustomize.toolkit.fluxcd.io/v1';
  const path = `/apis/${root}/namespaces/${NAMESPACE}/${isSource ? 'gitrepositories' : 'kustomizations'}`;
  const spec = isSource
    ? { url: `https://git.example.com/${name}`, interval }
    : { sourceRef: { kind: 'GitRepository', name }, prune: true, interval };
  const metadata = { name, finalizers: ['finalizers.fluxcd.io'] };
  const kind = isSource ? 'GitRepository' : 'Kustomization';
  const made = await api.create<Record<string, unknown>>(path, { apiVersion: root, kind, metadata, spec });
  const revision = `main@sha1:${'a'.repeat(40)}`;
  const ready = {
    type: 'Ready',
    status: 'True',
    reason: 'Succeeded',
    message: `stored artifact for revision '${revision}'`,
  };
  const conditions = [{ ...ready, observedGeneration: 1, lastTransitionTime: TIME }];
  const own = isSource
    ? { artifact: { revision, path: 'p', url: 'http://a', digest: 'sha256:0', lastUpdateTime: TIME } }
    : { lastAppliedRevision: revision, lastAttemptedRevision: revision };
  const status = { observedGeneration: 1, conditions, ...own };
  const answer = await api.send('PUT', `${path}/${name}/status`, { ...made, status });
  if (answer.status !== 200) throw new Error(`status of ${name}: ${JSON.stringify(answer)}`);
}

const { cluster: first, contents } = await openFirst();
const opened = [first];
for (let index = 1; index < Number(clusters); index++) opened.push(await openNext(index, contents));
console.log(JSON.stringify(opened.map(({ id, url: server, ca, token }) => ({ id, server, ca, token }))));
for await (const _ of process.stdin);
process.exit();
