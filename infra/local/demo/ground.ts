import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Fault } from '../../../shared/core/failures.ts';
import type { Cluster, ClusterFacts } from '../../../shared/ports.ts';
import { startControlPlane } from '../../../test/control-plane/start.ts';
import { asInput } from '../../cli/command.ts';
import { type DefinitionPlan, planDefinitions, writes } from '../../cli/definitions.ts';
import { findFluxControllers } from '../../cli/flux-controllers.ts';
import { FLUX_NAMESPACE } from '../../cli/namespace.ts';
import { readPerson } from '../../cli/person-kubeconfig.ts';
import { reach } from '../../cli/reach.ts';
import type { World } from '../../cli/world.ts';
import { openCluster } from '../cluster/open.ts';
import type { Choice } from './choice.ts';
import { APPS, CLUSTER, FLUX_OBJECTS, SHARD } from './names.ts';

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
  /** Definitions that registering upgrades; they stay so, as somebody's objects may be stored in them. */
  readonly olderDefinitions: readonly string[];
}

/** Starts what was chosen with its files in `dir`, or reaches the given cluster. Fault `conflict` when the cluster is not free. */
export async function openGround(choice: Choice, dir: string, world: World): Promise<Ground> {
  if (choice.kind === 'given') return reachGround(choice, world, async () => undefined);
  const own = choice.kind === 'embedded' ? await startEmbedded(dir) : await startReal(dir);
  try {
    const flags = { kubeconfig: own.kubeconfig, context: undefined };
    return { ...(await reachGround(flags, world, own.stop)), own: true };
  } catch (error) {
    await own.stop();
    throw error;
  }
}

interface OwnCluster {
  /** A file. */
  readonly kubeconfig: string;
  readonly stop: () => Promise<void>;
}

async function startEmbedded(dir: string): Promise<OwnCluster> {
  const cluster = await openCluster();
  const kubeconfig = join(dir, 'kubeconfig');
  await writeFile(kubeconfig, cluster.kubeconfig, { mode: 0o600 });
  return { kubeconfig, stop: cluster.close };
}

async function startReal(dir: string): Promise<OwnCluster> {
  const { kubeconfigPath, stop } = await startControlPlane({ dir: join(dir, 'control-plane') });
  return { kubeconfig: kubeconfigPath, stop };
}

async function reachGround(
  { kubeconfig, context }: { readonly kubeconfig: string; readonly context?: string | undefined },
  world: World,
  stop: () => Promise<void>,
): Promise<Ground> {
  const flags = { kubeconfig, context };
  const person = await readPerson(asInput(flags), world);
  const { cluster, facts, close } = await reach(person);
  try {
    const given = Object.entries(flags).flatMap(([flag, value]) => (value ? [`--${flag}`, value] : []));
    await checkFree(cluster, given.join(' '));
    const before = await lookAround(cluster);
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
async function checkFree(cluster: Cluster, flags: string): Promise<void> {
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
    const lines = [
      `namespace ${name} is there already, and the demo wants one of its own; what a killed demo left goes with`,
      `  npm run sluice -- cluster add ${CLUSTER} ${flags} --take --owns shard=${SHARD} --yes`,
      `  npm run sluice -- cluster remove ${CLUSTER} --keep --yes`,
      `  kubectl ${flags} delete namespace ${FLUX_OBJECTS} ${APPS} --ignore-not-found`,
    ];
    throw new Fault('conflict', lines.join('\n'));
  }
}

async function lookAround(cluster: Cluster): Promise<Before> {
  const namespace = await cluster.get({ apiVersion: 'v1', kind: 'Namespace', name: FLUX_NAMESPACE });
  const plans = (await planDefinitions(cluster)).filter(writes);
  const isNew = ({ decision }: DefinitionPlan) => decision.action === 'create';
  return {
    lacksNamespace: namespace === undefined,
    lacksDefinitions: plans.filter(isNew).map(({ name }) => name),
    olderDefinitions: plans.filter((plan) => !isNew(plan)).map(({ name }) => name),
  };
}
