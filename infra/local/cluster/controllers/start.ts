import type { KubernetesObject } from '../../../../shared/core/kubernetes-object.ts';
import type { Api, Catalog, Change, Nature, Store } from '../model.ts';
import { NODE } from '../simulation.ts';
import { actorOf } from './actor.ts';
import { CONTROLLERS } from './all.ts';
import { makeStandardClass } from './cluster/volumes.ts';
import type { ControllerWorld } from './controller.ts';
import { DELAYS, type Delays } from './delays.ts';
import { registerNode } from './node/node.ts';
import { kubeletOf } from './node/pods.ts';
import { type Queue, queueOf } from './queue.ts';
import { recorder } from './record.ts';

/** What the simulation works on. */
export interface ControllerOptions {
  readonly api: Api;
  readonly store: Store;
  readonly catalog: Catalog;
  readonly nature: Nature;
  readonly delays?: Partial<Delays>;
  /** Whether controllers tell what they do as Events, which fleets have no use for (default true). */
  readonly events?: boolean;
  /** The cluster's CA as PEM; empty when nobody asks for it. */
  readonly authority?: string;
  /** Fills a token's Secret; without it such Secrets stay empty. */
  readonly issueToken?: (secret: KubernetesObject) => KubernetesObject | undefined;
  /** Hears of what a controller could not do now and tries again later; nobody does by default. */
  readonly onFailure?: ControllerWorld['onFailure'];
}

const MANAGER = 'kube-controller-manager';

/** Starts the built-in controllers and the node `sluice-node`: driven by changes and delays, idle otherwise. Returns how to stop. */
export function startControllers(options: ControllerOptions): () => void {
  const {
    delays = {},
    events = true,
    authority = '',
    issueToken = (secret) => secret,
    onFailure = () => {},
    ...given
  } = options;
  const user = { name: `system:${MANAGER}`, groups: ['system:authenticated'] };
  const world: ControllerWorld = {
    ...given,
    delays: { ...DELAYS, ...delays },
    authority,
    issueToken,
    pending: new Map(),
    onFailure,
    tell: events ? recorder(given.store, given.nature) : () => {},
    manager: actorOf(given, user, MANAGER),
  };
  const loops = CONTROLLERS.map((controller) => ({ controller, queue: queueOf(controller, world) }));
  const stopHearing = world.store.subscribe((change) => {
    for (const { controller, queue } of loops) {
      if (controller.watches && !controller.watches.includes(change.entry.id)) continue;
      addAll(queue, controller.concerns(change, world));
    }
  });
  // Only once: who deletes it does not want it.
  if (!world.store.get('/nodes', '', NODE)) makeStandardClass(world);
  registerNode(kubeletOf(world), world.nature.now());
  addPresent(world, loops);
  return () => {
    stopHearing();
    for (const { queue } of loops) queue.stop();
  };
}

function addAll(queue: Queue, keys: ReturnType<(typeof CONTROLLERS)[number]['concerns']>): void {
  for (const key of keys) queue.add(key);
}

// What is there already, after a restart, is as if it had just come.
function addPresent(
  world: ControllerWorld,
  loops: readonly { readonly controller: (typeof CONTROLLERS)[number]; readonly queue: Queue }[],
): void {
  const ids = new Set(world.catalog.all().map(({ group, plural }) => `${group}/${plural}`));
  for (const id of ids) {
    for (const entry of world.store.list(id)) {
      const change: Change = { type: 'ADDED', entry };
      for (const { controller, queue } of loops) {
        if (!controller.watches || controller.watches.includes(id)) {
          addAll(queue, controller.concerns(change, world));
        }
      }
    }
  }
}
