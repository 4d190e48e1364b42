import { join } from 'node:path';
import { Fault } from '../../../shared/core/failures.ts';
import type { Cluster, ClusterFacts } from '../../../shared/ports.ts';
import { startControlPlane } from '../../../test/control-plane/start.ts';
import { planDefinitions } from '../../cli/definitions.ts';
import { findFluxControllers } from '../../cli/flux-controllers.ts';
import { FLUX_NAMESPACE } from '../../cli/namespace.ts';
import { readPerson } from '../../cli/person-kubeconfig.ts';
import { reach } from '../../cli/reach.ts';
import type { World } from '../../cli/world.ts';
import { APPS, FLUX_OBJECTS } from './names.ts';
import { asInput, type DemoOptions } from './options.ts';

/** The cluster that the story plays on. */
export interface Ground {
  /** Started by us, and gone when the story is over. */
  readonly own: boolean;
  readonly server: string;
  readonly facts: ClusterFacts;
  /** As the person of the kubeconfig. */
  readonly cluster: Cluster;
  /** `--kubeconfig` and `--context`, for the CLI and for kubectl. */
  readonly flags: readonly string[];
  readonly before: Before;
  readonly close: () => Promise<void>;
}

/** What a cluster lacked before we came: only that may be taken away again. */
export interface Before {
  readonly lacksNamespace: boolean;
  readonly lacksDefinitions: readonly string[];
}

/** Starts a control plane in `dir`, or reaches the given cluster. Fault `conflict` when the cluster is not free. */
export async function openGround(options: DemoOptions, dir: string, world: World): Promise<Ground> {
  const { kubeconfig, context } = options;
  if (kubeconfig !== undefined) return reachGround({ kubeconfig, context }, world, async () => undefined);
  const controlPlane = await startControlPlane({ dir: join(dir, 'control-plane') });
  try {
    const flags = { kubeconfig: controlPlane.kubeconfigPath, context: undefined };
    return { ...(await reachGround(flags, world, controlPlane.stop)), own: true };
  } catch (error) {
    await controlPlane.stop();
    throw error;
  }
}

async function reachGround(
  flags: { readonly kubeconfig: string; readonly context: string | undefined },
  world: World,
  stop: () => Promise<void>,
): Promise<Ground> {
  const person = await readPerson(asInput(flags), world);
  const { cluster, facts, close } = await reach(person);
  try {
    await checkFree(cluster);
    const before = await lookAround(cluster);
    const given = Object.entries(flags).flatMap(([flag, value]) => (value ? [`--${flag}`, value] : []));
    const { server } = person.connection;
    return {
      ...{ own: false, server, facts, cluster, flags: given, before },
      close: async () => {
        close();
        await stop();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** Whether another deployment owns it is asked when it is registered. */
async function checkFree(cluster: Cluster): Promise<void> {
  const running = (await findFluxControllers(cluster)).filter(({ replicas }) => replicas > 0);
  if (running.length > 0) {
    const names = running.map(({ namespace, name }) => `${namespace}/${name}`).join(', ');
    throw new Fault(
      'conflict',
      `Flux itself runs on this cluster (${names}), and the demo leaves it alone; choose another`,
    );
  }
  for (const name of [FLUX_OBJECTS, APPS]) {
    if ((await cluster.get({ apiVersion: 'v1', kind: 'Namespace', name })) === undefined) continue;
    const text = `namespace ${name} is there already, and the demo wants one of its own; "kubectl delete namespace ${name}" makes room when an earlier demo left it`;
    throw new Fault('conflict', text);
  }
}

async function lookAround(cluster: Cluster): Promise<Before> {
  const namespace = await cluster.get({ apiVersion: 'v1', kind: 'Namespace', name: FLUX_NAMESPACE });
  const lacking = (await planDefinitions(cluster)).filter(({ decision }) => decision.action === 'create');
  return { lacksNamespace: namespace === undefined, lacksDefinitions: lacking.map(({ name }) => name) };
}
