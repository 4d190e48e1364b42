import { LABEL } from '../../../shared/api/vocabulary.ts';
import type { KubernetesObject } from '../../../shared/ports.ts';
import { exampleObjects, webhookSecret } from '../example.ts';
import { OBJECT, SHARD } from './names.ts';
import { conditionOf, readyWith, see, seeStored, workloadOf } from './observe.ts';
import type { Scene } from './scene.ts';
import type { Step } from './step.ts';

/** The first sync: `kubectl apply -k clusters/demo`, and what comes of it. */
export const firstSync: Step = {
  title: 'First sync: infrastructure, then apps',
  async play(scene) {
    const { cluster, repository, sight, tell } = scene;
    const objects = clusterObjects(scene);
    const since = performance.now();
    for (const object of objects) await cluster.apply(object, { fieldManager: 'kubectl' });
    tell.note(
      'clusters/demo is applied: a GitRepository, its webhook and two Kustomizations, apps depends on infrastructure',
    );
    const commit = { ...repository.head(), at: since };
    const { revision } = commit;
    const [source, , infrastructure, applied, healthy] = await Promise.all([
      seeStored(scene, commit),
      see(scene, since, {
        mark: 'listening',
        what: 'the webhook',
        question: () => conditionOf(sight.object(OBJECT.receiver))?.status === 'True' || undefined,
        tells: () => 'for signed deliveries at the path of the Receiver',
      }),
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

/** On somebody's cluster the objects are of our shard. */
function clusterObjects({ repository, ground, token }: Scene): readonly KubernetesObject[] {
  const [namespace, ...rest] = exampleObjects(repository.files, repository.url);
  const objects = [...(namespace ? [namespace] : []), webhookSecret(token), ...rest];
  return ground.own ? objects : objects.map(withShard);
}

function withShard(object: KubernetesObject): KubernetesObject {
  const labels = { ...object.metadata.labels, [LABEL.shard]: SHARD };
  return { ...object, metadata: { ...object.metadata, labels } };
}

function inventoryOf(object: KubernetesObject | undefined): readonly string[] {
  const { inventory } = (object?.status ?? {}) as { inventory?: { entries: readonly { id: string }[] } };
  return (inventory?.entries ?? []).map(({ id }) => id);
}
