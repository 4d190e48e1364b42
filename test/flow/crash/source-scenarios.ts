import type { KubernetesObject, ObjectReference } from '../../../shared/ports.ts';
import { serve } from '../../features/http/web-server.ts';
import { tarGz } from '../../features/oci/tar.ts';
import { chartFiles, packCharts } from '../../servers/helm.ts';
import { BUCKET } from '../bucket.ts';
import { HELM_CHART } from '../charts.ts';
import { GIT_REPOSITORY, KUSTOMIZATION } from '../drive.ts';
import { EXTERNAL, GENERATOR } from '../generator.ts';
import { HELM_REPOSITORY } from '../helm.ts';
import { type OddBucket, startOddBucket } from '../hostile/odd-bucket.ts';
import { type OddRegistry, startOddRegistry } from '../hostile/odd-registry.ts';
import { OCI_REPOSITORY } from '../oci.ts';
import type { Scenario } from './everywhere.ts';
import type { Commits } from './scenarios.ts';
import type { Stage } from './stage.ts';

/** What a stage's sources are fetched from, besides its repository. */
export interface Servers {
  readonly commits: Commits;
  readonly registry: OddRegistry;
  readonly bucket: OddBucket;
  readonly museum: { readonly url: string; readonly serve: (shelf: Shelf) => void };
  readonly shelves: Shelves;
}

/** A chart repository's files by path. */
type Shelf = ReadonlyMap<string, Uint8Array>;

/** The repository before and after; packed once for all stages. */
export interface Shelves {
  readonly first: Shelf;
  readonly second: Shelf;
}

/** Packs the charts that all stages share, with the real helm. */
export async function packShelves(): Promise<Shelves> {
  const shelf = async (...versions: readonly string[]): Promise<Shelf> => {
    const { packed, index } = await packCharts(versions.map((version) => chartFiles('app', version)));
    return new Map([
      ['/index.yaml', Buffer.from(index)],
      ...packed.map(({ file, body }) => [`/${file}`, body] as const),
    ]);
  };
  return { first: await shelf('1.0.0'), second: await shelf('1.0.0', '1.1.0') };
}

/** Starts the servers of one stage, gone after the test. */
export async function startServers(commits: Commits, shelves: Shelves): Promise<Servers> {
  let shelf = shelves.first;
  const url = await serve((request, response) => {
    const body = shelf.get(request.url ?? '');
    if (body === undefined) response.writeHead(404).end();
    else response.end(body);
  });
  const registry = await startOddRegistry();
  registry.push(layerOf('1'));
  return {
    ...{ commits, registry, shelves },
    bucket: await startOddBucket({ 'a.yaml': configMap('1'), 'b.txt': 'b' }),
    museum: {
      url,
      serve: (next) => {
        shelf = next;
      },
    },
  };
}

type SourceScenario = Scenario<Servers>;

const create =
  (
    ...objects: readonly ((stage: Stage, servers: Servers) => KubernetesObject)[]
  ): SourceScenario['happens'] =>
  (stage, servers) =>
    stage.create(...objects.map((make) => make(stage, servers)));

const nothing: SourceScenario['before'] = async () => undefined;

/** What a kind goes through: a first artifact with somebody who uses it, the next, and its end. */
function lifeOf(
  kind: { readonly apiVersion: string; readonly kind: string },
  source: (stage: Stage, servers: Servers) => KubernetesObject,
  user: (stage: Stage, servers: Servers) => KubernetesObject,
  next: (servers: Servers) => void,
): readonly SourceScenario[] {
  const start = create(source, user);
  const at = ({ namespace }: Stage): ObjectReference => ({ ...kind, namespace, name: NAME });
  return [
    { name: `the first artifact of a new ${kind.kind}`, before: nothing, happens: start },
    {
      name: `the next artifact of a ${kind.kind}`,
      before: start,
      happens: async (stage, servers) => {
        next(servers);
        await stage.wake(at(stage));
      },
    },
    {
      name: `the deletion of a ${kind.kind}`,
      before: create(source),
      happens: async (stage) => {
        await stage.ground.cluster.delete(at(stage));
        await stage.wake(at(stage));
      },
    },
  ];
}

const NAME = 'source';
const TIMES = { interval: '1h' };

function oci({ namespace }: Stage, { registry }: Servers): KubernetesObject {
  const url = `oci://${registry.host}/org/app`;
  return { ...OCI_REPOSITORY, metadata: { namespace, name: NAME }, spec: { ...TIMES, url, insecure: true } };
}

