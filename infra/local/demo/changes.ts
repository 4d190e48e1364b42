import { systemClock } from '../../../shared/adapters/local/system.ts';
import { ANNOTATION } from '../../../shared/api/vocabulary.ts';
import { Fault } from '../../../shared/core/failures.ts';
import { APPS, OBJECT } from './names.ts';
import {
  conditionOf,
  eventOf,
  push,
  readyWith,
  see,
  seeStored,
  type Workload,
  workloadOf,
} from './observe.ts';
import type { Change } from './repository.ts';
import type { Scene } from './scene.ts';
import type { Step } from './step.ts';

/** Where the Deployment lies in the repository. */
export const WEB = 'apps/web.yaml';
const IMAGE = 'registry.k8s.io/pause';
/** How many replicas the second release has. */
export const REPLICAS = 3;

/** A commit with a new image and one more replica. */
export const newRelease: Step = {
  title: 'A new release',
  play: (scene) =>
    playRelease(scene, 'Release pause 3.10', '3.10', {
      [WEB]: (text) => withTag(text, '3.10').replace('replicas: 2', `replicas: ${REPLICAS}`),
    }),
};

/** The file with another image tag. */
export function withTag(text: string, tag: string): string {
  return text.replace(new RegExp(`(image: ${IMAGE}):.*`), `$1:${tag}`);
}

/** Pushes a release and sees it through until it is healthy. */
export async function playRelease(scene: Scene, message: string, tag: string, change: Change) {
  const { sight } = scene;
  const commit = await push(scene, message, change);
  const [source, applied, healthy] = await Promise.all([
    seeStored(scene, commit),
    seeApplied(scene, commit.at, tag),
    see(scene, commit.at, {
      mark: 'healthy',
      what: 'apps to be healthy',
      question: () => readyWith(scene, OBJECT.apps, commit.revision),
      tells: (text) => `apps: ${text}${replicasText(workloadOf(sight.object(OBJECT.web)))}`,
    }),
  ]);
  const marks = { ...source, applied: applied.at - commit.at, healthy: healthy.at - commit.at };
  return {
    milliseconds: marks.healthy,
    marks,
    facts: {
      revision: commit.revision,
      ready: healthy.value,
      workload: workloadOf(await scene.cluster.get(OBJECT.web)),
    },
  };
}

/** When the live Deployment has that image tag. */
export function seeApplied(scene: Scene, since: number, tag: string) {
  const { sight } = scene;
  return see(scene, since, {
    mark: 'applied',
    what: `the Deployment to have ${tag}`,
    question: () => {
      const workload = workloadOf(sight.object(OBJECT.web));
      return workload?.image === `${IMAGE}:${tag}` ? workload : undefined;
    },
    tells: ({ image, replicas }) => `Deployment web, ${replicas} × ${image}`,
  });
}

function replicasText(workload: Workload | undefined): string {
  return workload ? ` (${workload.available} of ${workload.replicas} replicas available)` : '';
}

/** A person scales the live object; the Kustomization is asked to reconcile, as `flux reconcile` does. */
export const manualEdit: Step = {
  title: 'Somebody edits the live object',
  async play(scene) {
    const { cluster, sight, tell } = scene;
    const skip = sight.events().length;
    const since = performance.now();
    const edited = workloadOf(
      await cluster.patch(OBJECT.web, { merge: { spec: { replicas: 1 } } }, { fieldManager: 'kubectl' }),
    );
    tell.note(`kubectl -n ${APPS} scale deployment web --replicas=1`);
    const token = systemClock.now().toISOString();
    const merge = { metadata: { annotations: { [ANNOTATION.requestedAt]: token } } };
    await cluster.patch(OBJECT.apps, { merge }, { fieldManager: 'flux' });
    tell.note(
      'flux -n sluice-demo reconcile kustomization apps   (or wait: the next interval, within 10 minutes, finds it)',
    );
    const [reverted, event, healthy] = await Promise.all([
      see(scene, since, {
        mark: 'reverted',
        what: 'the edit to be reverted',
        question: () => revertedFrom(edited, workloadOf(sight.object(OBJECT.web))),
        tells: ({ replicas }) => `Deployment web has ${replicas} replicas again`,
      }),
      see(scene, since, {
        mark: 'event',
        what: 'the event',
        question: () => eventOf(scene, skip, ({ message }) => message.includes('/web configured')),
        tells: ({ message }) => message,
      }),
      see(scene, since, {
        mark: 'healthy',
        what: 'apps to be healthy',
        question: () => readyAfter(scene, token),
        tells: (text) => `apps: ${text}`,
      }),
    ]);
    const marks = { applied: reverted.at - since, healthy: healthy.at - since };
    const facts = { edited, reverted: reverted.value, event: event.value, ready: healthy.value };
    return { milliseconds: marks.healthy, marks, facts };
  },
};

function revertedFrom(edited: Workload | undefined, live: Workload | undefined): Workload | undefined {
  const later = edited !== undefined && live !== undefined && live.generation > edited.generation;
  return later && live.replicas === REPLICAS ? live : undefined;
}

function readyAfter({ sight }: Scene, token: string): string | undefined {
  const apps = sight.object(OBJECT.apps);
  const handled = (apps?.status as { lastHandledReconcileAt?: string } | undefined)?.lastHandledReconcileAt;
  const ready = conditionOf(apps);
  return handled === token && ready?.status === 'True' ? ready.message : undefined;
}

/** A commit without a file: its object goes. */
export const removal: Step = {
  title: 'A file is removed',
  async play(scene) {
    const { sight } = scene;
    const before = sight.object(OBJECT.banner)?.metadata.uid;
    if (before === undefined) throw new Fault('not-found', 'ConfigMap banner was never applied');
    const skip = sight.events().length;
    const commit = await push(scene, 'Take the banner down', {
      'apps/banner.yaml': null,
      'apps/kustomization.yaml': (text) => text.replace('  - banner.yaml\n', ''),
    });
    const [source, pruned, event, healthy] = await Promise.all([
      seeStored(scene, commit),
      see(scene, commit.at, {
        mark: 'pruned',
        what: 'the ConfigMap to go',
        question: () => sight.object(OBJECT.banner) === undefined || undefined,
        tells: () => 'ConfigMap banner is gone',
      }),
      see(scene, commit.at, {
        mark: 'event',
        what: 'the event',
        question: () => eventOf(scene, skip, ({ message }) => message.includes('/banner deleted')),
        tells: ({ message }) => message,
      }),
      see(scene, commit.at, {
        mark: 'healthy',
        what: 'apps to be healthy',
        question: () => readyWith(scene, OBJECT.apps, commit.revision),
        tells: (text) => `apps: ${text}`,
      }),
    ]);
    const marks = { ...source, applied: pruned.at - commit.at, healthy: healthy.at - commit.at };
    const gone = (await scene.cluster.get(OBJECT.banner)) === undefined;
    return {
      milliseconds: marks.healthy,
      marks,
      facts: { revision: commit.revision, gone, event: event.value },
    };
  },
};
