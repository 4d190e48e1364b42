import { parseAllDocuments } from 'yaml';
import { LABEL } from '../../../shared/api/vocabulary.ts';
import type { KubernetesObject } from '../../../shared/ports.ts';
import { OBJECT, SHARD } from './names.ts';
import { readyWith, see, seeStored, workloadOf } from './observe.ts';
import type { Scene } from './scene.ts';
import type { Step } from './step.ts';

const FOLDER = 'clusters/demo/';

/** The first sync: `kubectl apply -k clusters/demo`, and what comes of it. */
export const firstSync: Step = {
  title: 'First sync: infrastructure, then apps',
  async play(scene) {
    const { cluster, repository, sight, tell } = scene;
    const objects = clusterObjects(scene);
    const since = performance.now();
    for (const object of objects) await cluster.apply(object, { fieldManager: 'kubectl' });
    tell.note(
      'clusters/demo is applied: a GitRepository and two Kustomizations, apps depends on infrastructure',
    );
    const commit = { ...repository.head(), at: since };
    const { revision } = commit;
    const [source, infrastructure, applied, healthy] = await Promise.all([
      seeStored(scene, commit),
      see(scene, since, {
        mark: 'ready',
        what: 'infrastructure to be ready',
        question: () => readyWith(scene, OBJECT.infrastructure, revision),
        tells: (message) => `infrastructure: ${message}`,
      }),
      see(scene, since, {
        mark: 'applied',
        what: 'the Deployment',
        question: () => workloadOf(sight.object(OBJECT.web)),
        tells: ({ image, replicas }) => `Deployment web, ${replicas} × ${image}`,
      }),
      see(scene, since, {
        mark: 'healthy',
        what: 'apps to be healthy',
        question: () => readyWith(scene, OBJECT.apps, revision),
        tells: (message) => `apps: ${message}`,
      }),
    ]);
    return {
      milliseconds: healthy.at - since,
      marks: { ...source, applied: applied.at - since, healthy: healthy.at - since },
      facts: {
        revision,
        infrastructureReady: infrastructure.at - since,
        appsReady: healthy.value,
        inventory: inventoryOf(sight.object(OBJECT.apps)),
        workload: workloadOf(sight.object(OBJECT.web)),
      },
    };
  },
};

/** The files of `clusters/demo`, with the address of our Git server; on somebody's cluster they are of our shard. */
function clusterObjects({ repository, ground }: Scene): readonly KubernetesObject[] {
  const files = [...repository.files].filter(
    ([path]) => path.startsWith(FOLDER) && !path.endsWith('/kustomization.yaml'),
  );
  return files
    .flatMap(([, text]) => parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject))
    .map((object) => (object.kind === 'GitRepository' ? withUrl(object, repository.url) : object))
    .map((object) => (ground.own ? object : withShard(object)))
    .sort((a, b) => Number(b.kind === 'Namespace') - Number(a.kind === 'Namespace'));
}

function withUrl(object: KubernetesObject, url: string): KubernetesObject {
  return { ...object, spec: { ...(object.spec as object), url } };
}

function withShard(object: KubernetesObject): KubernetesObject {
  const labels = { ...object.metadata.labels, [LABEL.shard]: SHARD };
  return { ...object, metadata: { ...object.metadata, labels } };
}

function inventoryOf(object: KubernetesObject | undefined): readonly string[] {
  const { inventory } = (object?.status ?? {}) as { inventory?: { entries: readonly { id: string }[] } };
  return (inventory?.entries ?? []).map(({ id }) => id);
}