function bucket({ namespace }: Stage, { bucket: { host } }: Servers): KubernetesObject {
  const where = { bucketName: 'odd', endpoint: host, region: 'us-east-1', insecure: true };
  return { ...BUCKET, metadata: { namespace, name: NAME }, spec: { ...TIMES, ...where } };
}

function helm({ namespace }: Stage, { museum: { url } }: Servers): KubernetesObject {
  return { ...HELM_REPOSITORY, metadata: { namespace, name: NAME }, spec: { ...TIMES, url } };
}

function chart({ namespace }: Stage): KubernetesObject {
  const sourceRef = { kind: HELM_REPOSITORY.kind, name: NAME };
  const spec = { ...TIMES, chart: 'app', version: '1.x', sourceRef };
  return { ...HELM_CHART, metadata: { namespace, name: NAME }, spec };
}

function repository({ namespace, ground }: Stage): KubernetesObject {
  const url = `${ground.gitUrl}/${namespace}.git`;
  const spec = { ...TIMES, url, ref: { branch: 'main' } };
  return { ...GIT_REPOSITORY, metadata: { namespace, name: NAME }, spec };
}

function generator({ namespace }: Stage): KubernetesObject {
  const artifact = (name: string, from: string) => ({ name, copy: [{ from, to: '@artifact/' }] });
  const spec = {
    sources: [{ alias: 'repo', kind: GIT_REPOSITORY.kind, name: NAME }],
    artifacts: [artifact('app', '@repo/app/**'), artifact('base', '@repo/base/**')],
  };
  return { ...GENERATOR, metadata: { namespace, name: NAME }, spec };
}

/** Applies what the source of this kind and name holds. */
const applier =
  (kind: string, name = NAME) =>
  ({ namespace }: Stage): KubernetesObject => ({
    ...KUSTOMIZATION,
    metadata: { namespace, name },
    spec: {
      ...{ ...TIMES, retryInterval: '1h', timeout: '5m', prune: true, targetNamespace: namespace },
      sourceRef: { kind, name },
    },
  });

function layerOf(value: string): Uint8Array {
  return tarGz({ name: 'a.yaml', body: configMap(value) });
}

function configMap(value: string): string {
  return JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data: { value } });
}

const generating: SourceScenario['happens'] = async (stage, servers) => {
  await generatingAlone(stage, servers);
  await stage.create(applier(EXTERNAL.kind, 'app')(stage));
};

/** Without a consumer: whether one sees its source go depends on when it is due. */
const generatingAlone: SourceScenario['happens'] = async (stage, servers) => {
  stage.push(servers.commits.first);
  await stage.create(repository(stage), generator(stage));
};

/** Each is told by what happens. */
export const SOURCE_SCENARIOS: readonly SourceScenario[] = [
  ...lifeOf(OCI_REPOSITORY, oci, applier(OCI_REPOSITORY.kind), ({ registry }) => registry.push(layerOf('2'))),
  ...lifeOf(BUCKET, bucket, applier(BUCKET.kind), ({ bucket: { objects } }) => {
    objects.set('a.yaml', configMap('2'));
  }),
  ...lifeOf(HELM_REPOSITORY, helm, chart, ({ museum, shelves }) => museum.serve(shelves.second)),
  {
    name: 'a broken artifact of an OCIRepository',
    before: create(oci),
    happens: async (stage, { registry }) => {
      registry.push(tarGz({ name: '/etc/passwd', body: 'x' }));
      await stage.wake({ ...OCI_REPOSITORY, namespace: stage.namespace, name: NAME });
    },
  },
  {
    name: 'the deletion of a HelmChart',
    before: create(helm, chart),
    happens: async (stage) => {
      const reference = { ...HELM_CHART, namespace: stage.namespace, name: NAME };
      await stage.ground.cluster.delete(reference);
      await stage.wake(reference);
    },
  },
  {
    name: 'the first artifacts of a new ArtifactGenerator',
    before: nothing,
    happens: generating,
  },
  {
    name: 'the next artifacts of an ArtifactGenerator',
    before: generating,
    happens: async (stage, { commits }) => {
      stage.push(commits.second);
      await stage.wake({ ...GIT_REPOSITORY, namespace: stage.namespace, name: NAME });
    },
  },
  {
    name: 'the deletion of an ArtifactGenerator',
    before: generatingAlone,
    happens: async (stage) => {
      const reference = { ...GENERATOR, namespace: stage.namespace, name: NAME };
      await stage.ground.cluster.delete(reference);
      await stage.wake(reference);
    },
  },
];
